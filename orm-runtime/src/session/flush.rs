//! Running the plan: everything or nothing.
//!
//! What a flush does to the map is collected and entered only when its last statement has succeeded.
//! What it has done to the database before a failure is undone by a savepoint, where a transaction was
//! open before, or with the transaction that it began itself.

use super::Session;
use super::frames::OnUnwind;
use super::write::{Batching, Done, Stop};
use crate::backend::{Dialect, TransactionControl};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, InvalidEntity, Result, Violation};
use crate::map::{DatabaseCascade, Written};
use crate::plan::{Action, FlushPlan, Step};
use crate::sql;

/// How the work of a flush can be undone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Undo {
    /// With the transaction, which the flush has begun itself.
    Transaction,
    /// By a savepoint.
    Savepoint,
    /// One statement that the database undoes by itself.
    Statement,
}

impl Session {
    /// Writes what waits: new objects, changed columns, deletions. Nothing waiting, no statement.
    ///
    /// Rows of one table and one shape share a statement: up to 500 of them, on PostgreSQL 10,000, on
    /// MySQL 100 for an UPDATE, and never more than 4 MiB. A row whose key changes has one of its own.
    /// Keys that the database makes cost nothing more on PostgreSQL, one SELECT a batch on MySQL and, for
    /// 128 rows and more, on SQLite, which is also asked first whether they can be counted. On PostgreSQL a
    /// default that is not the next number of a sequence costs a SELECT a batch, a trigger that may set the
    /// key an INSERT a row, and to find out one INSERT without rows and one SELECT for each table and
    /// session. MySQL is asked once for each table and session, before its first INSERT of several rows.
    /// SAVEPOINT and RELEASE go around it where a transaction is open already, which then outlives a
    /// failure; not on SQLite and MySQL, where one row is all that is written. Tables are in the order of their references, and rows that refer to rows of
    /// their own table, or of one that leads back to it, in up to eight levels, each with statements of
    /// its own; what is deeper, and circles, cost one more UPDATE a batch, through references that may be
    /// NULL. Unique values go from row to row, deleted and new ones included: the rows that give them up are
    /// written first, in up to eight levels; longer rows and circles cost one more UPDATE a batch, which
    /// lets them wait with NULL, or with a value that nobody has. Rows whose unique values nobody gives up
    /// cost nothing more. Deleting costs one SELECT for each kind of reference to what is deleted and each
    /// batch of it, where the objects that refer may not be in memory, unless the reference says
    /// `on_delete = restrict` or `database`. A key that changes costs nothing more: the database passes
    /// it on, and the objects in memory follow. Columns that the database makes ([`Generated`](crate::Generated),
    /// [`Computed`](crate::Computed)) cost one SELECT an entity, after an UPDATE those that it computes or sets
    /// then (`on_update`).
    ///
    /// # Errors
    /// [`Error::Invalid`] when an object may not be written, [`Error::Reference`] when a reference leads
    /// nowhere, [`Error::CyclicReferences`] when new objects need each other, and [`Error::UniqueCircular`] when
    /// rows trade unique values that nothing can stand for meanwhile, all before any statement
    /// that writes;
    /// [`Error::Constraint`], which names entity, key, column and constraint; [`Error::StaleRow`] when
    /// someone else was faster; what else the database answers. After any error the database and
    /// every object are as they were before the call, edits and new objects are kept, and the
    /// session works on; but where a value that the database has made does not fit its field, the rows
    /// are written. [`Error::Conflict`], and on MySQL [`Error::StaleRow`], end a transaction that has
    /// only read, without a lock and without [`begin`](Self::begin): what it sees is out of date, and
    /// so its objects are stale. An error of a [listener](crate::events::SessionListener) fails the call too; one
    /// that comes after the flush leaves its rows written.
    pub fn flush(&mut self) -> Result<()> {
        if self.map.is_clean() {
            return Ok(());
        }
        self.not_in_listener("flush")?;
        self.check_connected()?;
        self.tell(|listener, session| listener.before_flush(session))?;
        // A failure past the session may have undone earlier flushes: what they wrote waits again.
        self.settle_foreign();
        let mut guard = OnUnwind { session: self, undo: Some(|s| s.map.revert_prepared()) };
        let planned = guard.session.plan_flush();
        guard.undo = None;
        drop(guard);
        let (plan, undo) = match planned {
            Ok(Some(planned)) => planned,
            Ok(None) => return Ok(()),
            Err(error) => {
                self.map.revert_prepared();
                return Err(error);
            }
        };
        let mut guard = OnUnwind { session: self, undo: Some(Session::undo_flush_on_unwind) };
        let result = guard.session.run(&plan, Batching::Full);
        guard.undo = None;
        let session = &mut *guard.session;
        match result {
            Ok(done) => {
                session.map.find_by_stored_keys();
                if undo == Undo::Savepoint
                    && let Err(error) = session.connection.control(TransactionControl::Commit)
                {
                    session.map.revert_prepared();
                    return Err(session.statement_failed(error));
                }
                session.note_written(Written::ByFlush);
                let rows = session.rows_to_tell(&plan);
                let made = session.to_read_back(&done);
                let database_cascades = session.database_cascades(&plan);
                let unsure = session.unsure_of(&done);
                session.enter(done);
                session.map.apply_database_cascades(&database_cascades);
                session.read_back(&made)?;
                session.pair_written(&unsure)?;
                session.tell_after_flush(rows)
            }
            Err(stop) => {
                session.map.revert_prepared();
                Err(session.undo_flush(&plan, undo, stop))
            }
        }
    }

