//! A rollback restores everything to the beginning of the transaction.

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, error::DatabaseErrorKind};
use orm_tests::{Random, TestDb, on_all_databases};

use super::{
    Account, Country, Item, Seat, Seen, account, content, country, for_seeds, item, probe, quick,
    seat, see, session_on,
};

/// Objects of every kind, and random work on them.
#[derive(Default)]
pub(super) struct World {
    items: Vec<Handle<Item>>,
    accounts: Vec<Handle<Account>>,
    countries: Vec<Handle<Country>>,
    seats: Vec<Handle<Seat>>,
}

/// The visible state of a [`World`].
#[derive(Debug, PartialEq)]
pub(super) struct View {
    items: Vec<Seen<Item>>,
    accounts: Vec<Seen<Account>>,
    countries: Vec<Seen<Country>>,
    seats: Vec<Seen<Seat>>,
}

/// Keys and names come from small pools, so that changes collide.
const POOL: usize = 8;

impl World {
    pub(super) fn view(&self, session: &Session) -> View {
        View {
            items: see(session, &self.items),
            accounts: see(session, &self.accounts),
            countries: see(session, &self.countries),
            seats: see(session, &self.seats),
        }
    }

    /// Does one step of random work. Violations are expected; any other error is a failure.
    pub(super) fn step(&mut self, session: &mut Session, random: &mut Random) -> Result<()> {
        let code = format!("c{}", random.below(0..POOL));
        let name = format!("n{}", random.below(0..POOL * 2));
        let number = random.below(0..POOL) as i32;
        match random.below(0..24) {
            0 | 1 => self.items.push(session.add(item(name))),
            2 => self.countries.push(session.add(country(code, "new"))),
            3 => self.accounts.push(session.add(account(number.into(), 10))),
            4 => self.seats.push(session.add(seat(number % 3, number))),
            5 | 6 => edit(session, random, &self.items, |item| item.amount += 3),
            7 => edit(session, random, &self.items, |item| item.name = name),
            8 | 9 => edit(session, random, &self.accounts, |account| account.balance -= 1),
            10 => edit(session, random, &self.countries, |country| country.title.push('x')),
            11 => edit(session, random, &self.countries, |country| country.code = code),
            12 => edit(session, random, &self.seats, |seat| seat.number = number),
            13 => delete(session, random, &self.items),
            14 => delete(session, random, &self.countries),
            15 => delete(session, random, &self.accounts),
            16 | 17 => return self.flush(session),
            18 => self.countries.extend(session.get::<Country>(code)?),
            19 => drop(session.query::<Item>().filter(item::amount.gt(0)).all()?),
            20 => drop(session.query::<Account>().all()?),
            21 => {
                let double = account::balance.eq(account::balance + 100);
                session.query::<Account>().filter(account::id.gt(3)).update(double)?;
            }
            22 => drop(session.query::<Seat>().filter(seat::line.eq(2)).delete()?),
            _ => session.expire_all(),
        }
        Ok(())
    }

    /// Flushes, and checks that a failed flush leaves every object unchanged.
    fn flush(&self, session: &mut Session) -> Result<()> {
        let before = self.view(session);
        let flushed = session.flush();
        if flushed.is_err() {
            assert_eq!(before, self.view(session), "after {flushed:?}");
        }
        flushed
    }

