//! What a future and the thread that works for it share.

use std::future::poll_fn;
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::backend::{PoolPlace, StopFlag};
use crate::error::{Error, Result, StopReason};
use crate::session::server::Server;
use crate::session::{Session, SessionFactory};

/// Work that a future waits for. If the future is dropped, the work stops.
pub(super) struct Awaited {
    flag: Arc<StopFlag>,
    deadline: Option<Instant>,
    has_ended: bool,
}

impl Awaited {
    /// Begins work that must end within a limit.
    pub(super) fn new(limit: Option<Duration>) -> Self {
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        Awaited { flag: Arc::new(StopFlag::new(deadline)), deadline, has_ended: false }
    }

    /// Returns the flag that the session of the work obeys.
    pub(super) fn flag(&self) -> Arc<StopFlag> {
        Arc::clone(&self.flag)
    }

    /// Waits for a place in the pool.
    pub(super) async fn place(
        &self,
        sessions: &SessionFactory,
        caller: &'static Location<'static>,
    ) -> Result<Box<dyn PoolPlace>> {
        let mut queue = sessions.queue(caller);
        let left = self.deadline.map(|at| at.saturating_duration_since(Instant::now()));
        let patience = queue.patience().min(left.unwrap_or(Duration::MAX));
        let turn = tokio::time::timeout(patience, poll_fn(|context| queue.poll(context))).await;
        turn.unwrap_or_else(|_| Err(queue.give_up()))
    }

    /// Waits for the answer of the thread. After the deadline the work is stopped, and the answer
    /// says what was stored. Returns `None` if there is no answer.
    pub(super) async fn answer<A>(&mut self, arrives: &mut oneshot::Receiver<A>) -> Option<A> {
        let mut answer = None;
        if let Some(deadline) = self.deadline {
            match tokio::time::timeout_at(deadline.into(), &mut *arrives).await {
                Ok(arrived) => answer = Some(arrived.ok()),
                Err(_) => self.flag.stop(StopReason::Deadline),
            }
        }
        let answer = match answer {
            Some(answer) => answer,
            None => arrives.await.ok(),
        };
        self.has_ended = true;
        answer
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        if !self.has_ended {
            self.flag.stop(StopReason::Dropped);
        }
    }
}

/// Returns the error of work that has no answer.
pub(super) fn unanswered() -> Error {
    Error::Stopped(StopReason::Shutdown)
}

impl Session {
    /// Makes the session stop when a flag says so. Sends one SELECT for a connection of which the
    /// server's number is not known.
    pub(super) fn obey(&mut self, flag: &Arc<StopFlag>) -> Result<()> {
        if let Some(reason) = flag.reason() {
            return Err(Error::Stopped(reason));
        }
        if self.dialect().capabilities().cancels.is_some() {
            match self.at_server(Server::new_cancel_handle) {
                Ok(handle) => flag.arm(Some(handle)),
                // The connection was not opened by URL.
                Err(Error::Configuration(_)) => {}
                Err(error) => return Err(error),
            }
        }
        self.sender().obey(Some(Arc::clone(flag)));
        Ok(())
    }

    /// Makes the session obey no flag.
    pub(super) fn obey_nothing(&mut self) {
        self.sender().obey(None);
    }
}