    /// The statements that the next flush would send, as text with placeholders, without sending
    /// them. No SQL. What depends on answers of the database is left out, such as savepoints and the question
    /// in which order keys are made, and so is what [hooks](crate::Hooks) will change and what deletions
    /// bring with them.
    ///
    /// # Errors
    /// Those that [`flush`](Self::flush) would find before its first statement.
    pub fn pending_sql(&self) -> Result<Vec<String>> {
        Ok(FlushPlan::of(&self.map)?.sql(&self.map, self.dialect()))
    }

    /// Plans a flush, with what it brings with it, and sees to it that it can be undone; nothing if
    /// there is nothing to write.
    fn plan_flush(&mut self) -> Result<Option<(FlushPlan, Undo)>> {
        let own_transaction = !self.transaction.is_open();
        self.map.bring_newcomers();
        self.map.fix_up_all();
        self.prove()?;
        self.cascade()?;
        self.map.propagate_keys();
        self.prepare_objects()?;
        self.map.propagate_keys();
        self.map.accept_keys();
        let plan = FlushPlan::of(&self.map)?;
        if plan.is_empty() {
            self.map.keep_cascades();
            self.map.forget_left_collections();
            self.map.each_arena(|table| table.clear_unchanged());
            return Ok(None);
        }
        self.begin_flush()?;
        let undo = self.prepare_undo(&plan, own_transaction)?;
        Ok(Some((plan, undo)))
    }

    /// Lets the hooks of waiting objects run, before anything is planned or sent.
    fn prepare_objects(&mut self) -> Result<()> {
        let Err((entity, slot, invalid)) = self.map.prepare() else { return Ok(()) };
        let Some(arena) = self.map.arena_dyn(entity) else { return Ok(()) };
        let (name, key) = (arena.name(slot), arena.key_text(slot));
        let mut error = InvalidEntity::new(arena.meta(), name, key, invalid);
        error.object = self.map.raw_handle(entity, slot).map(|raw| (entity, raw));
        Err(Error::Invalid(Box::new(error)))
    }

