//! Tasks that wait for a connection.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_all_databases};

use super::{factory, one_thread, until};
use crate::people::{User, people};

on_all_databases! {
    fn tasks_and_threads_get_connections_in_the_order_in_which_they_ask(db: &TestDb) {
        drop(people(db));
        let factory = factory(db, 1);
        let held = factory.sessions().session().unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        one_thread().block_on(async {
            let mut tasks = Vec::new();
            let mut threads = Vec::new();
            for n in 0..6 {
                let (waits, noted) = (factory.clone(), Arc::clone(&order));
                if n % 3 == 2 {
                    threads.push(std::thread::spawn(move || {
                        let session = waits.sessions().session().unwrap();
                        noted.lock().unwrap().push(n);
                        drop(session);
                    }));
                } else {
                    let work = waits.transact(move |_| {
                        noted.lock().unwrap().push(n);
                        Ok(())
                    });
                    tasks.push(tokio::spawn(work));
                    tokio::task::yield_now().await;
                }
                until(|| factory.status().waiting == n + 1);
            }
            drop(held);
            for task in tasks {
                task.await.unwrap().unwrap();
            }
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        });
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4, 5]);
    }

    fn many_tasks_wait_without_threads(db: &TestDb) {
        drop(people(db));
        let factory = factory(db, 2);
        // Two threads may block: if waiting needed one, this would never end.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .max_blocking_threads(2)
            .build()
            .unwrap();
        let counts = runtime.block_on(async {
            let work = || factory.transact(|session| session.query::<User>().count());
            let tasks: Vec<_> = (0..40).map(|_| tokio::spawn(work())).collect();
            let mut counts = Vec::new();
            for task in tasks {
                counts.push(task.await.unwrap().unwrap());
            }
            counts
        });
        assert_eq!(counts, [4; 40]);
        assert!(factory.status().opened <= 2);
        assert_eq!(factory.status().in_use, 0, "the connection is back before the result is");
    }

    fn who_waits_in_vain_is_told_who_has_the_connections(db: &TestDb) {
        drop(people(db));
        let sessions = db.sessions(|options| {
            options.size = 1;
            options.timeout = Duration::from_millis(100);
        });
        let factory = AsyncSessionFactory::from(sessions);
        one_thread().block_on(async {
            let session = factory.session().await.unwrap();
            let line = line!() - 1;
            let error = factory.transact(|_| Ok(())).await.unwrap_err();
            assert_matches!(&error, Error::PoolExhausted { in_use: 1, waiting: 0, .. });
            let text = error.to_string();
            let place = format!("queueing.rs:{line} (");
            assert!(text.starts_with("all 1 connections of the pool") && text.contains(&place), "{text}");
            let error = factory.session().await.unwrap_err();
            assert_matches!(&error, Error::PoolExhausted { .. });
            assert_eq!(factory.status().timeouts, 2);

            // A deadline may be shorter than the pool's patience.
            let hasty = factory.with_deadline(Duration::from_millis(5));
            let error = hasty.transact(|_| Ok(())).await.unwrap_err();
            assert_matches!(error, Error::PoolExhausted { waited, .. } if waited.as_millis() < 90);

            drop(session);
            factory.transact(|_| Ok(())).await.unwrap();
        });
    }

    fn who_waits_no_longer_leaves_the_queue(db: &TestDb) {
        drop(people(db));
        let factory = factory(db, 1);
        one_thread().block_on(async {
            let session = factory.session().await.unwrap();
            let mut first = tokio::spawn(factory.transact(|_| Ok(1)));
            let second = tokio::spawn(factory.transact(|_| Ok(2)));
            let waits = tokio::time::timeout(Duration::from_millis(20), &mut first).await;
            assert!(waits.is_err());
            assert_eq!(factory.status().waiting, 2);
            first.abort();
            assert!(first.await.unwrap_err().is_cancelled());
            assert_eq!(factory.status().waiting, 1);
            drop(session);
            assert_eq!(second.await.unwrap().unwrap(), 2);
        });
    }

    fn a_closed_pool_is_an_error_for_those_who_wait(db: &TestDb) {
        drop(people(db));
        let factory = factory(db, 1);
        one_thread().block_on(async {
            let session = factory.session().await.unwrap();
            let waits = tokio::spawn(factory.transact(|_| Ok(1)));
            tokio::task::yield_now().await;
            assert_eq!(factory.status().waiting, 1);
            assert_eq!(factory.sessions().close(Duration::ZERO), 1);
            assert_matches!(waits.await.unwrap(), Err(Error::PoolClosed));
            assert_matches!(factory.session().await, Err(Error::PoolClosed));
            drop(session);
            until(|| factory.status().in_use == 0);
        });
    }
}

#[test]
fn a_factory_opens_by_url() {
    let db = TestDb::create(Dialect::Sqlite).unwrap();
    one_thread().block_on(async {
        let factory = AsyncSessionFactory::open(db.url(), |options| options.size = 1);
        let factory = factory.await.unwrap();
        assert_eq!(factory.sessions().dialect(), Dialect::Sqlite);
        let error = AsyncSessionFactory::open("oracle://me:swordfish@host/db", |_| {}).await;
        let error = error.unwrap_err();
        assert_matches!(&error, Error::Configuration(text) if !text.contains("swordfish"));
    });
}
