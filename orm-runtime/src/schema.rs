//! The tables of entities: created, compared with those of a database, and changed.

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

use crate::backend::{AnyConnection, Dialect};
use crate::ddl::script::Script;
use crate::ddl::table::{Catalog, Table};
use crate::ddl::wanted::wanted;
use crate::error::{Error, Result};
use crate::mapping::EntityMeta;
use crate::session::Session;
use crate::sql::Text;
pub use difference::{Difference, DifferenceKind};
pub use migration::{Migration, Step};
pub use named::NamedMigration;

/// The tables of a list of entities, made by [`schema!`](crate::schema!): their SQL as text, made and
/// dropped in a database, [compared](Self::verify) with one that is there, [migrated](Self::diff), and
/// [drawn](Self::svg).
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
/// // Users come first, for notes refer to them.
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
    /// The differences that are known, in words.
    accepted: Vec<String>,
}

impl Schema {
    /// The tables of these entities, and the association tables that are made for their many-to-many
    /// relationships; [`schema!`](crate::schema!) reads better. The enum of a hierarchy, or any struct of
    /// it, stands for all its tables.
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

    /// Takes differences for known, by their words: [`verify`](Self::verify) is silent about them, and
    /// [`diff`](Self::diff) leaves them as they are. One that is no difference any more is told by `verify`
    /// as [`DifferenceKind::Outdated`], so that the list stays true. Lines that are empty or begin with `#` are
    /// passed over, so that the list can be a file: `schema.accept(include_str!("accepted.txt").lines())`.
    /// Databases differ in what differs: each wants a list of its own. No SQL is sent.
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
    /// let known = ["User: the column old of the table user is in the database and not in the mapping"];
    /// assert!(schema![User].accept(known).verify(&mut session)?.is_empty());
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

    /// The entities, in the order in which they were given, association tables last.
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
    /// made before the one that failed. [`Error::Configuration`] for a `sequence` on MySQL, which has
    /// none; MariaDB has. [`Error::Conflict`] when a lock is held for longer than
    /// [`ddl_lock_timeout_ms`](crate::SessionOptions::ddl_lock_timeout_ms); it says by whom.
    pub fn create_all(&self, session: &mut Session) -> Result<()> {
        session.not_in_listener("create_all")?;
        let dialect = session.dialect();
        refused::refuse(session, &self.wanted(dialect))?;
        session.run_ddl(&Script::new(self.create_sql(dialect)))
    }

    /// Drops the tables, with all their rows, and the types and sequences they use: the statements of
    /// [`drop_sql`](Self::drop_sql). The session's objects are forgotten, unsaved work included, and
    /// its transaction is committed.
    ///
    /// # Errors
    /// As [`create_all`](Self::create_all).
    pub fn drop_all(&self, session: &mut Session) -> Result<()> {
        session.not_in_listener("drop_all")?;
        let dialect = session.dialect();
        refused::refuse(session, &self.wanted(dialect))?;
        session.clear();
        session.run_ddl(&create::drop(dialect, &self.wanted(dialect)))
    }

    /// Makes the database number new rows after those that are there, as
    /// [`Session::advance_sequences`] does for one entity: to be called when rows were copied with
    /// their keys. The statements of that call for each entity.
    ///
    /// # Errors
    /// Those of [`Session::advance_sequences`].
    pub fn advance_sequences(&self, session: &mut Session) -> Result<()> {
        self.tables.iter().try_for_each(|meta| session.advance_sequences_of(meta))
    }

    /// Makes what is missing on a connection that no session has yet.
    ///
    /// # Errors
    /// As [`create_all`](Self::create_all).
    pub fn create_on(&self, connection: impl Into<AnyConnection>) -> Result<()> {
        self.create_all(&mut Session::new(connection))
    }

