//! DELETE of all rows that a query finds, from each table that has a part of them.

use diesel::QueryResult;

use super::{KeysToChange, SetStatement, set_texts};
use crate::backend::{
    Binds, Cause, Dialect, SqlFragment, SqlWriter, Statement, TransactionControl, placeholders,
};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};
use crate::map::{Flushed, Written};
use crate::mapping::{ColumnSet, Entity, Writable};
use crate::select::SelectState;
use crate::session::query::statement_text::TextForm;
use crate::session::row_binds::KeyBinds;
use crate::session::{Query, Session};
use crate::sql::{self, KeyForm, Text, grow_version, soft_delete_head};

impl<T: Entity> Query<'_, T> {
    /// Deletes all rows that the query finds, in the database. Returns their number. Flushes
    /// pending changes first. Objects in memory whose rows are deleted leave the session, and a
    /// rollback brings them back.
    ///
    /// Sends the same statements as [`update`](Self::update). If the rows of a hierarchy are in
    /// several tables, it sends one SELECT of their keys, then one DELETE for each table and each
    /// batch of keys (16,384 of them, 50,000 on PostgreSQL, fewer for keys of several columns). For
    /// an entity with `soft_delete`, it sends an UPDATE that marks the rows as deleted and
    /// increments their versions.
    ///
    /// # Errors
    /// The same errors as [`update`](Self::update).
    #[track_caller]
    pub fn delete(self) -> Result<usize>
    where
        T: Writable,
    {
        let _call = self.session().call(Cause::Bulk, T::META.name);
        self.only_filters("delete")?;
        let (session, select) = self.into_parts();
        match soft_delete_of::<T>(select, session.dialect()) {
            Ok(statement) => session.run_set_statement::<T>(statement, Some(Flushed::SoftDeleted)),
            Err(select) => session.delete_for_good::<T>(*select),
        }
    }

    /// Returns the texts of a deletion.
    pub(in crate::session) fn delete_texts(
        &self,
        dialect: Dialect,
        form: TextForm,
    ) -> Result<Vec<String>> {
        dialect.check_enabled()?;
        self.only_filters("delete")?;
        let (map, select) = self.borrowed(dialect);
        let statement = match soft_delete_of::<T>(select, dialect) {
            Ok(statement) => return set_texts::<T>(map, statement, true, dialect, form),
            Err(select) => delete_of::<T>(*select, dialect),
        };
        if statement.is_of_one_table() {
            return set_texts::<T>(map, statement, true, dialect, form);
        }
        let mut texts = vec![form.text(map, dialect, &KeysToChange(&statement))?];
        for table in T::META.tables_by_reference().into_iter().rev() {
            let table = T::META.numbered_table(table).unversioned();
            let keys = KeyForm::of(dialect, 2, table.key.len(), true);
            let sql = sql::delete(dialect, &table, keys);
            let values = placeholders(dialect, &sql).map_err(Error::Configuration)?;
            let statement = Statement { sql: &sql, values: &Later(values), cached: true };
            texts.push(form.text(map, dialect, &statement)?);
        }
        Ok(texts)
    }

    /// Deletes all rows that the query finds permanently, even if the entity has `soft_delete`;
    /// otherwise like [`delete`](Self::delete). To find rows that are already marked as deleted,
    /// lift their default scope.
    ///
    /// # Errors
    /// The same errors as [`update`](Self::update).
    #[track_caller]
    pub fn purge(self) -> Result<usize>
    where
        T: Writable,
    {
        let _call = self.session().call(Cause::Bulk, T::META.name);
        self.only_filters("purge")?;
        let (session, select) = self.into_parts();
        session.delete_for_good::<T>(select)
    }
}

/// Creates the UPDATE that marks rows as deleted, or returns the query if its rows are not kept.
pub(super) fn soft_delete_of<'q, T: Entity>(
    select: SelectState<'q>,
    dialect: Dialect,
) -> Result<SetStatement<'q>, Box<SelectState<'q>>> {
    let (Some(column), Some(time)) = (T::META.soft_delete, T::deletion()) else {
        return Err(Box::new(select));
    };
    let table = T::META.base_table();
    let mut version = Text::new(dialect, "");
    grow_version(&mut version, table, ColumnSet::EMPTY.with(column, true));
    Ok(SetStatement {
        head: soft_delete_head(dialect, table, column).finish(),
        changeset: Some(Box::new(Deletion { time, version: version.finish() })),
        scaled: None,
        meta: T::META,
        table,
        select,
        returning: None,
    })
}

/// Creates the DELETE of the rows in the base table.
fn delete_of<T: Entity>(select: SelectState<'_>, dialect: Dialect) -> SetStatement<'_> {
    let table = T::META.base_table();
    let mut head = Text::new(dialect, "DELETE FROM ");
    head.table(table);
    SetStatement {
        head: head.finish(),
        changeset: None,
        scaled: None,
        meta: T::META,
        table,
        select,
        returning: None,
    }
}

/// This many keys that are not known yet.
struct Later(usize);

impl Binds for Later {
    fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        (0..self.0).try_for_each(|_| pass.bind_later())
    }
}

impl Session {
    pub(super) fn delete_for_good<T: Entity>(&mut self, select: SelectState<'_>) -> Result<usize> {
        let statement = delete_of::<T>(select, self.dialect());
        if statement.is_of_one_table() {
            self.run_set_statement::<T>(statement, Some(Flushed::Deleted))
        } else {
            self.delete_from_all::<T>(&statement)
        }
    }

    /// Deletes rows that are in several tables. The condition may be on any of these tables, so the
    /// keys are read first.
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

    /// Deletes the rows with these keys from all tables, from the table of the base last. Returns
    /// their number.
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

/// Returns the error of a statement that has been undone.
fn refused<T: Entity>(error: diesel::result::Error) -> Error {
    match DatabaseError::reported_by(&error) {
        None => Error::of_unsent(error),
        Some(error) if error.kind.is_constraint() => Error::violation_of(T::META, error),
        Some(error) => Error::of_database(error),
    }
}

/// The time of a deletion, and the increment of the version.
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
