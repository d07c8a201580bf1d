//! Rows that are read one by one as they arrive from the server.

use diesel::connection::LoadConnection;

use super::Row;
use super::row::RawRow;
use super::watched_statement::WatchedStatement;
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

/// Rows that are still at the server, and the statement as observers see it.
pub(crate) struct WatchedCursor<'c> {
    cursor: Cursor<'c>,
    watched: Option<WatchedStatement>,
    rows: usize,
    error: Option<String>,
}

impl<'c> WatchedCursor<'c> {
    pub(super) fn new(cursor: Cursor<'c>, watched: Option<WatchedStatement>) -> Self {
        WatchedCursor { cursor, watched, rows: 0, error: None }
    }

    /// Reads the next row, if there is one.
    #[inline(always)]
    pub(crate) fn next<T>(
        &mut self,
        read: impl FnOnce(&mut Row<'_, '_>) -> Result<T>,
    ) -> Option<Result<T>> {
        let Some(watched) = &mut self.watched else { return self.cursor.next(read) };
        let row = self.cursor.next(|row| watched.row(row, read))?;
        match &row {
            Ok(_) => self.rows += 1,
            Err(error) => self.error = Some(error.to_string()),
        }
        Some(row)
    }
}

impl Drop for WatchedCursor<'_> {
    /// Reports the end of the statement, with the rows that were read.
    fn drop(&mut self) {
        if let Some(watched) = self.watched.take() {
            watched.finish(Some(self.rows), self.error.as_deref());
        }
    }
}
