//! UPDATE and DELETE of all rows that a query finds, kept in step with the objects in memory.

mod delete_by_query;
mod delete_in_batches;
pub(in crate::session) mod scaled;

use diesel::QueryResult;
use diesel::query_builder::AsChangeset;

use crate::backend::{ByUser, Cause, Dialect, QueryName, SqlFragment, SqlWriter, fragment_text};
use crate::error::{Error, Result};
use crate::map::{Flushed, IdentityMap, Written, read_key};
use crate::mapping::{ColumnSet, Entity, EntityMeta, Reads, TableOf, Writable};
use crate::select::{Lock, SelectState};
use crate::session::query::statement_text::TextForm;
use crate::session::{Query, Session};
use crate::sql::Text;
use scaled::brought_to_scale;

/// The assignments of an UPDATE: Diesel's `column.eq(expression)`, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "this does not assign columns of `{T}`",
    label = "not an assignment to a column of `{T}`",
    note = "assign with `user::age.eq(user::age + 1)`, or with a tuple of assignments"
)]
pub trait Assignments<T: Entity> {
    /// The SET clause.
    type Changeset: SqlFragment;
    /// Turns the assignments into the SET clause.
    fn into_changeset(self) -> Self::Changeset;
    /// Returns the entity whose columns are assigned.
    #[doc(hidden)]
    fn owner() -> &'static EntityMeta;
}

#[diagnostic::do_not_recommend]
impl<T, A> Assignments<T> for A
where
    T: Entity<From: Reads<A::Target>>,
    A: AsChangeset<Target: TableOf>,
    A::Changeset: SqlFragment,
{
    type Changeset = A::Changeset;

    fn into_changeset(self) -> A::Changeset {
        self.as_changeset()
    }

    fn owner() -> &'static EntityMeta {
        A::Target::meta()
    }
}

impl<'q, T: Entity> Query<'q, T> {
    /// Updates all rows that the query finds, in the database. Returns their number.
    ///
    /// Flushes pending changes first. Objects in memory take the new values: on SQLite and
    /// PostgreSQL from the UPDATE itself, on MySQL from two SELECTs. No statement is added if no
    /// object of the entity is in memory, or with
    /// [`without_synchronizing`](Self::without_synchronizing). Versions are not incremented.
    ///
    /// In a hierarchy all assignments of a call are to columns of one table: that of a subtype, or
    /// of one of its bases. The rows are then found by a subquery, and objects in memory take their
    /// new values from a SELECT on every database. A column of a subtype is set only in rows of
    /// that subtype, even if the query is for its base.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, age: i32 }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// let older = session
    ///     .query::<User>()
    ///     .filter(user::age.gt(29))
    ///     .update(user::age.eq(user::age - 10))?;
    /// # assert_eq!(older, 0);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`] for a query with more than filters, and for an assignment to a
    /// column of the key or to the discriminator; the errors of [`Session::flush`]; any error of
    /// the database, after which nothing is changed.
    #[track_caller]
    pub fn update<A: Assignments<T>>(self, assignments: A) -> Result<usize>
    where
        A::Changeset: 'q,
        T: Writable,
    {
        let _call = self.session().call(Cause::Bulk, T::META.name);
        self.only_filters("update")?;
        let (session, select) = self.into_parts();
        let (statement, text) = update_of::<T, A>(select, assignments, session.dialect())?;
        let table = statement.table;
        let rows = session.run_set_statement::<T>(statement, None)?;
        if T::META
            .foreign_keys
            .iter()
            .any(|reference| reference.columns.iter().any(|&at| assigns(&text, table, at)))
        {
            // Rows that are not in memory may belong to other collections now.
            session.map_mut().doubt(T::META);
        }
        Ok(rows)
    }

    /// Returns the text of an update.
    pub(super) fn update_texts<A: Assignments<T>>(
        &self,
        assignments: A,
        dialect: Dialect,
        form: TextForm,
    ) -> Result<Vec<String>> {
        dialect.check_enabled()?;
        self.only_filters("update")?;
        let (map, select) = self.borrowed(dialect);
        let (statement, _) = update_of::<T, A>(select, assignments, dialect)?;
        set_texts::<T>(map, statement, false, dialect, form)
    }

