//! Objects that are added, changed and deleted, and their pending changes.

use orm_runtime::prelude::*;

use crate::calls::choose;
use crate::collections::{By, COLLECTIONS};
use crate::op::{Keep, Op, Pick};
use crate::pieces::{Held, Obj, Piece, To, each};
use crate::side::{Wrong, cells, hold, table_of};
use crate::tables::*;
use crate::work::{Edit, Fault, Waiting, references};
use crate::world::{Called, Flushes, Then, World};

impl World<'_> {
    /// Adds an object that references objects in memory, or rows that are not in memory.
    pub(crate) fn add(
        &mut self,
        who: usize,
        session: &mut Session,
        table: Table,
        picks: [Pick; 2],
    ) {
        let n = self.new_object();
        let mut set: Vec<(usize, To, Cell)> = Vec::new();
        for ((column, reference), pick) in references(table).zip(picks) {
            if reference.kind.is_some_and(|kind| n % 3 != kind) {
                continue;
            }
            let wanted = reference.required || !pick.is_multiple_of(4);
            if let Some((to, now)) = self.target(who, reference, pick / 4).filter(|_| wanted) {
                set.push((column, to, now));
            } else if reference.required && pick % 16 != 0 {
                return;
            }
        }
        if table == Person && picks[0].is_multiple_of(5) {
            let slot = (picks[1] % 6).to_string();
            set.push((Person.at("slot"), To::Val(slot.clone()), Cell::Val(slot)));
        }
        let object = each!(table, T => {
            let mut object = T::fresh(n);
            for (column, to, _) in &set {
                object.set(T::TABLE.columns()[*column].field, to);
            }
            T::wrap(session.add(object))
        });
        let side = &mut self.sides[who];
        let found = side.view.as_ref().unwrap_or(&self.committed);
        let shown = cells(session, object, &found.numbers);
        let cells = shown.iter().map(|cell| cell.clone().unwrap_or(Cell::Null));
        let mut edits: Vec<Edit> = cells.map(|now| Edit { before: None, now }).collect();
        for (column, _, now) in set {
            edits[column].now = now;
        }
        let edits = edits.into_iter().enumerate().collect();
        let waiting = Waiting {
            table,
            object,
            new: true,
            deleting: false,
            edits,
            believes: shown,
            left: false,
            purged: false,
        };
        side.work.objects.insert(n, waiting);
    }

    /// Returns a target for a reference.
    fn target(&self, who: usize, reference: Ref, pick: Pick) -> Option<(To, Cell)> {
        let side = &self.sides[who];
        let objects = side.objects(|table| reference.to.contains(&table));
        if pick.is_multiple_of(5) && reference.to.len() == 1 {
            let found = side.found(&self.committed);
            let mut keys: Vec<(u32, String)> = Vec::new();
            for ((table, key), &n) in &found.numbers {
                if reference.to[0] == *table && !side.work.objects.contains_key(&n) {
                    keys.push((n, key.clone()));
                }
            }
            if let Some((n, key)) = choose(&keys, pick / 5) {
                return Some((To::Key(key), Cell::Ref(n)));
            }
        }
        let (n, object) = choose(&objects, pick / 5)?;
        Some((To::Object(object), Cell::Ref(n)))
    }

    pub(crate) fn edit(
        &mut self,
        who: usize,
        session: &mut Session,
        n: u32,
        object: Obj,
        field: Pick,
        pick: Pick,
    ) {
        let table = table_of(object);
        let mut columns: Vec<usize> = (0..table.columns().len()).collect();
        columns.retain(|&at| match table.columns()[at].what {
            What::Name | What::Version | What::Place | What::Gone => false,
            What::OfKind(kind) => n % 3 == kind,
            What::Ref(to) => !to.fixed && to.kind.is_none_or(|kind| n % 3 == kind),
            _ => true,
        });
        let Some(column) = choose(&columns, field) else { return };
        let value = self.new_value();
        let (to, now) = match table.columns()[column].what {
            What::Ref(reference) => {
                let target = self.target(who, reference, pick / 4);
                match target.filter(|_| reference.required || !pick.is_multiple_of(4)) {
                    Some((_, Cell::Ref(to))) if to == n => return,
                    Some((to, now)) => (to, now),
                    None if reference.required => return,
                    None => (To::Null, Cell::Null),
                }
            }
            What::Slot if pick.is_multiple_of(4) => (To::Null, Cell::Null),
            What::Slot => {
                let slot = (pick % 6).to_string();
                (To::Val(slot.clone()), Cell::Val(slot))
            }
            What::Pair => {
                let pair = format!("{value}/{}", pick % 2 + 1);
                (To::Val(pair.clone()), Cell::Val(pair))
            }
            _ => (To::Val(value.to_string()), Cell::Val(value.to_string())),
        };
        self.set(who, session, n, object, column, &to, now);
    }

    /// Returns `true` if something in memory or pending references an object.
    fn is_referred_to(&self, who: usize, n: u32) -> bool {
        let side = &self.sides[who];
        let shown = side.shown.values().flatten();
        let waits = side.work.objects.values().flat_map(|it| it.edits.values());
        let mut ties = side.work.ties.keys();
        ties.any(|&(org, label)| org == n || label == n)
            || shown.flatten().chain(waits.map(|edit| &edit.now)).any(|cell| *cell == Cell::Ref(n))
    }

    pub(crate) fn delete(
        &mut self,
        who: usize,
        session: &mut Session,
        n: u32,
        object: Obj,
    ) -> Result<()> {
        let new = self.sides[who].is_new(n);
        if new && self.is_referred_to(who, n) {
            return Ok(());
        }
        let side = &mut self.sides[who];
        if new {
            side.work.objects.remove(&n);
        } else {
            let found = side.view.as_ref().unwrap_or(&self.committed);
            let believes = cells(session, object, &found.numbers);
            let table = table_of(object);
            let waiting = side.work.objects.entry(n).or_insert_with(|| Waiting {
                table,
                object,
                new,
                deleting: true,
                edits: Default::default(),
                believes,
                left: false,
                purged: false,
            });
            waiting.deleting = true;
            side.believed.retain(|(owner, _)| *owner != n);
        }
        each!(table_of(object), T => session.delete(T::take(object)))
    }

    /// Does operations in a savepoint.
    pub(crate) fn savepoint(
        &mut self,
        who: usize,
        session: &mut Session,
        ops: &[Op],
        keep: Keep,
    ) -> Result<Option<Called>, Wrong> {
        let mut entered = false;
        let run = std::panic::AssertUnwindSafe(|| {
            session.savepoint_with(|session| {
                entered = true;
                let then = Then::Nothing;
                self.follow(
                    who,
                    session,
                    Called { flushes: Flushes::Always, result: Ok(()), then },
                )?;
                let mark = self.sides[who].found(&self.committed).clone();
                self.sides[who].marks.push(mark);
                for op in ops {
                    self.perform(who, session, op)?;
                }
                match keep {
                    Keep::Kept => Ok(()),
                    Keep::Undone => Err(Stop::Undo),
                    Keep::Panic => std::panic::resume_unwind(Box::new(Undo)),
                }
            })
        });
        let result = match std::panic::catch_unwind(run) {
            Ok(result) => result,
            Err(panic) if panic.is::<Undo>() => Err(Stop::Undo),
            Err(panic) => std::panic::resume_unwind(panic),
        };
        let result = match result {
            Err(Stop::Wrong(wrong)) => return Err(wrong),
            Err(Stop::Failed(error)) => Err(Some(error)),
            Err(Stop::Undo) => Err(None),
            Ok(()) => Ok(()),
        };
        let flushes = Flushes::Always;
        if !entered {
            let Err(Some(error)) = result else { return Ok(None) };
            return Ok(Some(Called { flushes, result: Err(error), then: Then::Nothing }));
        }
        let mark = self.sides[who].marks.pop();
        match result {
            Ok(()) => Ok(Some(Called { flushes, result: Ok(()), then: Then::Nothing })),
            Err(error) => {
                if let Some(error) = error {
                    self.follow(
                        who,
                        session,
                        Called { flushes, result: Err(error), then: Then::Nothing },
                    )?;
                }
                let side = &mut self.sides[who];
                side.work = Default::default();
                side.believed.clear();
                side.undone(session);
                side.view = mark;
                hold!(session.in_transaction(), "undoing a savepoint ended the transaction");
                Ok(None)
            }
        }
    }

    /// Ends the causes of failing flushes: repairs refused values, and evicts stale objects.
    pub(crate) fn mend(&mut self, who: usize, session: &mut Session) -> Result<(), Wrong> {
        for _ in 0..20 {
            let side = &self.sides[who];
            let outcome = self.outcome(who);
            let faults = outcome.faults.iter();
            let Some((fault, n, object)) = faults
                .filter_map(|fault| {
                    let n = fault.of().1;
                    side.work.objects.get(&n).map(|it| (fault.clone(), n, it.object))
                })
                .next()
            else {
                return Ok(());
            };
            let nothing = |field: &str| fault.of().0.at(field);
            match fault {
                Fault::Invalid(table, _) => {
                    let value = self.new_value().to_string();
                    let to = To::Val(value.clone());
                    self.set(who, session, n, object, table.at("text"), &to, Cell::Val(value));
                }
                Fault::Nowhere(_, _, field) | Fault::Taken(_, _, field)
                    if !matches!(field, "key" | "tie" | "subject") && fault.of().0 != Team =>
                {
                    let at = nothing(field);
                    self.set(who, session, n, object, at, &To::Null, Cell::Null);
                }
                _ => return self.perform(who, session, &Op::Rollback),
            }
            self.sides[who].observe(session, &self.committed)?;
        }
        Ok(())
    }

    /// Returns `true` if the owner can link and unlink objects of a collection.
    pub(crate) fn links(at: usize) -> bool {
        let collection = &COLLECTIONS[at];
        match collection.by {
            By::Ties { .. } => true,
            By::Reference(field) => {
                let column = &collection.members.columns()[collection.members.at(field)];
                column.reference().is_some_and(|it| !it.fixed)
            }
        }
    }
}

/// A payload for a panic that must undo a savepoint.
struct Undo;

enum Stop {
    Undo,
    Wrong(Wrong),
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Failed(error)
    }
}

impl From<Wrong> for Stop {
    fn from(wrong: Wrong) -> Self {
        Stop::Wrong(wrong)
    }
}
