//! Any sequence of calls, against a model in plain maps.

use std::collections::BTreeMap;

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use proptest::prelude::*;
use proptest::strategy::Union;

use super::raw;

#[derive(Entity, Clone, Copy, Debug, PartialEq)]
#[entity(table = "thing")]
struct Thing {
    id: i64,
    a: i64,
    b: i64,
}

#[derive(Clone, Debug)]
enum Op {
    Add(i64, i64),
    EditA(usize, i64),
    EditB(usize, i64),
    Delete(usize),
    Flush,
    Savepoint(Vec<Op>, bool),
    Rollback,
    Commit,
    Get(i64),
    Query,
    Expire(usize),
    ExpireAll,
    /// A statement past the session changes `b`.
    Outside(i64, i64),
}

fn ops(depth: u32) -> impl Strategy<Value = Vec<Op>> {
    let (key, value, which) = (0..6_i64, 0..4_i64, 0..8_usize);
    let mut kinds = vec![
        (5, (key.clone(), value.clone()).prop_map(|(key, a)| Op::Add(key, a)).boxed()),
        (5, (which.clone(), value.clone()).prop_map(|(n, a)| Op::EditA(n, a)).boxed()),
        (3, (which.clone(), value.clone()).prop_map(|(n, b)| Op::EditB(n, b)).boxed()),
        (3, which.clone().prop_map(Op::Delete).boxed()),
        (4, Just(Op::Flush).boxed()),
        (2, Just(Op::Rollback).boxed()),
        (3, Just(Op::Commit).boxed()),
        (4, key.clone().prop_map(Op::Get).boxed()),
        (3, Just(Op::Query).boxed()),
        (2, which.prop_map(Op::Expire).boxed()),
        (1, Just(Op::ExpireAll).boxed()),
        (3, (key, value).prop_map(|(key, b)| Op::Outside(key, b)).boxed()),
    ];
    if depth > 0 {
        let inner = (ops(depth - 1).boxed(), any::<bool>());
        kinds.push((4, inner.prop_map(|(ops, keep)| Op::Savepoint(ops, keep)).boxed()));
    }
    proptest::collection::vec(Union::new_weighted(kinds), 0..if depth == 2 { 40 } else { 8 })
}

#[derive(Clone, Debug)]
struct Object {
    handle: Handle<Thing>,
    state: State,
    value: Thing,
    /// What it was when it was first touched after the last flush.
    base: Option<Thing>,
    /// Its row was changed past the session since it was read.
    outdated: bool,
    /// It came from a row, and not by `add`.
    loaded: bool,
    /// How often a row was read into it.
    reads: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Pending,
    Persistent,
    Doomed,
    Deleted,
    Transient,
    Detached,
}

impl State {
    fn shown(self) -> ObjectState {
        match self {
            State::Pending => ObjectState::Pending,
            State::Persistent => ObjectState::Persistent,
            State::Doomed | State::Deleted => ObjectState::Deleted,
            State::Transient => ObjectState::Transient,
            State::Detached => ObjectState::Detached,
        }
    }
}

type Rows = BTreeMap<i64, Thing>;

struct Model {
    rows: Rows,
    objects: Vec<Object>,
    /// The transaction, and the savepoints in it.
    marks: Vec<(Rows, Vec<Object>)>,
}

impl Model {
    fn of_key(&self, key: i64, states: &[State]) -> Option<usize> {
        self.objects.iter().position(|o| o.value.id == key && states.contains(&o.state))
    }

    /// What a flush does; `false` if it fails, and then nothing changes.
    fn flush(&mut self) -> bool {
        let mut rows = self.rows.clone();
        let mut outdated = Vec::new();
        for object in self.objects.iter().filter(|o| o.state == State::Pending) {
            let value = object.value;
            match self.of_key(value.id, &[State::Doomed]).map(|n| &self.objects[n]) {
                // The new object takes over the row of the deleted one, where they differ.
                Some(old) => {
                    let Some(row) = rows.get_mut(&value.id) else { return false };
                    let image = old.base.unwrap_or(old.value);
                    row.a = if image.a == value.a { row.a } else { value.a };
                    row.b = if image.b == value.b { row.b } else { value.b };
                    outdated.push((object.handle, *row != value));
                }
                None if rows.contains_key(&value.id) => return false,
                None => drop(rows.insert(value.id, value)),
            }
        }
        for object in self.objects.iter().filter(|o| o.state == State::Persistent) {
            let (value, Some(base)) = (object.value, object.base) else { continue };
            let Some(row) = rows.get_mut(&value.id) else { return false };
            row.a = if base.a == value.a { row.a } else { value.a };
            row.b = if base.b == value.b { row.b } else { value.b };
        }
        for object in self.objects.iter().filter(|o| o.state == State::Doomed) {
            if self.of_key(object.value.id, &[State::Pending]).is_none() {
                rows.remove(&object.value.id);
            }
        }
        self.rows = rows;
        for object in &mut self.objects {
            match object.state {
                State::Pending => object.state = State::Persistent,
                State::Doomed => object.state = State::Deleted,
                _ => {}
            }
            object.base = None;
        }
        for (handle, is) in outdated {
            if let Some(object) = self.objects.iter_mut().find(|o| o.handle == handle) {
                object.outdated = is;
            }
        }
        true
    }

