//! Pending changes are written before a query, unless autoflush is off; and the other options.

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, SessionOptions, error::DatabaseErrorKind, transaction::BeginMode};
use orm_tests::{
    TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases, on_one_database,
};

use crate::people::{User, all, empty, number, people, person, user};

fn without_autoflush(db: &TestDb) -> Session {
    db.session_with(SessionOptions { autoflush: false, ..SessionOptions::default() })
}

/// Returns the statements that began a transaction.
fn begun(session: &mut Session) -> Vec<String> {
    let log = session.take_log();
    log.into_iter().map(|record| record.sql).filter(|sql| sql.starts_with("BEGIN")).collect()
}

on_all_databases! {
    // E03
    fn a_query_writes_pending_changes_first(db: &TestDb) {
        let mut session = empty(db);
        let ed = session.add(person("ed", 25));
        let found = session.query::<User>().filter(user::name.eq("ed")).one().unwrap();
        assert_eq!(found, ed);
        assert_sql!(session, "I users x1; S users");
        session[ed].age = 26;
        assert_eq!(session.query::<User>().filter(user::age.eq(26)).count().unwrap(), 1);
        session.delete(ed).unwrap();
        assert!(!session.query::<User>().exists().unwrap());
        assert_sql!(session, "U users[age] x1; S users; D users x1; S users");
        assert_eq!(session.query::<User>().count().unwrap(), 0);
        assert_sql!(session, "S users");
    }

    // E03
    fn every_kind_of_query_writes_pending_changes_first(db: &TestDb) {
        let mut session = people(db);
        let add = |session: &mut Session, name: &str| session.add(person(name, 1));
        add(&mut session, "a");
        session.query::<User>().select(user::name).load::<String>().unwrap();
        assert_sql!(session, "I users x1; S users");
        add(&mut session, "b");
        session.from_sql::<User>("SELECT * FROM users").all().unwrap();
        assert_sql!(session, "I users x1; S users");
        add(&mut session, "c");
        session.get::<User>(99).unwrap();
        assert_sql!(session, "I users x1; S users");
        add(&mut session, "d");
        session.get_many::<User>([98, 99]).unwrap();
        assert_sql!(session, "I users x1; S users");
        add(&mut session, "e");
        drop(session.query::<User>().stream().unwrap());
        assert_sql!(session, "I users x1; S users");
        add(&mut session, "f");
        session.query::<User>().rows().unwrap();
        assert_sql!(session, "I users x1; S users");
    }

    // E03: the option belongs to the session; there is no block without autoflush.
    fn without_autoflush_a_query_sees_only_the_database(db: &TestDb) {
        drop(people(db));
        let mut session = without_autoflush(db);
        let waiting = session.add(person("bob", 1));
        let jack = session.get_one::<User>(7).unwrap();
        session[jack].age = 100;
        assert_eq!(session.query::<User>().all().unwrap().len(), 4);
        assert_eq!(session.query::<User>().filter(user::age.eq(100)).count().unwrap(), 0);
        assert_sql!(session, "S users; S users; S users");
        assert_eq!(session.state(waiting), ObjectState::Pending);
        assert_eq!(session[jack].age, 100);
        session.flush().unwrap();
        assert_eq!(session.query::<User>().all().unwrap().len(), 5);
        session.commit().unwrap();
        assert_eq!(db.count("users WHERE age = 100"), 1);
    }

    // E03
    fn an_error_says_that_a_query_had_flushed(db: &TestDb) {
        let mut session = people(db);
        let second = session.add(person("ed", 1));
        let error = session.query::<User>().all().unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
        assert!(error.to_string().ends_with("(a query flushed the pending changes first)"), "{error}");
        let plain = session.flush().unwrap_err();
        assert!(!plain.to_string().contains("a query flushed"), "{plain}");
        session[second].name = "eddy".to_owned();
        assert_eq!(session.query::<User>().count().unwrap(), 5);
    }

    fn objects_stay_fresh_when_a_commit_does_not_expire_them(db: &TestDb) {
        drop(people(db));
        let options = SessionOptions { expire_on_commit: false, ..SessionOptions::default() };
        let mut session = db.session_with(options);
        let users = all(&mut session);
        session[users[0]].age = 48;
        session.commit().unwrap();
        session.take_log();
        db.execute("UPDATE users SET age = 0");
        assert!(users.iter().all(|&user| !session.is_stale(user)));
        assert_eq!(session.get_one::<User>(7).unwrap(), users[0]);
        assert_no_sql!(session);
        session.query::<User>().all().unwrap();
        assert_eq!(users.map(|user| session[user].age), [48, 25, 29, 37], "the old values");
        session.expire_all();
        session.query::<User>().all().unwrap();
        assert_eq!(users.map(|user| session[user].age), [0; 4]);
    }

    fn a_session_shows_its_options(db: &TestDb) {
        let session = without_autoflush(db);
        assert!(!session.options().autoflush);
        assert!(session.options().expire_on_commit);
        assert_eq!(session.dialect(), db.dialect());
    }
}

