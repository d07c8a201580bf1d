//! Both sessions, their open transactions, and what is committed. Each step is done, compared with
//! the prediction, and compared with the rows that the session and others see.

use std::collections::BTreeMap;

use diesel::dsl::sql;
use diesel::sql_types::Text;
use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, error::DatabaseErrorKind};
use orm_tests::{Oracle, TestDb};

use super::outcome::{Cause, Outcome, applied};
use super::rows::{
    self, Cell, Deed, Kind, Note, OF_PAGE, Obj, PLACE, Page, Row, Rows, with_handle,
};
use super::state::{Change, Side, merge};
use super::{Act, Step};
use crate::calls::choose;
use crate::op::Pick;
use crate::side::{Wrong, hold};
use crate::tables::number;

pub(crate) struct World<'o> {
    oracle: &'o mut Oracle,
    sql: String,
    dialect: Dialect,
    committed: Rows,
    pages: BTreeMap<i64, u32>,
    sides: [Side; 2],
    next: u32,
    value: i64,
}

impl World<'_> {
    /// Runs steps on an empty database with tables.
    pub(crate) fn run(db: &TestDb, oracle: &mut Oracle, steps: &[Step]) -> Result<(), Wrong> {
        for table in ["v_note", "v_deed", "v_page"] {
            oracle.execute(&format!("DELETE FROM {table}"));
        }
        let mut world = World {
            oracle,
            sql: rows::statement(db.dialect()),
            dialect: db.dialect(),
            committed: Rows::new(),
            pages: BTreeMap::new(),
            sides: Default::default(),
            next: 0,
            value: 1000,
        };
        let mut sessions = [(), ()].map(|()| session(db));
        for act in [Act::Add(Kind::Page, 0), Act::Add(Kind::Page, 0), Act::Add(Kind::Deed, 0)] {
            world.step(&mut sessions, &Step { who: 0, act })?;
        }
        for act in [Act::Add(Kind::Note, 0), Act::Add(Kind::Note, 1), Act::Commit] {
            world.step(&mut sessions, &Step { who: 0, act })?;
        }
        for kind in Kind::ALL {
            world.step(&mut sessions, &Step { who: 1, act: Act::Query(kind) })?;
        }
        world.step(&mut sessions, &Step { who: 1, act: Act::Rollback })?;
        for step in steps {
            world.step(&mut sessions, step).map_err(|wrong| format!("{wrong} ({step:?})"))?;
        }
        // Both sessions still work.
        for act in [Act::Rollback, Act::Query(Kind::Page), Act::Query(Kind::Deed), Act::Rollback] {
            world.step(&mut sessions, &Step { who: 0, act: act.clone() })?;
            world.step(&mut sessions, &Step { who: 1, act })?;
        }
        Ok(())
    }

    fn step(&mut self, sessions: &mut [Session; 2], step: &Step) -> Result<(), Wrong> {
        let session = &mut sessions[step.who];
        self.act(step.who, session, &step.act)?;
        self.look(step.who, session)?;
        let (found, pages) = rows::read(self.oracle.texts(&self.sql));
        hold!(
            found == self.committed,
            "{found:?} is committed, and should be {:?}",
            self.committed
        );
        self.pages.extend(pages);
        Ok(())
    }

    fn act(&mut self, who: usize, session: &mut Session, act: &Act) -> Result<(), Wrong> {
        let side = &mut self.sides[who];
        match *act {
            Act::Query(kind) => {
                let found = match kind {
                    Kind::Page => {
                        session.query::<Page>().all().map(|it| named(session, it, Obj::Page))
                    }
                    Kind::Deed => {
                        session.query::<Deed>().all().map(|it| named(session, it, Obj::Deed))
                    }
                    Kind::Note => {
                        session.query::<Note>().all().map(|it| named(session, it, Obj::Note))
                    }
                };
                let found = found.map_err(|error| format!("a query failed: {error}"))?;
                let deleted = |n: &u32| side.pending.get(n) == Some(&Change::Delete);
                let wanted = side.visible(&self.committed);
                let wanted = wanted.iter().filter(|(n, row)| row.kind == kind && !deleted(n));
                let wanted: Vec<u32> = wanted.map(|(&n, _)| n).collect();
                let said: Vec<u32> = found.keys().copied().filter(|n| !deleted(n)).collect();
                hold!(said == wanted, "{said:?} were found, and {wanted:?} are there");
                side.objects.extend(found);
            }
            Act::Refresh(pick) => {
                let mut objects = side.of(&Kind::ALL);
                objects.retain(|(n, _)| {
                    !matches!(side.pending.get(n), Some(Change::Insert(_) | Change::Delete))
                });
                let Some((n, object)) = choose(&objects, pick) else { return Ok(()) };
                let refreshed = with_handle!(object, it => session.refresh(&[it]));
                let there = side.visible(&self.committed).contains_key(&n);
                match refreshed {
                    Ok(()) => hold!(there, "{n} was refreshed, and is not there"),
                    Err(Error::NotFound { .. }) => hold!(!there, "{n} was not found, and is there"),
                    Err(error) => return Err(format!("a refresh failed: {error}")),
                }
                if there {
                    side.pending.remove(&n);
                    side.before.retain(|(of, _), _| *of != n);
                    side.read.remove(&n);
                }
            }
            Act::Set(pick, column, to) => {
                let Some((n, object)) = choose(&side.of(&Kind::ALL), pick) else { return Ok(()) };
                if matches!(side.pending.get(&n), Some(Change::Delete)) {
                    return Ok(());
                }
                let columns = match object.kind() {
                    Kind::Page => 3,
                    Kind::Deed => 2,
                    Kind::Note => 1,
                };
                let column = usize::from(column) % columns;
                self.value += 1;
                let to = match (object.kind(), column) {
                    (Kind::Page, PLACE) => Some(i64::from(to % 4)).filter(|it| *it > 0),
                    _ => Some(self.value),
                };
                let shown = object.cells(session, &self.pages)[column];
                if shown == Some(to) {
                    return Ok(());
                }
                object.set(session, column, to);
                self.note(who, n, column, (shown, to));
            }
            Act::Move(pick, page) => {
                let notes = side.of(&[Kind::Note]);
                let pages = side.of(&[Kind::Page]);
                let (Some((n, Obj::Note(note))), Some((to, Obj::Page(page)))) =
                    (choose(&notes, pick), choose(&pages, page))
                else {
                    return Ok(());
                };
                let deleted = |n: &u32| side.pending.get(n) == Some(&Change::Delete);
                let shown = Obj::Note(note).cells(session, &self.pages)[OF_PAGE];
                if deleted(&n) || deleted(&to) || shown == Some(Some(to.into())) {
                    return Ok(());
                }
                session[note].page = page.into();
                self.note(who, n, OF_PAGE, (shown, Some(to.into())));
            }
            Act::Add(kind, pick) => self.add(who, session, kind, pick),
            Act::Delete(pick) => {
                let Some((n, object)) = choose(&side.of(&Kind::ALL), pick) else { return Ok(()) };
                let to_it = |change: &Change| match change {
                    Change::Insert(row) => {
                        row.kind == Kind::Note && row.cells[OF_PAGE] == Some(n.into())
                    }
                    Change::Edit(edits) => edits.get(&OF_PAGE) == Some(&Some(n.into())),
                    Change::Delete => false,
                };
                let new = matches!(side.pending.get(&n), Some(Change::Insert(_)));
                if new || side.pending.values().any(to_it) {
                    return Ok(());
                }
                let deleted = with_handle!(object, it => session.delete(it));
                deleted.map_err(|error| format!("a deletion failed: {error}"))?;
                side.pending.insert(n, Change::Delete);
            }
            Act::Flush => return self.flush(who, session, false),
            Act::Commit => return self.flush(who, session, true),
            Act::Rollback => {
                session.rollback().map_err(|error| format!("a rollback failed: {error}"))?;
                let new = |change: Option<&Change>| matches!(change, Some(Change::Insert(_)));
                side.objects.retain(|n, _| !new(side.pending.get(n)) && !new(side.own.get(n)));
                side.forget_pending();
                side.end();
            }
        }
        Ok(())
    }

    /// Records an edit. A value that is set back to that of the row is not an edit.
    fn note(&mut self, who: usize, n: u32, column: usize, (before, to): (Option<Cell>, Cell)) {
        let side = &mut self.sides[who];
        if let Some(before) = before {
            side.before.entry((n, column)).or_insert(before);
        }
        let is_back = side.before.get(&(n, column)) == Some(&to);
        let change = side.pending.entry(n).or_insert_with(|| Change::Edit(BTreeMap::new()));
        match change {
            Change::Insert(row) => row.cells[column] = to,
            Change::Edit(edits) if is_back => drop(edits.remove(&column)),
            Change::Edit(edits) => drop(edits.insert(column, to)),
            Change::Delete => {}
        }
        if *change == Change::Edit(BTreeMap::new()) {
            side.pending.remove(&n);
        }
    }

    fn add(&mut self, who: usize, session: &mut Session, kind: Kind, pick: Pick) {
        let side = &mut self.sides[who];
        let n = self.next + 1;
        let value = self.value + 1;
        let (object, cells) = match kind {
            Kind::Page => {
                let page = Page::builder().name(rows::name(n)).first(value).second(value).build();
                (Obj::Page(session.add(page)), vec![Some(value), Some(value), None])
            }
            Kind::Deed => {
                let deed = Deed::builder().name(rows::name(n)).first(value).second(value).build();
                (Obj::Deed(session.add(deed)), vec![Some(value), Some(value), Some(1)])
            }
            Kind::Note => {
                let mut pages = side.of(&[Kind::Page]);
                pages.retain(|(n, _)| side.pending.get(n) != Some(&Change::Delete));
                let Some((of, Obj::Page(page))) = choose(&pages, pick) else { return };
                let note = Note::builder().name(rows::name(n)).first(value).page(page).build();
                (Obj::Note(session.add(note)), vec![Some(value), Some(of.into())])
            }
        };
        (self.next, self.value) = (n, value);
        side.objects.insert(n, object);
        side.pending.insert(n, Change::Insert(Row { kind, cells }));
    }

    /// Flushes or commits, and compares the result with the prediction.
    fn flush(&mut self, who: usize, session: &mut Session, commits: bool) -> Result<(), Wrong> {
        let (mine, other) = (&self.sides[who], &self.sides[1 - who]);
        let deeds = mine.pending.keys().filter_map(|n| match mine.objects[n] {
            Obj::Deed(deed) => Some((*n, session[deed].version)),
            _ => None,
        });
        let new = |n: &u32| matches!(mine.pending.get(n), Some(Change::Insert(_)));
        let versions = deeds.filter(|(n, _)| !new(n)).collect();
        let outcome = Outcome::of(self.dialect, &self.committed, mine, other, &versions);
        let had_written = !mine.own.is_empty();
        let result = if commits { session.commit() } else { session.flush() };
        let side = &mut self.sides[who];
        if let Err(error) = result {
            let Some(cause) = cause(&error) else { return Err(format!("it failed: {error}")) };
            let Outcome { must, may, .. } = &outcome;
            hold!(
                must.contains(&cause) || may.contains(&cause),
                "it failed, and only {must:?} or {may:?} were to be refused: {error}"
            );
            hold!(session.in_transaction() || !had_written, "its transaction is gone: {error}");
            let outdated =
                cause == Cause::Conflict || cause == Cause::Stale && self.dialect == Dialect::Mysql;
            if !had_written && (commits || outdated) {
                // A transaction that has only read is ended. Another may have begun since, to find
                // out which row it was.
                side.end();
            }
            side.tried |= session.in_transaction();
            return Ok(());
        }
        hold!(outcome.must.is_empty(), "it succeeded, in spite of {:?}", outcome.must);
        side.tried |= !outcome.changes.is_empty() && session.in_transaction();
        side.forget_pending();
        for (&n, change) in &outcome.changes {
            match change {
                Change::Insert(row) => drop(side.read.insert(n, row.clone())),
                Change::Delete => drop(side.read.remove(&n)),
                Change::Edit(edits) => {
                    let Some(row) = side.read.get_mut(&n) else { continue };
                    edits.iter().for_each(|(&column, &cell)| row.cells[column] = cell);
                }
            }
        }
        for (&n, change) in &outcome.changes {
            let is_same = match (change, self.committed.get(&n)) {
                (Change::Edit(edits), Some(row)) => {
                    edits.iter().all(|(&column, cell)| row.cells[column] == *cell)
                }
                _ => false,
            };
            match is_same && !side.own.contains_key(&n) {
                true => drop(side.unwritten.insert(n)),
                false => drop(side.unwritten.remove(&n)),
            }
        }
        merge(&mut side.own, outcome.changes);
        if commits {
            hold!(!session.in_transaction(), "COMMIT has not ended the transaction");
            self.committed = applied(std::mem::take(&mut self.committed), &side.own);
            side.end();
            self.sides[1 - who].is_outdated = true;
        }
        let side = &mut self.sides[who];
        side.objects.retain(|_, object| {
            with_handle!(*object, it => {
                matches!(session.state(it), ObjectState::Persistent | ObjectState::Pending)
            })
        });
        Ok(())
    }

    /// Compares the rows that the transaction sees, and what objects show, with the prediction.
    fn look(&mut self, who: usize, session: &mut Session) -> Result<(), Wrong> {
        let side = &mut self.sides[who];
        if !session.in_transaction() {
            hold!(side.own.is_empty(), "its transaction is gone");
            side.end();
            return Ok(());
        }
        side.is_open = true;
        if self.dialect != Dialect::Postgres && side.view.is_none() {
            side.view = Some(self.committed.clone());
            side.is_outdated = false;
        }
        let found = session.load_rows::<String, _>(sql::<Text>(&self.sql));
        let (found, pages) = rows::read(found.map_err(|error| format!("a read failed: {error}"))?);
        let visible = side.visible(&self.committed);
        hold!(found == visible, "the transaction sees {found:?}, and should see {visible:?}");
        self.pages.extend(pages);
        for (&n, &object) in &side.objects {
            let (state, stale) =
                with_handle!(object, it => (session.state(it), session.is_stale(it)));
            if state != ObjectState::Persistent || stale {
                continue;
            }
            // It was read now, or before in this transaction.
            let row = match visible.get(&n) {
                Some(row) => side.read.entry(n).or_insert_with(|| row.clone()).clone(),
                // Another transaction has deleted it since.
                None => match side.read.get(&n) {
                    Some(row) => row.clone(),
                    None => return Err(format!("{n} is current, and has no row")),
                },
            };
            for (&(of, column), before) in side.before.iter_mut() {
                if of == n {
                    *before = row.cells[column];
                }
            }
            let shown = object.cells(session, &self.pages);
            for (column, (shown, mut cell)) in shown.into_iter().zip(row.cells).enumerate() {
                if let Some(Change::Edit(edits)) = side.pending.get(&n) {
                    cell = edits.get(&column).copied().unwrap_or(cell);
                }
                hold!(
                    shown.is_none_or(|it| it == cell),
                    "{n} shows {shown:?} in column {column}, and should {cell:?}"
                );
            }
        }
        Ok(())
    }
}

