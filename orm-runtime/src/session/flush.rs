//! Running the plan: everything or nothing.
//!
//! What a flush does to the map is collected and entered only when its last statement has succeeded.
//! What it has done to the database before a failure is undone by a savepoint, where a transaction was
//! open before, or with the transaction that it began itself.

pub(super) mod delete_cascade;
pub(super) mod flush_failure;
pub(super) mod read_back;
pub(super) mod unstorable;
pub(super) mod write;

use super::Session;
use super::flush::write::{Batching, Done};
use super::transaction::frames::OnUnwind;
use crate::backend::TransactionControl;
use crate::error::{Error, InvalidEntity, Result};
use crate::map::{DatabaseCascade, Written};
use crate::mapping::EntityMeta;
use crate::plan::{Action, FlushPlan, Step};

/// How the work of a flush can be undone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Undo {
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
        if self.map().is_clean() {
            return Ok(());
        }
        self.not_in_listener("flush")?;
        self.check_connected()?;
        // Listeners may add, change and delete objects, which are part of this flush then.
        self.tell(|listener, session| listener.before_flush(session))?;
        // A failure past the session may have undone earlier flushes: what they wrote is pending again.
        self.settle_foreign();
        // Planning may send SELECTs, with which a transaction begins.
        let own_transaction = !self.in_transaction();
        let undo = |session: &mut Session| session.map_mut().revert_prepared();
        let Some(plan) = self.or_undo(undo, Session::plan_flush)? else { return Ok(()) };
        let sent = self.or_undo(undo, |session| session.begin_undo(&plan, own_transaction))?;
        let done = self.send(&plan, sent)?;
        self.enter_flush(&plan, done)
    }

    /// Decides what the flush writes, in this order; nothing if there is nothing to write.
    fn plan_flush(&mut self) -> Result<Option<FlushPlan>> {
        // Objects that references and collections bring along are added.
        self.map_mut().bring_newcomers();
        // Each object is in the collections to which its references lead now.
        self.map_mut().fix_up_all();
        // Objects that undone work has read may have no rows: these are looked for.
        self.prove()?;
        // Deletions bring others with them, and orphans go.
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

    /// Sends the statements of a plan. What was sent before a failure is undone in the database, and
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

    /// Enters what was written in the map, then what the database has made of it.
    fn enter_flush(&mut self, plan: &FlushPlan, done: Done) -> Result<()> {
        self.note_written(Written::ByFlush);
        // What is asked of the objects as they were before their new states are entered.
        let rows = self.rows_to_tell(plan);
        let made = self.to_read_back(&done);
        let database_cascades = self.database_cascades(plan);
        let unsure = self.unsure_of(&done);
        self.enter(done);
        // Keys that the database has passed on, and rows that it has deleted.
        self.map_mut().apply_database_cascades(&database_cascades);
        // Columns that the database has made, and owners that it finds by keys written otherwise.
        self.read_back(&made)?;
        self.pair_written(&unsure)?;
        self.tell_after_flush(rows)
    }

    /// Does a part of the work, and undoes what was prepared if it fails or panics.
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

    /// The statements that the next flush would send, as text with placeholders, without sending
    /// them. No SQL. What depends on answers of the database is left out, such as savepoints and the question
    /// in which order keys are made, and so is what [hooks](crate::Hooks) will change and what deletions
    /// bring with them.
    ///
    /// # Errors
    /// Those that [`flush`](Self::flush) would find before its first statement.
    pub fn pending_sql(&self) -> Result<Vec<String>> {
        let known = |meta: &EntityMeta| self.server().known().known_key_order(meta);
        Ok(FlushPlan::of(self.map())?.sql(self.map(), self.dialect(), known))
    }

    /// Lets the hooks of waiting objects run, before anything is planned or sent.
    fn prepare_objects(&mut self) -> Result<()> {
        let Err((entity, slot, invalid)) = self.map_mut().prepare() else { return Ok(()) };
        let Some(arena) = self.map().arena_dyn(entity) else { return Ok(()) };
        let (name, key) = (arena.name(slot), arena.key_text(slot));
        let mut error = InvalidEntity::new(arena.meta(), name, key, invalid);
        error.object = self.map().raw_handle(entity, slot).map(|raw| (entity, raw));
        Err(Error::Invalid(Box::new(error)))
    }

    /// Sees to it that the flush can be undone without the work done before it: what was read before
    /// is part of it, and so is a lock that was taken. Where the transaction is about to end anyway, what
    /// was read is not worth two statements.
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

    /// Whether nothing of a step of one row is left in the database when it fails. After an INSERT the key
    /// may turn out to be that of an object to which the row refers, where keys come again.
    fn undoes_by_itself(&self, step: &Step) -> bool {
        let database = self.dialect().capabilities();
        let is_insert = matches!(step.action, Action::Insert { .. });
        let remains = database.errors_end_transactions() || is_insert && database.makes_keys_again;
        !remains
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