    /// Sees to it that the flush can be undone without the work done before it: what was read before
    /// is part of it, and so is a lock that was taken. Where the transaction is about to end anyway, what
    /// was read is not worth two statements.
    fn prepare_undo(&mut self, plan: &FlushPlan, own_transaction: bool) -> Result<Undo> {
        let ends = self.transaction.ending && !self.transaction.locks;
        if (own_transaction || ends) && !self.transaction.wrote() && self.map.savepoints() == 0 {
            return Ok(Undo::Transaction);
        }
        if let [step] = &plan.steps[..]
            && step.slots.len() == 1
            && self.undoes_by_itself(step)
        {
            return Ok(Undo::Statement);
        }
        match self.connection.control(TransactionControl::Begin) {
            Ok(()) => Ok(Undo::Savepoint),
            Err(error) => Err(self.statement_failed(error)),
        }
    }

    /// Whether nothing of a step of one row is left in the database when it fails. After an INSERT the key
    /// may turn out to be that of an object to which the row refers, where keys come again.
    fn undoes_by_itself(&self, step: &Step) -> bool {
        match self.dialect() {
            // An error ends the transaction there.
            Dialect::Postgres => false,
            Dialect::Sqlite => !matches!(step.action, Action::Insert { .. }),
            Dialect::Mysql => true,
        }
    }

    /// The objects that the database changes with those that were written.
    fn database_cascades(&self, plan: &FlushPlan) -> Vec<DatabaseCascade> {
        let slots = |wanted: fn(&Action) -> bool| {
            // Of an object with rows in several tables the one in the base is the one that counts.
            let steps =
                plan.steps.iter().filter(move |step| step.table == 0 && wanted(&step.action));
            steps.flat_map(|step| step.slots.iter().map(|&slot| (step.entity, slot))).collect()
        };
        let rekeyed = slots(|action| matches!(action, Action::Rekey(_) | Action::Unpark(_)));
        let deleted = slots(|action| matches!(action, Action::Delete));
        self.map.database_cascades(rekeyed, deleted)
    }

    /// Enters the results in the map.
    fn enter(&mut self, done: Done) {
        let age = self.map.age();
        self.map.accept_keys();
        self.map.keep_cascades();
        self.map.forget_left_collections();
        for (entity, slot, how) in done.rows {
            if let Some(arena) = self.map.arena_dyn_mut(entity) {
                arena.flushed(slot, how, age);
            }
        }
        self.map.each_arena(|arena| arena.clear_unchanged());
    }

    /// A panic in a conversion of the user's: the server forgets the half-done work.
    fn undo_flush_on_unwind(&mut self) {
        let error = DatabaseError::plain(DatabaseErrorKind::Other, "a panic interrupted a flush");
        self.map.revert_prepared();
        self.transaction_gone(&error);
    }

    /// Undoes what the flush has done to the database, and makes the error for its caller.
    fn undo_flush(&mut self, plan: &FlushPlan, undo: Undo, stop: Stop) -> Error {
        let cause = stop.database_error();
        match undo {
            Undo::Transaction => self.end_unwritten(),
            // Nothing is lost but what was read, and that is of a time that is over.
            _ if !self.transaction.wrote()
                && !self.transaction.locks
                && self.is_outdated(&stop, cause.as_ref()) =>
            {
                self.end_unwritten();
            }
            Undo::Savepoint => {
                if let Err(error) = self.connection.control(TransactionControl::Rollback) {
                    let error = cause.clone().unwrap_or_else(|| DatabaseError::of(&error));
                    if error.kind == DatabaseErrorKind::Disconnected {
                        self.settle(&error);
                        return Error::Disconnected(error);
                    }
                    self.transaction_gone(&error);
                    return Error::TransactionLost(error);
                }
            }
            Undo::Statement => match (&cause, &stop) {
                (Some(error), _) => {
                    self.settle(error);
                    if !self.transaction.is_open() {
                        return Error::of_database(error.clone());
                    }
                }
                // The row may be written, and only the transaction can take it back.
                (None, Stop::Other(error)) => {
                    let error = DatabaseError::plain(DatabaseErrorKind::Other, &error.to_string());
                    self.transaction_gone(&error);
                }
                (None, _) => {}
            },
        }
        if let Some(error) = &cause
            && error.kind == DatabaseErrorKind::Disconnected
        {
            self.settle(error);
            return Error::Disconnected(error.clone());
        }
        match stop {
            Stop::Other(error) => error,
            Stop::Missed { step } => self.name_stale(&plan.steps[step]),
            Stop::Statement { step, slots, error } => match cause {
                Some(cause) if cause.kind.is_constraint() => {
                    let slot = match slots[..] {
                        [slot] => Some(slot),
                        _ => self.find_violating(plan, step),
                    };
                    self.violation(&plan.steps[step], slot, cause)
                }
                Some(cause) => Error::of_database(cause),
                None => self.unstorable(&plan.steps[step], &slots, error),
            },
        }
    }

