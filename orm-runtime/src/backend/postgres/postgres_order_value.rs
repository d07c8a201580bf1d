//! Values by which PostgreSQL orders rows: the bytes of its binary format.

use diesel::QueryResult;
use diesel::pg::{Pg, PgTypeMetadata};
use diesel::query_builder::AstPass;
use diesel::row::{Field, Row as _};
use diesel::sql_types::Text;

use crate::backend::order_value::{NotComparable, OrderValue};
use crate::backend::row::PgRow;

/// The number that stands for a type that the server infers.
const INFERRED: u32 = 0;

/// Reads a column in the binary format.
pub(crate) fn order_value(row: &PgRow<'_>, column: usize) -> Result<OrderValue, NotComparable> {
    let field = row.get(column).ok_or("missing from the row")?;
    Ok(match field.value() {
        None => OrderValue::Null,
        Some(value) => OrderValue::Binary(value.as_bytes().to_vec()),
    })
}

/// Binds a value in the binary format. The server gives it the type of the expression that it is
/// compared with, which is the type of the column that it was read from.
pub(crate) fn bind_order_value(pass: &mut AstPass<'_, '_, Pg>, bytes: &[u8]) -> QueryResult<()> {
    use diesel::internal::derives::multiconnection::AstPassHelper;
    let Some((collector, _)) = pass.bind_collector() else {
        // In the pass that writes text, any value produces the placeholder.
        return pass.push_bind_param::<Text, str>("");
    };
    collector.metadata.push(PgTypeMetadata::new(INFERRED, 0));
    collector.binds.push(Some(bytes.to_vec()));
    Ok(())
}
