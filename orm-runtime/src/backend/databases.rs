//! The databases that are known, and what another one needs.
//!
//! Each database has a folder: `sqlite/`, `postgres/`, `mysql/`. What is in it is reached through
//! [`Dialect::database`], and no file outside of `backend` names a database: it asks what a
//! database can do, or how it writes something.
//!
//! # Another database
//!
//! A database that speaks another SQL is:
//!
//! 1. a variant of [`Dialect`], in [`Dialect::ALL`], in [`Dialect::database`] and in
//!    [`DbTypeNames`](super::DbTypeNames);
//! 2. a folder with its [`Database`]. One that is like another database says what differs, and takes the
//!    rest from it: `Database { capabilities: Capabilities { returns_changes: true, ..mysql }, .. }`;
//! 3. where it goes a way that no other goes, a variant of an enum here, such as
//!    [`NewKeys`](super::NewKeys) or [`CatalogKind`](super::CatalogKind), and that way in the room that
//!    asks: the compiler names the places;
//! 4. a [transport](super::transport), unless it is reached as another database is.

use super::database_facts::Database;
use super::{Capabilities, DefinitionForms, Dialect, SqlForms};

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
