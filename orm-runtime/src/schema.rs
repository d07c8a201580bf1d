//! The tables of entities.

use crate::backend::{AnyConnection, Dialect};
use crate::error::Result;
use crate::mapping::EntityMeta;
use crate::session::Session;
use crate::sql;

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

    /// The entities, in the order in which their tables are made.
    pub fn entities(&self) -> &[&'static EntityMeta] {
        &self.tables
    }

    /// The statements that make the tables and indexes that are missing, as text. No SQL is sent.
    pub fn create_sql(&self, dialect: Dialect) -> Vec<String> {
        let mut statements = Vec::new();
        for meta in &self.tables {
            statements.push(sql::create_table(dialect, meta));
            statements.extend(sql::create_index(dialect, meta));
        }
        statements
    }

    /// The statements that drop the tables, as text. No SQL is sent.
    pub fn drop_sql(&self, dialect: Dialect) -> Vec<String> {
        self.tables.iter().rev().map(|meta| sql::drop_table(dialect, meta)).collect()
    }

    /// Makes the tables and indexes that are missing: one statement each. Tables that are there stay
    /// as they are. It commits the session's transaction, what waits included; where it fails, it
    /// rolls it back.
    ///
    /// # Errors
    /// Those of [`Session::commit`], and what the database answers. MySQL keeps the tables that were
    /// made before the one that failed.
    pub fn create_all(&self, session: &mut Session) -> Result<()> {
        session.not_in_listener("create_all")?;
        session.run_ddl(&self.create_sql(session.dialect()))
    }

    /// Drops the tables, with all their rows: one statement each. The session's objects are forgotten,
    /// unsaved work included, and its transaction is committed.
    ///
    /// # Errors
    /// As [`create_all`](Self::create_all).
    pub fn drop_all(&self, session: &mut Session) -> Result<()> {
        session.not_in_listener("drop_all")?;
        session.clear();
        session.run_ddl(&self.drop_sql(session.dialect()))
    }

    /// Makes the missing tables on a connection that no session has yet.
    ///
    /// # Errors
    /// As [`create_all`](Self::create_all).
    pub fn create_on(&self, connection: impl Into<AnyConnection>) -> Result<()> {
        self.create_all(&mut Session::new(connection))
    }
}

/// The [`Schema`] of a list of entities: `schema![User, Address]`.
#[macro_export]
macro_rules! schema {
    ($($entity:ty),* $(,)?) => {
        $crate::Schema::new([$(<$entity as $crate::Entity>::META),*])
    };
}