    /// Whether the transaction sees a state of the database that others have left behind, so that it
    /// would fail again. MySQL goes on with its first look even at a row that an UPDATE has missed.
    fn is_outdated(&self, stop: &Stop, cause: Option<&DatabaseError>) -> bool {
        let missed = matches!(stop, Stop::Missed { .. }) && self.dialect() == Dialect::Mysql;
        missed || cause.is_some_and(|error| error.kind.is_retryable())
    }

    fn violation(&self, step: &Step, slot: Option<u32>, error: DatabaseError) -> Error {
        let key = slot.and_then(|slot| self.map.arena_dyn(step.entity)?.key_text(slot));
        let object =
            slot.and_then(|slot| Some((step.entity, self.map.raw_handle(step.entity, slot)?)));
        let entity = self.name_of(step, slot);
        Error::Constraint(Box::new(Violation {
            entity,
            key,
            object,
            ..Violation::of(step.meta, error)
        }))
    }

    /// The name of the entity of an object, of which that of a step may be but the family.
    pub(super) fn name_of(&self, step: &Step, slot: Option<u32>) -> &'static str {
        let name = |slot| Some(self.map.arena_dyn(step.entity)?.name(slot));
        slot.and_then(name).unwrap_or(step.meta.name)
    }

    /// Finds out which row of a batch violates a constraint: the flush is run once more, with the
    /// batch that failed row by row, and undone again.
    fn find_violating(&mut self, plan: &FlushPlan, step: usize) -> Option<u32> {
        self.begin_flush().ok()?;
        self.connection.control(TransactionControl::Begin).ok()?;
        let result = self.run(plan, Batching::OneByOneAt(step));
        self.map.revert_keys();
        if self.connection.control(TransactionControl::Rollback).is_err() {
            let error = DatabaseError::plain(
                DatabaseErrorKind::Other,
                "the search for a violating row could not be undone",
            );
            self.transaction_gone(&error);
        }
        match result {
            Err(Stop::Statement { step: failed, slots, .. }) if failed == step => {
                (slots.len() == 1).then(|| slots[0])
            }
            _ => None,
        }
    }

    /// Names the rows that someone else has changed or removed.
    fn name_stale(&mut self, step: &Step) -> Error {
        let slots = match &step.action {
            Action::RowSwitch { old, .. } => std::slice::from_ref(old),
            _ => &step.slots,
        };
        let found = self
            .keys_there(step.entity, step.meta, slots, sql::identity(step.meta).collect())
            .unwrap_or_default();
        let all: Vec<String> = slots
            .iter()
            .filter_map(|&slot| self.map.arena_dyn(step.entity)?.key_text(slot))
            .collect();
        let entity = self.name_of(step, slots.first().copied());
        let (mut gone, there): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|key| !found.contains(key));
        if gone.is_empty() && self.dialect() == Dialect::Mysql {
            // A SELECT looks at the rows as they were when the transaction began, an UPDATE as they
            // are.
            gone = there;
        } else if gone.is_empty() {
            return Error::InvalidState {
                entity,
                key: Some(there.join(", ")),
                action: "updated",
                reason: "the row is as it was read, and the database does not count it as changed: a \
                         trigger refuses it, or it is in a view whose INSTEAD OF trigger does the work, \
                         of which SQLite tells nothing; write to the arena of the view",
            };
        }
        let expected = slots.len();
        let keys = gone;
        Error::StaleRow { entity, expected, matched: expected - keys.len(), keys }
    }
}
