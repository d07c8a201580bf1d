//! Transactions that the program owns, for all sessions of a factory.

use orm_runtime::prelude::*;
use orm_runtime::transaction::Isolation;
use orm_tests::{TestDb, assert_matches, on_all_databases};

use crate::people::{User, execute, people, person};

fn sign_up(sessions: &SessionFactory, name: &str) -> Result<()> {
    sessions.session()?.transaction(|session| {
        session.add(person(name, 1));
        Ok(())
    })
}

on_all_databases! {
    fn sessions_commit_to_the_transaction_of_the_program(db: &TestDb) {
        drop(people(db));
        let sessions = db.sessions(|options| options.size = 2);
        let outer = sessions.begin_outer().unwrap();
        sign_up(outer.sessions(), "bob").unwrap();
        assert_matches!(sign_up(outer.sessions(), "bob"), Err(Error::Constraint(_)));
        sign_up(outer.sessions(), "cy").unwrap();
        let mut session = outer.sessions().session().unwrap();
        assert_eq!(session.query::<User>().count().unwrap(), 6);
        session.add(person("dee", 1));
        session.flush().unwrap();
        drop(session);
        assert_eq!(db.count("users"), 4, "nothing is stored yet");
        let inner = outer.sessions().clone();
        outer.commit().unwrap();
        assert_eq!(db.count("users"), 6);
        assert_matches!(inner.session(), Err(Error::PoolClosed));
        // The connection is back in its pool.
        assert_eq!((sessions.status().in_use, sessions.status().idle), (0, 1));
        sign_up(&sessions, "ed2").unwrap();
        assert_eq!(db.count("users"), 7);
    }

    fn a_rollback_leaves_nothing(db: &TestDb) {
        drop(people(db));
        let sessions = db.sessions(|options| options.size = 1);
        for by_drop in [false, true] {
            let outer = sessions.begin_outer().unwrap();
            sign_up(outer.sessions(), "bob").unwrap();
            if by_drop { drop(outer) } else { outer.rollback().unwrap() }
            assert_eq!(db.count("users"), 4);
        }
        sign_up(&sessions, "bob").unwrap();
        assert_eq!(db.count("users"), 5);
    }

    fn a_session_that_is_still_there_keeps_the_program_from_committing(db: &TestDb) {
        drop(people(db));
        let sessions = db.sessions(|options| options.size = 1);
        let outer = sessions.begin_outer().unwrap();
        let mut session = outer.sessions().session().unwrap();
        session.add(person("bob", 1));
        session.commit().unwrap();
        let error = outer.commit().unwrap_err();
        assert_matches!(&error, Error::Configuration(text) if text.contains("still in"));
        drop(session);
        sign_up(&sessions, "cy").unwrap();
        assert_eq!(db.count("users"), 5, "only the last");
    }

    fn a_transaction_that_was_ended_inside_is_not_reported_as_stored(db: &TestDb) {
        drop(people(db));
        let sessions = db.sessions(|options| options.size = 1);
        let outer = sessions.begin_outer().unwrap();
        sign_up(outer.sessions(), "bob").unwrap();
        let mut session = outer.sessions().session().unwrap();
        execute(&mut session, "ROLLBACK");
        drop(session);
        assert_matches!(outer.commit(), Err(Error::TransactionLost(_)));
        assert_eq!(db.count("users"), 4);
        sign_up(&sessions, "cy").unwrap();
    }

    fn the_options_are_those_of_the_whole(db: &TestDb) {
        drop(people(db));
        let sessions = db.sessions(|options| {
            options.size = 1;
            options.session.transaction = Isolation::Serializable.into();
        });
        let outer = sessions.begin_outer().unwrap();
        sign_up(outer.sessions(), "bob").unwrap();
        let late = outer.sessions().session().unwrap().transaction_as(
            Isolation::Serializable,
            |session| session.query::<User>().count(),
        );
        assert_matches!(late, Err(Error::Configuration(text)) if text.contains("outside"));
        outer.commit().unwrap();
        assert_eq!(db.count("users"), 5);
    }
}
