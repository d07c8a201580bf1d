//! The tables of entities: created, compared with the tables of a database, and changed.
//!
//! [`Schema`] is the list of entities, written with [`schema!`](crate::schema!). Everything else
//! starts from it: [`Schema::create_all`] creates what is missing, [`Schema::verify`] returns each
//! [`Difference`] between database and mapping, and [`Schema::diff`] the [`Migration`] that removes
//! them.

mod atoms;
mod catalog;
mod clauses;
mod compare;
mod create;
mod diagram_layout;
mod difference;
mod edit;
mod expression;
mod forms;
mod functions;
mod mermaid;
mod migration;
mod migration_plan;
mod named;
mod rebuild;
mod refused;
mod same_types;
mod svg;
mod table_order;
mod table_text;
mod tokens;
mod unfilled;
mod unfound;

use crate::backend::{AnyConnection, Cause, Dialect};
use crate::ddl::script::Script;
use crate::ddl::table::Catalog;
use crate::ddl::wanted::wanted;
use crate::error::Result;
use crate::mapping::EntityMeta;
use crate::session::Session;
pub use difference::{Difference, DifferenceKind};
pub use migration::{Migration, Step};
pub use named::NamedMigration;

/// The tables of a list of entities, written with [`schema!`](crate::schema!). Returns their SQL as
/// text, creates and drops them in a database, [compares](Self::verify) them with existing tables,
/// [migrates](Self::diff) those, and [draws](Self::svg) a diagram.
///
/// ```
/// use orm_runtime::prelude::*;
///
/// #[derive(Entity)]
/// #[entity(comment = "who may log in")]
/// struct User {
///     id: Auto<i64>,
///     #[entity(unique, length = 40)]
///     name: String,
/// }
///
/// #[derive(Entity)]
/// #[entity(unique(owner, title), check = "pages > 0")]
/// #[entity(index(columns(title), where = "pages > 100"))]
/// struct Note {
///     id: Auto<i64>,
///     #[entity(references = User, on_delete = cascade)]
///     owner: i64,
///     #[entity(length = 80)]
///     title: String,
///     #[entity(db_default = "1")]
///     pages: i32,
/// }
///
/// # fn main() -> Result<()> {
/// // Users come first, because notes reference them.
/// let schema = schema![Note, User];
/// let sql = schema.create_sql(Dialect::Postgres);
/// assert!(sql[0].contains("\"name\" VARCHAR(40) NOT NULL"));
///
/// # let mut session = Session::open("sqlite://:memory:")?;
/// schema.create_all(&mut session)?;
/// assert!(schema.verify(&mut session)?.is_empty());
/// assert!(schema.diff(&mut session)?.is_empty());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Schema {
    tables: Vec<&'static EntityMeta>,
    /// The text of the known differences.
    accepted: Vec<String>,
}

impl Schema {
    /// Creates the schema of these entities, with the association tables of their many-to-many
    /// relationships. [`schema!`](crate::schema!) is shorter. The enum of a hierarchy, or any
    /// struct of it, stands for all its tables. Sends no SQL.
    pub fn new(tables: impl IntoIterator<Item = &'static EntityMeta>) -> Self {
        let mut tables: Vec<&'static EntityMeta> = tables.into_iter().collect();
        let associations = tables.iter().flat_map(|meta| meta.relationships).filter_map(|it| {
            let association = it.association.filter(|association| association.connect.is_some())?;
            Some((association.entity)())
        });
        for association in associations.collect::<Vec<_>>() {
            let index = association.entity.index();
            if tables.iter().all(|meta| meta.entity.index() != index) {
                tables.push(association);
            }
        }
        Schema { tables, accepted: Vec::new() }
    }

