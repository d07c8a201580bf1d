//! The contract, clause by clause.

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, error::DatabaseErrorKind, transaction::Retryable};
use orm_tests::{Random, TestDb, assert_matches, on_all_databases, on_one_database};

use super::{
    Account, Country, Item, Seat, account, content, country, create_tables, for_seeds, in_time,
    item, probe, raw, seat, see, session_on,
};

on_all_databases! {
    fn c1_a_flush_is_all_or_nothing(db: &TestDb) {
        let mut session = session_on(db);
        let [first, second, third] = [1, 2, 3].map(|id| session.add(account(id, 10)));
        let place = session.add(seat(1, 1));
        session.commit().unwrap();
        let rows = content(db);
        for earlier in [false, true] {
            if earlier {
                session[third].balance = 30;
                session.flush().unwrap();
            }
            session[first].balance = 11;
            session.delete(second).unwrap();
            session[place].number = 2;
            let new = session.add(country("new", "a"));
            let many = session.add_all((0..700).map(|n| item(format!("item {n}"))));
            session[many[650]].amount = -1;
            let before = (see(&session, &[first, second, third]), see(&session, &many), see(&session, &[place]));

            let error = session.flush().unwrap_err();

            assert!(error.is_violation(DatabaseErrorKind::Check), "{error}");
            let after = (see(&session, &[first, second, third]), see(&session, &many), see(&session, &[place]));
            assert_eq!(before, after);
            assert_eq!(content(db), rows);
            session[many[650]].amount = 1;
            session.flush().unwrap();
            assert_eq!(session.state(new), ObjectState::Persistent);
            session.rollback().unwrap();
            assert_eq!(content(db), rows);
        }
    }

    fn c2_the_next_call_works_after_any_error(db: &TestDb) {
        let mut session = session_on(db);
        let stored = session.add(country("stored", "a"));
        session.commit().unwrap();
        type Call = fn(&mut Session) -> Result<()>;
        let calls: [Call; 11] = [
            |session| {
                let bad = session.add(country("stored", "again"));
                let flushed = session.flush();
                session.evict(bad)?;
                flushed
            },
            |session| {
                let bad = session.add(item("bad"));
                session[bad].owner = Some(9);
                let flushed = session.query::<Item>().all().map(drop);
                session.evict(bad)?;
                flushed
            },
            |session| session.get_one::<Country>("nobody".to_owned()).map(drop),
            |session| session.query::<Country>().filter(country::code.eq("nobody")).one().map(drop),
            |session| session.from_sql::<Country>("SELECT nothing").all().map(drop),
            |session| session.from_sql::<Country>("no SQL at all").all().map(drop),
            |session| session.bulk_insert([country("stored", "again")]).map(drop),
            |session| session.query::<Item>().order_by(item::id.asc()).delete().map(drop),
            |session| session.query::<Item>().filter(item::id.gt(0)).update(item::amount.eq(1)).map(|_| ())
                .and_then(|()| session.savepoint(|_| Err(Error::Configuration("undo".to_owned())))),
            |session| session.transaction(|_| Err(Error::Configuration("undo".to_owned()))),
            |session| session.savepoint(|session| session.commit()),
        ];
        for (n, call) in calls.into_iter().enumerate() {
            for waiting in [false, true] {
                if waiting {
                    session.begin().unwrap();
                }
                let error = call(&mut session).unwrap_err();
                // No special call is needed between the error and the next use.
                session[stored].title.push('x');
                session.flush().unwrap_or_else(|next| panic!("call {n} ({error}): {next}"));
                let count = session.query::<Country>().count();
                assert!(count.is_ok(), "call {n} ({error}): {count:?}");
                session.savepoint(|session| session.query::<Seat>().count()).unwrap();
                session.commit().unwrap_or_else(|next| panic!("call {n} ({error}): {next}"));
                probe(db, &mut session, &format!("p {n} {waiting}"));
            }
        }
    }

    fn c3_a_failed_flush_keeps_every_edit(db: &TestDb) {
        let mut session = session_on(db);
        let stored = session.add_all((0..3).map(|n| item(format!("stored {n}"))));
        session.commit().unwrap();
        session[stored[0]].amount = 5;
        session[stored[1]].note = Some("new".to_owned());
        session.delete(stored[2]).unwrap();
        let new = session.add_all((0..3).map(|n| item(format!("new {n}"))));
        session[new[2]].name = "stored 0".to_owned();
        for _ in 0..3 {
            let error = session.flush().unwrap_err();
            assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
        }
        assert_eq!(session[stored[0]].amount, 5);
        assert_eq!(session.changes(stored[1]).unwrap().len(), 1);
        assert_eq!(session.state(stored[2]), ObjectState::Deleted);
        for &handle in &new {
            assert_eq!(session.state(handle), ObjectState::Pending);
            assert_eq!(session.key(handle), None);
        }
        session[new[2]].name = "new 2".to_owned();
        session.commit().unwrap();
        let names = db.rows("item", "name, amount, note");
        let expected = ["new 0|0|a note", "new 1|0|a note", "new 2|0|a note", "stored 0|5|a note", "stored 1|0|new"];
        assert_eq!(names, expected);
    }

    fn c4_rollback_restores_values_states_and_keys(db: &TestDb) {
        let mut session = session_on(db);
        let [a, b, c] = ["a", "b", "c"].map(|code| session.add(country(code, "before")));
        session.commit().unwrap();
        let mark = see(&session, &[a, b, c]);
        let work = |session: &mut Session| {
            session[a].title = "after".to_owned();
            session[b].code = "bb".to_owned();
            session.delete(c)?;
            session.flush()?;
            session[a].title = "not flushed".to_owned();
            session.add(country("c", "another"));
            session.flush()
        };
        work(&mut session).unwrap();
        session.rollback().unwrap();
        assert_eq!(mark, see(&session, &[a, b, c]));
        assert_eq!(session.find::<Country>("bb".to_owned()), None);
        let outcome = session.savepoint(|session| {
            work(session)?;
            Err::<(), _>(Error::Configuration("undo".to_owned()))
        });
        assert!(outcome.is_err());
        assert_eq!(mark, see(&session, &[a, b, c]));
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["a|before", "b|before", "c|before"]);
    }

    // contract C5: checks that happen only at COMMIT
    fn c5_commit_is_ok_only_when_the_database_says_so(db: &TestDb) {
        if db.dialect() == Dialect::Mysql {
            // It checks every row immediately.
            return;
        }
        create_tables(db);
        db.execute("DROP TABLE item");
        let key = match db.dialect() {
            Dialect::Postgres => "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
            _ => "INTEGER PRIMARY KEY",
        };
        db.execute(&format!(
            "CREATE TABLE item (id {key}, name TEXT NOT NULL, amount BIGINT NOT NULL, note TEXT, owner \
             BIGINT REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED)"
        ));
        let mut session = db.session();
        let orphan = session.add(item("orphan"));
        session[orphan].owner = Some(7);
        session.flush().unwrap();
        let error = session.commit().unwrap_err();
        assert_eq!(error.database().unwrap().kind, DatabaseErrorKind::ForeignKey, "{error}");
        assert_eq!(db.count("item"), 0);
        assert_eq!(session.state(orphan), ObjectState::Pending, "the edit is kept");
        assert_eq!(session.key(orphan), None);
        assert!(session.commit().is_err(), "the constraint is still violated");
        session.add(account(7, 0));
        session.commit().unwrap();
        assert_eq!(db.rows("item", "name, owner"), ["orphan|7"]);
    }

    fn c7_only_the_whole_closure_is_run_again(db: &TestDb) {
        let mut session = session_on(db);
        let mut runs = 0;
        let result = session.retry_with(4, |session| {
            runs += 1;
            assert!(session.is_empty(), "each run begins with an empty map");
            session.add(country(format!("run {runs}"), "a"));
            session.flush()?;
            if runs < 3 { Err(Failure::Again) } else { Ok(runs) }
        });
        assert_eq!(result.unwrap(), 3);
        assert_eq!(db.rows("country", "code"), ["run 3"]);

        // Work that began outside cannot be run again.
        session.add(country("outside", "a"));
        assert!(session.retry(4, |_| Ok(())).is_err());
        session.rollback().unwrap();

        // Other errors are not retried, and the number of attempts is not exceeded.
        for (failure, expected) in [(Failure::Final, 1), (Failure::Again, 4)] {
            let mut runs = 0;
            let result = session.retry_with(4, |_| {
                runs += 1;
                Err::<(), _>(failure)
            });
            assert_eq!(result.unwrap_err(), failure);
            assert_eq!(runs, expected);
        }
    }

    fn c7_a_failed_statement_is_not_sent_again(db: &TestDb) {
        let mut session = session_on(db);
        db.execute("INSERT INTO country VALUES ('taken', 'a')");
        session.log_statements(true);
        session.add(country("taken", "b"));
        session.flush().unwrap_err();
        let log = session.take_log();
        let inserts = log.iter().filter(|record| record.sql.starts_with("INSERT")).count();
        assert_eq!(inserts, 1, "{log:#?}");
    }

    // scenario 23
    fn c8_no_update_is_lost_in_a_race(db: &TestDb) {
        create_tables(db);
        for id in 1..=3 {
            db.execute(&format!("INSERT INTO account VALUES ({id}, 0, 1)"));
        }
        let threads: Vec<_> = (0..4)
            .map(|seed| {
                let mut session = db.session();
                std::thread::spawn(move || in_time(move || race(&mut session, seed)))
            })
            .collect();
        let applied: i64 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert_eq!(applied, 4 * 25);
        let sum = format!("SELECT {} AS value FROM account", sum(db));
        assert_eq!(db.oracle().number(&sum), applied);
    }

    fn c8_stale_rows_are_named(db: &TestDb) {
        let mut session = session_on(db);
        let handles = session.add_all((1..=20).map(|id| account(id, 0)));
        session.commit().unwrap();
        let all = session.query::<Account>().all().unwrap();
        session.commit().unwrap();
        assert_eq!(all.len(), handles.len());
        db.execute("UPDATE account SET balance = 7, version = version + 1 WHERE id IN (3, 11)");
        db.execute("DELETE FROM account WHERE id = 17");
        for &handle in &handles {
            session[handle].balance += 1;
        }
        match session.flush().unwrap_err() {
            Error::StaleRow { entity, mut keys, expected, matched, .. } => {
                keys.sort();
                assert_eq!((entity, expected, matched), ("Account", 20, 17));
                assert_eq!(keys, ["11", "17", "3"]);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(db.rows("account", "balance").iter().filter(|row| *row == "1").count(), 0);
        session.evict(handles[16]).unwrap();
        session.refresh(&[handles[2], handles[10]]).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("account", "balance").iter().filter(|row| *row == "1").count(), 17);
    }

    fn c9_a_handle_never_reaches_another_row(db: &TestDb) {
        let mut session = session_on(db);
        let mut other = db.session();
        let mine = session.add_all((0..40).map(|n| country(format!("c{n}"), "mine")));
        let theirs = other.add_all((0..40).map(|n| country(format!("c{n}"), "theirs")));
        session.commit().unwrap();
        for_seeds("handles", 1_000, |random| {
            let handle = theirs[random.below(0..theirs.len())];
            refused(&mut session, handle);
        });
        let gone = mine[..20].to_vec();
        session.delete(gone[0]).unwrap();
        session.commit().unwrap();
        for &handle in &gone[1..] {
            session.evict(handle).unwrap();
        }
        // The slots of removed objects are reused.
        let new = session.add_all((0..40).map(|n| country(format!("n{n}"), "new")));
        for handle in gone {
            assert!(!new.contains(&handle));
            refused(&mut session, handle);
        }
        session.clear();
        for handle in new.into_iter().chain(mine) {
            refused(&mut session, handle);
        }
        assert!(other.try_get(theirs[0]).is_some());
    }

    fn c9_one_row_is_one_object(db: &TestDb) {
        let mut session = session_on(db);
        let first = session.add(item("a"));
        session.commit().unwrap();
        let key = session.key(first).unwrap();
        assert_eq!(session.get_one::<Item>(key).unwrap(), first);
        assert_eq!(session.query::<Item>().one().unwrap(), first);
        assert_eq!(session.get_many::<Item>([key, key]).unwrap(), [Some(first), Some(first)]);
        assert_eq!(session.len(), 1);
    }

    fn c11_no_schema_and_no_data_makes_it_panic(db: &TestDb) {
        let mut session = db.session();
        // There is no table.
        assert!(session.get::<Country>("a".to_owned()).is_err());
        assert!(session.query::<Item>().all().is_err());
        session.add(country("a", "b"));
        assert!(session.commit().is_err());
        session.rollback().unwrap();
        // A column is missing, then a required value is NULL.
        db.execute("CREATE TABLE country (code VARCHAR(20) PRIMARY KEY)");
        db.execute("INSERT INTO country VALUES ('a')");
        assert!(session.query::<Country>().all().is_err());
        session.rollback().unwrap();
        db.execute("ALTER TABLE country ADD COLUMN title VARCHAR(20)");
        let error = session.query::<Country>().all().unwrap_err();
        assert_matches!(&error, Error::Decode { entity: "Country", column, .. } if column == "title");
        session.rollback().unwrap();
        // The table is dropped after an object was read from it.
        db.execute("UPDATE country SET title = 'x'");
        let handle = session.query::<Country>().one().unwrap();
        session.rollback().unwrap();
        db.execute("DROP TABLE country");
        session[handle].title = "y".to_owned();
        assert_matches!(session.flush(), Err(Error::Database(_)));
        assert!(session.refresh(&[handle]).is_err());
        session.rollback().unwrap();
        db.execute("CREATE TABLE country (code VARCHAR(20) PRIMARY KEY, title VARCHAR(20))");
        probe(db, &mut session, "probe");
    }

    fn c12_the_same_work_sends_the_same_statements(db: &TestDb) {
        let other = TestDb::create(db.dialect()).unwrap();
        let mut sessions = [session_on(db), session_on(&other)];
        for_seeds("same statements", 25, |random| {
            let logs = sessions.each_mut().map(|session| {
                let mut random = random.clone();
                let mut world = super::rollback::World::default();
                session.take_log();
                world.work(session, &mut random, 40);
                session.rollback().unwrap();
                session.clear();
                let log = session.take_log();
                log.into_iter().map(|record| (record.sql, record.rows)).collect::<Vec<_>>()
            });
            assert_eq!(logs[0], logs[1]);
        });
    }
}

