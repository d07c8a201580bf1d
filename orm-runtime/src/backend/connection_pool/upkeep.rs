//! The thread of a pool that closes connections which nobody needs, and keeps some ready.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::pool_settings::PoolSettings;
use crate::error::{Error, Result};

/// The longest time between two looks at the pool.
const LONGEST: Duration = Duration::from_secs(30);
const SHORTEST: Duration = Duration::from_millis(20);

/// The thread that looks after a pool. It ends with the pool.
pub(super) struct Upkeep {
    interval: Duration,
    stopped: Arc<(Mutex<bool>, Condvar)>,
}

/// Returns how often the pool needs upkeep, or `None` if it needs none.
pub(super) fn interval(settings: &PoolSettings) -> Option<Duration> {
    let limits = settings.lifetime.iter().chain(&settings.idle_timeout);
    let shortest = limits.map(|limit| *limit / 2).min();
    match (shortest, settings.min_idle) {
        (None, 0) => None,
        (shortest, _) => Some(shortest.unwrap_or(LONGEST).clamp(SHORTEST, LONGEST)),
    }
}

impl Upkeep {
    pub(super) fn new(interval: Duration) -> Self {
        Upkeep { interval, stopped: Arc::default() }
    }

    /// Starts the thread, which calls a function after each interval, until the function returns
    /// `false`.
    pub(super) fn start(
        &self,
        mut look_after: impl FnMut() -> bool + Send + 'static,
    ) -> Result<()> {
        let (interval, stopped) = (self.interval, Arc::clone(&self.stopped));
        let thread = std::thread::Builder::new().name("orm-pool".to_owned());
        let started = thread.spawn(move || while !wait(&stopped, interval) && look_after() {});
        let failed = |error| Error::Connection(format!("the pool's thread cannot start: {error}"));
        started.map(drop).map_err(failed)
    }

    pub(super) fn stop(&self) {
        let (stopped, changed) = &*self.stopped;
        *stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_all();
    }
}

/// Waits for the interval. Returns `true` if the thread must end.
fn wait((stopped, changed): &(Mutex<bool>, Condvar), interval: Duration) -> bool {
    let guard = stopped.lock().unwrap_or_else(PoisonError::into_inner);
    match changed.wait_timeout_while(guard, interval, |stopped| !*stopped) {
        Ok((stopped, _)) => *stopped,
        Err(poisoned) => *poisoned.into_inner().0,
    }
}
