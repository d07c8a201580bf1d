//! How each operation is done: the call, and its effect on the model.

use std::collections::btree_map::Entry;

use orm_runtime::prelude::*;
use orm_runtime::transaction::Lazy;

use crate::collections::COLLECTIONS;
use crate::op::{Op, Pick};
use crate::pieces::{Held, Obj, Piece, To, each};
use crate::side::{Wrong, cells, hold, name, table_of};
use crate::tables::*;
use crate::work::{Edit, Waiting, owners};
use crate::world::{Called, Flushes, Then, World};

/// Returns one of several values.
pub(crate) fn choose<T: Clone>(from: &[T], pick: Pick) -> Option<T> {
    (!from.is_empty()).then(|| from[usize::from(pick) % from.len()].clone())
}

pub(crate) fn done(flushes: Flushes, result: Result<()>, then: Then) -> Option<Called> {
    let then = if result.is_ok() { then } else { Then::Nothing };
    Some(Called { flushes, result, then })
}

/// Converts the result of a call to the model's terms, with a default if the call failed.
pub(crate) fn split<T>(result: Result<T>, or: T) -> (Result<()>, T) {
    match result {
        Ok(value) => (Ok(()), value),
        Err(error) => (Err(error), or),
    }
}

impl World<'_> {
    /// Does an operation. Returns `None` if there is no object for it.
    pub(crate) fn call(
        &mut self,
        who: usize,
        session: &mut Session,
        op: &Op,
    ) -> Result<Option<Called>, Wrong> {
        use Flushes::{Always, Never, ToAsk};
        let side = &self.sides[who];
        let owned = |at: &usize, pick: &Pick| {
            let owners = side.objects(|table| table == COLLECTIONS[*at].owner);
            choose(&owners, *pick)
        };
        let any = |pick: &Pick| choose(&side.objects(|_| true), *pick);
        let stored = |pick: &Pick| {
            let mut objects = side.objects(|_| true);
            objects.retain(|&(n, _)| !side.is_new(n));
            choose(&objects, *pick)
        };
        Ok(match op {
            Op::Add(table, picks) => {
                self.add(who, session, *table, *picks);
                done(Never, Ok(()), Then::Nothing)
            }
            Op::Edit(pick, field, to) => {
                let Some((n, object)) = any(pick) else { return Ok(None) };
                self.edit(who, session, n, object, *field, *to);
                done(Never, Ok(()), Then::Nothing)
            }
            Op::Touch(pick) => {
                let Some((_, object)) = any(pick) else { return Ok(None) };
                each!(table_of(object), T => {
                    let _ = &mut session[T::take(object)];
                });
                done(Never, Ok(()), Then::Nothing)
            }
            Op::Rekey(pick) => {
                let objects = side.objects(|table| matches!(table, Label | Seat));
                let Some((n, object)) = choose(&objects, *pick) else { return Ok(None) };
                let (column, to) = match object {
                    Obj::Label(label) => (0, format!("{}x", session[label].name)),
                    Obj::Seat(seat) => (Seat.at("place"), (session[seat].place + 1).to_string()),
                    _ => return Ok(None),
                };
                if to.len() < 20 {
                    self.set(who, session, n, object, column, &To::Val(to.clone()), Cell::Val(to));
                }
                done(Never, Ok(()), Then::Nothing)
            }
            Op::Delete(pick) => {
                let Some((n, object)) = any(pick) else { return Ok(None) };
                let result = self.delete(who, session, n, object);
                done(Never, result, Then::Nothing)
            }
            Op::Flush => done(Always, session.flush(), Then::Nothing),
            Op::Commit if !side.marks.is_empty() => {
                hold!(session.commit().is_err(), "a savepoint was committed");
                done(Always, session.flush(), Then::Nothing)
            }
            Op::Commit => {
                let (flushes, then) = (Always, Then::Committed);
                Some(Called { flushes, result: session.commit(), then })
            }
            Op::Rollback => done(Never, session.rollback(), Then::RolledBack),
            Op::Begin => done(Never, session.begin(), Then::Nothing),
            Op::Savepoint(ops, keep) => return self.savepoint(who, session, ops, *keep),
            Op::Get(pick) => {
                let found = side.found(&self.committed);
                let keys: Vec<(u32, Table, String)> = found
                    .numbers
                    .iter()
                    .map(|((table, key), &n)| (n, *table, key.clone()))
                    .filter(|(n, ..)| !side.work.objects.contains_key(n))
                    .collect();
                let Some((n, table, key)) = choose(&keys, *pick) else { return Ok(None) };
                let got = each!(table, T => get::<T>(session, &key));
                let (result, object) = split(got, None);
                done(ToAsk, result, Then::Found(n, object))
            }
            Op::GetMany(table) => {
                let found = side.found(&self.committed);
                let of = found.numbers.iter().filter(|((of, _), n)| {
                    of == table && !side.work.objects.contains_key(n) && found.rows.shows(**n)
                });
                let keys: Vec<&str> = of.map(|((_, key), _)| &**key).collect();
                let got = each!(*table, T => get_many::<T>(session, &keys));
                let (result, objects) = split(got, Vec::new());
                let objects = objects.into_iter().flatten();
                let numbers = objects.map(|object| name(session, object)).collect();
                done(ToAsk, result, Then::Current(numbers))
            }
            Op::Query(table) => {
                let all = each!(*table, T => {
                    let all = session.query::<T>().all();
                    all.map(|all| all.into_iter().map(T::wrap).collect())
                });
                let (result, all) = split(all, Vec::new());
                done(ToAsk, result, Then::All(*table, all))
            }
            Op::Eager(at, way) => {
                let way = match way {
                    // Populating discards edits.
                    crate::collections::Way::Populate if !side.work.is_empty() => {
                        crate::collections::Way::Eager
                    }
                    way => *way,
                };
                let (result, owners) = split((COLLECTIONS[*at].query)(session, way), Vec::new());
                let owners = owners.iter().map(|&owner| name(session, owner)).collect();
                done(ToAsk, result, Then::Whole(*at, owners))
            }
            Op::Load(at, pick) => {
                let Some((n, owner)) = owned(at, pick) else { return Ok(None) };
                match (COLLECTIONS[*at].load)(session, owner) {
                    Err(Error::LazyLoad { .. }) if side.options.lazy == Lazy::Raise => {
                        done(ToAsk, Ok(()), Then::Nothing)
                    }
                    result => done(ToAsk, result, Then::Whole(*at, vec![n])),
                }
            }
            Op::LoadAll(at) => {
                let owners = side.objects(|table| table == COLLECTIONS[*at].owner);
                let (numbers, owners): (Vec<u32>, Vec<Obj>) = owners.into_iter().unzip();
                let result = (COLLECTIONS[*at].load_all)(session, &owners);
                done(ToAsk, result, Then::Whole(*at, numbers))
            }
            Op::Link(at, owner, pick) => {
                let Some(owner) = owned(at, owner) else { return Ok(None) };
                return self.link(who, session, *at, owner, *pick);
            }
            Op::Unlink(at, owner, pick) => {
                let Some(owner) = owned(at, owner) else { return Ok(None) };
                return self.unlink(who, session, *at, owner, *pick);
            }
            Op::Replace(at, owner, picks) => {
                let Some(owner) = owned(at, owner) else { return Ok(None) };
                return self.replace(who, session, *at, owner, *picks);
            }
            Op::Refresh(pick) => {
                let Some((n, object)) = stored(pick) else { return Ok(None) };
                let rows = &side.found(&self.committed).rows;
                let Some(row) = rows.rows.get(&n) else { return Ok(None) };
                // The key that it shows, or the key before the edit.
                let waiting = side.work.objects.get(&n).map(|it| &it.believes);
                let believed = waiting.or(side.shown.get(&n));
                let knows =
                    |at: usize| believed.is_some_and(|it| it[at].as_ref() == Some(&row.cells[at]));
                let finds = row.table.key_columns().all(knows);
                let result = each!(table_of(object), T => session.refresh(&[T::take(object)]));
                if !finds && matches!(result, Err(Error::NotFound { .. })) {
                    // The row has another key now, or the object's key was undone.
                    return Ok(None);
                }
                let side = &mut self.sides[who];
                side.work.objects.remove(&n);
                side.excused.remove(&n);
                side.believed.retain(|(owner, _)| *owner != n);
                done(Never, result, Then::Current(vec![n]))
            }
            Op::Expire(pick) => {
                let Some((n, object)) = stored(pick) else { return Ok(None) };
                let result = each!(table_of(object), T => session.expire(T::take(object)));
                let stale = each!(table_of(object), T => session.is_stale(T::take(object)));
                hold!(stale, "{n} was expired, and is not stale");
                self.sides[who].believed.retain(|(owner, _)| *owner != n);
                done(Never, result, Then::Nothing)
            }
            Op::ExpireOnly(at, pick) => {
                let Some((n, owner)) = owned(at, pick) else { return Ok(None) };
                let result = (COLLECTIONS[*at].expire)(session, owner);
                self.sides[who].believed.remove(&(n, *at));
                done(Never, result, Then::Nothing)
            }
            Op::Attach(pick) => {
                let Some((n, object)) = stored(pick) else { return Ok(None) };
                let waits = side.work.objects.contains_key(&n);
                if waits || side.work.ties.keys().any(|&(org, label)| org == n || label == n) {
                    return Ok(None);
                }
                let numbers = &self.sides[who].found(&self.committed).numbers;
                let before = cells(session, object, numbers);
                let result = each!(table_of(object), T => {
                    let out = session.detach(T::take(object));
                    out.and_then(|out| session.attach(out)).map(T::wrap)
                });
                if let Ok(it) = result {
                    let shown = cells(session, it, numbers);
                    hold!(shown == before, "{n} was attached as {shown:?}");
                }
                self.sides[who].believed.clear();
                self.sides[who].write_past();
                self.sides[who].comes_again(n);
                done(Never, result.map(drop), Then::Nothing)
            }
            Op::ExpireAll => {
                session.expire_all();
                self.sides[who].believed.clear();
                self.sides[who].outdated = false;
                done(Never, Ok(()), Then::Nothing)
            }
            Op::Evict(pick) => {
                let Some((n, object)) = stored(pick) else { return Ok(None) };
                if side.work.ties.keys().any(|&(org, label)| org == n || label == n) {
                    return Ok(None);
                }
                let result = each!(table_of(object), T => session.evict(T::take(object)));
                let side = &mut self.sides[who];
                side.write_past();
                side.comes_again(n);
                side.work.objects.remove(&n);
                side.believed.clear();
                done(Never, result, Then::Nothing)
            }
            Op::Leave(pick, edit) => {
                let Some((n, object)) = stored(pick) else { return Ok(None) };
                return self.leave(who, session, n, object, *edit);
            }
            Op::Clear => {
                self.clear(who, session);
                done(Never, Ok(()), Then::Nothing)
            }
            Op::Bulk(..) | Op::Update(..) | Op::Remove(_) | Op::Raw(_) | Op::Upsert(..) => {
                return self.past(who, session, op);
            }
            Op::Break(pick, which) => {
                let people = side.objects(|table| table == Person);
                let Some((n, object)) = choose(&people, *pick) else { return Ok(None) };
                let (column, to, now) = match which % 3 {
                    0 => {
                        let key = To::Key(NOWHERE.to_string());
                        (Person.at("org"), key, Cell::Ref(NOWHERE))
                    }
                    _ => (Person.at("text"), To::Val(String::new()), Cell::Val(String::new())),
                };
                self.set(who, session, n, object, column, &to, now);
                done(Never, Ok(()), Then::Nothing)
            }
            Op::Graph(pick, leaves) => {
                let Some((n, object)) = stored(pick) else { return Ok(None) };
                return self.graph(who, session, n, object, *leaves);
            }
            Op::Read(table, whole) => return self.read(who, session, *table, *whole),
            Op::Defer(pick, how) => {
                let orgs = side.objects(|table| table == Org);
                let Some((n, Obj::Org(org))) = choose(&orgs, *pick) else { return Ok(None) };
                return self.defer(who, session, n, org, *how);
            }
            Op::Purge(pick) => {
                let mut docs = side.objects(|table| table == Doc);
                docs.retain(|&(n, _)| !side.is_new(n));
                let Some((n, object @ Obj::Doc(doc))) = choose(&docs, *pick) else {
                    return Ok(None);
                };
                let result = self.delete(who, session, n, object).and_then(|()| session.purge(doc));
                if let Some(waiting) = self.sides[who].work.objects.get_mut(&n) {
                    waiting.purged = true;
                }
                done(Never, result, Then::Nothing)
            }
            Op::Again(pick) => return self.again(who, session, *pick),
            Op::Mend => return self.mend(who, session).map(|()| None),
            Op::Count(table) => {
                let (result, count) = split(each!(*table, T => session.query::<T>().count()), 0);
                done(ToAsk, result, Then::Counted(*table, count))
            }
            Op::Related(at, pick) => {
                let Some((n, owner)) = owned(at, pick) else { return Ok(None) };
                if side.is_new(n) {
                    return Ok(None);
                }
                let counted = (COLLECTIONS[*at].count)(session, owner);
                let is_deleted = |error: &Error| matches!(error, Error::InvalidState { reason, .. } if !reason.contains("rolled back"));
                if counted.as_ref().is_err_and(is_deleted) && side.options.autoflush {
                    // The flush before the query has deleted it.
                    let outcome = self.outcome(who);
                    hold!(!outcome.rows.shows(n), "{n} is there: {counted:?}");
                    return Ok(done(ToAsk, Ok(()), Then::Nothing));
                }
                let (result, count) = split(counted, 0);
                done(ToAsk, result, Then::Related(*at, n, count))
            }
        })
    }

    /// Records the new value of a field.
    pub(crate) fn note(
        &mut self,
        who: usize,
        session: &Session,
        (n, object): (u32, Obj),
        column: usize,
        now: Cell,
    ) {
        let side = &mut self.sides[who];
        let found = side.view.as_ref().unwrap_or(&self.committed);
        let shown = cells(session, object, &found.numbers);
        let waiting = side.work.objects.entry(n).or_insert_with(|| Waiting {
            table: table_of(object),
            object,
            new: false,
            deleting: false,
            edits: Default::default(),
            believes: shown.clone(),
            left: false,
            purged: false,
        });
        let is_owner = waiting.new && owners(waiting.table).any(|at| at == column);
        let held = waiting.edits.get(&column).is_some_and(|it| it.now != Cell::Null);
        waiting.left |= is_owner && held && now == Cell::Null;
        let before = waiting.believes[column].clone();
        match waiting.edits.entry(column) {
            Entry::Occupied(mut edit) => edit.get_mut().now = now,
            Entry::Vacant(edit) => drop(edit.insert(Edit { before, now })),
        }
    }

    /// Sets a field.
    #[allow(clippy::too_many_arguments, reason = "an object, a field and a value of it")]
    pub(crate) fn set(
        &mut self,
        who: usize,
        session: &mut Session,
        n: u32,
        object: Obj,
        column: usize,
        to: &To,
        now: Cell,
    ) {
        self.note(who, session, (n, object), column, now);
        let table = table_of(object);
        let field = table.columns()[column].field;
        each!(table, T => session[T::take(object)].set(field, to));
    }
}

fn get<T: Piece>(session: &mut Session, key: &str) -> Result<Option<Obj>>
where
    T::Key: crate::pieces::KeyText,
{
    let key = <T::Key as crate::pieces::KeyText>::parse_text(key);
    Ok(session.get::<T>(key)?.map(T::wrap))
}

fn get_many<T: Piece>(session: &mut Session, keys: &[&str]) -> Result<Vec<Option<Obj>>>
where
    T::Key: crate::pieces::KeyText,
{
    let keys = keys.iter().map(|key| <T::Key as crate::pieces::KeyText>::parse_text(key));
    let found = session.get_many::<T>(keys)?;
    Ok(found.into_iter().map(|object| object.map(T::wrap)).collect())
}
