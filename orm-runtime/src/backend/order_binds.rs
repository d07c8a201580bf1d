//! Values by which rows are ordered: read from a row as the database has them, and bound in a later
//! statement to be compared with the same expression.

use diesel::QueryResult;
use diesel::result::Error::QueryBuilderError;
use diesel::sql_types::{BigInt, Binary, Double, Text};

use super::order_value::{NotComparable, OrderValue};
use super::row::RawRow;
use super::{Row, SqlWriter};

impl Row<'_, '_> {
    /// Reads a column as the database has it.
    pub(crate) fn order_value(&self, column: usize) -> Result<OrderValue, NotComparable> {
        match self.raw {
            #[cfg(feature = "sqlite")]
            RawRow::Sqlite(row) => super::sqlite::order_value(row, column),
            #[cfg(feature = "postgres")]
            RawRow::Pg(row) => super::postgres::order_value(row, column),
            #[cfg(feature = "mysql")]
            RawRow::Mysql(row) => super::mysql::order_value(row, column),
        }
    }
}

impl<'b> SqlWriter<'_, 'b> {
    /// Binds a value that was read from a row of the same database.
    pub(crate) fn bind_order_value(&mut self, value: &'b OrderValue) -> QueryResult<()> {
        match (value, self) {
            (OrderValue::Integer(number), pass) => pass.bind::<BigInt, i64>(number),
            (OrderValue::Float(number), pass) => pass.bind::<Double, f64>(number),
            (OrderValue::Text(text), pass) => pass.bind::<Text, String>(text),
            (OrderValue::Bytes(bytes), pass) => pass.bind::<Binary, Vec<u8>>(bytes),
            #[cfg(feature = "postgres")]
            (OrderValue::Binary(bytes), SqlWriter::Pg(pass)) => {
                super::postgres::bind_order_value(pass, bytes)
            }
            #[cfg(feature = "mysql")]
            (value, SqlWriter::Mysql(pass)) => super::mysql::bind_order_value(pass, value),
            #[allow(unreachable_patterns, reason = "reached where MySQL is not alone")]
            _ => Err(QueryBuilderError("the value belongs to another database".into())),
        }
    }
}
