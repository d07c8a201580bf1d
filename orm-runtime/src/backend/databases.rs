//! All that is known of one database, and what another one needs.
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

use super::failure_words::FailureWords;
use super::url::UrlForm;
use super::{Capabilities, DefinitionForms, Dialect, SqlForms, TypeForms};

/// A database, as plain data: what the rooms above ask for in place of its name.
///
/// It is a struct and no trait, because most of it is data, because a way that only some databases go has
/// with it what it needs, and because a database that is like another one takes the rest from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Database {
    /// What it can do, and how it behaves. Asked by `session`.
    pub(crate) capabilities: Capabilities,
    /// How it writes statements. Asked by `sql` and `expressions`.
    pub(crate) sql: SqlForms,
    /// How it names types. Asked by `sql` and `ddl`.
    pub(crate) types: TypeForms,
    /// How it defines, changes and compares tables. Asked by `ddl` and `schema`.
    pub(crate) definitions: DefinitionForms,
    /// How it tells what went wrong.
    pub(super) failures: FailureWords,
    /// How its URLs are read.
    pub(super) url: UrlForm,
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