/// Opens a session that does not wait for others.
fn session(db: &TestDb) -> Session {
    let options =
        SessionOptions { busy_timeout_ms: 0, autoflush: false, ..SessionOptions::default() };
    let mut session = db.session_with(options);
    let set = match db.dialect() {
        Dialect::Postgres => "SET lock_timeout = '10ms'",
        Dialect::Mysql => "SET SESSION innodb_lock_wait_timeout = 0",
        _ => return session,
    };
    session.execute(diesel::sql_query(set)).unwrap();
    session.commit().unwrap();
    session
}

fn named<T: Entity>(
    session: &Session,
    found: Vec<Handle<T>>,
    wrap: fn(Handle<T>) -> Obj,
) -> BTreeMap<u32, Obj>
where
    Handle<T>: Copy,
{
    let with_name = |it: Handle<T>| {
        let object = wrap(it);
        (with_handle!(object, it => number(&session[it].name)), object)
    };
    found.into_iter().map(with_name).collect()
}

/// Returns the cause that an error names.
fn cause(error: &Error) -> Option<Cause> {
    match error {
        Error::Conflict(_) => Some(Cause::Conflict),
        Error::StaleRow { .. } => Some(Cause::Stale),
        Error::Reference { .. } => Some(Cause::Nowhere),
        _ if error.is_violation(DatabaseErrorKind::Unique) => Some(Cause::Taken),
        _ if error.is_violation(DatabaseErrorKind::ForeignKey) => Some(Cause::Nowhere),
        _ => None,
    }
}
