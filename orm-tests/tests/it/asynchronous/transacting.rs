//! Units of work that are awaited.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use orm_runtime::error::StopReason;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_all_databases};

use super::bank::{assert_clean, open_bank, stored, transfer};
use super::{factory, one_thread, threads, until};
use crate::people::{User, people, person, user};
use crate::retry::busy;

fn assert_send<T: Send>(value: T) -> T {
    value
}

on_all_databases! {
    fn work_is_committed_before_its_result_is_there(db: &TestDb) {
        drop(people(db));
        let factory = factory(db, 1);
        let id = one_thread().block_on(assert_send(factory.transact(|session| {
            let bob = session.add(person("bob", 1));
            session.flush()?;
            Ok(session[bob].id.get())
        })));
        assert_eq!(id.unwrap(), Some(11));
        assert_eq!(db.count("users"), 5);
        assert_eq!(factory.status().in_use, 0);
    }

    fn an_error_rolls_back(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 1);
        #[derive(Debug)]
        struct Mine(String);
        impl From<Error> for Mine {
            fn from(error: Error) -> Self {
                Mine(error.to_string())
            }
        }
        one_thread().block_on(async {
            let error = factory
                .transact(|session| {
                    transfer(session, 1)?;
                    Err::<(), _>(Error::application("no"))
                })
                .await
                .unwrap_err();
            assert_matches!(error, Error::Application(_));
            let error = factory.transact_with(|session| {
                transfer(session, 2)?;
                Err::<(), _>(Mine("no".to_owned()))
            });
            assert_eq!(error.await.unwrap_err().0, "no");
            let late = factory.transact(|session| {
                session.add(super::bank::Account { id: 1, balance: 9 });
                Ok(())
            });
            assert!(late.await.unwrap_err().is_violation(DatabaseErrorKind::Unique));
        });
        assert!(stored(db).is_empty());
        assert_clean(db, &factory, 1);
    }

    fn a_conflict_is_run_again(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 1);
        let runs = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&runs);
        one_thread().block_on(async {
            let work = factory.retry(5, move |session| {
                transfer(session, 1)?;
                if seen.fetch_add(1, Ordering::SeqCst) < 2 { Err(busy()) } else { Ok(()) }
            });
            work.await.unwrap();
            let last = factory.retry_with(2, |_| Err::<(), _>(busy()));
            assert_matches!(last.await, Err(Error::Conflict(_)));
        });
        assert_eq!(runs.load(Ordering::SeqCst), 3);
        assert_eq!(stored(db), [1]);
        assert_clean(db, &factory, 1);
    }

    fn a_panic_is_resumed_and_its_connection_replaced(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 1);
        let runtime = one_thread();
        let work = factory.transact::<(), _>(|session| {
            transfer(session, 1)?;
            std::panic::resume_unwind(Box::new("a panic of the program's"));
        });
        let panicked = runtime.block_on(async { tokio::spawn(work).await.unwrap_err() });
        let panic = panicked.into_panic();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"a panic of the program's"));
        assert!(stored(db).is_empty());
        assert_clean(db, &factory, 1);
    }

    fn a_dropped_future_stops_its_work_before_the_next_statement(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 1);
        let (told, hears) = mpsc::channel();
        let (go, goes) = mpsc::channel::<()>();
        threads().block_on(async {
            let work = factory.transact(move |session| {
                transfer(session, 1)?;
                told.send(None).unwrap();
                goes.recv().unwrap();
                let error = session.query::<super::bank::Account>().all().unwrap_err();
                told.send(Some(error.to_string())).unwrap();
                Ok(()) // it is not committed even so
            });
            let task = tokio::spawn(work);
            assert_eq!(hears.recv().unwrap(), None);
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
            assert_eq!(factory.status().in_use, 1, "the thread has not ended");
            go.send(()).unwrap();
            let error = hears.recv().unwrap().unwrap();
            let why = "the work was stopped because nobody waits for its result any more";
            assert!(error.starts_with(why), "{error}");
        });
        assert_clean(db, &factory, 1);
        assert!(stored(db).is_empty());
    }

    fn work_that_sends_nothing_more_is_not_committed_either(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 1);
        let (told, hears) = mpsc::channel();
        let (go, goes) = mpsc::channel::<()>();
        threads().block_on(async {
            let work = factory.transact(move |session| {
                transfer(session, 1)?;
                told.send(()).unwrap();
                goes.recv().unwrap();
                Ok(())
            });
            let task = tokio::spawn(work);
            hears.recv().unwrap();
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
            go.send(()).unwrap();
        });
        assert_clean(db, &factory, 1);
        assert!(stored(db).is_empty());
    }

    fn a_deadline_ends_work_and_says_what_was_stored(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 1);
        one_thread().block_on(async {
            let hasty = factory.with_deadline(Duration::from_millis(100));
            let error = hasty
                .transact(|session| {
                    transfer(session, 1)?;
                    std::thread::sleep(Duration::from_millis(150));
                    Ok(())
                })
                .await
                .unwrap_err();
            assert_matches!(&error, Error::Stopped(StopReason::Deadline));
            assert!(error.to_string().contains("its deadline has passed"), "{error}");
            let patient = factory.with_deadline(Duration::from_secs(60));
            patient.transact(|session| transfer(session, 2)).await.unwrap();
        });
        assert_eq!(stored(db), [2]);
        assert_clean(db, &factory, 1);
    }

    fn a_retry_ends_when_its_work_is_stopped(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 1);
        let runs = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&runs);
        let hasty = factory.with_deadline(Duration::from_millis(200));
        let result = one_thread().block_on(hasty.retry(u32::MAX, move |session| {
            seen.fetch_add(1, Ordering::SeqCst);
            transfer(session, 1)?;
            Err::<(), _>(busy())
        }));
        assert_matches!(result, Err(Error::Stopped(StopReason::Deadline)));
        assert!(runs.load(Ordering::SeqCst) > 1);
        assert!(stored(db).is_empty());
        assert_clean(db, &factory, 1);
    }

    fn select_takes_what_comes_first(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 2);
        one_thread().block_on(async {
            let slow = factory.transact(|session| {
                transfer(session, 1)?;
                std::thread::sleep(Duration::from_millis(150));
                Ok("slow")
            });
            let fast = async {
                tokio::time::sleep(Duration::from_millis(30)).await;
                Ok("fast")
            };
            let first: Result<&str> = tokio::select! {
                slow = slow => slow,
                fast = fast => fast,
            };
            assert_eq!(first.unwrap(), "fast");
        });
        assert_clean(db, &factory, 2);
        assert!(stored(db).is_empty());
    }

    fn a_session_that_connects_again_obeys_as_before(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 2);
        let sessions = factory.sessions().clone();
        let hasty = factory.with_deadline(Duration::from_millis(100));
        let late = one_thread().block_on(hasty.transact(move |session| {
            session.reconnect_with(sessions.connection()?);
            transfer(session, 1)?;
            std::thread::sleep(Duration::from_millis(150));
            Ok(())
        }));
        assert_matches!(late, Err(Error::Stopped(StopReason::Deadline)));
        assert!(stored(db).is_empty());
        assert_clean(db, &factory, 2);
    }

    fn observers_see_the_place_in_the_program(db: &TestDb) {
        use orm_runtime::observe::Event;

        drop(people(db));
        let places = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&places);
        let sessions = db.sessions(|options| {
            options.observe(move |event: &Event<'_>| {
                if let Event::StatementStarted(statement) = event
                    && let Some(place) = statement.origin.place
                {
                    let first = statement.sql.split_whitespace().next().unwrap().to_owned();
                    seen.lock().unwrap().push((first, place.line()));
                    assert!(place.file().ends_with("transacting.rs"), "{place}");
                }
            });
        });
        let factory = AsyncSessionFactory::from(sessions);
        let line = line!();
        one_thread().block_on(async {
            factory.transact(|session| session.query::<User>().count()).await.unwrap();
            factory.retry(1, |session| session.query::<User>().count()).await.unwrap();
            let mut session = factory.session().await.unwrap();
            session.query::<User>().count().await.unwrap();
            session.commit().await.unwrap();
        });
        let lines = |word: &str| -> Vec<u32> {
            let places = places.lock().unwrap();
            places.iter().filter(|(first, _)| first == word).map(|(_, at)| at - line).collect()
        };
        assert_eq!(lines("SELECT"), [2, 3, 5]);
        assert_eq!(lines("COMMIT"), [2, 3, 6]);
    }

    fn a_runtime_that_shuts_down_leaves_nothing_half_done(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 2);
        let begun = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&begun);
        let runtime = threads();
        runtime.spawn(factory.transact(move |session| {
            transfer(session, 1)?;
            seen.store(true, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(50));
            transfer(session, 2)
        }));
        until(|| begun.load(Ordering::SeqCst));
        runtime.shutdown_background();
        assert_clean(db, &factory, 2);
        assert!(stored(db).is_empty());
    }

    fn a_session_does_not_obey_the_work_before_it(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 1);
        one_thread().block_on(async {
            for tag in 0..5 {
                let dropped = factory.transact(move |session| transfer(session, -1 - tag));
                let _ = tokio::time::timeout(Duration::from_micros(200), dropped).await;
                factory.transact(move |session| transfer(session, tag)).await.unwrap();
            }
        });
        assert_clean(db, &factory, 1);
        let stored: Vec<i64> = stored(db).into_iter().filter(|tag| *tag >= 0).collect();
        assert_eq!(stored, [0, 1, 2, 3, 4]);
    }
}

