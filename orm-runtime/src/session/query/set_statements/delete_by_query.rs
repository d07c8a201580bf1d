//! DELETE of all rows that a query finds, from each of the tables that they are in.

use diesel::QueryResult;

use super::SetStatement;
use crate::backend::{SqlFragment, SqlWriter, Statement, TransactionControl};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};
use crate::map::{Flushed, Written};
use crate::mapping::{ColumnSet, Entity, Writable};
use crate::session::row_binds::KeyBinds;
use crate::session::{Query, Session};
use crate::sql::{self, KeyForm, Text, grow_version, soft_delete_head};

impl<T: Entity> Query<'_, T> {
    /// Deletes all rows that the query finds, in the database. Answers how many. What waits is
    /// flushed first; objects in memory whose rows are deleted leave the session, and come back with
    /// a rollback. Costs as [`update`](Self::update) does; where the rows of a hierarchy are in several
    /// tables, one SELECT of their keys, and a DELETE a table for each batch of them (16,384 of them, 50,000
    /// on PostgreSQL, fewer for keys of several columns). Where deleted rows are kept
    /// (`soft_delete`), it is an UPDATE that marks them, and counts up their versions.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn delete(self) -> Result<usize>
    where
        T: Writable,
    {
        self.only_filters("delete")?;
        let (Some(column), Some(time)) = (T::META.soft_delete, T::deletion()) else {
            return self.delete_for_good();
        };
        let (session, select) = self.into_parts();
        let dialect = session.dialect();
        let table = T::META.base_table();
        let mut version = Text::new(dialect, "");
        grow_version(&mut version, table, ColumnSet::EMPTY.with(column, true));
        let statement = SetStatement {
            head: soft_delete_head(dialect, table, column).finish(),
            changeset: Some(Box::new(Deletion { time, version: version.finish() })),
            scaled: None,
            meta: T::META,
            table,
            select,
            returning: None,
        };
        session.run_set_statement::<T>(statement, Some(Flushed::SoftDeleted))
    }

    /// Deletes all rows that the query finds for good, also where deleted rows are kept; otherwise as
    /// [`delete`](Self::delete). Rows that are marked as deleted are found only without their scope.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn purge(self) -> Result<usize>
    where
        T: Writable,
    {
        self.only_filters("purge")?;
        self.delete_for_good()
    }

    fn delete_for_good(self) -> Result<usize> {
        let (session, select) = self.into_parts();
        let table = T::META.base_table();
        let mut head = Text::new(session.dialect(), "DELETE FROM ");
        head.table(table);
        let statement = SetStatement {
            head: head.finish(),
            changeset: None,
            scaled: None,
            meta: T::META,
            table,
            select,
            returning: None,
        };
        if statement.is_of_one_table() {
            session.run_set_statement::<T>(statement, Some(Flushed::Deleted))
        } else {
            session.delete_from_all::<T>(&statement)
        }
    }
}

impl Session {
    /// Deletes rows that are in several tables: the condition may be about any of them, so that the keys
    /// are read first.
    fn delete_from_all<T: Entity>(&mut self, statement: &SetStatement<'_>) -> Result<usize> {
        self.flush_first()?;
        self.begin_write()?;
        self.find_objects(statement)?;
        let keys = self.keys_to_change::<T>(statement)?;
        if keys.is_empty() {
            return Ok(0);
        }
        if let Err(error) = self.sender().control(TransactionControl::Begin) {
            return Err(self.statement_failed(error));
        }
        let deleted = self.delete_keys::<T>(&keys);
        let end = match deleted {
            Ok(_) => TransactionControl::Commit,
            Err(_) => TransactionControl::Rollback,
        };
        if let Err(error) = self.sender().control(end) {
            let error = DatabaseError::of(deleted.as_ref().err().unwrap_or(&error));
            if error.kind == DatabaseErrorKind::Disconnected {
                self.settle(&error);
                return Err(Error::Disconnected(error));
            }
            self.transaction_gone(&error);
            return Err(Error::TransactionLost(error));
        }
        let rows = deleted.map_err(refused::<T>)?;
        self.note_written(Written::PastMap);
        if statement.select.synchronizes() {
            self.enter_deleted::<T>(&keys, Flushed::Deleted);
        }
        self.map_mut().fix_up_loaded(T::META, None);
        Ok(rows)
    }

    /// Deletes the rows of all tables that have these keys, those of the base last; answers how many that
    /// are.
    fn delete_keys<T: Entity>(&mut self, keys: &[T::Key]) -> QueryResult<usize> {
        let dialect = self.dialect();
        let mut rows = 0;
        for keys in keys.chunks(KeyForm::max_keys(dialect, T::META.key.len())) {
            let values = KeyBinds::<T>::new(dialect, keys);
            let mut matched = 0;
            for table in T::META.tables_by_reference().into_iter().rev() {
                let table = T::META.numbered_table(table);
                let text = sql::delete(dialect, &table.unversioned(), values.form());
                let statement = Statement { sql: &text, values: &values, cached: true };
                matched = self.sender().execute(&statement)?;
            }
            rows += matched;
        }
        Ok(rows)
    }
}

/// The error of a statement that has been undone.
fn refused<T: Entity>(error: diesel::result::Error) -> Error {
    match DatabaseError::reported_by(&error) {
        None => Error::Diesel(error),
        Some(error) if error.kind.is_constraint() => Error::violation_of(T::META, error),
        Some(error) => Error::of_database(error),
    }
}

/// The time of a deletion, and what counts up the version.
struct Deletion {
    time: Box<dyn SqlFragment>,
    version: String,
}

impl SqlFragment for Deletion {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        self.time.walk(pass)?;
        pass.push_sql(&self.version);
        Ok(())
    }
}
