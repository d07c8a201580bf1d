//! Rows that are locked until the transaction ends.

use orm_runtime::prelude::*;
use orm_runtime::{SessionOptions, error::DatabaseErrorKind, query::Lock};
use orm_tests::{TestDb, assert_matches, on_all_databases, on_one_database};

use crate::people::{User, people, user};

/// Opens a second session that does not wait long.
fn impatient(db: &TestDb) -> Session {
    db.session_with(SessionOptions { busy_timeout_ms: 50, ..SessionOptions::default() })
}

fn lock_jack(session: &mut Session, lock: Lock) -> Result<Vec<Handle<User>>> {
    session.query::<User>().filter(user::id.eq(7)).lock(lock).all()
}

#[cfg(feature = "servers")]
fn on_servers(test: impl Fn(&TestDb)) {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        TestDb::with(dialect, &test);
    }
}

on_all_databases! {
    fn a_locked_row_is_changed_by_nobody_else(db: &TestDb) {
        let mut first = people(db);
        let jack = lock_jack(&mut first, Lock::Update).unwrap()[0];
        assert!(first.in_transaction());

        let mut second = impatient(db);
        let refused = match db.dialect() {
            // SQLite has no row locks: a second transaction that would write does not begin.
            Dialect::Sqlite => lock_jack(&mut second, Lock::Update),
            _ => lock_jack(&mut second, Lock::UpdateNowait),
        };
        let error = refused.unwrap_err();
        assert_eq!(error.database().unwrap().kind, DatabaseErrorKind::Busy, "{error}");
        assert!(error.is_retryable());
        assert_matches!(error, Error::Conflict(_));

        first[jack].age += 1;
        first.commit().unwrap();
        second.rollback().unwrap();
        let again = lock_jack(&mut second, Lock::Update).unwrap();
        assert_eq!(second[again[0]].age, 48);
    }

    fn rows_that_stand_for_several_are_not_locked(db: &TestDb) {
        let mut session = people(db);
        let distinct = session.query::<User>().distinct().lock(Lock::Update).all().unwrap_err();
        assert!(distinct.to_string().contains("distinct(), which returns one row for several"), "{distinct}");
        let grouped = session.query::<User>().lock(Lock::Update).group_by(user::age).select(user::age);
        let grouped = grouped.load::<i32>().unwrap_err();
        assert!(grouped.to_string().contains("group_by(), which returns one row for several"), "{grouped}");
    }

    fn a_lock_is_let_go_by_rollback(db: &TestDb) {
        let mut first = people(db);
        lock_jack(&mut first, Lock::Update).unwrap();
        first.rollback().unwrap();
        assert!(!first.in_transaction());
        let mut second = impatient(db);
        assert_eq!(lock_jack(&mut second, Lock::UpdateNowait).unwrap().len(), 1);
    }

    fn a_lock_does_not_hinder_readers(db: &TestDb) {
        let mut first = people(db);
        lock_jack(&mut first, Lock::Update).unwrap();
        let mut second = impatient(db);
        assert_eq!(second.query::<User>().count().unwrap(), 4);
        assert_eq!(second.get_one::<User>(7).map(|jack| second[jack].age).unwrap(), 47);
    }

    fn the_words_of_a_lock_are_those_of_the_database(db: &TestDb) {
        let mut session = people(db);
        let mut sent = |lock| {
            lock_jack(&mut session, lock).unwrap();
            session.take_log().pop().unwrap().sql
        };
        let locks = [Lock::Update, Lock::UpdateNowait, Lock::UpdateSkipLocked, Lock::Share];
        let ends = match db.dialect() {
            Dialect::Sqlite => ["?", "?", "?", "?"].map(|end| format!("= {end})")),
            Dialect::Postgres => {
                ["UPDATE", "UPDATE NOWAIT", "UPDATE SKIP LOCKED", "SHARE"].map(|w| format!(" FOR {w}"))
            }
            Dialect::Mysql => [
                " FOR UPDATE",
                " FOR UPDATE NOWAIT",
                " FOR UPDATE SKIP LOCKED",
                " LOCK IN SHARE MODE",
            ]
            .map(str::to_owned),
         _ => unreachable!("a database without tests"), };
        for (lock, end) in locks.into_iter().zip(ends) {
            let sql = sent(lock);
            assert!(sql.trim_end_matches(')').ends_with(end.trim_end_matches(')')), "{sql}");
        }
    }

    fn a_lock_with_order_and_limit_is_a_queue(db: &TestDb) {
        let mut first = people(db);
        let take = |session: &mut Session| {
            session
                .query::<User>()
                .order_by(user::id)
                .limit(1)
                .lock(Lock::UpdateSkipLocked)
                .first()
                .unwrap()
                .map(|user| session[user].name.clone())
        };
        assert_eq!(take(&mut first).as_deref(), Some("jack"));
        if db.dialect() == Dialect::Postgres {
            let mut second = impatient(db);
            assert_eq!(take(&mut second).as_deref(), Some("ed"));
            let mut third = impatient(db);
            assert_eq!(take(&mut third).as_deref(), Some("fred"));
        }
    }
}

