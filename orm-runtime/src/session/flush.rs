//! Running a flush plan: all of it or nothing.
//!
//! The results of a flush are collected, and entered in the map only when its last statement has
//! succeeded. If a statement fails, the earlier ones are undone: by a savepoint if a transaction
//! was already open, otherwise with the transaction that the flush began.

pub(super) mod delete_cascade;
pub(super) mod flush_failure;
mod pending_text;
pub(super) mod read_back;
pub(super) mod unstorable;
pub(super) mod write;

use super::Session;
use super::flush::write::{Batching, Done};
use super::listeners::FlushedRow;
use super::transaction::frames::OnUnwind;
use crate::backend::{Cause, TransactionControl};
use crate::error::{Error, InvalidEntity, Result};
use crate::map::{DatabaseCascade, Written};
use crate::mapping::EntityMeta;
use crate::plan::{Action, FlushPlan, Step};

/// How the work of a flush can be undone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Undo {
    /// By rolling back the transaction, which the flush began itself.
    Transaction,
    /// By rolling back to a savepoint.
    Savepoint,
    /// By nothing: the database undoes a single statement by itself.
    Statement,
}

impl Session {
    /// Writes the pending changes: new objects, changed columns and deletions. Sends no SQL if
    /// there are no pending changes.
    ///
    /// Rows of one table with the same columns share a statement: up to 500 rows, up to 10,000 on
    /// PostgreSQL, up to 100 for an UPDATE on MySQL, and never more than 4 MiB. A row whose key
    /// changes has its own statement. The following costs more statements:
    ///
    /// - Savepoint: one SAVEPOINT and one RELEASE if a transaction is already open, so that the
    ///   transaction survives a failure. SQLite and MySQL need none if only one row is written.
    /// - Generated keys on PostgreSQL: nothing more if the default is the next number of a
    ///   sequence. Any other default costs one SELECT for each batch, and a trigger that may set
    ///   the key costs one INSERT for each row. To find out, the session sends one INSERT without
    ///   rows and one SELECT for each table.
    /// - Generated keys on MySQL: one SELECT for each batch. Before its first INSERT of several
    ///   rows, the session asks the server once for each table.
    /// - Generated keys on SQLite: for 128 rows and more, one SELECT for each batch, and one that
    ///   asks whether the keys can be counted.
    /// - References: tables are written in the order of their references. Rows that reference rows
    ///   of their own table, or of a table that references it back, are written in up to eight
    ///   levels, with separate statements for each level. Deeper levels and circles cost one more
    ///   UPDATE for each batch, and need references that may be NULL.
    /// - Unique values: a value may pass from row to row, including deleted and new rows. The rows
    ///   that give up a value are written first, in up to eight levels. Longer chains and circles
    ///   cost one more UPDATE for each batch, which sets the column to NULL or to an unused value
    ///   in the meantime.
    /// - Deletions: one SELECT for each batch of deleted rows and each kind of reference to them,
    ///   if the referencing objects may not be in memory. None if the reference has
    ///   `on_delete = restrict` or `database`.
    /// - Generated columns ([`Generated`](crate::Generated), [`Computed`](crate::Computed)): one
    ///   SELECT for each entity. After an UPDATE, only columns that the database computes or sets
    ///   then (`on_update`) are read.
    ///
    /// A changed key costs nothing more: the database passes it on, and the objects in memory
    /// follow.
    ///
    /// # Errors
    /// Before the first statement that writes:
    ///
    /// - [`Error::Invalid`] if an object may not be written.
    /// - [`Error::Reference`] if a reference points to no object or row.
    /// - [`Error::CyclicReferences`] if new objects need each other.
    /// - [`Error::UniqueCircular`] if rows trade unique values and no other value can replace them
    ///   in the meantime.
    ///
    /// From the statements:
    ///
    /// - [`Error::Constraint`], which names the entity, key, column and constraint.
    /// - [`Error::StaleRow`] if someone else has changed or deleted a row.
    /// - Any other database error.
    ///
    /// An error of a [listener](crate::events::SessionListener) fails the call too; after an error
    /// of `after_flush`, the rows stay written.
    ///
    /// After any other error, the database and every object are as they were before the call, edits
    /// and new objects are kept, and the session stays usable. There are two exceptions. If a value
    /// that the database generated does not fit its field, the rows stay written.
    /// [`Error::Conflict`], and on MySQL [`Error::StaleRow`], end a transaction that has only read,
    /// without a lock and without [`begin`](Self::begin): its snapshot is out of date, and so its
    /// objects become stale.
    #[track_caller]
    pub fn flush(&mut self) -> Result<()> {
        if self.map().is_clean() {
            return Ok(());
        }
        let _call = self.call(Cause::Flush, None);
        self.flush_changes()
    }

