//! Both sessions and the database. Each step is done, applied to the model, and checked.

use std::collections::{BTreeMap, BTreeSet};

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{Oracle, TestDb};

use crate::judging::{names, same};
use crate::op::{Op, Sequence, Step};
use crate::pieces::{Held, Obj, each};
use crate::read::{self, Found};
use crate::shrink;
use crate::side::{Side, Wrong, hold, table_of};
use crate::tables::*;
use crate::work::{Fault, Outcome, differs};

/// How a call treats pending changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Flushes {
    Never,
    /// If it must query the database and autoflush is on.
    ToAsk,
    Always,
}

/// What must be true after a call.
#[derive(Debug)]
pub(crate) enum Then {
    Nothing,
    /// These objects agree with their rows.
    Current(Vec<u32>),
    /// All rows of a table were found, and are current.
    All(Table, Vec<Obj>),
    /// These objects are current, and the collections of these owners are complete.
    Whole(usize, Vec<u32>),
    Found(u32, Option<Obj>),
    Counted(Table, i64),
    Related(usize, u32, i64),
    /// These rows of a table were read.
    Named(Table, Vec<u32>),
    Committed,
    RolledBack,
}

/// A call and its result.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) flushes: Flushes,
    pub(crate) result: Result<()>,
    pub(crate) then: Then,
}

pub(crate) struct World<'o> {
    pub(crate) oracle: &'o mut Oracle,
    pub(crate) sql: String,
    pub(crate) committed: Found,
    pub(crate) sides: [Side; 2],
    next_object: u32,
    next_value: i32,
    /// The rows that have had each key.
    pub(crate) taken: BTreeMap<(Table, String), BTreeSet<u32>>,
    /// The last key of each row that was committed.
    pub(crate) keys: BTreeMap<u32, (Table, String)>,
    /// Whether the database updates references when a key changes.
    passes_on: bool,
    /// The number of calls that failed as they had to.
    pub(crate) refused: u64,
}

