//! How a refused flush affects the transaction in which it ran.

use orm_runtime::prelude::*;
use orm_runtime::{SessionOptions, error::DatabaseErrorKind, query::Lock};
use orm_tests::{TestDb, assert_matches, on_all_databases, on_one_database};

use crate::people::{User, people, person, user};

#[derive(Entity)]
#[entity(table = "counter")]
struct Counter {
    id: i64,
    #[entity(default)]
    n: i32,
    #[entity(version)]
    version: i32,
}

/// Makes the second of a flush's two statements fail.
fn refused(session: &mut Session) {
    let ed = session.get_one::<User>(8).unwrap();
    session[ed].age = 26;
    let mut twin = person("twin", 1);
    twin.id = 7.into();
    let twin = session.add(twin);
    let error = session.flush().unwrap_err();
    assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
    session[twin].id = Auto::default();
}

/// Returns `true` if another session cannot write the row that the tests lock.
fn locked(db: &TestDb) -> bool {
    let options = SessionOptions { busy_timeout_ms: 50, ..SessionOptions::default() };
    let mut other = db.session_with(options);
    let found = match db.dialect() {
        Dialect::Sqlite => other.begin(),
        _ => other.query::<User>().filter(user::id.eq(7)).lock(Lock::UpdateNowait).all().map(drop),
    };
    match found {
        Ok(()) => false,
        Err(error) => {
            assert_matches!(error, Error::Conflict(_));
            true
        }
    }
}

/// Returns the statements that began or ended transactions since the last call.
fn control(session: &mut Session) -> Vec<String> {
    let log = session.take_log();
    let control = log.iter().filter(|record| record.is_transaction_control());
    control.map(|record| record.sql.split(' ').next().unwrap().to_owned()).collect()
}

on_all_databases! {
    fn a_lock_outlives_a_refused_flush(db: &TestDb) {
        let mut session = people(db);
        session.begin().unwrap();
        session.query::<User>().filter(user::id.eq(7)).lock(Lock::Update).all().unwrap();
        refused(&mut session);
        assert!(session.in_transaction());
        assert!(locked(db));
        session.commit().unwrap();
        assert!(!locked(db));
        assert_eq!(db.rows("users", "id, age")[1], "8|26");
        assert_eq!(db.rows("users", "name").len(), 5);
    }

    fn a_transaction_that_was_begun_outlives_a_refused_flush(db: &TestDb) {
        let mut session = people(db);
        let mut twin = person("twin", 1);
        twin.id = 7.into();
        session.begin().unwrap();
        session.add(twin);
        session.flush().unwrap_err();
        assert!(session.in_transaction());
        if db.dialect() == Dialect::Sqlite {
            assert!(locked(db), "begin() has taken the lock, which is still held");
        }
    }

    fn what_was_read_before_a_refused_flush_is_of_the_same_transaction_after_it(db: &TestDb) {
        let mut session = people(db);
        let jack = session.get_one::<User>(7).unwrap();
        refused(&mut session);
        assert!(session.in_transaction());
        assert!(!session.is_stale(jack));
        assert_eq!(session.query::<User>().filter(user::age.eq(26)).count().unwrap(), 1);
        session.rollback().unwrap();
        assert_eq!(db.rows("users", "id, age")[1], "8|25");
    }

    fn a_commit_of_what_was_read_and_changed_sets_no_savepoint(db: &TestDb) {
        let mut session = people(db);
        let jack = session.get_one::<User>(7).unwrap();
        let ed = session.get_one::<User>(8).unwrap();
        session[jack].age = 48;
        session[ed].age = 26;
        session.take_log();
        session.commit().unwrap();
        assert_eq!(control(&mut session), ["COMMIT"]);

        // If it is refused, the transaction is over, and what was read in it is stale.
        let jack = session.get_one::<User>(7).unwrap();
        let ed = session.get_one::<User>(8).unwrap();
        session[ed].name = "jack".to_owned();
        let error = session.commit().unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
        assert!(!session.in_transaction());
        assert!(session.is_stale(jack));
        assert_eq!(session[ed].name, "jack");
        db.execute("UPDATE users SET age = 60");
        session[ed].name = "edward".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, name, age")[..2], ["7|jack|60", "8|edward|60"]);

        // A requested lock is kept.
        session.query::<User>().filter(user::id.eq(7)).lock(Lock::Update).all().unwrap();
        session[ed].name = "jack".to_owned();
        session.commit().unwrap_err();
        assert!(session.in_transaction());
        assert!(locked(db));
    }

    fn a_flush_that_begins_its_own_transaction_sets_no_savepoint(db: &TestDb) {
        let mut session = people(db);
        session.take_log();
        session.add_all([person("x", 1), person("y", 2)]);
        session.commit().unwrap();
        assert_eq!(control(&mut session), ["BEGIN", "COMMIT"]);
    }
}

on_one_database! {
    Mysql;
    fn a_row_that_was_missed_is_named_in_a_transaction_that_goes_on(db: &TestDb) {
        let mut session = db.session_for(schema![Counter]);
        session.add_all([Counter::builder().id(1).build(), Counter::builder().id(2).build()]);
        session.commit().unwrap();
        for written in [false, true] {
            let counter = session.get_one::<Counter>(1).unwrap();
            let other = session.get_one::<Counter>(2).unwrap();
            if written {
                session[other].n += 1;
                session.flush().unwrap();
            }
            db.execute("UPDATE counter SET version = version + 1 WHERE id = 1");
            session[counter].n += 1;
            let error = session.flush().unwrap_err();
            if db.refuses_changed_rows() {
                assert_matches!(error, Error::Conflict(_));
                session.rollback().unwrap();
                continue;
            }
            assert_matches!(
                error, Error::StaleRow { keys, expected: 1, matched: 0, .. } if keys == ["1"]
            );
            // Unless it has written, the transaction is over: its snapshot is outdated.
            assert_eq!(session.is_stale(other), !written);
            session.rollback().unwrap();
        }
    }
}

on_one_database! {
    Sqlite;
    fn a_conflict_ends_a_transaction_that_has_only_read(db: &TestDb) {
        let mut session = people(db);
        let jack = session.get_one::<User>(7).unwrap();
        let ed = session.get_one::<User>(8).unwrap();
        db.execute("UPDATE users SET age = 50");
        session[ed].fullname = None;
        assert_matches!(session.flush(), Err(Error::Conflict(_)));
        assert!(!session.in_transaction());
        assert!(session.is_stale(jack), "it was read in a transaction that is over");
        let jack = session.get_one::<User>(7).unwrap();
        assert_eq!(session[jack].age, 50);
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, fullname, age")[1], "8|NULL|50");
    }
}
