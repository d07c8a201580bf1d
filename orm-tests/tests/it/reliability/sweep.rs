//! The n-th written row fails, for every n: a script with every kind of write runs again and again,
//! each time with a fault one row later.
//!
//! Triggers call a function before each row, which says whether the row fails. After every failure
//! a separate connection reads the content of the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use diesel::connection::SimpleConnection;
use diesel::sql_types::Integer;
use diesel::{Connection, SqliteConnection};
use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, connection::AnyConnection};
use orm_tests::TestDb;

use super::{
    Account, Country, Item, Seat, Seen, account, content, country, create_tables, item, probe,
    seat, see,
};

diesel::define_sql_function! {
    /// Returns whether the row that is about to be written must fail.
    fn fault_point(ignored: Integer) -> Integer;
}

/// The rows that fail, counted from one.
#[derive(Default)]
struct Faults {
    seen: AtomicI64,
    from: AtomicI64,
    to: AtomicI64,
}

impl Faults {
    fn next_fails(&self) -> bool {
        let n = self.seen.fetch_add(1, Ordering::SeqCst) + 1;
        (self.from.load(Ordering::SeqCst)..=self.to.load(Ordering::SeqCst)).contains(&n)
    }

    fn arm(&self, from: i64, to: i64) {
        self.seen.store(0, Ordering::SeqCst);
        self.from.store(from, Ordering::SeqCst);
        self.to.store(to, Ordering::SeqCst);
    }

    fn disarm(&self) {
        self.arm(1, 0);
    }
}

/// How a row fails: the name, and the statement of the trigger.
const KINDS: [(&str, &str); 7] = [
    ("unique", "INSERT INTO gate SELECT 1, 1, NULL WHERE fault_point(0) = 1"),
    ("check", "INSERT INTO gate SELECT 2, -1, NULL WHERE fault_point(0) = 1"),
    ("not null", "INSERT INTO gate SELECT 2, NULL, NULL WHERE fault_point(0) = 1"),
    ("foreign key", "INSERT INTO gate SELECT 2, 1, 99 WHERE fault_point(0) = 1"),
    ("abort", "SELECT RAISE(ABORT, 'injected') WHERE fault_point(0) = 1"),
    ("fail", "SELECT RAISE(FAIL, 'injected') WHERE fault_point(0) = 1"),
    ("rollback", "SELECT RAISE(ROLLBACK, 'injected') WHERE fault_point(0) = 1"),
];

const TABLES: [&str; 4] = ["item", "account", "country", "seat"];

/// Creates the tables with the triggers of one kind.
fn create(db: &TestDb, body: &str) {
    create_tables(db);
    db.execute(
        "CREATE TABLE gate (a INTEGER PRIMARY KEY, b INTEGER NOT NULL CHECK (b > 0), c INTEGER \
         REFERENCES gate (a))",
    );
    db.execute("INSERT INTO gate VALUES (1, 1, NULL)");
    for table in TABLES {
        for event in ["INSERT", "UPDATE", "DELETE"] {
            db.execute(&format!(
                "CREATE TRIGGER {table}_{event} BEFORE {event} ON {table} BEGIN {body}; END"
            ));
        }
    }
}

/// Opens a session on empty tables whose connection has the function.
fn open(db: &TestDb, faults: &Arc<Faults>) -> Session {
    let path = db.file().unwrap();
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let asked = Arc::clone(faults);
    fault_point_utils::register_nondeterministic_impl(&mut connection, move |_: i32| {
        i32::from(asked.next_fails())
    })
    .unwrap();
    connection
        .batch_execute(
            "PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 5000; BEGIN; \
             DELETE FROM item; DELETE FROM account; DELETE FROM country; DELETE FROM seat; COMMIT",
        )
        .unwrap();
    Session::new(AnyConnection::from(connection))
}

#[derive(Default, Clone)]
struct Objects {
    items: Vec<Handle<Item>>,
    accounts: Vec<Handle<Account>>,
    countries: Vec<Handle<Country>>,
    seats: Vec<Handle<Seat>>,
}

