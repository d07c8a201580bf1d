//! Linking and unlinking, and objects that leave the session and come back.

use std::collections::BTreeSet;

use orm_runtime::prelude::*;

use crate::calls::choose;
use crate::collections::{By, COLLECTIONS, Collection};
use crate::op::Pick;
use crate::pieces::{Held, Obj, Piece, To, each};
use crate::side::{Wrong, cells, hold, name, table_of};
use crate::tables::*;
use crate::world::{Called, Flushes, Then, World};

fn never(result: Result<()>) -> Option<Called> {
    Some(Called { flushes: Flushes::Never, result, then: Then::Nothing })
}

impl World<'_> {
    pub(crate) fn link(
        &mut self,
        who: usize,
        session: &mut Session,
        at: usize,
        (owner, object): (u32, Obj),
        pick: Pick,
    ) -> Result<Option<Called>, Wrong> {
        let collection = &COLLECTIONS[at];
        let members = self.sides[who].objects(|table| table == collection.members);
        let Some((n, member)) = choose(&members, pick).filter(|it| it.0 != owner) else {
            return Ok(None);
        };
        if !Self::links(at) {
            return Ok(None);
        }
        let before = self.effective(who, owner, collection);
        let sent = session.statements();
        let result = (collection.link)(session, object, member);
        if result.is_ok() {
            let was_read = session.statements() > sent;
            self.opened(who, session)?;
            let left = if collection.one { before } else { BTreeSet::new() };
            let left = left.into_iter().filter(|other| *other != n).collect();
            self.moved(who, session, (collection, owner, was_read), &[(n, member)], left);
        }
        Ok(never(result))
    }

    pub(crate) fn unlink(
        &mut self,
        who: usize,
        session: &mut Session,
        at: usize,
        (owner, object): (u32, Obj),
        pick: Pick,
    ) -> Result<Option<Called>, Wrong> {
        let collection = &COLLECTIONS[at];
        let read = (collection.read)(session.map(), object).unwrap_or_default();
        let Some(member) = choose(&read, pick) else { return Ok(None) };
        let n = name(session, member);
        if !Self::links(at) {
            return Ok(None);
        }
        let sent = session.statements();
        let result = (collection.unlink)(session, object, member);
        self.opened(who, session)?;
        let is_in = self.effective(who, owner, collection).contains(&n);
        if matches!(result, Err(Error::InvalidState { .. })) && !is_in {
            // It was moved by the other session, which was discovered.
            return Ok(None);
        }
        if required(collection) {
            hold!(result.is_err(), "{n} left a collection that it cannot leave");
            return Ok(None);
        }
        if result.is_ok() {
            let was_read = session.statements() > sent;
            self.moved(who, session, (collection, owner, was_read), &[], BTreeSet::from([n]));
        }
        Ok(never(result))
    }

    pub(crate) fn replace(
        &mut self,
        who: usize,
        session: &mut Session,
        at: usize,
        (owner, object): (u32, Obj),
        picks: [Pick; 2],
    ) -> Result<Option<Called>, Wrong> {
        let collection = &COLLECTIONS[at];
        let members = self.sides[who].objects(|table| table == collection.members);
        let mut chosen: Vec<(u32, Obj)> =
            picks.iter().filter_map(|&pick| choose(&members, pick)).collect();
        chosen.retain(|(n, _)| *n != owner);
        chosen.sort_unstable();
        chosen.dedup();
        if collection.one {
            chosen.truncate(1);
        }
        if !Self::links(at) || required(collection) {
            return Ok(None);
        }
        let before = self.effective(who, owner, collection);
        let objects: Vec<Obj> = chosen.iter().map(|(_, object)| *object).collect();
        let sent = session.statements();
        let result = (collection.replace)(session, object, &objects);
        if result.is_ok() {
            let was_read = session.statements() > sent;
            self.opened(who, session)?;
            let stays = |n: &u32| chosen.iter().any(|(other, _)| other == n);
            let left = before.iter().copied().filter(|n| !stays(n)).collect();
            chosen.retain(|(n, _)| !before.contains(n));
            self.moved(who, session, (collection, owner, was_read), &chosen, left);
        }
        Ok(never(result))
    }

    /// Returns the members of a collection, loaded or not.
    fn effective(&self, who: usize, owner: u32, collection: &Collection) -> BTreeSet<u32> {
        let side = &self.sides[who];
        side.members(owner, collection, &side.found(&self.committed).rows)
    }

    /// Records that a call may have read, which begins a transaction and loads objects.
    pub(crate) fn opened(&mut self, who: usize, session: &Session) -> Result<(), Wrong> {
        let side = &mut self.sides[who];
        if session.in_transaction() {
            side.view.get_or_insert_with(|| self.committed.clone());
        }
        let rows = &side.view.as_ref().unwrap_or(&self.committed).rows.clone();
        side.forget_same(session, rows);
        for table in Table::ALL {
            each!(table, T => {
                for handle in session.handles::<T>() {
                    let n = number(session[handle].name());
                    side.live.entry(n).or_insert_with(|| T::wrap(handle));
                }
            });
        }
        Ok(())
    }

    /// Records which objects were linked and unlinked, and whether the call has read the
    /// collection.
    fn moved(
        &mut self,
        who: usize,
        session: &Session,
        (collection, owner, was_read): (&Collection, u32, bool),
        came: &[(u32, Obj)],
        left: BTreeSet<u32>,
    ) {
        let field = match collection.by {
            By::Ties { from_org } => {
                let tie = |n: u32| if from_org { (owner, n) } else { (n, owner) };
                let side = &mut self.sides[who];
                let stored = &side.view.as_ref().unwrap_or(&self.committed).rows.ties;
                for n in left {
                    match stored.contains(&tie(n)) {
                        true => drop(side.work.ties.insert(tie(n), false)),
                        false => drop(side.work.ties.remove(&tie(n))),
                    }
                }
                side.work.ties.extend(came.iter().map(|&(n, _)| (tie(n), true)));
                return;
            }
            By::Reference(field) => field,
        };
        let column = collection.members.at(field);
        for n in left {
            if let Some(&object) = self.sides[who].live.get(&n) {
                // Objects that were not shown in the collection were read to find out. Without
                // expiry an object keeps its state if nothing was read.
                let side = &self.sides[who];
                let shown = side.shown.get(&n).and_then(|cells| cells[column].clone());
                let read = was_read || side.options.expire;
                let before = if read { Some(Cell::Ref(owner)) } else { shown };
                self.note_after(who, session, (n, object), column, (before, Cell::Null));
            }
        }
        for &member in came {
            let side = &self.sides[who];
            let rows = &side.found(&self.committed).rows;
            let before = match side.shown.get(&member.0) {
                Some(shown) => shown[column].clone(),
                None => rows.cell(member.0, column).cloned(),
            };
            self.note_after(who, session, member, column, (before, Cell::Ref(owner)));
        }
    }

    /// Records what a call has set, and the previous value.
    fn note_after(
        &mut self,
        who: usize,
        session: &Session,
        (n, object): (u32, Obj),
        column: usize,
        (before, now): (Option<Cell>, Cell),
    ) {
        let side = &self.sides[who];
        let known = side.work.objects.get(&n).is_some_and(|it| it.edits.contains_key(&column));
        self.note(who, session, (n, object), column, now);
        if let (false, Some(waiting)) = (known, self.sides[who].work.objects.get_mut(&n))
            && let Some(edit) = waiting.edits.get_mut(&column)
        {
            // The object already shows the edit.
            waiting.believes[column].clone_from(&before);
            edit.before = before;
        }
    }

    /// Detaches an object as a struct, and merges it.
    pub(crate) fn leave(
        &mut self,
        who: usize,
        session: &mut Session,
        n: u32,
        object: Obj,
        edit: bool,
    ) -> Result<Option<Called>, Wrong> {
        let side = &self.sides[who];
        let rows = &side.found(&self.committed).rows;
        let others = side.work.objects.keys().any(|other| *other != n);
        if others || !side.work.ties.is_empty() || !rows.shows(n) {
            return Ok(None);
        }
        let table = table_of(object);
        let row = rows.rows[&n].cells.clone();
        let key = |column: &Column| matches!(column.what, What::Place | What::Name);
        let shown = side.shown[&n].clone();
        let rekeyed = table
            .columns()
            .iter()
            .zip(&shown)
            .zip(&row)
            .any(|((column, shown), row)| key(column) && shown.as_ref() != Some(row));
        if rekeyed {
            return Ok(None);
        }
        let version = table.columns().iter().position(|it| it.what == What::Version);
        let outdated = version.is_some_and(|at| shown[at].as_ref() != Some(&row[at]));
        let value = self.new_value().to_string();
        let data = table.columns().iter().position(|it| it.what == What::Data).filter(|_| edit);
        self.sides[who].work.objects.remove(&n);
        self.sides[who].believed.clear();
        self.sides[who].write_past();
        self.sides[who].comes_again(n);
        let merged: Result<Obj> = each!(table, T => {
            let out = session.detach(T::take(object));
            out.and_then(|mut out| {
                if let Some(column) = data {
                    out.set(table.columns()[column].field, &To::Val(value.clone()));
                }
                session.merge(out).map(T::wrap)
            })
        });
        self.opened(who, session)?;
        let merged = match merged {
            Ok(merged) => merged,
            Err(Error::StaleRow { entity, .. })
                if outdated && table.entities().contains(&entity) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(format!("merging {n}: {error}")),
        };
        hold!(!outdated, "{n} is outdated, and was merged");
        let numbers = &self.sides[who].found(&self.committed).numbers;
        let now = cells(session, merged, numbers);
        for (column, (row, shown)) in row.iter().zip(shown).enumerate() {
            let value = match data {
                Some(data) if data == column => Some(Cell::Val(value.clone())),
                _ => shown,
            };
            let Some(value) = value else { continue };
            hold!(
                now[column].as_ref() == Some(&value),
                "{n} lost column {column} when it was merged"
            );
            if value != *row {
                self.note(who, session, (n, merged), column, value);
                let waiting = self.sides[who].work.objects.get_mut(&n).unwrap();
                waiting.edits.get_mut(&column).unwrap().before = Some(row.clone());
            }
        }
        Ok(never(Ok(())))
    }
}

/// Returns `true` if objects cannot leave a collection.
fn required(collection: &Collection) -> bool {
    match collection.by {
        By::Ties { .. } => false,
        By::Reference(field) => {
            let column = &collection.members.columns()[collection.members.at(field)];
            column.reference().is_some_and(|it| it.required && !it.orphan)
        }
    }
}
