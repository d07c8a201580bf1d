//! Statements that are cancelled from another thread.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_one_database};

use crate::people::{User, people};

on_one_database! {
    Sqlite;
    fn a_handle_that_could_not_cancel_is_refused(db: &TestDb) {
        let mut session = people(db);
        let refused = session.cancel_handle();
        assert_matches!(refused, Err(Error::Configuration(text)) if text.contains("SQLite"));
        assert_eq!(session.query::<User>().count().unwrap(), 4);
    }
}

#[cfg(feature = "servers")]
#[test]
fn a_cancelled_statement_is_an_error_and_the_session_goes_on() {
    use crate::people::{all, user};

    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        TestDb::with(dialect, |db| {
            let mut holder = people(db);
            let [jack, ..] = all(&mut holder);
            holder[jack].age = 1;
            holder.flush().unwrap();

            for pooled in [false, true] {
                let sessions = db.sessions(|options| options.size = 1);
                let mut session = if pooled { sessions.session().unwrap() } else { db.session() };
                let before = session.statements();
                let cancel = session.cancel_handle().unwrap();
                session.cancel_handle().unwrap();
                assert_eq!(session.statements(), before);
                let blocked = std::thread::spawn(move || {
                    let result = session.query::<User>().update(user::age.eq(2));
                    (session, result)
                });
                while !blocked.is_finished() {
                    assert!(cancel.cancel().unwrap());
                    std::thread::sleep(std::time::Duration::from_millis(50));
                }
                let (mut session, result) = blocked.join().unwrap();
                let error = result.unwrap_err();
                let kind = error.database().map(|error| error.kind);
                assert_eq!(kind, Some(DatabaseErrorKind::Cancelled), "{error}");
                assert_eq!(session.query::<User>().count().unwrap(), 4);
                drop(session);
                assert!(!cancel.cancel().unwrap(), "others may have the connection by now");
            }
            holder.rollback().unwrap();
        });
    }
}
