//! All that is known of one database.

use super::{Capabilities, DefinitionForms, Dialect, SqlForms, TypeForms};

/// A database, as plain data: what the rooms above ask for in place of its name.
///
/// It is a struct and no trait, because most of it is data, and because a database that is like another
/// one takes the rest from it: `Database { …, ..mysql::DATABASE }`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Database {
    /// Asked by `session`.
    pub(crate) capabilities: Capabilities,
    /// Asked by `sql` and `expressions`.
    pub(crate) sql: SqlForms,
    /// Asked by `sql`, `ddl` and `schema`.
    pub(crate) types: TypeForms,
    /// Asked by `ddl` and `schema`.
    pub(crate) definitions: DefinitionForms,
}

impl Dialect {
    /// Returns what is known of the database.
    pub(crate) const fn database(self) -> &'static Database {
        match self {
            Dialect::Sqlite => &super::sqlite::DATABASE,
            Dialect::Postgres => &super::postgres::DATABASE,
            Dialect::Mysql => &super::mysql::DATABASE,
        }
    }

    /// Returns how the database writes its SQL.
    pub(crate) const fn forms(self) -> &'static SqlForms {
        &self.database().sql
    }

    /// Returns how the database defines its tables.
    pub(crate) const fn definitions(self) -> &'static DefinitionForms {
        &self.database().definitions
    }

    /// Returns what the database can do.
    pub(crate) const fn capabilities(self) -> &'static Capabilities {
        &self.database().capabilities
    }
}
