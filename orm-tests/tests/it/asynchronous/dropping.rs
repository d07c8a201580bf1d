//! Futures that are dropped: at every poll, at every statement, and at random times under load.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;
use std::time::Duration;

use orm_runtime::observe::Event;
use orm_runtime::prelude::*;
use orm_runtime::transaction::TransactionOptions;
use orm_tests::{Random, TestDb, on_all_databases};
use tokio::sync::Notify;

use super::bank::{Account, assert_clean, open_bank, stored, transfer};
use super::{factory, threads};

/// Polls a future at most so often, and drops it.
async fn polled<T>(times: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// What each transfer has to be in the end.
#[derive(Default)]
struct Book {
    stored: Vec<i64>,
    not_stored: Vec<i64>,
    dropped: Vec<i64>,
}

impl Book {
    fn note<T: std::fmt::Debug>(&mut self, tag: i64, result: Option<Result<T>>) {
        match result {
            Some(Ok(_)) => self.stored.push(tag),
            Some(Err(_)) => self.not_stored.push(tag),
            None => self.dropped.push(tag),
        }
    }

    #[track_caller]
    fn check(&self, db: &TestDb) {
        let stored = stored(db);
        for tag in &self.stored {
            assert!(stored.contains(tag), "{tag} was committed and is not stored");
        }
        for tag in &self.not_stored {
            assert!(!stored.contains(tag), "{tag} has failed and is stored");
        }
        for tag in &stored {
            assert!(self.stored.contains(tag) || self.dropped.contains(tag), "{tag}");
        }
    }
}

/// Tells at the n-th statement, and waits until it may go on.
struct Gate {
    left: AtomicU64,
    reached: Notify,
    goes_on: Mutex<Option<mpsc::Receiver<()>>>,
}

impl Gate {
    fn at(statement: u64) -> (Arc<Self>, mpsc::Sender<()>) {
        let (go, goes_on) = mpsc::channel();
        let goes_on = Mutex::new(Some(goes_on));
        (Arc::new(Gate { left: AtomicU64::new(statement), reached: Notify::new(), goes_on }), go)
    }

    fn pass(&self) {
        if self.left.load(Ordering::SeqCst) == 0 || self.left.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        self.reached.notify_one();
        if let Some(goes_on) = self.goes_on.lock().unwrap().take() {
            // An error says that nobody stops it.
            let _ = goes_on.recv_timeout(Duration::from_secs(10));
        }
    }
}

fn observe(session: &mut Session, gate: &Arc<Gate>) {
    let gate = Arc::clone(gate);
    session.observe(move |event: &Event<'_>| {
        if let Event::StatementStarted(_) = event {
            gate.pass();
        }
    });
}

/// Transactions that change settings of the connection where the database has no others.
fn with_settings(factory: &AsyncSessionFactory) -> AsyncSessionFactory {
    let options = TransactionOptions {
        lock_timeout: Some(Duration::from_secs(3)),
        ..TransactionOptions::default()
    };
    factory.configured(|session| session.transaction = options).unwrap()
}

