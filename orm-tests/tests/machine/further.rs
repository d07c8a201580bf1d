//! Upserts, graphs that are copied and merged, more ways to read, and objects that are added again.

use std::collections::BTreeSet;

use orm_runtime::prelude::*;
use orm_runtime::transaction::Lazy;

use crate::calls::{choose, done, split};
use crate::collections::COLLECTIONS;
use crate::entities as e;
use crate::op::Pick;
use crate::pieces::{Held, Obj, Piece, To, each};
use crate::side::{Side, Wrong, hold, name, table_of};
use crate::tables::*;
use crate::world::{Called, Flushes, Then, World};

impl World<'_> {
    /// Upserts two rows: one that exists, which is updated or left unchanged, and a new one.
    pub(crate) fn upsert(
        &mut self,
        session: &mut Session,
        rows: &mut Rows,
        pick: Pick,
        which: Pick,
    ) -> Option<Result<(usize, usize)>> {
        let table = [Label, Ticket, Thing][usize::from(which % 3)];
        let nothing = (which / 3).is_multiple_of(2);
        let of: Vec<u32> = rows.of(table).into_iter().collect();
        let n = choose(&of, pick)?;
        let new = self.new_object();
        let value = self.new_value().to_string();
        let mut cells = vec![rows.rows[&n].cells[0].clone(), Cell::Val(value.clone())];
        cells.resize(table.columns().len(), Cell::Null);
        let mut fresh = cells.clone();
        fresh[0] = Cell::Val(name_of(table, new));
        rows.rows.insert(new, Row { table, cells: fresh });
        if !nothing {
            rows.rows.insert(n, Row { table, cells: cells.clone() });
        }
        let Cell::Val(old) = &cells[0] else { return None };
        let done = match table {
            Label => {
                let upsert = session.bulk_upsert(written::<e::Label>(old, new, &value));
                if nothing { upsert.do_nothing().run() } else { upsert.run() }
            }
            Ticket => {
                let upsert = session.bulk_upsert(written::<e::Ticket>(old, new, &value));
                let upsert = upsert.on(e::ticket::name);
                if nothing { upsert.do_nothing().run() } else { upsert.run() }
            }
            _ => {
                let upsert = session.bulk_upsert(written::<e::Thing>(old, new, &value));
                let upsert = upsert.on(e::thing::name);
                if nothing { upsert.do_nothing().run() } else { upsert.run() }
            }
        };
        Some(done.map(|rows| (rows, 2)))
    }

    /// Copies an object with its collections, and merges the copy. If memory agrees with the
    /// database, nothing changes.
    pub(crate) fn graph(
        &mut self,
        who: usize,
        session: &mut Session,
        n: u32,
        object: Obj,
        leaves: bool,
    ) -> Result<Option<Called>, Wrong> {
        let side = &mut self.sides[who];
        let rows = &side.view.as_ref().unwrap_or(&self.committed).rows;
        let current = side.work.is_empty() && side.stale.is_empty() && rows.shows(n);
        if !current || !side.is_whole(session, rows) {
            return Ok(None);
        }
        side.work = Default::default();
        side.believed.clear();
        side.write_past();
        if leaves {
            side.comes_again(n);
        }
        let merged: Result<Obj> = each!(table_of(object), T => {
            let handle = T::take(object);
            let copy = match leaves {
                true => session.detach_graph(handle),
                false => session.map().copy_graph(handle),
            };
            copy.and_then(|copy| session.merge_graph(copy)).map(T::wrap)
        });
        self.opened(who, session)?;
        let merged = merged.map_err(|error| format!("merging the graph of {n}: {error}"))?;
        hold!(leaves || merged == object, "{n} was merged into {merged:?}");
        Ok(done(Flushes::Never, Ok(()), Then::Current(vec![n])))
    }

    /// Reads the rows of a table one by one, or in batches.
    pub(crate) fn read(
        &mut self,
        who: usize,
        session: &mut Session,
        table: Table,
        batches: bool,
    ) -> Result<Option<Called>, Wrong> {
        let batches = batches && self.sides[who].work.is_empty();
        let read: Result<Vec<u32>> = each!(table, T => {
            let mut read = Vec::new();
            match batches {
                true => session.query::<T>().batches(2, |session, objects| {
                    read.extend(objects.iter().map(|&it| name(session, T::wrap(it))));
                    Ok::<_, Error>(())
                }).map(|()| read),
                false => session.query::<T>().stream().and_then(|rows| {
                    rows.map(|row| row.map(|row| number(row.name()))).collect()
                }),
            }
        });
        if batches {
            self.sides[who].believed.clear();
            self.sides[who].write_past();
        }
        let (result, read) = split(read, Vec::new());
        Ok(done(Flushes::ToAsk, result, Then::Named(table, read)))
    }

    /// Loads a deferred column, or unloads it.
    pub(crate) fn defer(
        &mut self,
        who: usize,
        session: &mut Session,
        n: u32,
        org: Handle<e::Org>,
        how: Pick,
    ) -> Result<Option<Called>, Wrong> {
        let side = &self.sides[who];
        let there = side.found(&self.committed).rows.rows.contains_key(&n);
        if side.is_new(n) || !there {
            return Ok(None);
        }
        match how % 3 {
            0 => {
                let result = session.expire_only(org, e::org::note);
                Ok(done(Flushes::Never, result, Then::Nothing))
            }
            1 => {
                let all = session.query::<e::Org>().undefer(e::org::note).all();
                let (result, all) = split(all, Vec::new());
                let all = all.into_iter().map(Held::wrap).collect();
                Ok(done(Flushes::ToAsk, result, Then::All(Org, all)))
            }
            _ => match session.load(org, e::org::note) {
                Err(Error::LazyLoad { .. }) if side.options.lazy == Lazy::Raise => {
                    Ok(done(Flushes::ToAsk, Ok(()), Then::Nothing))
                }
                result => {
                    let known = session[org].note.get().is_ok();
                    hold!(result.is_err() || known, "the note of {n} was loaded, and is not there");
                    Ok(done(Flushes::ToAsk, result, Then::Nothing))
                }
            },
        }
    }

    /// Adds an object again whose INSERT was rolled back, with its pending references, unless it
    /// depends on others that were rolled back.
    pub(crate) fn again(
        &mut self,
        who: usize,
        session: &mut Session,
        pick: Pick,
    ) -> Result<Option<Called>, Wrong> {
        let side = &mut self.sides[who];
        let targets = |n: u32| {
            let edits = side.lost[&n].edits.values();
            edits.filter_map(|edit| if let Cell::Ref(to) = edit.now { Some(to) } else { None })
        };
        let is_alone = |n: &u32| {
            let others = side.lost.keys().flat_map(|&other| targets(other));
            let tied = side.lost_ties.iter().any(|tie| tie.0 == *n || tie.1 == *n);
            !tied
                && !side.lost_targets.contains(n)
                && others.clone().all(|to| to != *n)
                && targets(*n).all(|to| side.live.contains_key(&to) && !side.is_new(to))
        };
        let alone: Vec<u32> = side.lost.keys().copied().filter(is_alone).collect();
        let Some(n) = choose(&alone, pick) else { return Ok(None) };
        let Some(mut waiting) = side.lost.remove(&n) else { return Ok(None) };
        let object = waiting.object;
        let result = each!(waiting.table, T => session.add_again(T::take(object)));
        waiting.left = false;
        side.work.objects.insert(n, waiting);
        Ok(done(Flushes::Never, result, Then::Nothing))
    }
}

/// Returns a row to write over the row with a name, and a new row.
fn written<T: Piece>(old: &str, new: u32, value: &str) -> [T; 2] {
    [To::Val(old.to_owned()), To::Val(name_of(T::TABLE, new))].map(|name| {
        let mut object = T::fresh(new);
        object.set("name", &name);
        object.set("data", &To::Val(value.to_owned()));
        object
    })
}

impl Side {
    /// Returns `true` if all collections that can be read agree with the rows.
    fn is_whole(&self, session: &Session, rows: &Rows) -> bool {
        COLLECTIONS.iter().all(|collection| {
            let mut owners =
                self.live.iter().filter(|(_, object)| table_of(**object) == collection.owner);
            owners.all(|(&owner, &object)| {
                let Ok(read) = (collection.read)(session.map(), object) else { return true };
                let read: BTreeSet<u32> = read.iter().map(|&it| name(session, it)).collect();
                read == self.members(owner, collection, rows)
            })
        })
    }
}
