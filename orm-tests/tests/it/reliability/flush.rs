//! A flush that fails inside a transaction with earlier work.

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, error::DatabaseErrorKind};
use orm_tests::{Random, TestDb, on_all_databases};

use super::{
    Account, Country, Item, account, content, country, for_seeds, item, probe, see, session_on,
};

/// The number of runs of each scenario on one database, a tenth of the full number.
const RUNS: u64 = 50;

/// A way to break a constraint, and to repair it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    Unique,
    Check,
    NotNull,
    ForeignKey,
}

const FAULTS: [Fault; 4] = [Fault::Unique, Fault::Check, Fault::NotNull, Fault::ForeignKey];

impl Fault {
    fn any(random: &mut Random) -> Self {
        FAULTS[random.below(0..FAULTS.len())]
    }

    fn break_it(self, item: &mut Item) {
        match self {
            Fault::Unique => item.name = "taken".to_owned(),
            Fault::Check => item.amount = -1,
            Fault::NotNull => item.note = None,
            Fault::ForeignKey => item.owner = Some(4_711),
        }
    }

    fn mend(self, item: &mut Item, name: &str) {
        match self {
            Fault::Unique => item.name = name.to_owned(),
            Fault::Check => item.amount = 1,
            Fault::NotNull => item.note = Some("mended".to_owned()),
            Fault::ForeignKey => item.owner = Some(1),
        }
    }

    fn kind(self) -> DatabaseErrorKind {
        match self {
            Fault::Unique => DatabaseErrorKind::Unique,
            Fault::Check => DatabaseErrorKind::Check,
            Fault::NotNull => DatabaseErrorKind::NotNull,
            Fault::ForeignKey => DatabaseErrorKind::ForeignKey,
        }
    }
}

/// Stored rows that the flushes reference and change.
struct Stored {
    items: Vec<Handle<Item>>,
    accounts: Vec<Handle<Account>>,
}

fn store(session: &mut Session) -> Stored {
    let accounts = session.add_all((1..=3).map(|id| account(id, 100)));
    session.flush().unwrap();
    session.add(item("taken"));
    // There are enough rows that the session has already queried everything it needs to know about
    // a table.
    let items = session.add_all((0..20).map(|n| item(format!("stored {n}"))));
    session.commit().unwrap();
    Stored { items, accounts }
}

/// Does work for one flush. The same random numbers give the same work.
fn work(
    session: &mut Session,
    stored: &Stored,
    random: &mut Random,
    mark: &str,
) -> Vec<Handle<Item>> {
    for _ in 0..random.below(0..4) {
        let handle = stored.items[random.below(0..stored.items.len())];
        session[handle].amount += 1;
    }
    let handle = stored.accounts[random.below(0..stored.accounts.len())];
    session[handle].balance -= 5;
    let mut added = Vec::new();
    for n in 0..random.below(1..30) {
        let mut new = item(format!("{mark} {n}"));
        if random.percent(30) {
            new.owner = Some(2);
        }
        added.push(session.add(new));
    }
    added
}