    /// Writes the pending changes, if there are any.
    pub(super) fn flush_changes(&mut self) -> Result<()> {
        self.not_in_listener("flush")?;
        self.check_connected()?;
        // Listeners may add, change and delete objects, which then belong to this flush.
        self.tell(|listener, session| listener.before_flush(session))?;
        // A failure outside the session may have undone earlier flushes, whose changes are then
        // pending again.
        self.settle_foreign();
        // Planning may send SELECTs, which begin a transaction.
        let own_transaction = !self.in_transaction();
        let mut clock = self.flush_clock();
        let undo = |session: &mut Session| session.map_mut().revert_prepared();
        let Some(plan) = self.or_undo(undo, Session::plan_in_transaction)? else { return Ok(()) };
        clock.planned();
        let sent = self.or_undo(undo, |session| session.begin_undo(&plan, own_transaction))?;
        let done = self.send(&plan, sent)?;
        clock.sent();
        let rows = self.enter_flush(&plan, done)?;
        self.report_flush(&plan, &clock);
        self.tell_after_flush(rows)
    }

    /// Decides what the flush writes. What is read for that is read in the transaction.
    fn plan_in_transaction(&mut self) -> Result<Option<FlushPlan>> {
        self.at_server(|server| server.state_mut().set_decides(true));
        // Runs also if a hook panics.
        let end = |session: &mut Session| {
            session.at_server(|server| server.state_mut().set_decides(false))
        };
        let guard = OnUnwind { session: self, undo: Some(end) };
        guard.session.plan_flush()
    }

    /// Decides what the flush writes, in this order. Returns `None` if there is nothing to write.
    fn plan_flush(&mut self) -> Result<Option<FlushPlan>> {
        // Add the new objects in references and collections.
        self.map_mut().bring_newcomers();
        // Put each object into the collections of the objects that it references now.
        self.map_mut().fix_up_all();
        // Objects that were read by undone work may have no rows, so look for the rows.
        self.prove()?;
        // Follow deletions, and delete orphans.
        self.cascade()?;
        // Hooks see the keys that references will have, and may set other references.
        self.map_mut().propagate_keys();
        self.prepare_objects()?;
        self.map_mut().propagate_keys();
        self.map_mut().accept_keys();
        let plan = FlushPlan::of(self.map())?;
        if plan.is_empty() {
            self.map_mut().keep_cascades();
            self.map_mut().forget_left_collections();
            self.map_mut().clear_unchanged();
            return Ok(None);
        }
        Ok(Some(plan))
    }

    /// Sends the statements of a plan. If one fails, undoes the earlier ones in the database;
    /// nothing has been entered in the map.
    fn send(&mut self, plan: &FlushPlan, undo: Undo) -> Result<Done> {
        let mut guard = OnUnwind { session: self, undo: Some(Session::undo_flush_on_unwind) };
        let result = guard.session.run(plan, Batching::Full);
        guard.undo = None;
        let session = &mut *guard.session;
        let done = match result {
            Ok(done) => done,
            Err(stop) => {
                session.map_mut().revert_prepared();
                return Err(session.undo_flush(plan, undo, stop));
            }
        };
        session.map_mut().find_by_stored_keys();
        if undo == Undo::Savepoint
            && let Err(error) = session.sender().control(TransactionControl::Commit)
        {
            session.map_mut().revert_prepared();
            return Err(session.statement_failed(error));
        }
        Ok(done)
    }

    /// Enters in the map what was written, and then what the database generated. Returns the rows
    /// for the listeners.
    fn enter_flush(&mut self, plan: &FlushPlan, done: Done) -> Result<Vec<FlushedRow>> {
        self.note_written(Written::ByFlush);
        // These need the objects as they were before the new states are entered.
        let rows = self.rows_to_tell(plan);
        let made = self.to_read_back(&done);
        let database_cascades = self.database_cascades(plan);
        let unsure = self.unsure_of(&done);
        self.enter(done);
        // Follow the keys that the database has passed on, and the rows that it has deleted.
        self.map_mut().apply_database_cascades(&database_cascades);
        // Read the columns that the database generated, and find owners by keys that it writes
        // differently.
        self.read_back(&made)?;
        self.pair_written(&unsure)?;
        Ok(rows)
    }

