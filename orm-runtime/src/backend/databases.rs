//! All that is known about one database, and what support for another one needs.
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

use super::url::UrlForm;
use super::{Capabilities, DefinitionForms, Dialect, SqlForms, TypeForms};

/// A database, as plain data: what the rooms above ask for instead of its name.
///
/// It is a struct rather than a trait for three reasons: most of it is data, an enum variant
/// contains what its way of doing things needs, and a database that resembles another one takes the
/// rest from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Database {
    /// What it can do, and how it behaves. Used by `session`.
    pub(crate) capabilities: Capabilities,
    /// How it writes statements. Used by `sql` and `expressions`.
    pub(crate) sql: SqlForms,
    /// How it names types. Used by `sql` and `ddl`.
    pub(crate) types: TypeForms,
    /// How it defines, changes and compares tables. Used by `ddl` and `schema`.
    pub(crate) definitions: DefinitionForms,
    /// How its URLs are parsed.
    pub(super) url: UrlForm,
}

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
