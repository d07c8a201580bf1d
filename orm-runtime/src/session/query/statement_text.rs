//! Queries as text, without sending them.

use crate::backend::{Dialect, SqlFragment, debug_text, fragment_text};
use crate::error::Result;
use crate::map::IdentityMap;
use crate::mapping::{Entity, Writable};
use crate::select::find_objects;
use crate::session::Query;
use crate::session::query::set_statements::Assignments;

/// How a statement is written for a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum TextForm {
    /// With placeholders, as it is sent.
    Placeholders,
    /// With its values in place.
    Values,
}

impl TextForm {
    /// Returns the text of a statement, with the name of its query.
    pub(in crate::session) fn text(
        self,
        map: &IdentityMap,
        dialect: Dialect,
        statement: &dyn SqlFragment,
    ) -> Result<String> {
        dialect.check_enabled()?;
        find_objects(map, dialect, statement)?;
        let text = match self {
            TextForm::Placeholders => fragment_text(dialect, statement)?,
            TextForm::Values => debug_text(dialect, statement)?,
        };
        Ok(match statement.name() {
            Some(name) => name.before(&text),
            None => text,
        })
    }
}

impl<'q, T: Entity> Query<'q, T> {
    /// Sets the name of the query, for the people who read what a program sends. The name is in
    /// [`to_sql`](Self::to_sql), and in front of the query's statements as an SQL comment if the
    /// session has the option [`comment_names`](crate::SessionOptions::comment_names). Statements
    /// of [`eager`](Self::eager) have it too. A flush before the query does not. Sends no SQL.
    ///
    /// Characters that would end the comment are taken apart. The name is part of the text by which
    /// a prepared statement is found, so it should not differ from call to call.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// let query = session.query::<User>().named("report: users");
    /// assert!(query.to_sql(Dialect::Sqlite)?[0].starts_with("/* report: users */ SELECT"));
    /// # Ok(()) }
    /// ```
    pub fn named(mut self, name: &str) -> Self {
        self.selection_mut().set_name(name);
        self
    }

    /// Returns the statements that [`all`](Self::all) sends for this query, in order, as text with
    /// placeholders. Sends no SQL, and needs no connection to the database of the dialect.
    ///
    /// The first statement is that of the query. A statement follows for each relationship of
    /// [`eager`](Self::eager) that is not joined. What is known only when the query runs is not in
    /// the result:
    ///
    /// - The keys of the owners. The statement is written for several of them. If there is only
    ///   one, its key is compared with `=`; for many, there is a statement for each batch; if
    ///   everything is in memory and current, there is none.
    /// - Statements for keys that the database may treat as equal although they differ.
    /// - The flush before the query, which [`pending_sql`](crate::Session::pending_sql) shows, and
    ///   the BEGIN of the transaction.
    /// - The texts of hooks ([`rewrite_statements`](crate::Session::rewrite_statements)).
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// let query = session.query::<User>().filter(user::name.eq("ada")).limit(3);
    /// assert_eq!(
    ///     query.to_sql(Dialect::Sqlite)?,
    ///     ["SELECT \"user\".\"id\", \"user\".\"name\" FROM \"user\" \
    ///       WHERE ((`user`.`name` = ?)) LIMIT 3"],
    /// );
    /// query.all()?; // sends it
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`](crate::Error::Configuration) if the feature for the database is not
    /// enabled, or for a query that `all` would refuse;
    /// [`Error::InvalidState`](crate::Error::InvalidState) and
    /// [`Error::InvalidHandle`](crate::Error::InvalidHandle) for an object in a condition that has
    /// no key, or is not in the session.
    pub fn to_sql(&self, dialect: Dialect) -> Result<Vec<String>> {
        self.eager_texts(dialect, TextForm::Placeholders)
    }

    /// Returns the statements of [`to_sql`](Self::to_sql) with the values in place of the
    /// placeholders. Sends no SQL.
    ///
    /// **The text is for reading. Do not send it.** The session sends values apart from the text,
    /// so that no value can be read as SQL. In this text they are quoted for a reader: settings of
    /// a server, such as `NO_BACKSLASH_ESCAPES`, can give a quoted value another meaning, and then
    /// a value from outside the program could run as SQL (an injection). The text also shows
    /// personal data to whoever reads the log it is written to.
    ///
    /// - A column with `#[entity(secret)]` is shown as `***`. A condition or assignment that may
    ///   name a secret column shows none of its values. Neither does one with a function, an alias
    ///   or a table that the session does not know.
    /// - A string is cut after 200 characters, bytes after 64, a list on PostgreSQL after 20
    ///   values. A comment says how much there is.
    /// - A value that has no literal form is a comment with its type.
    /// - The keys of owners in the statements of [`eager`](Self::eager) are `/* keys */`.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// let query = session.query::<User>().filter(user::name.eq("O'Neill"));
    /// let text = query.to_debug_sql(Dialect::Sqlite)?;
    /// assert!(text[0].ends_with("WHERE ((`user`.`name` = 'O''Neill'))"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The errors of [`to_sql`](Self::to_sql), and those of values that cannot be converted.
    pub fn to_debug_sql(&self, dialect: Dialect) -> Result<Vec<String>> {
        self.eager_texts(dialect, TextForm::Values)
    }