#[cfg(feature = "servers")]
#[test]
fn locked_rows_can_be_left_out() {
    on_servers(|db| {
        let mut first = people(db);
        lock_jack(&mut first, Lock::Update).unwrap();
        let mut second = impatient(db);
        let found = lock_jack(&mut second, Lock::UpdateSkipLocked).unwrap();
        assert_eq!(found, []);
        first.commit().unwrap();
        let found = lock_jack(&mut second, Lock::UpdateSkipLocked).unwrap();
        assert_eq!(found.len(), 1);
    });
}

#[cfg(feature = "servers")]
#[test]
fn a_shared_lock_is_shared_and_keeps_writers_away() {
    on_servers(|db| {
        let mut first = people(db);
        let mut second = impatient(db);
        assert_eq!(lock_jack(&mut first, Lock::Share).unwrap().len(), 1);
        assert_eq!(lock_jack(&mut second, Lock::Share).unwrap().len(), 1);
        let mut third = impatient(db);
        assert_matches!(lock_jack(&mut third, Lock::UpdateNowait), Err(Error::Conflict(_)));
    });
}

#[cfg(feature = "servers")]
#[test]
fn a_row_that_is_locked_is_seen_as_it_is_now() {
    on_servers(|db| {
        let mut first = people(db);
        let jack = first.get_one::<User>(7).unwrap();
        let mut second = db.session();
        second.query::<User>().filter(user::id.eq(7)).update(user::age.eq(100)).unwrap();
        second.commit().unwrap();
        if db.refuses_changed_rows() {
            assert_matches!(lock_jack(&mut first, Lock::Update), Err(Error::Conflict(_)));
            first.rollback().unwrap();
        }
        assert_eq!(lock_jack(&mut first, Lock::Update).unwrap(), [jack]);
        assert_eq!(first[jack].age, 100, "a locked row is read with its current values");
        first[jack].age += 1;
        first.commit().unwrap();
        assert_eq!(db.rows("users", "id, age")[0], "7|101");
    });
}

#[cfg(feature = "servers")]
#[test]
fn a_lock_waits_for_the_one_who_has_it() {
    use std::time::{Duration, Instant};

    on_servers(|db| {
        let mut first = people(db);
        let jack = lock_jack(&mut first, Lock::Update).unwrap()[0];
        first[jack].age = 1;
        first.flush().unwrap();
        let (ready, is_ready) = std::sync::mpsc::channel();
        let age = std::thread::scope(|scope| {
            let waiting = scope.spawn(move || {
                let mut second = impatient(db);
                second.begin().unwrap();
                ready.send(()).unwrap();
                let since = Instant::now();
                let jack = lock_jack(&mut second, Lock::Update).unwrap()[0];
                (second[jack].age, since.elapsed())
            });
            is_ready.recv().unwrap();
            std::thread::sleep(Duration::from_millis(300));
            first.commit().unwrap();
            let (age, waited) = waiting.join().unwrap();
            assert!(waited > Duration::from_millis(50), "{waited:?}");
            age
        });
        assert_eq!(age, 1, "it reads the values that the other has written");
    });
}

on_one_database! {
    Postgres;
    fn a_refused_lock_is_reported_again_at_the_end_of_a_transaction_that_had_written(db: &TestDb) {
        let mut first = people(db);
        lock_jack(&mut first, Lock::Update).unwrap();
        let mut second = impatient(db);
        second.add(crate::people::person("bob", 3));
        second.flush().unwrap();
        assert_matches!(lock_jack(&mut second, Lock::UpdateNowait), Err(Error::Conflict(_)));
        let lost = second.commit().unwrap_err();
        assert_matches!(&lost, Error::TransactionLost(_));
        assert!(lost.is_retryable(), "{lost}");
        second.commit().unwrap();
        assert_eq!(db.count("users"), 5, "the edits are kept and written by the next flush");
    }
}