type View = (Vec<Seen<Item>>, Vec<Seen<Account>>, Vec<Seen<Country>>, Vec<Seen<Seat>>);

impl Objects {
    fn view(&self, session: &Session) -> View {
        (
            see(session, &self.items),
            see(session, &self.accounts),
            see(session, &self.countries),
            see(session, &self.seats),
        )
    }
}

/// Edits in memory, and the call that writes them. The call can be repeated if it failed.
struct Step {
    edit: fn(&mut Session, &mut Objects) -> Result<()>,
    call: fn(&mut Session, &Objects) -> Result<()>,
    commits: bool,
}

fn flush(session: &mut Session, _: &Objects) -> Result<()> {
    session.flush()
}

fn commit(session: &mut Session, _: &Objects) -> Result<()> {
    session.commit()
}

fn nothing(_: &mut Session, _: &mut Objects) -> Result<()> {
    Ok(())
}

fn script() -> Vec<Step> {
    let step = |edit, call| Step { edit, call, commits: false };
    let last = |edit| Step { edit, call: commit, commits: true };
    vec![
        step(
            |session, objects| {
                objects.accounts = session.add_all((1..=3).map(|id| account(id, 10)));
                objects.countries = session.add_all(["a", "b"].map(|code| country(code, code)));
                objects.seats = session.add_all((0..3).map(|number| seat(1, number)));
                Ok(())
            },
            flush,
        ),
        step(
            |session, objects| {
                objects.items = session.add_all((0..4).map(|n| item(format!("item {n}"))));
                session[objects.items[1]].owner = Some(1);
                Ok(())
            },
            flush,
        ),
        step(
            |session, objects| {
                session[objects.items[0]].amount = 5;
                session[objects.items[1]].name = "renamed".to_owned();
                session[objects.accounts[0]].balance += 1;
                session.delete(objects.items[2])
            },
            flush,
        ),
        last(|session, objects| {
            session[objects.accounts[0]].balance += 1;
            Ok(())
        }),
        step(nothing, |session, objects| {
            session.savepoint(|session| {
                session.add(country("inside", "a savepoint"));
                session[objects.items[0]].note = Some("inside".to_owned());
                session.flush()?;
                session.savepoint(|session| {
                    session[objects.items[0]].amount = 6;
                    Ok(())
                })
            })
        }),
        step(
            |session, objects| {
                session[objects.countries[0]].code = "b".to_owned();
                session[objects.countries[1]].code = "a".to_owned();
                session[objects.seats[0]].number = 7;
                session[objects.seats[1]].holder = "somebody".to_owned();
                Ok(())
            },
            flush,
        ),
        step(nothing, |session, _| {
            session.savepoint(|session| {
                session.bulk_insert(["x", "y", "z"].map(|code| country(code, "bulk"))).map(drop)
            })
        }),
        step(nothing, |session, _| {
            session.savepoint(|session| {
                let more = account::balance.eq(account::balance + 100);
                session.query::<Account>().filter(account::id.gt(1)).update(more).map(drop)
            })
        }),
        last(nothing),
        step(
            |session, objects| {
                session.delete(objects.accounts[2])?;
                objects.accounts.push(session.add(account(3, 77)));
                Ok(())
            },
            flush,
        ),
        step(nothing, |session, _| {
            session.savepoint(|session| {
                session.query::<Seat>().filter(seat::number.lt(5)).delete().map(drop)
            })
        }),
        last(|session, objects| {
            session.delete(objects.items[0])?;
            session.delete(objects.items[3])?;
            session.delete(objects.countries[0])?;
            objects.items.push(session.add(item("last")));
            Ok(())
        }),
    ]
}

/// What a program does after an error.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Answer {
    /// Repeats the call, which fails this many times before it succeeds.
    Again { failures: usize },
    /// Rolls back, and repeats everything since the last commit.
    RollBack,
}