impl World<'_> {
    /// Runs a sequence on an empty database with tables.
    pub(crate) fn run(db: &TestDb, oracle: &mut Oracle, sequence: &Sequence) -> Result<(), Wrong> {
        let deletes = Table::ALL.iter().rev().map(|table| format!("DELETE FROM {}", table.sql()));
        let first = ["DELETE FROM m_org_label".to_owned(), "DELETE FROM m_car".to_owned()];
        oracle.batch(&first.into_iter().chain(deletes).collect::<Vec<_>>().join("; "));
        let sql = read::statement(db.dialect());
        let mut world = World {
            oracle,
            sql,
            committed: Found::default(),
            sides: sequence.options.map(Side::new),
            next_object: 0,
            next_value: 0,
            taken: BTreeMap::new(),
            keys: BTreeMap::new(),
            passes_on: db.dialect() != Dialect::Mysql,
            refused: 0,
        };
        let mut sessions = sequence.options.map(|options| {
            db.session_with(SessionOptions {
                autoflush: options.autoflush,
                expire_on_commit: options.expire,
                lazy: options.lazy,
                busy_timeout_ms: 1000,
                ..SessionOptions::default()
            })
        });
        for step in &sequence.steps {
            world.step(&mut sessions, step)?;
        }
        world.end(&mut sessions)
    }

    fn step(&mut self, sessions: &mut [Session; 2], step: &Step) -> Result<(), Wrong> {
        let (who, other) = (step.who, 1 - step.who);
        if self.sides[other].view.is_some() {
            if step.other_commits {
                self.perform(other, &mut sessions[other], &Op::Commit)?;
            }
            if self.sides[other].view.is_some() {
                self.perform(other, &mut sessions[other], &Op::Rollback)?;
            }
            self.forget_misled(who, &mut sessions[who]);
            self.sides[who].observe(&sessions[who], &self.committed)?;
        }
        let wrong = |wrong| format!("{wrong} ({:?})", step.op);
        self.perform(who, &mut sessions[who], &step.op).map_err(wrong)?;
        self.forget_misled(other, &mut sessions[other]);
        self.sides[other].observe(&sessions[other], &self.committed)
    }

    /// Checks that both sessions still work, and see the rows.
    fn end(&mut self, sessions: &mut [Session; 2]) -> Result<(), Wrong> {
        for who in [0, 1] {
            self.perform(who, &mut sessions[who], &Op::Rollback)?;
        }
        for (who, session) in sessions.iter_mut().enumerate() {
            for table in Table::ALL {
                self.perform(who, session, &Op::Query(table))?;
            }
            self.perform(who, session, &Op::Commit)?;
        }
        Ok(())
    }

    /// Does one operation in a session, and checks the result.
    pub(crate) fn perform(
        &mut self,
        who: usize,
        session: &mut Session,
        op: &Op,
    ) -> Result<(), Wrong> {
        let before = session.statements();
        let idle = self.sides[who].work.is_empty();
        let called = self.call(who, session, op);
        shrink::trace(|| self.told(who, session, op, &called));
        if let Some(called) = called? {
            self.follow(who, session, called)?;
        }
        // A refused call may have read before.
        if session.in_transaction() {
            self.sides[who].view.get_or_insert_with(|| self.committed.clone());
        }
        let sent = session.statements() - before;
        let reads = matches!(
            op,
            Op::Get(_)
                | Op::GetMany(_)
                | Op::Query(_)
                | Op::Eager(..)
                | Op::Load(..)
                | Op::LoadAll(_)
        );
        let most = if idle && reads { 4 } else { 90 };
        let nested = matches!(op, Op::Savepoint(..) | Op::Mend);
        hold!(nested || sent <= most, "{op:?} sent {sent} statements");
        let side = &mut self.sides[who];
        side.observe(session, &self.committed)
    }

    /// Applies a call to the model.
    pub(crate) fn follow(
        &mut self,
        who: usize,
        session: &mut Session,
        called: Called,
    ) -> Result<(), Wrong> {
        let outcome = self.outcome(who);
        let side = &mut self.sides[who];
        side.cleared = false;
        let was_open = side.view.is_some();
        if let Err(error) = called.result {
            hold!(called.flushes != Flushes::Never, "it failed: {error}");
            if session.in_transaction() {
                side.view.get_or_insert_with(|| self.committed.clone());
            } else if was_open {
                // A refused commit ends a transaction that has only read.
                let ends = matches!(called.then, Then::Committed);
                let has_read = !side.wrote && side.marks.is_empty();
                hold!(ends && has_read, "its transaction is gone: {error}");
                side.view = None;
                side.undone(session);
            }
            self.refused += 1;
            names(&error, &outcome)?;
            return self.given_up(who, session, &error);
        }
        let flushed = match called.flushes {
            Flushes::Never => false,
            Flushes::Always => true,
            Flushes::ToAsk => {
                side.options.autoflush && session.pending_sql().is_ok_and(|sql| sql.is_empty())
            }
        };
        let (had_work, wrote) = (!side.work.is_empty(), side.wrote || side.work.is_written());
        if flushed {
            let faults = &outcome.faults;
            hold!(faults.is_empty(), "it succeeded, in spite of {faults:?}");
            if had_work && session.in_transaction() {
                side.view.get_or_insert_with(|| self.committed.clone());
            }
            side.work = Default::default();
        }
        if flushed && had_work && session.in_transaction() {
            self.see(who, session, &outcome)?;
            self.sides[who].wrote = wrote;
        }
        let side = &mut self.sides[who];
        match called.then {
            Then::Committed => return self.commit(who, session, flushed.then_some(&outcome)),
            Then::RolledBack => {
                let work = std::mem::take(&mut side.work);
                let stored = work.objects.values().filter(|it| !it.new);
                let edits = stored.flat_map(|it| it.edits.values());
                side.lost_targets.extend(edits.filter_map(|edit| match edit.now {
                    Cell::Ref(to) => Some(to),
                    _ => None,
                }));
                side.lost.extend(work.objects.into_iter().filter(|(_, it)| it.new));
                side.lost_ties.extend(work.ties.keys());
                side.believed.clear();
                side.undone(session);
                side.written_past = side.written_past.take().filter(|_| !side.marks.is_empty());
                side.view = side.marks.last().cloned();
                side.wrote &= side.view.is_some();
            }
            _ if session.in_transaction() => {
                side.view.get_or_insert_with(|| self.committed.clone());
            }
            _ => hold!(!was_open, "its transaction is gone"),
        }
        if let Then::Whole(at, owners) = &called.then {
            let found = side.found(&self.committed).clone();
            owners.iter().for_each(|&owner| side.disprove_ties(session, owner, *at, &found));
        }
        side.observe(session, &self.committed)?;
        match std::mem::take(&mut side.cleared) {
            // The object that was found no longer exists.
            true => Ok(()),
            false => self.check(who, session, called.then),
        }
    }

    /// Returns the predicted result of a flush.
    pub(crate) fn outcome(&self, who: usize) -> Outcome {
        let side = &self.sides[who];
        let rows = &side.found(&self.committed).rows;
        let mut outcome = side.work.flush(rows, &side.shown, self.passes_on);
        for &n in &side.unproven {
            // If its row was searched for and not found, there is nothing to delete.
            if side.work.is_deleting(n) && !rows.rows.contains_key(&n) {
                outcome.believe_perhaps(|fault| fault.of().1 == n);
                // Another row may have its key.
                outcome.doubts.push(Fault::Stale(side.work.objects[&n].table, n));
            }
            let gone = !rows.rows.contains_key(&n);
            if let Some(waiting) = side.work.objects.get(&n).filter(|it| gone && it.is_orphan()) {
                // The session cannot tell a row that was undone from one that was deleted: the
                // orphan may be an object that cannot be written.
                outcome.doubts.push(Fault::Stale(waiting.table, n));
            }
            if let Some(&object) = side.live.get(&n).filter(|_| gone && side.work_refers_to(n)) {
                // The target of a reference is proven too, and its key may be that of another row.
                outcome.doubts.push(Fault::Stale(table_of(object), n));
            }
            let waiting = side.work.objects.get(&n).map(|it| &it.believes);
            let believed = waiting.or(side.shown.get(&n));
            let table = rows.rows.get(&n).map(|row| row.table);
            if let (Some(cells), Some(table)) = (believed, table)
                && differs(cells, rows, n)
            {
                // As far as the session knows, the row may belong to another object.
                outcome.doubts.push(Fault::Stale(table, n));
            }
        }
        outcome
    }

    /// Handles the report that the row of an object was undone, which is given once. The object
    /// then has no row and no pending changes.
    fn given_up(&mut self, who: usize, session: &Session, error: &Error) -> Result<(), Wrong> {
        if !matches!(error, Error::InvalidState { reason, .. } if reason.contains("rolled back")) {
            return Ok(());
        }
        let side = &mut self.sides[who];
        let before = side.work.objects.len();
        side.work.objects.retain(|_, it| {
            let state = each!(table_of(it.object), T => session.state(T::take(it.object)));
            state != ObjectState::Transient
        });
        hold!(side.work.objects.len() < before, "its object is stored: {error}");
        Ok(())
    }

    /// Reads what the transaction of a session sees, which must be as predicted.
    pub(crate) fn see(
        &mut self,
        who: usize,
        session: &mut Session,
        outcome: &Outcome,
    ) -> Result<(), Wrong> {
        let found = read::seen_by(session, &self.sql)
            .map_err(|error| format!("nothing can be read: {error}"))?;
        let side = &mut self.sides[who];
        side.wrote = true;
        let foretold = same(outcome, &found.rows);
        for (key, &n) in &found.numbers {
            let had = self.taken.entry(key.clone()).or_default();
            had.insert(n);
            // The row that has its key was written outside it.
            side.unproven.extend(had.iter().filter(|it| **it != n && side.live.contains_key(it)));
            side.misled |= had.iter().any(|&before| before != n && side.is_misled_by(before));
        }
        side.view = Some(found);
        self.forget_misled(who, session);
        foretold
    }

    fn commit(
        &mut self,
        who: usize,
        session: &mut Session,
        outcome: Option<&Outcome>,
    ) -> Result<(), Wrong> {
        let found = read::committed(self.oracle, &self.sql);
        let side = &mut self.sides[who];
        let view = side.view.take();
        match (outcome, view) {
            (Some(outcome), _) => same(outcome, &found.rows)?,
            (None, Some(view)) => {
                hold!(view.rows == found.rows, "what was written is not what is committed");
            }
            (None, None) => {}
        }
        side.wrote = false;
        side.written_past = None;
        side.believed.clear();
        let before = std::mem::replace(&mut self.committed, found);
        let after = &self.committed.rows.rows;
        let all = before.rows.rows.keys().chain(after.keys()).copied();
        let changed = all.filter(|n| before.rows.rows.get(n) != after.get(n));
        let other = &mut self.sides[1 - who];
        if other.view.is_none() {
            // Without an open transaction, its loaded collections are no longer believed.
            other.believed.clear();
        }
        if !other.options.expire {
            other.excused.extend(changed);
            other.outdated = true;
        }
        hold!(!session.in_transaction(), "COMMIT has not ended the transaction");
        self.note_taken(who);
        self.forget_misled(who, session);
        self.sides[who].observe(session, &self.committed)
    }

    pub(crate) fn new_object(&mut self) -> u32 {
        self.next_object += 1;
        self.next_object
    }

    /// Returns a unique value.
    pub(crate) fn new_value(&mut self) -> i32 {
        self.next_value += 1;
        1_000 + self.next_value
    }
}