on_all_databases! {
    // scenario 3
    fn a_failed_flush_leaves_the_three_before_it(db: &TestDb) {
        let mut session = session_on(db);
        let stored = store(&mut session);
        for_seeds("three good flushes", RUNS, |random| {
            let mark = format!("r{}", random.next_u64());
            let mut good = Vec::new();
            for n in 0..3 {
                good.extend(work(&mut session, &stored, random, &format!("{mark} good {n}")));
                session.flush().unwrap();
            }
            let bad = work(&mut session, &stored, random, &format!("{mark} bad"));
            let fault = Fault::any(random);
            let culprit = bad[random.below(0..bad.len())];
            fault.break_it(&mut session[culprit]);
            let before = (see(&session, &good), see(&session, &bad), see(&session, &stored.items));

            let error = session.flush().unwrap_err();

            assert!(error.is_violation(fault.kind()), "{fault:?}: {error}");
            let after = (see(&session, &good), see(&session, &bad), see(&session, &stored.items));
            assert_eq!(before, after, "{fault:?}: the objects are as they were");
            for handle in bad {
                session.delete(handle).unwrap();
            }
            session.commit().unwrap();
            let mine: Vec<_> = db
                .rows("item", "name")
                .into_iter()
                .filter(|name| name.starts_with(&mark))
                .collect();
            assert_eq!(mine.len(), good.len());
            assert!(mine.iter().all(|name| name.contains("good")), "{mine:?}");
            session.query::<Item>().filter(item::name.like(format!("{mark}%"))).delete().unwrap();
            session.commit().unwrap();
        });
        probe(db, &mut session, "end");
    }

    // scenario 4
    fn a_mended_flush_costs_what_the_first_try_costs(db: &TestDb) {
        let other = TestDb::create(db.dialect()).unwrap();
        let mut session = session_on(db);
        let mut easy = session_on(&other);
        let stored = store(&mut session);
        let stored_easy = store(&mut easy);
        for_seeds("mended flush", RUNS, |random| {
            let mark = format!("r{}", random.next_u64());
            let earlier = random.percent(50);
            let mut same = random.clone();
            for (session, stored, random) in
                [(&mut session, &stored, &mut *random), (&mut easy, &stored_easy, &mut same)]
            {
                if earlier {
                    work(session, stored, random, &format!("{mark} earlier"));
                    session.flush().unwrap();
                }
            }
            let bad = work(&mut session, &stored, random, &mark);
            let good = work(&mut easy, &stored_easy, &mut same, &mark);
            let fault = Fault::any(random);
            let at = random.below(0..bad.len());
            fault.break_it(&mut session[bad[at]]);
            fault.mend(&mut easy[good[at]], &format!("{mark} mended"));
            let error = session.flush().unwrap_err();
            if let Error::Constraint(violation) = &error {
                assert_eq!(violation.handle::<Item>(), Some(bad[at]), "{fault:?}: {error}");
            }
            let mended = format!("{mark} mended");
            if fault == Fault::Unique {
                fault.mend(&mut session[bad[at]], &mended);
            } else {
                fault.mend(&mut session[bad[at]], "");
            }

            let (before, before_easy) = (session.statements(), easy.statements());
            session.flush().unwrap();
            easy.flush().unwrap();

            let (retry, first) = (session.statements() - before, easy.statements() - before_easy);
            assert_eq!(retry, first, "{fault:?}");
            session.commit().unwrap();
            easy.commit().unwrap();
        });
        assert_eq!(content(db), content(&other));
    }

    // scenario 5
    fn keys_that_a_failed_flush_made_are_taken_back(db: &TestDb) {
        let mut session = session_on(db);
        let stored = store(&mut session);
        for_seeds("keys taken back", RUNS, |random| {
            if random.percent(50) {
                session[stored.items[0]].amount += 1;
                session.flush().unwrap();
            }
            let mark = format!("r{}", random.next_u64());
            let mut added = Vec::new();
            for n in 0..random.below(5..60) {
                let mut new = item(format!("{mark} {n}"));
                // A key is given now and then, which ends a batch.
                if random.percent(10) {
                    new.id = Auto::from(1_000_000 + random.below(0..1_000_000_000) as i64);
                }
                added.push(session.add(new));
            }
            let given: Vec<_> = added.iter().map(|&handle| session.key(handle)).collect();
            let fault = Fault::any(random);
            fault.break_it(&mut session[added[added.len() - 1]]);

            session.flush().unwrap_err();

            for (&handle, key) in added.iter().zip(given) {
                assert_eq!(session.state(handle), ObjectState::Pending);
                assert_eq!(session.key(handle), key);
                if let Some(key) = key {
                    assert_eq!(session.find::<Item>(key), None);
                }
            }
            fault.mend(&mut session[added[added.len() - 1]], &format!("{mark} mended"));
            session.flush().unwrap();
            for &handle in &added {
                let key = session.key(handle).unwrap();
                assert_eq!(session.find::<Item>(key), Some(handle));
            }
            session.rollback().unwrap();
            for &handle in &added {
                assert_eq!(session.state(handle), ObjectState::Transient);
                session.evict(handle).unwrap();
            }
        });
    }

    fn only_one_new_object_takes_the_key_of_a_deleted_one(db: &TestDb) {
        let mut session = session_on(db);
        let old = session.add(country("a", "old"));
        session.commit().unwrap();
        session.delete(old).unwrap();
        let new = session.add(country("a", "new"));
        let too_many = session.add(country("a", "too many"));
        let error = session.flush().unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
        assert_eq!(db.rows("country", "title"), ["old"]);
        session.delete(too_many).unwrap();
        session.commit().unwrap();
        assert_eq!(session.find::<Country>("a".to_owned()), Some(new));
        assert_eq!(db.rows("country", "title"), ["new"]);
    }
}
