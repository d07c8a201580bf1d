//! The supported databases, and what support for another one needs.
//!
//! Each database has a folder: `sqlite/`, `postgres/`, `mysql/`. Its contents are reached through
//! [`Dialect::database`], and no file outside `backend` names a database. Other code asks what a
//! database can do, or how it writes something.
//!
//! # Another database
//!
//! A database with a different SQL dialect needs:
//!
//! 1. a variant of [`Dialect`], also in [`Dialect::ALL`], [`Dialect::database`] and
//!    [`DbTypeNames`](super::DbTypeNames);
//! 2. a folder with its [`Database`]. If it resembles another database, it states the differences,
//!    and takes the rest from that one:
//!    `Database { capabilities: Capabilities { returns_changes: true, ..mysql }, .. }`;
//! 3. where it works like no other database, a new variant of an enum of this room, such as
//!    [`NewKeys`](super::NewKeys) or [`CatalogKind`](super::CatalogKind), and an implementation of
//!    it in the room that uses it: the compiler names the places;
//! 4. a [transport](super::transport), unless the transport of another database can reach it.

use super::database_facts::Database;
use super::{Capabilities, DefinitionForms, Dialect, SqlForms};

impl Dialect {
    /// Returns what is known about the database.
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
