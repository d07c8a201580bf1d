//! The supported databases, and what support for another one needs.
//!
//! Each database has a folder: `sqlite/`, `postgres/`, `mysql/`. Its contents are reached through
//! methods of [`Dialect`], and no file outside `backend` names a database. Other code asks what a
//! database can do, or how it writes something.
//!
//! # Another database
//!
//! A database with a different SQL dialect needs:
//!
//! 1. a variant of [`Dialect`], also in [`Dialect::ALL`], the macro below and
//!    [`DbTypeNames`](super::DbTypeNames);
//! 2. a folder with its [`Database`]. If it resembles another database, it states the differences,
//!    and takes the rest from that one:
//!    `Capabilities { returns_changes: true, ..Mysql::CAPABILITIES }`
//! 3. where it works like no other database, a new variant of an enum of this room, such as
//!    [`NewKeys`](super::NewKeys) or [`CatalogKind`](super::CatalogKind), and an implementation of
//!    it in the room that uses it: the compiler names the places;
//! 4. a [transport](super::transport), unless the transport of another database can reach it.

use super::database_facts::Database;
use super::failure_words::FailureWords;
use super::mysql::Mysql;
use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::url::UrlForm;
use super::{Capabilities, ComparisonForms, DefinitionForms, Dialect, SqlForms, TypeForms};

/// Returns a reference to one topic of a database.
macro_rules! topic {
    ($dialect:expr, $topic:ident) => {
        match $dialect {
            Dialect::Sqlite => &Sqlite::$topic,
            Dialect::Postgres => &Postgres::$topic,
            Dialect::Mysql => &Mysql::$topic,
        }
    };
}

impl Dialect {
    /// Returns what the database can do.
    pub(crate) const fn capabilities(self) -> &'static Capabilities {
        topic!(self, CAPABILITIES)
    }

    /// Returns how the database writes its SQL.
    pub(crate) const fn forms(self) -> &'static SqlForms {
        topic!(self, SQL)
    }

    /// Returns how the database names types.
    pub(crate) const fn types(self) -> &'static TypeForms {
        topic!(self, TYPES)
    }

    /// Returns how the database defines its tables.
    pub(crate) const fn definitions(self) -> &'static DefinitionForms {
        topic!(self, DEFINITIONS)
    }

    /// Returns how the definitions of the database are compared.
    pub(crate) const fn comparison(self) -> &'static ComparisonForms {
        topic!(self, COMPARISON)
    }

    /// Returns how the database reports failures.
    pub(super) const fn failures(self) -> &'static FailureWords {
        topic!(self, FAILURES)
    }

    /// Returns how the URLs of the database are parsed.
    pub(super) const fn urls(self) -> &'static UrlForm {
        topic!(self, URL)
    }
}