on_all_databases! {
    fn transact_is_dropped_at_every_poll(db: &TestDb) {
        open_bank(db);
        let factory = with_settings(&factory(db, 1));
        let mut book = Book::default();
        threads().block_on(async {
            for busy in [false, true] {
                let mut ended = false;
                for polls in 0..8 {
                    let tag = i64::from(polls) + if busy { 100 } else { 0 };
                    // Without a free connection, the queue is one more place to wait at.
                    let held = if busy { Some(factory.session().await.unwrap()) } else { None };
                    tokio::spawn(async move {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                        drop(held);
                    });
                    let work = factory.transact(move |session| transfer(session, tag));
                    let result = polled(polls, work).await;
                    ended |= result.is_some();
                    book.note(tag, result);
                }
                assert!(ended, "the last ones are polled to their end");
            }
        });
        assert_clean(db, &factory, 1);
        book.check(db);
        assert!(!stored(db).contains(&0), "a future that is not polled does nothing");
    }

    fn every_call_of_a_session_is_dropped_at_every_poll(db: &TestDb) {
        open_bank(db);
        let factory = with_settings(&factory(db, 1));
        threads().block_on(async {
            for call in 0..9 {
                for polls in 0..6 {
                    let Some(session) = polled(polls, factory.session()).await else { continue };
                    let mut session = session.unwrap();
                    let account = session.get_one::<Account>(1).await.unwrap();
                    session[account].balance += 1_000;
                    for polls in 0..6 {
                        let ended = match call {
                            0 => polled(polls, session.get::<Account>(2)).await.is_some(),
                            1 => polled(polls, session.query::<Account>().all()).await.is_some(),
                            2 => polled(polls, session.query::<Account>().count()).await.is_some(),
                            3 => polled(polls, session.flush()).await.is_some(),
                            4 => polled(polls, session.run(move |s| transfer(s, polls.into()))).await.is_some(),
                            5 => polled(polls, session.rollback()).await.is_some(),
                            6 => polled(polls, session.settle()).await.is_some(),
                            7 => polled(polls, session.refresh(&[account])).await.is_some(),
                            _ => polled(polls, session.get_one::<Account>(1)).await.is_some(),
                        };
                        if !ended {
                            session.settle().await.unwrap();
                        }
                        session.query::<Account>().count().await.unwrap();
                    }
                    session.rollback().await.unwrap();
                    assert_eq!(session.query::<Account>().count().await.unwrap(), 2);
                }
            }
        });
        assert_clean(db, &factory, 1);
        assert!(stored(db).is_empty());
    }

    fn transact_is_dropped_at_every_statement(db: &TestDb) {
        open_bank(db);
        let factory = with_settings(&factory(db, 1));
        let mut book = Book::default();
        let reached = threads().block_on(async {
            for statement in 1..60 {
                let (gate, go) = Gate::at(statement);
                let watched = Arc::clone(&gate);
                let tag = i64::try_from(statement).unwrap();
                let work = factory.transact(move |session| {
                    observe(session, &watched);
                    transfer(session, tag)
                });
                let result = tokio::select! {
                    result = work => Some(result),
                    () = gate.reached.notified() => None,
                };
                // The future is dropped by now.
                let _ = go.send(());
                let ended = result.is_some();
                book.note(tag, result);
                assert_clean(db, &factory, 1);
                book.check(db);
                if ended {
                    return statement;
                }
            }
            0
        });
        // BEGIN, two SELECTs, two flushes of two statements with savepoints, a count, COMMIT.
        assert!(reached >= 9, "{reached}");
        let last = book.stored.last().copied();
        assert_eq!(last, i64::try_from(reached).ok(), "without a drop it is stored");
        // What was dropped is stored only if COMMIT was on its way; settings are restored after it.
        let last = i64::try_from(reached).unwrap();
        assert!(stored(db).iter().all(|tag| tag + 4 > last), "{:?} of {last}", stored(db));
    }

    fn a_commit_is_dropped_at_every_statement(db: &TestDb) {
        use orm_runtime::asynchronous::Settled;

        open_bank(db);
        let factory = with_settings(&factory(db, 1));
        threads().block_on(async {
            for statement in 1..60 {
                let tag = i64::try_from(statement).unwrap();
                let (gate, go) = Gate::at(statement);
                let mut session = factory.session().await.unwrap();
                let watched = Arc::clone(&gate);
                let prepared = session.run(move |session| {
                    transfer(session, tag)?;
                    observe(session, &watched);
                    Ok(())
                });
                prepared.await.unwrap();
                let result = tokio::select! {
                    result = session.commit() => Some(result),
                    () = gate.reached.notified() => None,
                };
                let _ = go.send(());
                let Some(result) = result else {
                    let settled = session.settle().await.unwrap();
                    assert_eq!(stored(db).contains(&tag), settled == Settled::Done);
                    drop(session);
                    assert_clean(db, &factory, 1);
                    continue;
                };
                result.unwrap();
                assert!(stored(db).contains(&tag));
                assert!(statement > 1);
                return;
            }
            panic!("the commit never ends");
        });
        assert_clean(db, &factory, 1);
    }

    fn nothing_is_left_by_random_drops_under_load(db: &TestDb) {
        const TASKS: i64 = 120;
        open_bank(db);
        let factory = with_settings(&factory(db, 3));
        let book = Arc::new(Mutex::new(Book::default()));
        threads().block_on(async {
            let tasks: Vec<_> = (0..TASKS)
                .map(|tag| {
                    let (factory, book) = (factory.clone(), Arc::clone(&book));
                    tokio::spawn(async move {
                        let mut random = Random::new(u64::try_from(tag).unwrap());
                        let patience = Duration::from_micros(random.next_u64() % 60_000);
                        let work = factory.retry(20, move |session| transfer(session, tag));
                        let result = tokio::time::timeout(patience, work).await;
                        book.lock().unwrap().note(tag, result.ok());
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
        assert_clean(db, &factory, 3);
        book.lock().unwrap().check(db);
    }
}
