//! Values by which SQLite orders rows: each has its own storage class.

use diesel::row::{Field, Row as _};
use diesel::sqlite::SqliteType;

use crate::backend::order_value::{NotComparable, OrderValue};
use crate::backend::row::SqliteRow;

/// Reads a column with its storage class.
pub(crate) fn order_value(row: &SqliteRow<'_>, column: usize) -> Result<OrderValue, NotComparable> {
    let field = row.get(column).ok_or("missing from the row")?;
    let Some(mut value) = field.value() else { return Ok(OrderValue::Null) };
    Ok(match value.value_type() {
        Some(SqliteType::Integer | SqliteType::SmallInt | SqliteType::Long) => {
            OrderValue::Integer(value.read_long())
        }
        Some(SqliteType::Float | SqliteType::Double) => OrderValue::Float(value.read_double()),
        Some(SqliteType::Text) => {
            let text = value.read_text().to_owned();
            // The client library puts this character in the place of bytes that are not UTF-8.
            if text.contains('\u{FFFD}') && value.read_blob() != text.as_bytes() {
                return Err("text that is not UTF-8");
            }
            OrderValue::Text(text)
        }
        Some(SqliteType::Binary) => OrderValue::Bytes(value.read_blob().to_vec()),
        None => OrderValue::Null,
    })
}