    fn begin(&mut self) {
        self.marks.push((self.rows.clone(), self.objects.clone()));
    }

    fn roll_back(&mut self, session: &Session) {
        let (rows, objects) = self.marks.pop().unwrap();
        self.rows = rows;
        for (n, object) in self.objects.iter_mut().enumerate() {
            match objects.get(n) {
                Some(mark) => {
                    let reads = object.reads;
                    *object = mark.clone();
                    // What was read since may stay, if it is true or known to be stale.
                    if reads != mark.reads {
                        object.value = session[object.handle];
                        object.outdated = false;
                        object.reads = reads;
                    }
                }
                None if object.loaded => {
                    object.state = State::Persistent;
                    object.base = None;
                    object.value = session[object.handle];
                    object.outdated = false;
                }
                None => {
                    object.state = State::Transient;
                    object.base = None;
                }
            }
        }
    }
}

fn apply(session: &mut Session, model: &mut Model, op: &Op, inside: bool) {
    match *op {
        Op::Add(id, a) => {
            if model.of_key(id, &[State::Pending]).is_none() {
                let value = Thing { id, a, b: 0 };
                let handle = session.add(value);
                let object = Object {
                    handle,
                    state: State::Pending,
                    value,
                    base: None,
                    outdated: false,
                    loaded: false,
                    reads: 0,
                };
                model.objects.push(object);
            }
        }
        Op::EditA(n, a) => edit(session, model, n, |thing| thing.a = a),
        Op::EditB(n, b) => edit(session, model, n, |thing| thing.b = b),
        Op::Delete(n) => {
            let Some(object) = model.objects.get_mut(n) else { return };
            let deleted = session.delete(object.handle);
            object.state = match object.state {
                State::Persistent => State::Doomed,
                State::Pending => State::Transient,
                other => other,
            };
            let refused = matches!(object.state, State::Transient | State::Detached);
            assert!(deleted.is_ok() || refused, "{deleted:?}");
        }
        Op::Flush => assert_eq!(session.flush().is_ok(), model.flush()),
        Op::Savepoint(ref ops, keep) => savepoint(session, model, ops, keep),
        Op::Rollback => {
            session.rollback().unwrap();
            model.roll_back(session);
            model.begin();
        }
        Op::Commit if inside => assert!(session.commit().is_err()),
        Op::Commit => {
            let stored = model.flush();
            assert_eq!(session.commit().is_ok(), stored);
            if stored {
                for object in &mut model.objects {
                    if object.state == State::Deleted {
                        object.state = State::Detached;
                    }
                    let stale = session.is_stale(object.handle);
                    assert_eq!(stale, object.state == State::Persistent);
                }
                model.marks.clear();
                model.begin();
            }
        }
        Op::Get(key) => get(session, model, key),
        Op::Query => query(session, model),
        Op::Expire(n) => {
            if let Some(object) = model.objects.get(n)
                && session.expire(object.handle).is_ok()
            {
                assert_eq!(session.is_stale(object.handle), object.state == State::Persistent);
            }
        }
        Op::ExpireAll => session.expire_all(),
        Op::Outside(key, b) => {
            let sql = format!("UPDATE thing SET b = {b} WHERE id = {key}");
            raw(session, &sql).unwrap();
            if let Some(row) = model.rows.get_mut(&key) {
                row.b = b;
            }
            let stored = [State::Persistent, State::Doomed];
            if let Some(n) = model.of_key(key, &stored) {
                model.objects[n].outdated = true;
            }
        }
    }
}

fn edit(session: &mut Session, model: &mut Model, n: usize, change: impl Fn(&mut Thing)) {
    let Some(object) = model.objects.get_mut(n) else { return };
    if !matches!(object.state, State::Persistent | State::Pending) {
        return;
    }
    if object.state == State::Persistent && object.base.is_none() {
        object.base = Some(object.value);
    }
    change(&mut object.value);
    change(&mut session[object.handle]);
}

