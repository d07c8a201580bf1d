//! Transactions that are run again after a conflict with another one.

use orm_runtime::prelude::*;
use orm_runtime::{SessionOptions, error::DatabaseErrorKind, transaction::Retryable};
use orm_tests::{TestDb, assert_matches, on_all_databases, on_one_database};

use crate::people::{User, execute, people, person, user};

/// Returns the error of a conflict.
pub(crate) fn busy() -> Error {
    let error = {
        let db = TestDb::create(Dialect::Sqlite).unwrap();
        let mut first = db.session();
        first.begin().unwrap();
        let options = SessionOptions { busy_timeout_ms: 1, ..SessionOptions::default() };
        db.session_with(options).begin().unwrap_err()
    };
    assert_matches!(error, Error::Conflict(_));
    error
}

on_all_databases! {
    fn work_that_meets_nobody_runs_once(db: &TestDb) {
        let mut session = people(db);
        let mut runs = 0;
        let name = session
            .retry(5, |session| {
                runs += 1;
                let jack = session.get_one::<User>(7)?;
                session[jack].age += 1;
                Ok(session[jack].name.clone())
            })
            .unwrap();
        assert_eq!((runs, &*name), (1, "jack"));
        assert_eq!(db.rows("users", "id, age")[0], "7|48");
        assert!(!session.in_transaction());
    }

    fn a_conflict_is_run_again_from_an_empty_map(db: &TestDb) {
        let mut session = people(db);
        let mut runs = 0;
        session
            .retry(5, |session| {
                runs += 1;
                assert!(session.is_empty(), "objects read by the last run are gone");
                assert!(!session.in_transaction());
                let jack = session.get_one::<User>(7)?;
                session[jack].age += 1;
                session.add(person(format!("run {runs}"), runs));
                session.flush()?;
                if runs < 3 { Err(busy()) } else { Ok(()) }
            })
            .unwrap();
        assert_eq!(runs, 3);
        assert_eq!(db.rows("users", "id, age")[..1], ["7|48"]);
        assert_eq!(db.count("users WHERE name LIKE 'run%'"), 1);
    }

    fn the_last_conflict_is_the_answer(db: &TestDb) {
        let mut session = people(db);
        for attempts in [0, 1, 3] {
            let mut runs = 0;
            let result = session.retry(attempts, |session| {
                runs += 1;
                execute(session, "DELETE FROM users");
                Err::<(), _>(busy())
            });
            assert_matches!(result, Err(Error::Conflict(_)));
            assert_eq!(runs, attempts.max(1));
            assert!(!session.in_transaction());
        }
        assert_eq!(db.count("users"), 4);
    }

    fn nothing_else_is_run_again(db: &TestDb) {
        let mut session = people(db);
        let mut runs = 0;
        let violation = session.retry(5, |session| {
            runs += 1;
            session.add(person("ed", 1));
            session.flush()
        });
        assert!(violation.unwrap_err().is_violation(DatabaseErrorKind::Unique));
        let missing = session.retry(5, |session| {
            runs += 1;
            session.get_one::<User>(99)
        });
        assert_matches!(missing, Err(Error::NotFound { .. }));
        // This is the flush at the end of the work.
        let late = session.retry(5, |session| {
            runs += 1;
            session.add(person("ed", 1));
            Ok(())
        });
        assert!(late.unwrap_err().is_violation(DatabaseErrorKind::Unique));
        assert_eq!(runs, 3);
        assert_eq!(db.count("users"), 4);
    }

    fn work_outside_of_the_closure_is_refused(db: &TestDb) {
        let mut session = people(db);
        session.add(person("bob", 1));
        let again = |session: &mut Session| session.retry(5, |_| Ok(()));
        assert_matches!(again(&mut session), Err(Error::Configuration(_)));
        session.flush().unwrap();
        assert_matches!(again(&mut session), Err(Error::Configuration(_)));
        session.commit().unwrap();
        session.query::<User>().count().unwrap();
        again(&mut session).unwrap();
        let inside = session.transaction(again);
        assert_matches!(inside, Err(Error::Configuration(_)));
        let inside = session.savepoint(again);
        assert_matches!(inside, Err(Error::Configuration(_)));
        session.rollback().unwrap();
        assert_eq!(db.count("users"), 5);
    }

    fn a_program_has_its_own_errors(db: &TestDb) {
        #[derive(Debug)]
        enum Mine {
            Orm(Error),
            Refused,
        }
        impl From<Error> for Mine {
            fn from(error: Error) -> Self {
                Mine::Orm(error)
            }
        }
        impl Retryable for Mine {
            fn is_retryable(&self) -> bool {
                matches!(self, Mine::Orm(error) if error.is_retryable())
            }
        }
        let mut session = people(db);
        let mut runs = 0;
        let result = session.retry_with(5, |session| {
            runs += 1;
            let jack = session.get_one::<User>(7)?;
            session[jack].age = 0;
            if runs == 1 { Err(busy())? }
            Err::<(), _>(Mine::Refused)
        });
        assert_matches!(result, Err(Mine::Refused));
        assert_eq!(runs, 2);

        let mut runs = 0;
        let boxed: Result<(), Box<dyn std::error::Error + Send + Sync>> =
            session.retry_with(2, |_| {
                runs += 1;
                Err(busy().into())
            });
        assert!(boxed.is_err());
        assert_eq!(runs, 2);
        assert_eq!(db.count("users WHERE age = 0"), 0);
    }
}