    /// Runs a part of the work, and undoes what was prepared if the part fails or panics.
    fn or_undo<A>(
        &mut self,
        undo: fn(&mut Session),
        work: impl FnOnce(&mut Session) -> Result<A>,
    ) -> Result<A> {
        let mut guard = OnUnwind { session: self, undo: Some(undo) };
        let result = work(guard.session);
        if result.is_ok() {
            guard.undo = None;
        }
        result
    }

    /// Returns the statements that the next flush would send, as text with placeholders. Sends no
    /// SQL. For the statements of a query see [`Query::to_sql`](crate::Query::to_sql).
    ///
    /// The result leaves out what depends on answers of the database, such as savepoints and
    /// questions about the order of generated keys. It also leaves out what [hooks](crate::Hooks)
    /// will change and what deletions bring with them.
    ///
    /// # Errors
    /// Returns the errors that [`flush`](Self::flush) would find before its first statement.
    pub fn pending_sql(&self) -> Result<Vec<String>> {
        let known = |meta: &EntityMeta| self.server().known().known_key_order(meta);
        Ok(FlushPlan::of(self.map())?.sql(self.map(), self.dialect(), known))
    }

    /// Runs the hooks of pending objects, before anything is planned or sent.
    fn prepare_objects(&mut self) -> Result<()> {
        let Err((entity, slot, invalid)) = self.map_mut().prepare() else { return Ok(()) };
        let Some(arena) = self.map().arena_dyn(entity) else { return Ok(()) };
        let (name, key) = (arena.name(slot), arena.key_text(slot));
        let mut error = InvalidEntity::new(arena.meta(), name, key, invalid);
        error.object = self.map().raw_handle(entity, slot).map(|raw| (entity, raw));
        Err(Error::Invalid(Box::new(error)))
    }

    /// Prepares the flush so that it can be undone without undoing earlier work. Earlier work
    /// includes reads and locks. If the transaction is about to end anyway, keeping what was read
    /// is not worth two statements.
    fn begin_undo(&mut self, plan: &FlushPlan, own_transaction: bool) -> Result<Undo> {
        self.begin_flush()?;
        let state = self.server().state();
        let ends = state.is_ending() && !state.locks();
        if (own_transaction || ends) && !state.wrote() && state.savepoints() == 0 {
            return Ok(Undo::Transaction);
        }
        if let [step] = &plan.steps[..]
            && step.slots.len() == 1
            && self.undoes_by_itself(step)
        {
            return Ok(Undo::Statement);
        }
        match self.sender().control(TransactionControl::Begin) {
            Ok(()) => Ok(Undo::Savepoint),
            Err(error) => Err(self.statement_failed(error)),
        }
    }

    /// Returns `true` if a failed step of one row leaves nothing in the database. After an INSERT
    /// on a database that generates the same key again, the key may turn out to be that of an
    /// object that the row references.
    fn undoes_by_itself(&self, step: &Step) -> bool {
        let database = self.dialect().capabilities();
        let is_insert = matches!(step.action, Action::Insert { .. });
        let remains = database.errors_end_transactions() || is_insert && database.makes_keys_again;
        !remains
    }

    /// Returns the objects that the database changes along with those that were written.
    fn database_cascades(&self, plan: &FlushPlan) -> Vec<DatabaseCascade> {
        let slots = |wanted: fn(&Action) -> bool| {
            // If an object has rows in several tables, the row in the base table counts.
            let steps =
                plan.steps.iter().filter(move |step| step.table == 0 && wanted(&step.action));
            steps.flat_map(|step| step.slots.iter().map(|&slot| (step.entity, slot))).collect()
        };
        let rekeyed = slots(|action| matches!(action, Action::Rekey(_) | Action::Unpark(_)));
        let deleted = slots(|action| matches!(action, Action::Delete));
        self.map().database_cascades(rekeyed, deleted)
    }

    /// Enters the results in the map.
    fn enter(&mut self, done: Done) {
        let age = self.map().age();
        self.map_mut().accept_keys();
        self.map_mut().keep_cascades();
        self.map_mut().forget_left_collections();
        for (entity, slot, how) in done.rows {
            if let Some(arena) = self.map_mut().arena_dyn_mut(entity) {
                arena.flushed(slot, how, age);
            }
        }
        self.map_mut().clear_unchanged();
    }
}
