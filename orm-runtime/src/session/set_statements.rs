//! UPDATE and DELETE of all rows that a query finds, with the objects in memory kept true.

use diesel::QueryResult;
use diesel::query_builder::AsChangeset;

use super::query::{Parts, write_where};
use super::{Query, Session};
use crate::backend::{Dialect, Fragment, Pass};
use crate::error::{Error, Result};
use crate::map::Flushed;
use crate::mapping::{ColumnSet, Entity};
use crate::sql::{Text, grow_version, soft_delete_head};

/// Assignments of an UPDATE: Diesel's `column.eq(expression)`, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not assign columns of `{T}`",
    note = "assign with `user::age.eq(user::age + 1)`, or a tuple of such"
)]
pub trait Assignments<T: Entity> {
    /// The SET clause.
    type Changeset: Fragment;
    /// Turns the assignments into the SET clause.
    fn into_changeset(self) -> Self::Changeset;
}

impl<T, A> Assignments<T> for A
where
    T: Entity,
    A: AsChangeset<Target = T::Table>,
    A::Changeset: Fragment,
{
    type Changeset = A::Changeset;

    fn into_changeset(self) -> A::Changeset {
        self.as_changeset()
    }
}

impl<'q, T: Entity> Query<'q, T> {
    /// Changes all rows that the query finds, in the database. Answers how many.
    ///
    /// What waits is flushed first. Objects in memory take the new values: on SQLite and PostgreSQL
    /// in the same statement, on MySQL by two SELECTs, and nothing is added when no object of the
    /// entity is in memory, or with
    /// [`without_synchronizing`](Self::without_synchronizing). Versions are not counted up.
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
    /// [`Error::Configuration`] for a query with more than filters, and for an assignment to a column
    /// of the key; those of [`Session::flush`];
    /// what the database answers, after which nothing is changed.
    pub fn update<A: Assignments<T>>(self, assignments: A) -> Result<usize>
    where
        A::Changeset: 'q,
    {
        self.only_filters("update")?;
        let (session, parts) = self.into_parts();
        let mut head = Text::new(session.dialect(), "UPDATE ");
        head.table(T::META).push(" SET ");
        let changeset: Box<dyn Fragment + 'q> = Box::new(assignments.into_changeset());
        let text = session.link.text(&*changeset)?;
        if T::META.key_columns().any(|column| assigns(&text, column.name)) {
            return Err(Error::Configuration(format!(
                "update() can not change the key of {}: change the objects",
                T::META.name
            )));
        }
        let statement = SetStatement {
            head: head.finish(),
            changeset: Some(changeset),
            parts,
            returning: None,
        };
        let rows = session.run_set_statement::<T>(statement, None)?;
        if T::META.foreign_keys.iter().any(|reference| {
            reference.columns.iter().any(|&at| assigns(&text, T::META.columns[at].name))
        }) {
            // Rows that are not in memory may belong to other collections now.
            session.map.doubt(T::entity_index());
        }
        Ok(rows)
    }

    /// Deletes all rows that the query finds, in the database. Answers how many. What waits is
    /// flushed first; objects in memory whose rows are deleted leave the session, and come back with
    /// a rollback. Costs as [`update`](Self::update) does. Where deleted rows are kept
    /// (`soft_delete`), it is an UPDATE that marks them, and counts up their versions.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn delete(self) -> Result<usize> {
        self.only_filters("delete")?;
        let (Some(column), Some(time)) = (T::META.soft_delete, T::deletion()) else {
            return self.delete_for_good();
        };
        let (session, parts) = self.into_parts();
        let dialect = session.dialect();
        let mut version = Text::new(dialect, "");
        grow_version(&mut version, T::META, ColumnSet::EMPTY.with(column, true));
        let statement = SetStatement {
            head: soft_delete_head(dialect, T::META, column).finish(),
            changeset: Some(Box::new(Deletion { time, version: version.finish() })),
            parts,
            returning: None,
        };
        session.run_set_statement::<T>(statement, Some(Flushed::SoftDeleted))
    }

    /// Deletes all rows that the query finds for good, also where deleted rows are kept; otherwise as
    /// [`delete`](Self::delete). Rows that are marked as deleted are found only without their scope.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn purge(self) -> Result<usize> {
        self.only_filters("purge")?;
        self.delete_for_good()
    }

    fn delete_for_good(self) -> Result<usize> {
        let (session, parts) = self.into_parts();
        let mut head = Text::new(session.dialect(), "DELETE FROM ");
        head.table(T::META);
        let statement =
            SetStatement { head: head.finish(), changeset: None, parts, returning: None };
        session.run_set_statement::<T>(statement, Some(Flushed::Deleted))
    }

    fn only_filters(&self, what: &str) -> Result<()> {
        if self.parts.is_more_than_filters() {
            return Err(Error::Configuration(format!(
                "{what}() takes a query with filters only: leave out order_by, limit, offset, \
                 distinct and lock"
            )));
        }
        Ok(())
    }
}