    fn only_filters(&self, what: &str) -> Result<()> {
        if self.selection().is_more_than_filters() {
            return Err(Error::Configuration(format!(
                "{what}() takes a query with filters only: leave out order_by, limit, offset, \
                 distinct and lock"
            )));
        }
        Ok(())
    }
}

/// Creates an UPDATE. Returns it with the text of its assignments.
fn update_of<'q, T: Entity, A: Assignments<T, Changeset: 'q>>(
    mut select: SelectState<'q>,
    assignments: A,
    dialect: Dialect,
) -> Result<(SetStatement<'q>, String)> {
    let owner = A::owner();
    let table = owner.numbered_table(owner.own_table());
    let mut head = Text::new(dialect, "UPDATE ");
    head.table(table).push(" SET ");
    let changeset: Box<dyn SqlFragment + 'q> = Box::new(assignments.into_changeset());
    let text = fragment_text(dialect, &*changeset)?;
    let discriminator = T::META.hierarchy.map(|hierarchy| hierarchy.discriminator);
    if table.key.iter().copied().chain(discriminator).any(|at| assigns(&text, table, at)) {
        return Err(Error::Configuration(format!(
            "update() can change neither the key of {} nor its subtype: change the objects, or delete \
             them and add new ones",
            T::META.name
        )));
    }
    if let Some(condition) = of_assigned(T::META, owner) {
        select.filter(condition);
    }
    let statement = SetStatement {
        head: head.finish(),
        scaled: brought_to_scale(dialect, &text, table),
        changeset: Some(changeset),
        meta: T::META,
        table,
        select,
        returning: None,
    };
    Ok((statement, text))
}

/// Returns the texts of a statement, and of the one that reads the keys of its rows.
fn set_texts<T: Entity>(
    map: &IdentityMap,
    mut statement: SetStatement<'_>,
    deletes: bool,
    dialect: Dialect,
    form: TextForm,
) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    if statement.select.synchronizes() && !map.handles::<T>().is_empty() {
        if dialect.capabilities().returns_changes {
            statement.returning = Some(statement.returning(dialect, deletes));
        } else {
            texts.push(form.text(map, dialect, &KeysToChange(&statement))?);
        }
    }
    texts.push(form.text(map, dialect, &statement)?);
    Ok(texts)
}

impl Session {
    /// Runs any Diesel statement that returns no rows, in the session's transaction: for example an
    /// `INSERT … SELECT`, or an UPDATE with joins. Flushes pending changes first. Returns the
    /// number of rows that it changed. Objects in memory do not see the changes until they are
    /// [refreshed](Self::refresh).
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Draft { id: Auto<i64>, title: String }
    /// # #[derive(Entity)] struct Book { id: Auto<i64>, title: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Draft, Book].create_all(&mut session)?;
    /// use diesel::QueryDsl;
    ///
    /// let published = session.execute(
    ///     diesel::insert_into(book::table)
    ///         .values(draft::table.select(draft::title))
    ///         .into_columns(book::title),
    /// )?;
    /// # assert_eq!(published, 0);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The errors of [`flush`](Self::flush), and any error of the database.
    #[track_caller]
    pub fn execute(&mut self, statement: impl SqlFragment) -> Result<usize> {
        let _call = self.call(Cause::Program, None);
        let statement = ByUser(&statement);
        self.flush_first()?;
        self.find_objects(&statement)?;
        self.begin_write()?;
        self.sender().forget_key_facts();
        match self.at_server(|server| server.send_for_user(&statement)) {
            Ok(rows) => {
                self.note_written(Written::PastMap);
                Ok(rows)
            }
            Err(error) => Err(self.statement_failed(error)),
        }
    }