    /// Returns the statements that [`update`](Self::update) sends for this query, as text with
    /// placeholders. Sends no SQL.
    ///
    /// If objects of the entity are in memory, the statements that keep them in step are among
    /// these, except for the SELECT that reads the changed rows on MySQL and of hierarchies. The
    /// flush before the update is not.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, age: i32 }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// let minors = session.query::<User>().filter(user::age.lt(18));
    /// assert_eq!(
    ///     minors.update_to_sql(user::age.eq(18), Dialect::Sqlite)?,
    ///     ["UPDATE \"user\" SET `age` = ? WHERE ((`user`.`age` < ?))"],
    /// );
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The errors of [`to_sql`](Self::to_sql), and those that `update` finds before it sends
    /// anything.
    pub fn update_to_sql<A: Assignments<T>>(
        &self,
        assignments: A,
        dialect: Dialect,
    ) -> Result<Vec<String>>
    where
        T: Writable,
    {
        self.update_texts(assignments, dialect, TextForm::Placeholders)
    }

    /// Returns the statements of [`update_to_sql`](Self::update_to_sql) with the values in place,
    /// for reading only. The warnings of [`to_debug_sql`](Self::to_debug_sql) apply. Sends no SQL.
    ///
    /// # Errors
    /// The errors of [`update_to_sql`](Self::update_to_sql).
    pub fn update_to_debug_sql<A: Assignments<T>>(
        &self,
        assignments: A,
        dialect: Dialect,
    ) -> Result<Vec<String>>
    where
        T: Writable,
    {
        self.update_texts(assignments, dialect, TextForm::Values)
    }

    /// Returns the statements that [`delete`](Self::delete) sends for this query, as text with
    /// placeholders. Sends no SQL.
    ///
    /// If objects of the entity are in memory, the statements that keep them in step are among
    /// these. If the rows are in several tables, their keys are read first, and the DELETE of each
    /// table is written for several keys; there is one for each batch. The flush before is not
    /// among these.
    ///
    /// # Errors
    /// The errors of [`to_sql`](Self::to_sql), and those that `delete` finds before it sends
    /// anything.
    pub fn delete_to_sql(&self, dialect: Dialect) -> Result<Vec<String>>
    where
        T: Writable,
    {
        self.delete_texts(dialect, TextForm::Placeholders)
    }

    /// Returns the statements of [`delete_to_sql`](Self::delete_to_sql) with the values in place,
    /// for reading only. The warnings of [`to_debug_sql`](Self::to_debug_sql) apply. Sends no SQL.
    ///
    /// # Errors
    /// The errors of [`delete_to_sql`](Self::delete_to_sql).
    pub fn delete_to_debug_sql(&self, dialect: Dialect) -> Result<Vec<String>>
    where
        T: Writable,
    {
        self.delete_texts(dialect, TextForm::Values)
    }
}
