//! The names of a column's type that the mapping gives.

use super::Dialect;

/// What `db_type` says: the name of a column's type, on each database for which it says one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DbTypeNames {
    /// On SQLite.
    pub sqlite: Option<&'static str>,
    /// On PostgreSQL.
    pub postgres: Option<&'static str>,
    /// On MySQL and MariaDB.
    pub mysql: Option<&'static str>,
}

impl DbTypeNames {
    /// Returns the name on a database.
    pub fn on(&self, dialect: Dialect) -> Option<&'static str> {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
            Dialect::Mysql => self.mysql,
        }
    }
}
