//! Both sessions and the database: each step is done, followed in the model, and judged.

use orm_runtime::prelude::*;
use orm_runtime::{DatabaseErrorKind, Lazy};
use orm_tests::{Oracle, TestDb};

use crate::op::{Op, Sequence, Step};
use crate::pieces::{Held, Obj, each};
use crate::read::{self, Found};
use crate::shrink;
use crate::side::{Side, Wrong, hold, name, table_of};
use crate::tables::*;
use crate::work::{Fault, Outcome};

/// What a call does with what waits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Flushes {
    Never,
    /// If it has to ask the database, and the session flushes by itself.
    ToAsk,
    Always,
}

/// What is to be true after a call.
#[derive(Debug)]
pub(crate) enum Then {
    Nothing,
    /// These objects are as their rows are.
    Current(Vec<u32>),
    /// All rows of a table were found, and are current.
    All(Table, Vec<Obj>),
    /// These are, and the collections of these owners are whole.
    Whole(usize, Vec<u32>),
    Found(u32, Option<Obj>),
    Counted(Table, i64),
    Related(usize, u32, i64),
    Committed,
    RolledBack,
}

/// A call, and what came of it.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) flushes: Flushes,
    pub(crate) result: Result<()>,
    pub(crate) then: Then,
}

pub(crate) struct World {
    pub(crate) oracle: Oracle,
    pub(crate) sql: String,
    pub(crate) committed: Found,
    pub(crate) sides: [Side; 2],
    next_object: u32,
    next_value: i32,
    /// How many calls failed as they had to.
    pub(crate) refused: u64,
}

