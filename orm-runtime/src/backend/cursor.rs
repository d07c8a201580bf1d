//! Rows that are read one by one as they arrive from the server.

use diesel::connection::LoadConnection;

use super::Row;
use super::row::RawRow;
use crate::error::Result;

/// Rows that are still at the server.
pub(crate) enum Cursor<'c> {
    #[cfg(feature = "sqlite")]
    Sqlite(<diesel::SqliteConnection as LoadConnection>::Cursor<'c, 'c>),
    #[cfg(feature = "postgres")]
    Pg(<diesel::PgConnection as LoadConnection<diesel::pg::PgRowByRowLoadingMode>>::Cursor<'c, 'c>),
    #[cfg(feature = "mysql")]
    Mysql(<diesel::MysqlConnection as LoadConnection>::Cursor<'c, 'c>),
}

impl Cursor<'_> {
    /// Reads the next row, if there is one.
    #[inline(always)]
    pub(crate) fn next<T>(
        &mut self,
        read: impl FnOnce(&mut Row<'_, '_>) -> Result<T>,
    ) -> Option<Result<T>> {
        match self {
            #[cfg(feature = "sqlite")]
            Cursor::Sqlite(rows) => Some(match rows.next()? {
                Ok(row) => read(&mut Row::new(RawRow::Sqlite(&row))),
                Err(error) => Err(error.into()),
            }),
            #[cfg(feature = "postgres")]
            Cursor::Pg(rows) => Some(match rows.next()? {
                Ok(row) => read(&mut Row::new(RawRow::Pg(&row))),
                Err(error) => Err(error.into()),
            }),
            #[cfg(feature = "mysql")]
            Cursor::Mysql(rows) => Some(match rows.next()? {
                Ok(row) => read(&mut Row::new(RawRow::Mysql(&row))),
                Err(error) => Err(error.into()),
            }),
        }
    }
}