    /// Accepts differences, given by their text: [`verify`](Self::verify) does not report them, and
    /// [`diff`](Self::diff) leaves them unchanged. An accepted difference that no longer exists is
    /// reported by `verify` as [`DifferenceKind::Outdated`], which keeps the list current. Lines
    /// that are empty or begin with `#` are ignored, so that the list can be a file:
    /// `schema.accept(include_str!("accepted.txt").lines())`. The differences depend on the
    /// database, so each database needs its own list. Sends no SQL.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// #[derive(Entity)]
    /// struct User {
    ///     id: Auto<i64>,
    ///     name: String,
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # use diesel::connection::SimpleConnection;
    /// # session.connection::<diesel::SqliteConnection>()?.batch_execute(
    /// #     "CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT NOT NULL, old TEXT)")?;
    /// let known = "User: the column old of the table user \
    ///     is in the database but not in the mapping";
    /// assert!(schema![User].accept([known]).verify(&mut session)?.is_empty());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn accept<W: Into<String>>(mut self, differences: impl IntoIterator<Item = W>) -> Self {
        let lines = differences.into_iter().map(Into::into);
        self.accepted.extend(lines.filter(|line| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with('#')
        }));
        self
    }

    /// Returns the entities, in the order in which they were given, association tables last.
    pub fn entities(&self) -> &[&'static EntityMeta] {
        &self.tables
    }

    /// Returns the statements that create what is missing, as text: types, sequences, tables,
    /// indexes, triggers, comments. A table comes after those that it references, and otherwise in
    /// the given order. Sends no SQL.
    pub fn create_sql(&self, dialect: Dialect) -> Vec<String> {
        create::create(dialect, &self.wanted(dialect))
    }

    /// Returns the statements that drop everything, as text, the tables in reverse order. Sends no
    /// SQL.
    pub fn drop_sql(&self, dialect: Dialect) -> Vec<String> {
        create::drop(dialect, &self.wanted(dialect)).text()
    }

    /// Creates what is missing: sends the statements of [`create_sql`](Self::create_sql). Existing
    /// tables stay unchanged. Commits the session's transaction, pending changes included; if a
    /// statement fails, rolls it back.
    ///
    /// An entity may reference an entity that is not in the schema if the table of that entity
    /// exists. To find that out costs one more statement, or on SQLite and MySQL one for each
    /// schema of such tables.
    ///
    /// # Errors
    /// The errors of [`Session::commit`] and of the database. MySQL keeps the tables that were
    /// created before the one that failed. [`Error::Configuration`](crate::Error::Configuration),
    /// before anything is created, for a reference to an entity whose table is neither in the
    /// schema nor in the database, and for a `sequence` on MySQL, which has none (MariaDB has).
    /// [`Error::Conflict`](crate::Error::Conflict) if a lock is held for longer than
    /// [`ddl_lock_timeout_ms`](crate::SessionOptions::ddl_lock_timeout_ms); it names the holder.
    #[track_caller]
    pub fn create_all(&self, session: &mut Session) -> Result<()> {
        let _call = session.call(Cause::Schema, None);
        session.not_in_listener("create_all")?;
        let dialect = session.dialect();
        let wanted = self.wanted(dialect);
        refused::refuse(session, &wanted)?;
        unfound::refuse(session, &wanted)?;
        session.run_ddl(&Script::new(create::create(dialect, &wanted)))
    }

    /// Drops the tables with all their rows, and the types and sequences that they use: sends the
    /// statements of [`drop_sql`](Self::drop_sql). Removes all objects from the session, pending
    /// changes included, and commits its transaction.
    ///
    /// # Errors
    /// Those of [`create_all`](Self::create_all).
    #[track_caller]
    pub fn drop_all(&self, session: &mut Session) -> Result<()> {
        let _call = session.call(Cause::Schema, None);
        session.not_in_listener("drop_all")?;
        let dialect = session.dialect();
        refused::refuse(session, &self.wanted(dialect))?;
        session.clear();
        session.run_ddl(&create::drop(dialect, &self.wanted(dialect)))
    }

    /// Advances the numbers of new keys beyond the existing ones, as [`Session::advance_sequences`]
    /// does for one entity. Call it after rows were copied with their keys. Sends the statements of
    /// that call for each entity.
    ///
    /// # Errors
    /// Those of [`Session::advance_sequences`].
    #[track_caller]
    pub fn advance_sequences(&self, session: &mut Session) -> Result<()> {
        let _call = session.call(Cause::Schema, None);
        self.tables.iter().try_for_each(|meta| session.advance_sequences_of(meta))
    }

    /// Creates what is missing, on a connection without a session.
    ///
    /// # Errors
    /// Those of [`create_all`](Self::create_all).
    pub fn create_on(&self, connection: impl Into<AnyConnection>) -> Result<()> {
        self.create_all(&mut Session::new(connection))
    }

    /// Returns all differences between database and mapping: in tables, columns and their types,
    /// NULL, keys, indexes, references, codes of enums, conditions, generated columns and comments.
    /// Ignores tables that no entity maps. Sends at most five statements for each schema, however
    /// many tables there are, and one for the version of MySQL. A transaction that has only read is
    /// [released](Session::release) before and after, so that the current state of the database is
    /// read. If an entity references an entity that is not in the schema, the table of that entity
    /// must exist, which costs one more statement for each schema.
    ///
    /// Indexes, references and conditions are compared by their effect, not by their name. Types
    /// are equal if the database treats them alike: on SQLite by affinity, and on PostgreSQL a
    /// VARCHAR without a length equals TEXT. Databases rewrite expressions: on PostgreSQL and
    /// MySQL, two expressions are equal if they use the same columns, numbers, strings and
    /// operators in the same order. Collations are compared if they differ from the default of the
    /// table or the database. SQLite does not return comments. Views are compared by their columns.
    /// Differences that are meant to stay can be [accepted](Self::accept).
    ///
    /// SQLite compares points in time as text. Values that other programs have written in another
    /// format, with a `T` or another offset from UTC, are a difference too. To find them costs one
    /// more statement for each table with such a column, which reads up to the first such row.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// #[derive(Entity)]
    /// struct User {
    ///     id: Auto<i64>,
    ///     #[entity(length = 30)]
    ///     email: String,
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # use diesel::connection::SimpleConnection;
    /// # session.connection::<diesel::SqliteConnection>()?.batch_execute(
    /// #     "CREATE TABLE user (id INTEGER PRIMARY KEY, email INT NOT NULL)")?;
    /// let differences = schema![User].verify(&mut session)?;
    /// assert_eq!(
    ///     differences[0].to_string(),
    ///     "User.email: the column email is INT in the database and VARCHAR(30) in the mapping"
    /// );
    /// # assert_eq!(differences.len(), 1);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The errors of the database.
    #[track_caller]
    pub fn verify(&self, session: &mut Session) -> Result<Vec<Difference>> {
        let _call = session.call(Cause::Schema, None);
        let dialect = session.dialect();
        let wanted = self.wanted(dialect);
        afresh(session, |session| {
            let found = catalog::read(session, &wanted)?;
            let changes = compare::compare(dialect, &wanted, &found);
            let mut differences: Vec<_> =
                changes.iter().map(|change| Difference::of(dialect, change)).collect();
            differences.extend(forms::differences(session, &wanted, &found)?);
            let unfound = unfound::find(session, &wanted)?;
            differences.extend(unfound.iter().map(|it| it.difference(dialect)));
            let words: Vec<String> = differences.iter().map(Difference::to_string).collect();
            let outdated =
                self.accepted.iter().filter(|line| !words.iter().any(|it| it == line.trim()));
            let outdated: Vec<_> = outdated.map(|line| self.outdated(line.trim())).collect();
            differences.retain(|difference| !self.accepts(&difference.to_string()));
            differences.extend(outdated);
            Ok(differences)
        })
    }

    fn accepts(&self, words: &str) -> bool {
        self.accepted.iter().any(|line| line.trim() == words)
    }

    /// Returns an accepted difference that no longer exists, for the entity that it names.
    fn outdated(&self, line: &str) -> Difference {
        let entity = line.split(['.', ':']).next().unwrap_or_default();
        let named = self.tables.iter().find(|meta| meta.name == entity);
        let (name, table) = named.map_or(("Schema", ""), |meta| (meta.name, meta.table));
        Difference::outdated(line, name, table.to_owned())
    }

    /// Returns the differences that are not accepted.
    fn changes<'a>(
        &self,
        dialect: Dialect,
        wanted: &'a Catalog,
        found: &'a Catalog,
    ) -> Vec<compare::Change<'a>> {
        let mut changes = compare::compare(dialect, wanted, found);
        if !self.accepted.is_empty() {
            changes.retain(|it| !self.accepts(&Difference::of(dialect, it).to_string()));
        }
        changes
    }

    /// Returns the statements that change the database to match the mapping. Sends the statements
    /// of [`verify`](Self::verify), and one for each table that gets a column which existing rows
    /// could not fill; on MySQL also one or two for each table whose columns are redefined. Nothing
    /// is guessed: a renamed column is one column that is dropped, and another that is added.
    ///
    /// Everything that the mapping does not describe stays unchanged, even if a whole column or
    /// table is rebuilt: collations, `ON UPDATE`, `STRICT`, triggers, views, and so on. If that is
    /// impossible, the step is [destructive](Migration::destructive). A difference that no
    /// statement can remove, such as a view in place of a table, is a step without statements.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// #[derive(Entity)]
    /// struct User {
    ///     id: Auto<i64>,
    ///     #[entity(length = 30)]
    ///     email: String,
    ///     #[entity(index)]
    ///     age: Option<i32>,
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # use diesel::connection::SimpleConnection;
    /// # session.connection::<diesel::SqliteConnection>()?.batch_execute(
    /// #     "CREATE TABLE user (id INTEGER PRIMARY KEY, email VARCHAR(30) NOT NULL)")?;
    /// let migration = schema![User].diff(&mut session)?;
    /// assert_eq!(
    ///     migration.sql(),
    ///     [
    ///         "ALTER TABLE \"user\" ADD COLUMN \"age\" INTEGER",
    ///         "CREATE INDEX IF NOT EXISTS \"user_age_idx\" ON \"user\" (\"age\")",
    ///     ]
    /// );
    /// migration.apply(&mut session)?;
    /// assert!(schema![User].verify(&mut session)?.is_empty());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`](crate::Error::Configuration) for a new column that is NOT NULL and
    /// has no default, in a table that has rows, and for a reference to an entity whose table is
    /// neither in the schema nor in the database; the errors of the database.
    #[track_caller]
    pub fn diff(&self, session: &mut Session) -> Result<Migration> {
        let _call = session.call(Cause::Schema, None);
        let dialect = session.dialect();
        let wanted = self.wanted(dialect);
        afresh(session, |session| {
            let mut found = catalog::read(session, &wanted)?;
            refused::refuse_on(dialect, found.is_mariadb, &wanted)?;
            let mut unfound = unfound::find(session, &wanted)?;
            unfound.retain(|it| !self.accepts(&it.difference(dialect).to_string()));
            if !unfound.is_empty() {
                return Err(unfound::error(dialect, &unfound));
            }
            let changes = self.changes(dialect, &wanted, &found);
            for at in migration_plan::said_anew(dialect, &found, &changes) {
                found.tables[at].sql = catalog::text(session, &found, at)?;
            }
            let changes = self.changes(dialect, &wanted, &found);
            unfilled::refuse(session, &changes)?;
            Ok(Migration::new(dialect, migration_plan::plan(dialect, &wanted, &found, &changes)))
        })
    }

    /// Returns the mapping as a [Mermaid](https://mermaid.js.org) diagram: tables with their
    /// columns, keys and references. Types are PostgreSQL's. Sends no SQL.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)]
    /// # struct Tag { id: Auto<i64>, #[entity(unique, length = 40)] name: String }
    /// assert_eq!(
    ///     schema![Tag].mermaid(),
    ///     "erDiagram\n    Tag {\n        BIGINT id PK\n        VARCHAR(40) name UK\n    }\n"
    /// );
    /// ```
    pub fn mermaid(&self) -> String {
        mermaid::mermaid(Dialect::PLAIN, &self.wanted(Dialect::PLAIN).tables)
    }

    /// Returns the mapping as a diagram in a standalone SVG file: a box for each table with its
    /// columns, and a line for each reference from its column to the target's key, dashed if the
    /// column may be NULL. The picture is deterministic. Types are PostgreSQL's. Sends no SQL.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)]
    /// # struct Tag { id: Auto<i64>, #[entity(unique, length = 40)] name: String }
    /// let picture = schema![Tag].svg();
    /// assert!(picture.starts_with("<svg") && picture.contains(">VARCHAR(40)</text>"));
    /// ```
    pub fn svg(&self) -> String {
        svg::svg(Dialect::PLAIN, &self.wanted(Dialect::PLAIN).tables)
    }

    fn wanted(&self, dialect: Dialect) -> Catalog {
        wanted(dialect, &self.tables)
    }
}

/// Reads the current state of the database, and leaves no transaction open: a transaction that has
/// only read is ended before and after. In a transaction that has written, reads what it sees.
fn afresh<T>(session: &mut Session, read: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
    session.release_if_read()?;
    let result = read(session);
    let released = session.release_if_read();
    result.and_then(|value| released.map(|()| value))
}

/// Creates the [`Schema`] of a list of entities: `schema![User, Address]`.
#[macro_export]
macro_rules! schema {
    ($($entity:ty),* $(,)?) => {
        $crate::Schema::new([$(<$entity as $crate::Entity>::META),*])
    };
}