#[cfg(feature = "servers")]
#[test]
fn a_statement_that_runs_is_cancelled() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        TestDb::with(dialect, |db| {
            let mut holder = people(db);
            holder.query::<User>().update(user::age.eq(1)).unwrap();
            let factory = factory(db, 1);
            let blocked = || {
                let work = |session: &mut Session| session.query::<User>().update(user::age.eq(2));
                factory.transact(work)
            };
            one_thread().block_on(async {
                // The locks are waited for five seconds and more.
                let since = Instant::now();
                let hasty = factory.with_deadline(Duration::from_millis(100));
                let late = hasty.transact(|session| {
                    session.query::<User>().update(user::age.eq(2)).map(|_| ())
                });
                assert_matches!(late.await, Err(Error::Stopped(StopReason::Deadline)));
                let dropped = tokio::time::timeout(Duration::from_millis(100), blocked()).await;
                assert!(dropped.is_err());
                factory.transact(|session| session.query::<User>().count()).await.unwrap();
                let waited = since.elapsed();
                assert!(waited < Duration::from_secs(3), "{waited:?}");
            });
            holder.rollback().unwrap();
            assert_eq!(db.count("users WHERE age = 2"), 0);
            assert_eq!(factory.status().opened, 1, "the connection is still the same");
        });
    }
}

#[test]
fn a_long_read_stops_where_a_statement_cannot_be_cancelled() {
    let db = TestDb::create(Dialect::Sqlite).unwrap();
    drop(people(&db));
    let factory = factory(&db, 1);
    let hasty = factory.with_deadline(Duration::from_millis(100));
    let since = Instant::now();
    let endless = one_thread().block_on(hasty.transact(|session| {
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                       SELECT 7 AS id, 'jack' AS name, NULL AS fullname, 47 AS age FROM n";
        let rows = session.load_query::<User>(diesel::sql_query(endless));
        rows.map(|_| ())
    }));
    assert_matches!(endless, Err(Error::Stopped(StopReason::Deadline)));
    assert!(since.elapsed() < Duration::from_secs(5));
}