fn savepoint(session: &mut Session, model: &mut Model, ops: &[Op], keep: bool) {
    if !model.flush() {
        assert!(session.savepoint(|_| Ok(())).is_err());
        return;
    }
    let mut flushed = true;
    let result = session.savepoint(|session| {
        model.begin();
        for op in ops {
            apply(session, model, op, true);
            check(session, model);
        }
        if !keep {
            return Err(Error::Configuration("undo it".to_owned()));
        }
        flushed = model.flush();
        Ok(())
    });
    assert_eq!(result.is_ok(), keep && flushed, "{result:?}");
    if result.is_ok() {
        model.marks.pop();
    } else {
        model.roll_back(session);
    }
}

fn get(session: &mut Session, model: &mut Model, key: i64) {
    if model.of_key(key, &[State::Doomed]).is_some() {
        return;
    }
    let current = |session: &Session, model: &Model| {
        let n = model.of_key(key, &[State::Persistent])?;
        let object = &model.objects[n];
        (!session.is_stale(object.handle)).then_some(object.handle)
    };
    if let Some(handle) = current(session, model) {
        assert_eq!(session.get::<Thing>(key).unwrap(), Some(handle));
        return;
    }
    let stale = model.of_key(key, &[State::Persistent]).is_some();
    let pending = model.of_key(key, &[State::Pending]).is_some();
    if !model.flush() {
        assert!(session.get::<Thing>(key).is_err());
        return;
    }
    let found = session.get::<Thing>(key).unwrap();
    assert_eq!(found.is_some(), model.rows.contains_key(&key));
    let Some(handle) = found else { return };
    if stale || !pending {
        read(session, model, handle);
    }
}

/// A row was read into the object of a handle.
fn read(session: &Session, model: &mut Model, handle: Handle<Thing>) {
    let value = session[handle];
    let row = model.rows[&value.id];
    assert_eq!(value, row, "it has the values of its row");
    assert!(!session.is_stale(handle));
    match model.objects.iter_mut().find(|o| o.handle == handle) {
        Some(object) => {
            object.value = row;
            object.outdated = false;
            object.reads += 1;
        }
        None => model.objects.push(Object {
            handle,
            state: State::Persistent,
            value: row,
            base: None,
            outdated: false,
            loaded: true,
            reads: 1,
        }),
    }
}

fn query(session: &mut Session, model: &mut Model) {
    if !model.flush() {
        assert!(session.query::<Thing>().all().is_err());
        return;
    }
    session.flush().unwrap();
    let stale: Vec<_> = model
        .objects
        .iter()
        .map(|object| (object.handle, session.is_stale(object.handle)))
        .collect();
    let found = session.query::<Thing>().order_by(thing::id.asc()).all().unwrap();
    let keys: Vec<_> = found.iter().map(|&handle| session[handle].id).collect();
    assert_eq!(keys, model.rows.keys().copied().collect::<Vec<_>>());
    for handle in found {
        let known = stale.iter().find(|(other, _)| *other == handle);
        if known.is_none_or(|(_, stale)| *stale) {
            read(session, model, handle);
        }
    }
}

/// Everything that can be seen is what the model says.
fn check(session: &Session, model: &Model) {
    for object in &model.objects {
        let handle = object.handle;
        assert_eq!(session.state(handle), object.state.shown(), "{object:?}");
        if object.state == State::Detached {
            continue;
        }
        assert_eq!(session[handle], object.value, "{object:?}");
        if object.state == State::Persistent {
            assert_eq!(session.find::<Thing>(object.value.id), Some(handle), "{object:?}");
            let dirty = object.base.is_some_and(|base| base != object.value);
            assert_eq!(session.is_dirty(handle), dirty, "{object:?}");
            // What is said to be current is current.
            if object.base.is_none() && !object.outdated && !session.is_stale(handle) {
                assert_eq!(Some(&object.value), model.rows.get(&object.value.id), "{object:?}");
            }
        }
    }
}

fn run(ops: &[Op]) {
    let mut session = Session::open("sqlite://:memory:").unwrap();
    schema![Thing].create_all(&mut session).unwrap();
    let mut model = Model { rows: Rows::new(), objects: Vec::new(), marks: Vec::new() };
    model.begin();
    for op in ops {
        apply(&mut session, &mut model, op, false);
        check(&session, &model);
        if matches!(op, Op::Commit | Op::Rollback) {
            let rows = session.query::<Thing>().order_by(thing::id.asc());
            if let Ok(rows) = rows.rows() {
                assert_eq!(rows, model.rows.values().copied().collect::<Vec<_>>());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300 * super::times() as u32))]

    // scenario 37
    #[test]
    fn any_sequence_of_calls_is_what_the_model_says(ops in ops(2)) {
        run(&ops);
    }
}
