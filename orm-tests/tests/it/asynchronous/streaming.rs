//! Results that arrive while their work runs.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use futures_core::Stream;
use orm_runtime::error::StopReason;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_all_databases};

use super::bank::{Entry, assert_clean, entry, open_bank, stored, transfer};
use super::{factory, one_thread, threads};

async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await
}

/// Stores some transfers.
fn fill(db: &TestDb, transfers: i64) {
    open_bank(db);
    let mut session = db.session();
    (0..transfers).for_each(|tag| transfer(&mut session, tag).unwrap());
    session.commit().unwrap();
}

fn tags(session: &mut Session, each: impl Fn(Vec<i64>) -> Result<()>) -> Result<()> {
    session.query::<Entry>().filter(entry::account_id.eq(2)).batches(5, |session, entries| {
        each(entries.iter().map(|entry| session[*entry].tag).collect())
    })
}

on_all_databases! {
    fn all_results_arrive_in_order_and_the_work_is_not_ahead(db: &TestDb) {
        fill(db, 23);
        let factory = factory(db, 1);
        let sent = Arc::new(AtomicUsize::new(0));
        let counts = Arc::clone(&sent);
        one_thread().block_on(async {
            let mut stream = factory.stream(1, move |session, results| {
                tags(session, |tags| {
                    results.send(tags)?;
                    counts.fetch_add(1, Ordering::SeqCst);
                    Ok(())
                })
            });
            let mut all = Vec::new();
            let mut read = 0;
            while let Some(tags) = next(&mut stream).await {
                all.extend(tags.unwrap());
                read += 1;
                tokio::time::sleep(Duration::from_millis(5)).await;
                let sent = sent.load(Ordering::SeqCst);
                assert!(sent <= read + 1, "{sent} were sent and {read} read");
            }
            assert_eq!(all, (0..23).collect::<Vec<i64>>());
            assert!(next(&mut stream).await.is_none(), "it has ended");
        });
        assert_clean(db, &factory, 1);
    }

    fn an_error_is_the_last_item_and_nothing_is_committed(db: &TestDb) {
        fill(db, 2);
        let factory = factory(db, 1);
        one_thread().block_on(async {
            let mut stream = factory.stream(4, |session, results| {
                transfer(session, 7)?;
                results.send(1)?;
                Err(Error::application("no"))
            });
            assert_matches!(next(&mut stream).await, Some(Ok(1)));
            assert_matches!(next(&mut stream).await, Some(Err(Error::Application(_))));
            assert!(next(&mut stream).await.is_none());
        });
        assert_eq!(stored(db), [0, 1]);
        assert_clean(db, &factory, 1);
    }

    fn a_stream_commits_after_its_last_result(db: &TestDb) {
        fill(db, 0);
        let factory = factory(db, 1);
        threads().block_on(async {
            let mut stream = factory.stream(1, |session, results| {
                transfer(session, 1)?;
                (0..3).try_for_each(|n| results.send(n))
            });
            for n in 0..3 {
                assert_eq!(next(&mut stream).await.unwrap().unwrap(), n);
            }
            assert!(next(&mut stream).await.is_none());
        });
        assert_eq!(stored(db), [1]);
    }

    fn a_stream_is_dropped_at_every_item_and_every_poll(db: &TestDb) {
        fill(db, 12);
        let factory = factory(db, 1);
        threads().block_on(async {
            for items in 0..5 {
                for polls in 0..4 {
                    let mut stream = factory.stream(1, |session, results| {
                        transfer(session, 99)?;
                        tags(session, |tags| results.send(tags))?;
                        std::thread::sleep(Duration::from_millis(20));
                        Ok(())
                    });
                    for _ in 0..items {
                        next(&mut stream).await;
                    }
                    let mut left = polls;
                    poll_fn(|context| {
                        if left == 0 || Pin::new(&mut stream).poll_next(context).is_ready() {
                            return Poll::Ready(());
                        }
                        left -= 1;
                        if left == 0 { Poll::Ready(()) } else { Poll::Pending }
                    })
                    .await;
                    drop(stream);
                    assert_clean(db, &factory, 1);
                    // Items, then the end: only the last ones can have been committed.
                    if items < 3 {
                        assert_eq!(stored(db), (0..12).collect::<Vec<i64>>(), "{items} {polls}");
                    } else {
                        db.execute("DELETE FROM entries WHERE tag = 99");
                        db.execute("UPDATE accounts SET balance = 24 * id - 36");
                    }
                }
            }
        });
    }

    fn who_sends_to_a_dropped_stream_is_told(db: &TestDb) {
        fill(db, 0);
        let factory = factory(db, 1);
        let (told, hears) = std::sync::mpsc::channel();
        threads().block_on(async {
            let mut stream = factory.stream(1, move |_, results| {
                let error = (0..100).try_for_each(|n| results.send(n)).unwrap_err();
                told.send(error).unwrap();
                Ok(())
            });
            next(&mut stream).await.unwrap().unwrap();
            drop(stream);
            assert_matches!(hears.recv().unwrap(), Error::Stopped(StopReason::Dropped));
        });
        assert_clean(db, &factory, 1);
    }
}