    fn run_set_statement<T: Entity>(
        &mut self,
        mut statement: SetStatement<'_>,
        deletes: Option<Flushed>,
    ) -> Result<usize> {
        self.flush_first()?;
        self.begin_write()?;
        self.find_objects(&statement)?;
        let synchronizes = statement.select.synchronizes();
        let synchronize = synchronizes && !self.map().handles::<T>().is_empty();
        let dialect = self.dialect();
        // MySQL does not return the rows that it has changed, so their keys are read first.
        let mut keys: Vec<T::Key> = Vec::new();
        let returns = dialect.capabilities().returns_changes;
        if synchronize && !returns {
            keys = self.keys_to_change::<T>(&statement)?;
        }
        if synchronize && returns {
            statement.returning = Some(statement.returning(dialect, deletes.is_some()));
        }
        let whole = deletes.is_none() && statement.is_of_one_table();
        let horizon = self.map().horizon();
        let how = self.map_mut().row_policy(T::META, horizon, ColumnSet::EMPTY);
        let how = how.for_changed_rows();
        let (map, sender) = self.map_and_sender();
        let arena = map.arena_mut::<T>();
        let mut rows = 0;
        let sent = if statement.returning.is_some() {
            sender.load(&statement, &mut |row| {
                rows += 1;
                if whole {
                    arena.load_row(row, &how)?;
                } else {
                    keys.push(read_key::<T>(row)?);
                }
                Ok(())
            })
        } else {
            sender
                .execute(&statement)
                .map(|changed| rows = changed)
                .map_err(crate::backend::Fault::Sql)
        };
        sent.map_err(|fault| self.write_fault::<T>(fault))?;
        self.note_written(Written::PastMap);
        if let Some(how) = deletes {
            if synchronizes {
                self.enter_deleted::<T>(&keys, how);
            }
        } else if !keys.is_empty() {
            let known: Vec<T::Key> = keys
                .into_iter()
                .filter(|key| self.map().find::<T>(key.clone()).is_some())
                .collect();
            self.load_keys::<T>(&known, how)?;
        }
        self.pair_arrivals(T::META)?;
        self.map_mut().fix_up_loaded(T::META, None);
        Ok(rows)
    }

    /// Reads the keys of the rows that a statement will change, and locks these rows.
    fn keys_to_change<T: Entity>(&mut self, statement: &SetStatement<'_>) -> Result<Vec<T::Key>> {
        let mut keys = Vec::new();
        let select = KeysToChange(statement);
        let loaded = self.sender().load(&select, &mut |row| {
            keys.push(read_key::<T>(row)?);
            Ok(())
        });
        loaded.map_err(|fault| self.fault(fault))?;
        Ok(keys)
    }

    /// Marks the objects of deleted rows as deleted, and follows what the database has done to the
    /// rows that reference them.
    fn enter_deleted<T: Entity>(&mut self, keys: &[T::Key], how: Flushed) {
        let (entity, age) = (T::META.entity.index(), self.map().age());
        let arena = self.map_mut().arena_mut::<T>();
        let slots: Vec<u32> = keys.iter().filter_map(|key| arena.find(key)).collect();
        let deletes_rows = how == Flushed::Deleted;
        let cascades = match deletes_rows {
            true => {
                self.map().cascades_of_query(slots.iter().map(|&slot| (entity, slot)).collect())
            }
            false => Vec::new(),
        };
        let arena = self.map_mut().arena_mut::<T>();
        for slot in slots {
            arena.finish(slot, how, age);
        }
        if deletes_rows {
            self.map_mut().apply_database_cascades(&cascades);
            self.map_mut().doubt_dependents(T::META);
        }
    }
}

/// Returns `true` if a SET clause assigns a column. The name of an assigned column has no table in
/// front of it.
pub(in crate::session) fn assigns(set: &str, table: &EntityMeta, column: usize) -> bool {
    ['"', '`'].into_iter().any(|quote| {
        let doubled = table.columns[column].name.replace(quote, &format!("{quote}{quote}"));
        let assigned = format!("{quote}{doubled}{quote} = ");
        set.match_indices(&assigned).any(|(at, _)| !set[..at].ends_with('.'))
    })
}

