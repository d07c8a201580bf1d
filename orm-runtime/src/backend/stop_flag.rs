//! Stopping the work of a session from outside: no further statement is sent, the transaction is
//! not committed, and the statement that is running is cancelled.

#[cfg(feature = "tokio")]
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(feature = "tokio")]
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
#[cfg(feature = "tokio")]
use std::time::{Duration, Instant};

use diesel::QueryResult;

#[cfg(feature = "tokio")]
use super::CancelHandle;
use super::Connection;
#[cfg(feature = "tokio")]
use crate::error::{Error, StopReason};

/// How often a statement is cancelled before the connection is ended: for a second and a half.
#[cfg(feature = "tokio")]
const CANCELS: u32 = 6;

/// Says whether the work of a session must stop. The thread that works looks at it before each
/// statement and before COMMIT, and others set it.
#[cfg(feature = "tokio")]
pub(crate) struct StopFlag {
    reason: OnceLock<StopReason>,
    deadline: Option<Instant>,
    /// Cancels the statement that is running, if the database can.
    cancel: Mutex<Option<CancelHandle>>,
    cancels: AtomicBool,
}

#[cfg(feature = "tokio")]
impl StopFlag {
    pub(crate) fn new(deadline: Option<Instant>) -> Self {
        StopFlag {
            reason: OnceLock::new(),
            deadline,
            cancel: Mutex::default(),
            cancels: AtomicBool::new(false),
        }
    }

    /// Returns why the work must stop, or `None` if it may go on.
    pub(crate) fn reason(&self) -> Option<StopReason> {
        let reason = self.reason.get().copied();
        reason.or_else(|| {
            let deadline = self.deadline?;
            (Instant::now() >= deadline).then(|| *self.reason.get_or_init(|| StopReason::Deadline))
        })
    }

    /// Stops the work. A thread cancels the statement that is running, so that nobody waits here.
    pub(crate) fn stop(&self, reason: StopReason) {
        self.reason.get_or_init(|| reason);
        if self.cancels.swap(true, Ordering::AcqRel) {
            return;
        }
        if let Some(handle) = self.handle() {
            let thread = std::thread::Builder::new().name("orm-cancel".to_owned());
            // Without the thread the statement ends by itself, and nothing follows it.
            let _ = thread.spawn(move || keep_cancelling(&handle));
        }
    }

    /// Sets what cancels the statements of the session's connection.
    pub(crate) fn arm(&self, handle: Option<CancelHandle>) {
        *self.cancel.lock().unwrap_or_else(PoisonError::into_inner) = handle;
    }

    fn handle(&self) -> Option<CancelHandle> {
        self.cancel.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Cancels until the work has ended. The first request may be too early: the statement was checked
/// and has not reached the server. And it may be in vain: MariaDB can lose the answer to a
/// statement that is killed at a bad moment, and then the session waits as long as it is connected.
#[cfg(feature = "tokio")]
fn keep_cancelling(handle: &CancelHandle) {
    let mut pause = Duration::from_millis(25);
    for _ in 0..CANCELS {
        if let Ok(false) = handle.cancel() {
            return;
        }
        std::thread::sleep(pause);
        pause *= 2;
    }
    // If this fails, the statement ends by itself or not at all, as it would without a flag.
    let _ = handle.end_connection();
}

#[cfg(feature = "tokio")]
impl Connection {
    /// Makes the session obey a flag, or none.
    pub(crate) fn obey(&mut self, flag: Option<Arc<StopFlag>>) {
        self.end_requests();
        self.stop = flag;
    }

    /// Returns the flag that the session obeys.
    pub(crate) fn obeyed(&self) -> Option<&Arc<StopFlag>> {
        self.stop.as_ref()
    }
}

impl Connection {
    /// Returns an error if the session must not send another statement, or commit.
    #[inline]
    pub(crate) fn may_send(&self) -> QueryResult<()> {
        #[cfg(feature = "tokio")]
        if let Some(reason) = self.stop.as_ref().and_then(|flag| flag.reason()) {
            return Err(diesel::result::Error::QueryBuilderError(Box::new(Error::Stopped(reason))));
        }
        Ok(())
    }

    /// Keeps requests that cancel away from the next statement, which ends a transaction.
    pub(crate) fn hold_cancels(&mut self) {
        #[cfg(feature = "tokio")]
        if let Some(handle) = self.stop.as_ref().and_then(|flag| flag.handle())
            && handle.retire()
        {
            self.notice_cancel();
        }
    }

    /// Ends the requests of the flag that cancel statements of this connection.
    pub(crate) fn end_requests(&mut self) {
        self.hold_cancels();
        #[cfg(feature = "tokio")]
        if let Some(flag) = &self.stop {
            flag.arm(None);
        }
    }

    /// Lets requests that cancel through again.
    pub(super) fn resume_cancels(&mut self) {
        #[cfg(feature = "tokio")]
        if let Some(flag) = &self.stop
            && flag.reason().is_none()
            && let Some(handle) = flag.handle()
        {
            handle.revive();
        }
    }

    /// Sends a statement that does nothing, for a request that may still be on its way.
    pub(crate) fn notice_cancel(&mut self) {
        let _asking = self.asking();
        let _ = self.batch("SELECT 1");
        self.count_control(1);
    }
}