/// Runs the script. Returns the content of the database after each commit, and the number of
/// written rows.
fn run(
    db: &TestDb,
    faults: &Arc<Faults>,
    at: Option<i64>,
    answer: Answer,
) -> (Vec<Vec<String>>, i64) {
    let steps = script();
    let mut session = open(db, faults);
    let mut objects = Objects::default();
    let mut commits = vec![content(db)];
    let mut mark = (0, objects.clone(), objects.view(&session));
    let mut failed = 0;
    match at {
        Some(at) if answer == (Answer::Again { failures: 1 }) => faults.arm(at, at),
        Some(at) => faults.arm(at, i64::MAX),
        None => faults.disarm(),
    }
    let mut n = 0;
    while n < steps.len() {
        (steps[n].edit)(&mut session, &mut objects).unwrap();
        loop {
            let before = objects.view(&session);
            let Err(error) = (steps[n].call)(&mut session, &objects) else { break };
            failed += 1;
            assert!(!matches!(error, Error::Disconnected(_) | Error::Diesel(_)), "{error:?}");
            assert_eq!(content(db), commits[commits.len() - 1], "step {n}: {error}");
            if answer == Answer::RollBack {
                faults.disarm();
                session.rollback().unwrap();
                assert_eq!(content(db), commits[commits.len() - 1], "step {n}, rolled back");
                assert_eq!(mark.1.view(&session), mark.2, "step {n}, rolled back after {error}");
                objects = mark.1.clone();
                n = mark.0;
                (steps[n].edit)(&mut session, &mut objects).unwrap();
                continue;
            }
            assert_eq!(objects.view(&session), before, "step {n}: {error}");
            if answer == (Answer::Again { failures: failed }) {
                faults.disarm();
            }
            assert!(failed < 4, "step {n} fails forever: {error}");
        }
        n += 1;
        if steps[n - 1].commits {
            commits.push(content(db));
            mark = (n, objects.clone(), objects.view(&session));
        }
    }
    let seen = faults.seen.load(Ordering::SeqCst);
    faults.disarm();
    assert_eq!(at.is_some(), failed > 0, "{at:?}");
    assert!(
        objects.items.iter().all(|&item| session.state(item) != ObjectState::Pending),
        "everything is written"
    );
    probe(db, &mut session, "probe");
    (commits, seen)
}

/// Runs scenario 1.
fn sweep(kind: usize) {
    let (name, body) = KINDS[kind];
    TestDb::with(Dialect::Sqlite, |db| {
        create(db, body);
        let faults = Arc::new(Faults::default());
        let (expected, rows) = run(db, &faults, None, Answer::RollBack);
        assert!(rows > 30, "{rows} rows are written");
        let again = [Answer::Again { failures: 1 }, Answer::Again { failures: 2 }];
        // If the database ends the transaction, work that was not in memory cannot be written
        // again.
        let again = if name == "rollback" { &again[..0] } else { &again };
        for answer in again.iter().copied().chain([Answer::RollBack]) {
            for at in 1..=rows {
                let run = std::panic::AssertUnwindSafe(|| run(db, &faults, Some(at), answer));
                match std::panic::catch_unwind(run) {
                    Ok((commits, _)) => {
                        assert_eq!(commits, expected, "{name}, row {at}, {answer:?}")
                    }
                    Err(panic) => {
                        eprintln!("{name}: row {at} of {rows} fails, {answer:?}");
                        std::panic::resume_unwind(panic);
                    }
                }
            }
        }
    });
}

/// Generates a test for each kind of fault.
macro_rules! sweeps {
    ($($name:ident: $kind:expr),* $(,)?) => {$(
        #[test]
        fn $name() {
            sweep($kind);
        }
    )*};
}

sweeps! {
    every_row_that_is_not_unique: 0,
    every_row_that_a_check_refuses: 1,
    every_row_with_a_missing_value: 2,
    every_row_with_a_wrong_reference: 3,
    every_row_that_aborts_its_statement: 4,
    every_row_that_fails_in_the_middle_of_its_statement: 5,
    every_row_that_ends_the_transaction: 6,
}
