//! The tables of entities.

mod create;
mod names;
mod order;
pub(crate) mod script;
pub(crate) mod table;
mod wanted;

use crate::backend::{AnyConnection, Dialect};
use crate::error::Result;
use crate::mapping::EntityMeta;
use crate::session::Session;
use script::Script;
use table::Catalog;

/// The tables of a list of entities, made by [`schema!`](crate::schema).
///
/// ```
/// use orm_runtime::prelude::*;
///
/// #[derive(Entity)]
/// struct Tag {
///     id: Auto<i64>,
///     #[entity(unique, length = 40)]
///     name: String,
/// }
///
/// let sql = schema![Tag].create_sql(Dialect::Postgres);
/// assert!(sql[0].contains("\"name\" VARCHAR(40) NOT NULL"));
/// ```
#[derive(Debug, Clone)]
pub struct Schema {
    tables: Vec<&'static EntityMeta>,
}

impl Schema {
    /// The tables of these entities; [`schema!`](crate::schema) reads better.
    pub fn new(tables: impl IntoIterator<Item = &'static EntityMeta>) -> Self {
        Schema { tables: tables.into_iter().collect() }
    }

    /// The entities, in the order in which they were given.
    pub fn entities(&self) -> &[&'static EntityMeta] {
        &self.tables
    }

    /// The statements that make what is missing, as text: types, sequences, tables, indexes,
    /// triggers, comments. A table comes behind those it refers to, and otherwise as it was given.
    /// No SQL is sent.
    pub fn create_sql(&self, dialect: Dialect) -> Vec<String> {
        create::create(dialect, &self.wanted(dialect))
    }

    /// The statements that drop everything, as text, the tables in reverse. No SQL is sent.
    pub fn drop_sql(&self, dialect: Dialect) -> Vec<String> {
        create::drop(dialect, &self.wanted(dialect)).text()
    }

    /// Makes what is missing: the statements of [`create_sql`](Self::create_sql). Tables that are
    /// there stay as they are. It commits the session's transaction, what waits included; where it
    /// fails, it rolls it back.
    ///
    /// # Errors
    /// Those of [`Session::commit`], and what the database answers. MySQL keeps the tables that were
    /// made before the one that failed.
    pub fn create_all(&self, session: &mut Session) -> Result<()> {
        session.run_ddl(&Script::new(self.create_sql(session.dialect())))
    }

    /// Drops the tables, with all their rows, and the types and sequences they use: the statements of
    /// [`drop_sql`](Self::drop_sql). The session's objects are forgotten, unsaved work included, and
    /// its transaction is committed.
    ///
    /// # Errors
    /// As [`create_all`](Self::create_all).
    pub fn drop_all(&self, session: &mut Session) -> Result<()> {
        session.clear();
        let dialect = session.dialect();
        session.run_ddl(&create::drop(dialect, &self.wanted(dialect)))
    }

    /// Makes what is missing on a connection that no session has yet.
    ///
    /// # Errors
    /// As [`create_all`](Self::create_all).
    pub fn create_on(&self, connection: impl Into<AnyConnection>) -> Result<()> {
        self.create_all(&mut Session::new(connection))
    }

    fn wanted(&self, dialect: Dialect) -> Catalog {
        wanted::wanted(dialect, &self.tables)
    }
}

/// The [`Schema`] of a list of entities: `schema![User, Address]`.
#[macro_export]
macro_rules! schema {
    ($($entity:ty),* $(,)?) => {
        $crate::Schema::new([$(<$entity as $crate::Entity>::META),*])
    };
}