on_one_database! {
    Sqlite;
    fn a_transaction_that_writes_first_takes_its_lock_at_once(db: &TestDb) {
        let mut session = people(db);
        session.query::<User>().count().unwrap();
        session.commit().unwrap();
        assert_eq!(begun(&mut session), ["BEGIN"]);
        session.add(person("bob", 1));
        session.commit().unwrap();
        assert_eq!(begun(&mut session), ["BEGIN IMMEDIATE"]);
        session.begin().unwrap();
        session.rollback().unwrap();
        assert_eq!(begun(&mut session), ["BEGIN IMMEDIATE"]);
        session.query::<User>().lock(orm_runtime::query::Lock::Share).all().unwrap();
        assert_eq!(begun(&mut session), ["BEGIN IMMEDIATE"]);
    }

    fn a_transaction_begins_as_the_options_say(db: &TestDb) {
        drop(people(db));
        for (begin, words) in [
            (BeginMode::Deferred, "BEGIN"),
            (BeginMode::Immediate, "BEGIN IMMEDIATE"),
            (BeginMode::Exclusive, "BEGIN EXCLUSIVE"),
        ] {
            let options = SessionOptions { begin, ..SessionOptions::default() };
            let mut session = db.session_with(options);
            session.query::<User>().count().unwrap();
            session.commit().unwrap();
            session.query::<User>().update(user::age.eq(1)).unwrap();
            session.rollback().unwrap();
            assert_eq!(begun(&mut session), [words, words], "{begin:?}");
        }
    }

    fn a_connection_is_set_up_as_the_options_say(db: &TestDb) {
        let pragma = |session: &mut Session, name: &str| {
            number(session, &format!("SELECT {name} AS value FROM pragma_{name}"))
        };
        let mut session = db.session();
        assert_eq!(pragma(&mut session, "foreign_keys"), 1);
        assert_eq!(number(&mut session, "SELECT timeout AS value FROM pragma_busy_timeout"), 5_000);
        let wal = "SELECT journal_mode = 'wal' AS value FROM pragma_journal_mode";
        assert_eq!(number(&mut session, wal), 1);
        drop(session);

        let other = TestDb::create(Dialect::Sqlite).unwrap();
        let mut session = other.session_with(SessionOptions {
            foreign_keys: false,
            busy_timeout_ms: 70,
            write_ahead: false,
            ..SessionOptions::default()
        });
        assert_eq!(pragma(&mut session, "foreign_keys"), 0);
        assert_eq!(number(&mut session, "SELECT timeout AS value FROM pragma_busy_timeout"), 70);
        assert_eq!(number(&mut session, wal), 0);
    }

    fn a_locked_file_is_waited_for_as_long_as_the_options_say(db: &TestDb) {
        let mut first = people(db);
        first.begin().unwrap();
        let options = SessionOptions { busy_timeout_ms: 100, ..SessionOptions::default() };
        let mut second = db.session_with(options);
        second.add(person("bob", 1));
        let since = std::time::Instant::now();
        let error = second.commit().unwrap_err();
        assert_matches!(&error, Error::Conflict(_));
        assert!(error.is_retryable());
        let waited = since.elapsed().as_millis();
        assert!((90..2_000).contains(&waited), "{waited} ms");
        first.rollback().unwrap();
        second.commit().unwrap();
        assert_eq!(db.count("users"), 5, "the object was still pending");
    }
}