impl World {
    /// Runs a sequence on an empty database, whose tables are there.
    pub(crate) fn run(db: &TestDb, sequence: &Sequence) -> Result<(), Wrong> {
        let mut oracle = db.oracle();
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
            refused: 0,
        };
        let mut sessions = sequence.options.map(|options| {
            db.session_with(SessionOptions {
                autoflush: options.autoflush,
                expire_on_commit: options.expire,
                lazy: if options.lazy_one { Lazy::One } else { Lazy::Cohort },
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
        }
        let wrong = |wrong| format!("{wrong} ({:?})", step.op);
        self.perform(who, &mut sessions[who], &step.op).map_err(wrong)?;
        self.sides[other].observe(&sessions[other], &self.committed)
    }

    /// Both sessions work on, and see what is there.
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

    /// Does one operation in a session, and judges.
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
        // What is refused may have read before.
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

    /// What an operation has sent, and what is there after it.
    fn told(
        &self,
        who: usize,
        session: &mut Session,
        op: &Op,
        called: &Result<Option<Called>, Wrong>,
    ) -> String {
        let side = &self.sides[who];
        let sent = session.take_log();
        let sent = sent.iter().map(|it| format!("    {}\n", it.sql)).collect::<String>();
        let (shown, work) = (&side.shown, &side.work);
        format!("{who}: {op:?}\n{sent}    {called:?}\n    showed {shown:?}\n    waits {work:?}")
    }

    /// What a call has done to the model.
    pub(crate) fn follow(
        &mut self,
        who: usize,
        session: &mut Session,
        called: Called,
    ) -> Result<(), Wrong> {
        let side = &mut self.sides[who];
        let was_open = side.view.is_some();
        let found = side.view.as_ref().unwrap_or(&self.committed);
        let outcome = side.work.flush(&found.rows, &side.shown);
        if let Err(error) = called.result {
            hold!(called.flushes != Flushes::Never, "it failed: {error}");
            hold!(!was_open || session.in_transaction(), "its transaction is gone: {error}");
            if session.in_transaction() {
                side.view.get_or_insert_with(|| self.committed.clone());
            }
            self.refused += 1;
            return names(&error, &outcome);
        }
        let flushed = match called.flushes {
            Flushes::Never => false,
            Flushes::Always => true,
            Flushes::ToAsk => {
                side.options.autoflush && session.pending_sql().is_ok_and(|sql| sql.is_empty())
            }
        };
        let had_work = !side.work.is_empty();
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
        }
        let side = &mut self.sides[who];
        match called.then {
            Then::Committed => return self.commit(who, session, flushed.then_some(&outcome)),
            Then::RolledBack => {
                side.work = Default::default();
                side.believed.clear();
                side.view = side.marks.last().cloned();
                side.wrote &= side.view.is_some();
            }
            _ if session.in_transaction() => {
                side.view.get_or_insert_with(|| self.committed.clone());
            }
            _ => hold!(!was_open, "its transaction is gone"),
        }
        side.observe(session, &self.committed)?;
        self.check(who, session, called.then)
    }

    /// Reads what the transaction of a session sees, which is to be what was foretold.
    pub(crate) fn see(
        &mut self,
        who: usize,
        session: &mut Session,
        outcome: &Outcome,
    ) -> Result<(), Wrong> {
        let found = read::seen_by(session, &self.sql);
        let side = &mut self.sides[who];
        side.wrote = true;
        let foretold = same(outcome, &found.rows);
        side.view = Some(found);
        foretold
    }

    fn commit(
        &mut self,
        who: usize,
        session: &Session,
        outcome: Option<&Outcome>,
    ) -> Result<(), Wrong> {
        let found = read::committed(&mut self.oracle, &self.sql);
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
        side.believed.clear();
        let before = std::mem::replace(&mut self.committed, found);
        let after = &self.committed.rows.rows;
        let all = before.rows.rows.keys().chain(after.keys()).copied();
        let changed = all.filter(|n| before.rows.rows.get(n) != after.get(n));
        let other = &mut self.sides[1 - who];
        if !other.options.expire {
            other.excused.extend(changed);
            other.outdated = true;
        }
        hold!(!session.in_transaction(), "COMMIT has not ended the transaction");
        self.sides[who].observe(session, &self.committed)
    }

    fn check(&mut self, who: usize, session: &mut Session, then: Then) -> Result<(), Wrong> {
        let side = &mut self.sides[who];
        let rows = &side.found(&self.committed).rows;
        let current = |objects: &mut dyn Iterator<Item = u32>| -> Result<(), Wrong> {
            for n in objects.filter(|n| !side.is_new(*n)) {
                let Some(&object) = side.live.get(&n) else {
                    return Err(format!("{n} was read, and is not in memory"));
                };
                let stale = each!(table_of(object), T => session.is_stale(T::take(object)));
                hold!(!stale, "{n} was read, and is stale");
            }
            Ok(())
        };
        match then {
            Then::Nothing | Then::Committed | Then::RolledBack => Ok(()),
            Then::Current(objects) => current(&mut objects.into_iter()),
            Then::All(table, objects) => {
                let said: Vec<u32> = objects.iter().map(|&object| name(session, object)).collect();
                let mut sorted = said.clone();
                sorted.sort_unstable();
                sorted.retain(|&n| !side.work.is_doomed(n));
                let mut wanted = rows.of(table);
                wanted.retain(|&n| !side.work.is_doomed(n));
                let wanted: Vec<u32> = wanted.into_iter().collect();
                hold!(
                    sorted == wanted,
                    "{table:?}: {sorted:?} were found, and {wanted:?} are there"
                );
                current(&mut said.into_iter().filter(|&n| !side.work.is_doomed(n)))
            }
            Then::Whole(at, owners) => {
                let collection = &crate::collections::COLLECTIONS[at];
                for &owner in &owners {
                    let Some(&object) = side.live.get(&owner) else { continue };
                    let read = (collection.read)(session.map(), object);
                    let field = collection.field;
                    hold!(read.is_ok(), "{field} of {owner} was loaded: {:?}", read.err());
                    if !side.outdated {
                        side.believed.insert((owner, at));
                    }
                }
                side.observe(session, &self.committed)
            }
            Then::Found(n, object) => {
                let there = rows.shows(n);
                let found = object.map(|object| name(session, object));
                hold!(found.is_none_or(|it| it == n), "{found:?} was found for the key of {n}");
                let hidden = side.live.contains_key(&n) && rows.rows.contains_key(&n);
                hold!(there == found.is_some() || hidden, "{n}: found {found:?}, there {there}");
                current(&mut found.into_iter())
            }
            Then::Counted(table, count) => {
                let wanted = rows.of(table).len();
                hold!(i64::try_from(wanted) == Ok(count), "{table:?}: {count} of {wanted}");
                Ok(())
            }
            Then::Related(at, owner, count) => {
                let collection = &crate::collections::COLLECTIONS[at];
                let bare = Side::new(side.options);
                let wanted = bare.members(owner, collection, rows).len();
                let field = collection.field;
                hold!(
                    i64::try_from(wanted) == Ok(count),
                    "{field} of {owner}: {count} of {wanted}"
                );
                Ok(())
            }
        }
    }

    pub(crate) fn new_object(&mut self) -> u32 {
        self.next_object += 1;
        self.next_object
    }

    /// A value that nothing else has.
    pub(crate) fn new_value(&mut self) -> i32 {
        self.next_value += 1;
        1_000 + self.next_value
    }
}

/// Whether the rows are what was foretold, but for versions, which never go back.
fn same(outcome: &Outcome, found: &Rows) -> Result<(), Wrong> {
    let wanted = &outcome.rows;
    hold!(wanted.ties == found.ties, "ties {:?}, and should be {:?}", found.ties, wanted.ties);
    for (&n, row) in &wanted.rows {
        let Some(is) = found.rows.get(&n) else {
            return Err(format!("the row of {:?} {n} is missing", row.table));
        };
        for (at, (wanted, cell)) in row.cells.iter().zip(&is.cells).enumerate() {
            let column = row.table.columns()[at];
            let either = outcome.either.get(&(n, at)) == Some(cell);
            let fits = wanted == cell || column.what == What::Version || either;
            let (table, field) = (row.table.sql(), column.field);
            hold!(fits, "{table}.{field} of {n} is {cell:?} in its row, and should be {wanted:?}");
        }
    }
    let left = found.rows.iter().find(|(n, _)| !wanted.rows.contains_key(n));
    hold!(left.is_none(), "{left:?} should not be there");
    Ok(())
}

/// Whether an error is due to what was foretold, and says of which entity and field.
fn names(error: &Error, outcome: &Outcome) -> Result<(), Wrong> {
    let faults = || outcome.faults.iter().chain(&outcome.doubts);
    hold!(faults().next().is_some(), "it failed for no reason: {error}");
    let text = error.to_string();
    let fits = |fault: &Fault| {
        let (table, _) = fault.of();
        let named = table.entities().iter().any(|entity| text.contains(entity));
        named
            && match fault {
                Fault::Stale(..) => {
                    matches!(error, Error::Stale { .. })
                        || matches!(error, Error::State { reason, .. } if reason.contains("rolled back"))
                }
                Fault::Invalid(..) => matches!(error, Error::Invalid(_)) && text.contains("text"),
                Fault::Unset(..) => {
                    matches!(error, Error::Reference { .. })
                        || error.is_violation(DatabaseErrorKind::NotNull)
                }
                Fault::Nowhere(..) => {
                    matches!(error, Error::Reference { .. })
                        || error.is_violation(DatabaseErrorKind::ForeignKey)
                }
                Fault::Taken(_, _, "key") => error.is_violation(DatabaseErrorKind::Unique),
                Fault::Taken(_, _, field) => {
                    error.is_violation(DatabaseErrorKind::Unique) && text.contains(field)
                }
            }
    };
    let all: Vec<_> = faults().collect();
    hold!(faults().any(fits), "{all:?} were to be refused, and the error says: {error}");
    Ok(())
}