on_one_database! {
    Sqlite;
    fn a_reader_that_was_overtaken_writes_in_the_second_run(db: &TestDb) {
        let mut session = people(db);
        let mut other = db.session();
        let mut runs = 0;
        session
            .retry(5, |session| {
                runs += 1;
                let jack = session.get_one::<User>(7)?;
                if runs == 1 {
                    other.query::<User>().filter(user::id.eq(7)).update(user::age.eq(100))?;
                    other.commit()?;
                }
                session[jack].age += 1;
                Ok(())
            })
            .unwrap();
        assert_eq!(runs, 2);
        assert_eq!(db.rows("users", "id, age")[0], "7|101", "no change is lost");
        let begun: Vec<String> = session
            .take_log()
            .into_iter()
            .map(|record| record.sql)
            .filter(|sql| sql.starts_with("BEGIN"))
            .collect();
        assert_eq!(begun, ["BEGIN", "BEGIN IMMEDIATE"], "the second attempt takes its lock early");
    }

    fn sessions_that_all_write_lose_nothing(db: &TestDb) {
        drop(people(db));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut session = db.session();
                    for _ in 0..10 {
                        session
                            .retry(50, |session| {
                                let jack = session.get_one::<User>(7)?;
                                session[jack].age += 1;
                                Ok(())
                            })
                            .unwrap();
                    }
                });
            }
        });
        assert_eq!(db.rows("users", "id, age")[0], "7|87");
    }
}

on_one_database! {
    Postgres;
    fn a_serialization_failure_is_run_again(db: &TestDb) {
        let mut session = people(db);
        let mut other = db.session();
        let mut runs = 0;
        session
            .retry(5, |session| {
                runs += 1;
                execute(session, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
                let jack = session.get_one::<User>(7)?;
                if runs == 1 {
                    other.query::<User>().filter(user::id.eq(7)).update(user::age.eq(100))?;
                    other.commit()?;
                }
                session[jack].age += 1;
                let flushed = session.flush();
                if runs == 1 {
                    let error = flushed.as_ref().unwrap_err().database().unwrap();
                    assert_eq!(error.kind, DatabaseErrorKind::Serialization);
                }
                flushed
            })
            .unwrap();
        assert_eq!(runs, 2);
        assert_eq!(db.rows("users", "id, age")[0], "7|101");
    }

    fn a_serialization_failure_at_commit_is_run_again(db: &TestDb) {
        // Each reads what the other writes, so only one order of the two is possible.
        let mut session = people(db);
        let mut other = db.session();
        let mut runs = 0;
        session
            .retry(5, |session| {
                runs += 1;
                execute(session, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
                let many = session.query::<User>().filter(user::age.gt(40)).count()?;
                session.add(person(format!("first {runs}"), 50 + i32::try_from(many).unwrap()));
                session.flush()?;
                if runs == 1 {
                    execute(&mut other, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
                    let many = other.query::<User>().filter(user::age.gt(40)).count()?;
                    other.add(person("second", 50 + i32::try_from(many).unwrap()));
                    other.commit()?;
                }
                Ok(())
            })
            .unwrap();
        assert_eq!(runs, 2);
        assert_eq!(db.count("users WHERE age = 51"), 1);
        assert_eq!(db.count("users WHERE age = 52"), 1);
    }
}

#[cfg(feature = "servers")]
#[test]
fn a_deadlock_is_run_again() {
    use std::sync::Barrier;
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        TestDb::with(dialect, |db| {
            drop(people(db));
            let both_have_one = Barrier::new(2);
            let change = |order: [i64; 2]| {
                let mut session = db.session();
                let mut runs = 0;
                session
                    .retry(5, |session| {
                        runs += 1;
                        for (n, id) in order.into_iter().enumerate() {
                            let query = session.query::<User>().filter(user::id.eq(id));
                            query.update(user::age.eq(user::age + 1))?;
                            if n == 0 && runs == 1 {
                                both_have_one.wait();
                            }
                        }
                        Ok(())
                    })
                    .unwrap();
                runs
            };
            let runs = std::thread::scope(|scope| {
                let first = scope.spawn(|| change([7, 8]));
                let second = scope.spawn(|| change([8, 7]));
                first.join().unwrap() + second.join().unwrap()
            });
            assert_eq!(runs, 3, "one of the two ran again");
            assert_eq!(db.rows("users", "id, age")[..2], ["7|49", "8|27"]);
        });
    }
}