impl Session {
    /// Runs any Diesel statement that returns no rows, in the session's transaction: an
    /// `INSERT … SELECT`, an UPDATE with joins. What waits is flushed first. Answers how many rows it
    /// changed. Objects in memory do not see it until they are [refreshed](Self::refresh).
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
    /// Those of [`flush`](Self::flush), and what the database answers.
    pub fn execute(&mut self, statement: impl Fragment) -> Result<usize> {
        self.flush_first()?;
        self.begin_write()?;
        match self.link.execute(&statement) {
            Ok(rows) => {
                self.transaction.innermost().wrote = true;
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
        let synchronize = !statement.parts.unsynchronized && !self.map.handles::<T>().is_empty();
        let dialect = self.dialect();
        // MySQL does not return what it has changed: there the keys are read before.
        let mut keys: Vec<T::Key> = Vec::new();
        let returns = dialect != Dialect::Mysql;
        if synchronize && !returns {
            keys = self.keys_to_change::<T>(&statement)?;
        }
        if synchronize && returns {
            statement.returning = Some(returning::<T>(dialect, deletes.is_some()));
        }
        let mut how = self.map.adopt(T::META, false, ColumnSet::EMPTY);
        how.changed = true;
        let arena = self.map.arena_mut::<T>();
        let mut rows = 0;
        let sent = if statement.returning.is_some() {
            self.link.load(&statement, &mut |row| {
                rows += 1;
                if deletes.is_some() {
                    keys.push(T::decode_leading_key(row)?);
                } else {
                    arena.adopt(row, &how)?;
                }
                Ok(())
            })
        } else {
            self.link
                .execute(&statement)
                .map(|changed| rows = changed)
                .map_err(crate::backend::Fault::Sql)
        };
        sent.map_err(|fault| self.write_fault::<T>(fault))?;
        self.transaction.innermost().wrote = true;
        if let Some(how) = deletes {
            self.enter_deleted::<T>(&keys, how);
        } else if !keys.is_empty() {
            let known: Vec<T::Key> =
                keys.into_iter().filter(|key| self.map.find::<T>(key.clone()).is_some()).collect();
            self.load_keys::<T>(&known, how)?;
        }
        self.map.settle_loaded(T::META, None);
        Ok(rows)
    }

    /// The keys of the rows that a statement will change, locked until it does.
    fn keys_to_change<T: Entity>(&mut self, statement: &SetStatement<'_>) -> Result<Vec<T::Key>> {
        let mut keys = Vec::new();
        let select = KeysToChange::<T>(statement, std::marker::PhantomData);
        let loaded = self.link.load(&select, &mut |row| {
            keys.push(T::decode_leading_key(row)?);
            Ok(())
        });
        loaded.map_err(|fault| self.fault(fault))?;
        Ok(keys)
    }

    fn enter_deleted<T: Entity>(&mut self, keys: &[T::Key], how: Flushed) {
        let age = self.map.age();
        let arena = self.map.arena_mut::<T>();
        for key in keys {
            if let Some(slot) = arena.find(key) {
                arena.finish(slot, how, age);
            }
        }
    }
}

/// Whether a SET clause assigns a column: there its name stands without that of the table.
fn assigns(set: &str, column: &str) -> bool {
    ['"', '`'].into_iter().any(|quote| {
        let doubled = column.replace(quote, &format!("{quote}{quote}"));
        let assigned = format!("{quote}{doubled}{quote} = ");
        set.match_indices(&assigned).any(|(at, _)| !set[..at].ends_with('.'))
    })
}

/// What the statement is to answer: the whole rows after an UPDATE, the keys of a DELETE.
fn returning<T: Entity>(dialect: Dialect, deletes: bool) -> String {
    let columns: ColumnSet = if deletes {
        ColumnSet::EMPTY
    } else {
        (0..T::META.columns.len()).filter(|&column| !T::META.columns[column].deferred).collect()
    };
    let mut text = Text::new(dialect, " RETURNING ");
    if deletes {
        text.list(T::META.key, |text, &part| {
            text.column(T::META, part);
        });
    } else {
        text.columns(T::META, columns);
    }
    text.finish()
}

/// The time of a deletion, and what counts up the version.
struct Deletion {
    time: Box<dyn Fragment>,
    version: String,
}

impl Fragment for Deletion {
    fn walk<'b>(&'b self, pass: &mut Pass<'_, 'b>) -> QueryResult<()> {
        self.time.walk(pass)?;
        pass.push_sql(&self.version);
        Ok(())
    }
}

/// `UPDATE … SET … WHERE …` or `DELETE FROM … WHERE …`.
struct SetStatement<'q> {
    head: String,
    changeset: Option<Box<dyn Fragment + 'q>>,
    parts: Parts<'q>,
    returning: Option<String>,
}

impl Fragment for SetStatement<'_> {
    fn walk<'b>(&'b self, pass: &mut Pass<'_, 'b>) -> QueryResult<()> {
        pass.push_sql(&self.head);
        if let Some(changeset) = &self.changeset {
            changeset.walk(pass)?;
        }
        write_where(&self.parts.filters, pass)?;
        if let Some(returning) = &self.returning {
            pass.push_sql(returning);
        }
        Ok(())
    }
}

/// `SELECT key FROM … WHERE … FOR UPDATE`, with the conditions of a statement.
struct KeysToChange<'s, 'q, T>(&'s SetStatement<'q>, std::marker::PhantomData<fn() -> T>);

impl<T: Entity> Fragment for KeysToChange<'_, '_, T> {
    fn walk<'b>(&'b self, pass: &mut Pass<'_, 'b>) -> QueryResult<()> {
        let mut text = Text::new(pass.dialect(), "SELECT ");
        text.list(T::META.key, |text, &part| {
            text.column(T::META, part);
        });
        text.push(" FROM ").table(T::META);
        pass.push_sql(&text.finish());
        write_where(&self.0.parts.filters, pass)?;
        pass.push_sql(" FOR UPDATE");
        Ok(())
    }
}
