//! Errors of the program: they pass through transactions, savepoints, listeners and retries
//! unchanged.

use std::error::Error as StdError;
use std::fmt;

use orm_runtime::events::{FlushedRow, SessionListener};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_all_databases};

use crate::people::{User, empty, person};
use crate::retry::busy;

#[derive(Debug, PartialEq)]
struct TooOld(i32);

impl fmt::Display for TooOld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} years is too old", self.0)
    }
}

impl StdError for TooOld {}

/// Refuses users in one of the three calls that can fail.
struct Guard(&'static str);

impl Guard {
    fn check(&self, call: &str) -> Result<()> {
        if self.0 == call { Err(Error::application(TooOld(99))) } else { Ok(()) }
    }
}

impl SessionListener for Guard {
    fn before_flush(&mut self, _: &mut Session) -> Result<()> {
        self.check("before_flush")
    }

    fn after_flush(&mut self, _: &mut Session, _: &[FlushedRow]) -> Result<()> {
        self.check("after_flush")
    }

    fn before_commit(&mut self, _: &mut Session) -> Result<()> {
        self.check("before_commit")
    }
}

fn assert_too_old(error: &Error, years: i32) {
    assert_matches!(error, Error::Application(_));
    assert_eq!(error.downcast_ref(), Some(&TooOld(years)));
    assert_eq!(error.to_string(), format!("{years} years is too old"));
    assert_eq!(error.source().unwrap().downcast_ref(), Some(&TooOld(years)));
    assert!(!error.is_retryable() && !error.is_disconnect() && error.database().is_none());
}

on_all_databases! {
    fn a_closure_refuses_its_work(db: &TestDb) {
        let mut session = empty(db);
        let error = session
            .transaction(|session| {
                session.add(person("ed", 99));
                session.flush()?;
                let inner = session.savepoint(|session| -> Result<()> {
                    session.add(person("jack", 98));
                    session.flush()?;
                    Err(Error::application(TooOld(98)))
                });
                assert_too_old(&inner.unwrap_err(), 98);
                assert_eq!(session.query::<User>().count()?, 1);
                Err::<(), _>(Error::application(TooOld(99)))
            })
            .unwrap_err();
        assert_too_old(&error, 99);
        assert_eq!(db.count("users"), 0);
        let error = session.transaction(|_| Err::<(), _>(Error::application("not today"))).unwrap_err();
        assert_eq!(error.to_string(), "not today");
    }

    fn a_listener_refuses_a_flush_or_a_commit(db: &TestDb) {
        for call in ["before_flush", "after_flush", "before_commit"] {
            let mut session = empty(db);
            session.listen(Guard(call));
            session.add(person("ed", 99));
            assert_too_old(&session.commit().unwrap_err(), 99);
            session.rollback().unwrap();
            let error = session.transaction(|session| Ok(session.add(person("ed", 99)))).unwrap_err();
            assert_too_old(&error, 99);
            assert_eq!(db.count("users"), 0);
        }
    }

    fn work_is_run_again_if_a_conflict_is_the_cause(db: &TestDb) {
        #[derive(Debug)]
        struct Failed(Error);

        impl fmt::Display for Failed {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the booking failed")
            }
        }

        impl StdError for Failed {
            fn source(&self) -> Option<&(dyn StdError + 'static)> {
                Some(&self.0)
            }
        }

        let mut session = empty(db);
        let mut runs = 0;
        session
            .retry(3, |_| {
                runs += 1;
                if runs < 3 { Err(Error::application(Failed(busy()))) } else { Ok(()) }
            })
            .unwrap();
        assert_eq!(runs, 3);
        let mut runs = 0;
        let refused = session.retry(3, |_| {
            runs += 1;
            Err::<(), _>(Error::application(TooOld(99)))
        });
        assert_too_old(&refused.unwrap_err(), 99);
        assert_eq!(runs, 1);
    }
}