    /// Does this number of random steps.
    pub(super) fn work(&mut self, session: &mut Session, random: &mut Random, steps: usize) {
        for _ in 0..steps {
            match self.step(session, random) {
                Ok(()) => {}
                Err(Error::Constraint(violation)) => {
                    assert_eq!(violation.kind(), DatabaseErrorKind::Unique, "{violation}");
                }
                // Another session was faster, or composite keys would have changed in a circle.
                Err(Error::StaleRow { .. } | Error::InvalidState { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn forget_what_is_not_stored(&mut self, session: &mut Session) {
        evict_transient(session, &mut self.items);
        evict_transient(session, &mut self.accounts);
        evict_transient(session, &mut self.countries);
        evict_transient(session, &mut self.seats);
    }
}

fn evict_transient<T: Entity>(session: &mut Session, handles: &mut Vec<Handle<T>>) {
    handles.sort_unstable();
    handles.dedup();
    handles.retain(|&handle| match session.state(handle) {
        ObjectState::Persistent => true,
        ObjectState::Detached => false,
        _ => {
            session.evict(handle).unwrap();
            false
        }
    });
}

fn edit<T: Entity + orm_runtime::relationship::Writable>(
    session: &mut Session,
    random: &mut Random,
    handles: &[Handle<T>],
    change: impl FnOnce(&mut T),
) {
    let Some(&handle) = pick(random, handles) else { return };
    if matches!(session.state(handle), ObjectState::Persistent | ObjectState::Pending) {
        change(&mut session[handle]);
    }
}

fn delete<T: Entity + orm_runtime::relationship::Writable>(
    session: &mut Session,
    random: &mut Random,
    handles: &[Handle<T>],
) {
    let Some(&handle) = pick(random, handles) else { return };
    if matches!(session.state(handle), ObjectState::Persistent | ObjectState::Pending) {
        session.delete(handle).unwrap();
    }
}

fn pick<'h, T>(random: &mut Random, handles: &'h [Handle<T>]) -> Option<&'h Handle<T>> {
    (!handles.is_empty()).then(|| &handles[random.below(0..handles.len())])
}

on_all_databases! {
    // scenario 9
    fn rollback_restores_every_object_and_every_key(db: &TestDb) {
        super::create_tables(db);
        let runs = if db.dialect() == Dialect::Sqlite { 1_000 } else { 250 };
        for_seeds("rollback", runs, |random| {
            let mut session = quick(db);
            let mut world = World::default();
            world.work(&mut session, random, 6);
            if session.commit().is_err() {
                session.rollback().unwrap();
            }
            world.forget_what_is_not_stored(&mut session);
            let (mark, rows) = (world.view(&session), content(db));
            let (items, accounts) = (world.items.len(), world.accounts.len());
            let (countries, seats) = (world.countries.len(), world.seats.len());

            world.work(&mut session, random, 14);
            session.rollback().unwrap();

            let after = world.view(&session);
            assert_eq!(mark.items, after.items[..items]);
            assert_eq!(mark.accounts, after.accounts[..accounts]);
            assert_eq!(mark.countries, after.countries[..countries]);
            assert_eq!(mark.seats, after.seats[..seats]);
            assert!(after.items[items..].iter().all(|seen| seen.state == ObjectState::Transient));
            assert_eq!(rows, content(db));
            // Nothing is left to write, and no key finds an object that does not exist.
            session.expect_statements(0, Session::flush).unwrap();
            for code in (0..POOL).map(|n| format!("c{n}")) {
                let stored = rows.iter().any(|row| row.starts_with(&format!("{code}|")));
                assert!(stored || session.find::<Country>(code.clone()).is_none(), "{code}");
            }
            probe(db, &mut session, "probe");
            super::empty_tables(&mut session);
        });
    }

    // scenario 11
    fn a_changed_key_is_the_old_one_again_after_rollback(db: &TestDb) {
        let mut session = session_on(db);
        let codes = ["a", "b", "c", "d"];
        let handles = session.add_all(codes.map(|code| country(code, code)));
        let places = session.add_all((0..4).map(|number| seat(1, number)));
        session.commit().unwrap();
        for_seeds("changed keys", 50, |random| {
            // All keys are swapped, or some change to new keys.
            let mut keys: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
            for n in 0..keys.len() {
                let other = random.below(0..keys.len());
                keys.swap(n, other);
            }
            if random.percent(50) {
                let n = random.below(0..keys.len());
                keys[n] = format!("new {n}");
            }
            for (&handle, key) in handles.iter().zip(&keys) {
                session[handle].code.clone_from(key);
            }
            // One object moves away, and another moves to its place.
            session[places[0]].line = 9;
            session[places[2]].number = 0;
            session.flush().unwrap();
            for (&handle, key) in handles.iter().zip(&keys) {
                assert_eq!(session.find::<Country>(key.clone()), Some(handle), "{keys:?}");
            }
            if random.percent(30) {
                session[handles[1]].code = "once more".to_owned();
                session.flush().unwrap();
            }
            session.rollback().unwrap();
            for (&handle, code) in handles.iter().zip(codes) {
                assert_eq!(session[handle].code, code);
                assert_eq!(session.find::<Country>(code.to_owned()), Some(handle));
            }
            for (number, &handle) in places.iter().enumerate() {
                assert_eq!(session.find::<Seat>((1, number as i32)), Some(handle));
            }
            for new in keys.iter().filter(|key| key.starts_with("new")) {
                assert_eq!(session.find::<Country>(new.clone()), None);
            }
            assert_eq!(session.find::<Country>("once more".to_owned()), None);
            assert_eq!(session.find::<Seat>((9, 0)), None);
            session.expect_statements(0, Session::flush).unwrap();
        });
        assert_eq!(db.rows("country", "code, title"), ["a|a", "b|b", "c|c", "d|d"]);
    }

    fn two_keys_swap_in_one_flush(db: &TestDb) {
        let mut session = session_on(db);
        let [a, b] = ["a", "b"].map(|code| session.add(country(code, code)));
        session.commit().unwrap();
        session[a].code = "b".to_owned();
        session[b].code = "a".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["a|b", "b|a"]);
        assert_eq!(session.find::<Country>("b".to_owned()), Some(a));
    }

    // scenario 12
    fn a_deleted_object_is_back_after_rollback(db: &TestDb) {
        let mut session = session_on(db);
        let handles = session.add_all((0..20).map(|n| item(format!("item {n}"))));
        session.commit().unwrap();
        for_seeds("deleted", 50, |random| {
            let before = see(&session, &handles);
            for &handle in &handles {
                if random.percent(40) {
                    if random.percent(30) {
                        session[handle].amount = 99;
                    }
                    session.delete(handle).unwrap();
                }
            }
            session.flush().unwrap();
            if random.percent(50) {
                session.query::<Item>().filter(item::amount.ge(0)).delete().unwrap();
            }
            session.rollback().unwrap();
            assert_eq!(before, see(&session, &handles));
        });
    }

    fn what_a_rolled_back_transaction_has_read_is_read_again(db: &TestDb) {
        create_one_account(db);
        // The first transaction of a session, and a later one.
        for first in [true, false] {
            let mut session = db.session();
            if !first {
                session.begin().unwrap();
                session.commit().unwrap();
            }
            super::raw(&mut session, "UPDATE account SET balance = 77").unwrap();
            let handle = session.get_one::<Account>(1).unwrap();
            assert_eq!(session[handle].balance, 77);
            session.rollback().unwrap();
            let handle = session.get_one::<Account>(1).unwrap();
            assert_eq!(session[handle].balance, 10, "first transaction: {first}");
        }
    }

    fn an_update_does_not_make_a_stale_object_current(db: &TestDb) {
        create_one_account(db);
        db.execute("INSERT INTO item (name, amount, note) VALUES ('a', 1, 'old')");
        let mut session = db.session();
        let handle = session.query::<Item>().one().unwrap();
        session.commit().unwrap();
        db.execute("UPDATE item SET note = 'new'");
        // The column has not been read since, and another column is written.
        session[handle].amount = 2;
        session.flush().unwrap();
        let key = session.key(handle).unwrap();
        session.get_one::<Item>(key).unwrap();
        assert_eq!(session[handle].note.as_deref(), Some("new"));
        assert_eq!(session[handle].amount, 2);
    }

    fn an_edit_of_a_deleted_object_is_undone_by_rollback(db: &TestDb) {
        create_one_account(db);
        let mut session = db.session();
        let handle = session.get_one::<Account>(1).unwrap();
        for flushed in [false, true] {
            session.delete(handle).unwrap();
            session[handle].balance = 99;
            if flushed {
                session.flush().unwrap();
                session[handle].balance = 98;
            }
            session.rollback().unwrap();
            assert_eq!(session.state(handle), ObjectState::Persistent);
            assert_eq!(session[handle].balance, 10, "flushed: {flushed}");
            assert!(!session.is_dirty(handle));
        }
        session.commit().unwrap();
        assert_eq!(db.rows("account", "id, balance"), ["1|10"]);
    }

    fn what_was_stale_is_stale_after_rollback(db: &TestDb) {
        create_one_account(db);
        db.execute("INSERT INTO country VALUES ('a', 'old')");
        let mut session = db.session();
        let handle = session.get_one::<Country>("a".to_owned()).unwrap();
        session.commit().unwrap();
        assert!(session.is_stale(handle));
        db.execute("UPDATE country SET title = 'new'");
        session[handle].code = "b".to_owned();
        session.flush().unwrap();
        session.rollback().unwrap();
        let again = session.get_one::<Country>("a".to_owned()).unwrap();
        assert_eq!(again, handle);
        assert_eq!(session[handle].title, "new");
    }
}

fn create_one_account(db: &TestDb) {
    super::create_tables(db);
    db.execute("INSERT INTO account VALUES (1, 10, 1)");
}
