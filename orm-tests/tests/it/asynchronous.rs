//! Sessions in asynchronous code: units of work that are awaited, and futures that are dropped.

mod bank;
mod dropping;
mod queueing;
mod streaming;
mod transacting;
mod travelling;

use std::time::{Duration, Instant};

use orm_runtime::asynchronous::AsyncSessionFactory;
use orm_tests::TestDb;
use tokio::runtime::{Builder, Runtime};

/// A runtime of one thread, with as many threads for blocking work as a test has connections.
fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_time().max_blocking_threads(4).build().unwrap()
}

/// A runtime of several threads.
fn threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap()
}

fn factory(db: &TestDb, size: u32) -> AsyncSessionFactory {
    AsyncSessionFactory::from(db.sessions(|options| options.size = size))
}

/// Waits until something is as it must be.
#[track_caller]
fn until(what: impl Fn() -> bool) {
    let since = Instant::now();
    while !what() {
        assert!(since.elapsed() < Duration::from_secs(10), "it does not come to that");
        std::thread::sleep(Duration::from_millis(1));
    }
}