fn sum(db: &TestDb) -> String {
    match db.dialect() {
        Dialect::Mysql => "CAST(sum(balance) AS SIGNED)".to_owned(),
        Dialect::Sqlite | Dialect::Postgres => "CAST(sum(balance) AS BIGINT)".to_owned(),
        _ => unreachable!("a database without tests"),
    }
}

/// Adds one to an account 25 times. Returns the number of successes.
fn race(session: &mut Session, seed: u64) -> i64 {
    let mut random = Random::new(seed);
    let mut applied = 0;
    for _ in 0..25 {
        let id = random.below(1..4) as i64;
        loop {
            let changed = session.get_one::<Account>(id).and_then(|handle| {
                session[handle].balance += 1;
                session.commit()
            });
            match changed {
                Ok(()) => break,
                Err(Error::StaleRow { keys, .. }) => assert_eq!(keys, [id.to_string()]),
                Err(error) => assert!(error.is_retryable(), "{error:?}"),
            }
            session.rollback().unwrap();
        }
        applied += 1;
    }
    applied
}

/// Checks that every call with this handle is refused, and that none reaches another object.
fn refused(session: &mut Session, handle: Handle<Country>) {
    assert!(session.try_get(handle).is_none());
    assert_eq!(session.key(handle), None);
    assert_eq!(session.state(handle), ObjectState::Detached);
    assert!(!session.is_dirty(handle) && !session.is_stale(handle));
    assert_matches!(session.delete(handle), Err(Error::InvalidHandle { .. }));
    assert_matches!(session.add_again(handle), Err(Error::InvalidHandle { .. }));
    assert_matches!(session.evict(handle), Err(Error::InvalidHandle { .. }));
    assert_matches!(session.expire(handle), Err(Error::InvalidHandle { .. }));
    assert_matches!(session.refresh(&[handle]), Err(Error::InvalidHandle { .. }));
    assert_matches!(session.changes(handle), Err(Error::InvalidHandle { .. }));
}

/// An error that the program defines.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Failure {
    Again,
    Final,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        panic!("{error}")
    }
}

impl Retryable for Failure {
    fn is_retryable(&self) -> bool {
        *self == Failure::Again
    }
}

on_one_database! {
    Sqlite;

    fn c2_an_error_inside_a_transaction_closure_is_rolled_back(db: &TestDb) {
        let mut session = session_on(db);
        let result = session.transaction(|session| {
            session.add(country("a", "a"));
            session.flush()?;
            raw(session, "INSERT INTO country VALUES ('a', 'b')")
        });
        assert!(result.is_err());
        assert!(!session.in_transaction());
        assert_eq!(db.count("country"), 0);
        probe(db, &mut session, "probe");
    }
}
