//! The type names of a column that the mapping gives.

use super::Dialect;

/// The names in `db_type`: the type of a column, on each database for which one is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DbTypeNames {
    /// The name on SQLite.
    pub sqlite: Option<&'static str>,
    /// The name on PostgreSQL.
    pub postgres: Option<&'static str>,
    /// The name on MySQL and MariaDB.
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