    /// Everything in which the database is not as the mapping has it, in words; nothing if it is:
    /// tables, columns and their types, NULL, keys, indexes, references, codes of enums, conditions,
    /// generated columns, comments. Tables that no entity maps are not looked at. At most five
    /// statements for each schema, however many tables there are, and one for the version of MySQL.
    /// A transaction that has only read is [released](Session::release) before and after, so that the
    /// database is read as it is now.
    ///
    /// Indexes, references and conditions are compared by what they do, whatever they are called. Types are
    /// the same where the database treats them alike: SQLite by their affinity, PostgreSQL a VARCHAR without a
    /// length as a TEXT. Databases spell expressions in their own way: on PostgreSQL and MySQL two that use
    /// the same columns, numbers, texts and operators in the same order are taken for the same. Of collations
    /// those are compared that are not the table's or the database's own. SQLite does not give comments back.
    /// Of a view the columns are compared. What is known and meant to stay can be
    /// [accepted](Self::accept).
    ///
    /// SQLite compares points in time as texts. Those that others have written in another form than the
    /// program, with a `T` or another distance from UTC, are a difference too: one statement more for
    /// each table that has a column for them, which is read up to the first such row.
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
    /// What the database answers.
    pub fn verify(&self, session: &mut Session) -> Result<Vec<Difference>> {
        let dialect = session.dialect();
        let wanted = self.wanted(dialect);
        afresh(session, |session| {
            let found = catalog::read(session, &wanted)?;
            let changes = compare::compare(dialect, &wanted, &found);
            let mut differences: Vec<_> =
                changes.iter().map(|change| Difference::of(dialect, change)).collect();
            differences.extend(forms::differences(session, &wanted, &found)?);
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

    /// An accepted difference that there is not, as one of the entity that it names.
    fn outdated(&self, line: &str) -> Difference {
        let entity = line.split(['.', ':']).next().unwrap_or_default();
        let named = self.tables.iter().find(|meta| meta.name == entity);
        let (name, table) = named.map_or(("Schema", ""), |meta| (meta.name, meta.table));
        Difference::outdated(line, name, table.to_owned())
    }

    /// The differences that are not accepted.
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

    /// The statements that bring the database up to the mapping. Costs what
    /// [`verify`](Self::verify) does, and one statement for each table that gets a column which rows
    /// that are there could not fill, on MySQL also one or two for each whose columns are said anew. What can not be seen
    /// is not guessed: a column with another name is a column that goes, and one that comes.
    ///
    /// What the mapping does not speak of stays as it is, also where a whole column or table has to be made
    /// anew: collations, `ON UPDATE`, `STRICT`, triggers, views, and whatever else there is. Where that can not
    /// be done the step is [destructive](Migration::destructive). A difference that no statement can end, such
    /// as a view where a table is meant, is a step without statements.
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
    /// [`Error::Configuration`] for a new column that is NOT NULL and has no default, in a table that
    /// has rows; what the database answers.
    pub fn diff(&self, session: &mut Session) -> Result<Migration> {
        let dialect = session.dialect();
        let wanted = self.wanted(dialect);
        afresh(session, |session| {
            let mut found = catalog::read(session, &wanted)?;
            refused::refuse_on(dialect, found.is_mariadb, &wanted)?;
            let changes = self.changes(dialect, &wanted, &found);
            for at in migration_plan::said_anew(dialect, &found, &changes) {
                found.tables[at].sql = catalog::text(session, &found, at)?;
            }
            let changes = self.changes(dialect, &wanted, &found);
            refuse_unfilled(session, &changes)?;
            Ok(Migration::new(dialect, migration_plan::plan(dialect, &wanted, &found, &changes)))
        })
    }

    /// The mapping as a diagram in the language of [Mermaid](https://mermaid.js.org): tables with their
    /// columns, keys and references. Types are PostgreSQL's. No SQL is sent.
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

    /// The mapping as a picture, an SVG file of its own: a box for each table, with its columns, and a
    /// line for each reference from the column to the target's key, dashed where the column may be
    /// NULL. The same mapping gives the same picture. Types are PostgreSQL's. No SQL is sent.
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

/// Reads the database as it is now, and leaves no transaction behind: one that has only read is ended
/// before and after. In a transaction that has written, the schema is read as the transaction sees it.
fn afresh<T>(session: &mut Session, read: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
    session.release_if_read()?;
    let result = read(session);
    let released = session.release_if_read();
    result.and_then(|value| released.map(|()| value))
}

/// A column that must have a value, and gets none in the rows that are there.
fn refuse_unfilled(session: &mut Session, changes: &[compare::Change<'_>]) -> Result<()> {
    let mut asked: Vec<(&Table, bool)> = Vec::new();
    for change in changes {
        let compare::What::ColumnMissing(column) = change.what else { continue };
        if column.nullable || column.identity || column.generated.is_some() {
            continue;
        }
        let table = change.table;
        if table.view.is_some() {
            continue;
        }
        let known = asked.iter().find(|(other, _)| std::ptr::eq(*other, table));
        let has_rows = match known {
            Some((_, has_rows)) => *has_rows,
            None => {
                let mut text = Text::new(session.dialect(), "SELECT '1' FROM ");
                text.qualified(table.schema.as_deref(), &table.name).push(" LIMIT 1");
                !session.read_texts(&text.finish())?.is_empty()
            }
        };
        if has_rows {
            return Err(Error::Configuration(format!(
                "{}.{}: the new column {} is NOT NULL, and the table {} has rows that would have \
                 nothing in it; give it a db_default, or make it an Option, fill it, and take the \
                 Option away",
                column.entity,
                column.field.unwrap_or(&column.name),
                column.name,
                table.label()
            )));
        }
        asked.push((table, has_rows));
    }
    Ok(())
}

/// The [`Schema`] of a list of entities: `schema![User, Address]`.
#[macro_export]
macro_rules! schema {
    ($($entity:ty),* $(,)?) => {
        $crate::Schema::new([$(<$entity as $crate::Entity>::META),*])
    };
}