/// Returns the condition that rows are of the subtype whose columns are assigned. A query for its
/// base can also find rows of other subtypes in the same table.
fn of_assigned(meta: &'static EntityMeta, assigned: &EntityMeta) -> Option<Box<dyn SqlFragment>> {
    let hierarchy = meta.hierarchy?;
    let is_sure = hierarchy.is(meta.subtype, assigned.subtype);
    (!is_sure).then(|| meta.subtype_condition(assigned.subtype)).flatten()
}

/// `UPDATE … SET … WHERE …` or `DELETE FROM … WHERE …`
struct SetStatement<'q> {
    head: String,
    changeset: Option<Box<dyn SqlFragment + 'q>>,
    /// The text of the changeset, if it differs from what Diesel writes.
    scaled: Option<String>,
    /// The entity of the query; the field after it is the table that the statement writes.
    meta: &'static EntityMeta,
    table: &'static EntityMeta,
    select: SelectState<'q>,
    returning: Option<String>,
}

impl SetStatement<'_> {
    /// Returns `true` if the query reads no table other than the one that is written.
    fn is_of_one_table(&self) -> bool {
        self.meta.all_tables().len() == 1
    }

    /// Returns `true` if the rows must be found by their keys, because conditions may be on other
    /// tables.
    fn finds_by_key(&self) -> bool {
        let own = self.meta.own_tables();
        let is_own = own.last().is_some_and(|own| own.table == self.table.table);
        !(self.is_of_one_table() || is_own && self.select.is_empty())
    }

    /// Returns the RETURNING clause: the whole rows for an UPDATE, only the keys for a DELETE or
    /// for rows in several tables.
    fn returning(&self, dialect: Dialect, deletes: bool) -> String {
        let mut text = Text::new(dialect, " RETURNING ");
        if deletes || !self.is_of_one_table() {
            text.list(self.table.key, |text, &part| {
                text.column(self.table, part);
            });
        } else {
            text.columns(self.meta, self.meta.visible().collect());
        }
        text.finish()
    }

    fn keys(&self, dialect: Dialect, select: &str) -> String {
        let mut text = Text::new(dialect, select);
        text.list(self.meta.key, |text, &part| {
            text.column_of(None, self.meta, part);
        });
        text.push(" FROM ").tables(self.meta);
        text.finish()
    }
}

impl SqlFragment for SetStatement<'_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        pass.push_sql(&self.head);
        match (&self.changeset, &self.scaled) {
            (Some(_), Some(text)) if !pass.collects() => {
                pass.push_sql(text);
                pass.do_not_cache();
            }
            (Some(changeset), _) => pass.part(&**changeset)?,
            (None, _) => {}
        }
        if self.finds_by_key() {
            let dialect = pass.dialect();
            // MySQL reads from the table that it writes only through a materialised subquery.
            let (open, close) = match dialect.capabilities().reads_what_it_writes {
                true => ("SELECT ", ")"),
                false => ("SELECT * FROM (SELECT DISTINCT ", ") AS orm_rows)"),
            };
            let mut key = Text::new(dialect, " WHERE ");
            key.own_row(self.table, self.table.key).push(" IN (");
            pass.push_sql(key.as_str());
            pass.push_sql(&self.keys(dialect, open));
            self.select.write_where(pass)?;
            pass.push_sql(close);
        } else {
            self.select.write_where(pass)?;
        }
        if let Some(returning) = &self.returning {
            pass.push_sql(returning);
        }
        Ok(())
    }

    fn name(&self) -> Option<&QueryName> {
        self.select.name()
    }
}

/// `SELECT key FROM … WHERE … FOR UPDATE`, with the conditions of a statement.
struct KeysToChange<'s, 'q>(&'s SetStatement<'q>);

impl SqlFragment for KeysToChange<'_, '_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let dialect = pass.dialect();
        pass.push_sql(&self.0.keys(dialect, "SELECT "));
        self.0.select.write_where(pass)?;
        pass.push_sql(&Lock::Update.words(dialect, self.0.meta));
        Ok(())
    }

    fn name(&self) -> Option<&QueryName> {
        self.0.name()
    }
}
