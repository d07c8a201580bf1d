//! Cancelling a statement that runs on another thread.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::any_connection::Inner;
use super::transport::{Transport, on_transport};
use super::{AnyConnection, DatabaseUrl};
use crate::error::Result;

/// How a database cancels a statement of another connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CancelForms {
    /// Reads the server's number of the connection.
    pub(crate) number: &'static str,
    /// Cancels the statement of the connection with this number.
    pub(super) cancel: fn(i64) -> String,
    /// Ends the connection with this number.
    #[cfg(feature = "tokio")]
    pub(super) end: fn(i64) -> String,
}

/// Cancels the statement that a session is running, from any thread:
/// [`Session::cancel_handle`](crate::Session::cancel_handle).
///
/// Clones cancel the same session.
#[derive(Clone)]
pub struct CancelHandle(Arc<Target>);

/// The connection whose statement is cancelled.
struct Target {
    url: DatabaseUrl,
    number: i64,
    forms: CancelForms,
    /// `false` after the session has left the connection, on which others may work by then.
    is_in_use: Mutex<bool>,
    /// A request was sent that the connection may not have noticed yet.
    was_sent: AtomicBool,
}

impl CancelHandle {
    pub(crate) fn new(url: DatabaseUrl, number: i64, forms: CancelForms) -> Self {
        let (is_in_use, was_sent) = (Mutex::new(true), AtomicBool::new(false));
        CancelHandle(Arc::new(Target { url, number, forms, is_in_use, was_sent }))
    }

    /// Asks the server to cancel the statement that the session is running. Returns `false` if the
    /// session has ended or has another connection. Opens a connection, sends one statement over
    /// it, and closes it.
    ///
    /// The server cancels what is running when the request arrives. A statement that has just ended
    /// is not undone, and one that has just begun may be cancelled in its place. The call of the
    /// session returns an error of the kind
    /// [`Cancelled`](crate::error::DatabaseErrorKind::Cancelled).
    ///
    /// # Errors
    /// Returns any error from connecting, and any error of the database, which may not allow it.
    pub fn cancel(&self) -> Result<bool> {
        self.request(self.0.forms.cancel)
    }

    /// Asks the server to end the connection of the session, because it does not heed other
    /// requests. Returns `false` as [`cancel`](Self::cancel) does.
    #[cfg(feature = "tokio")]
    pub(super) fn end_connection(&self) -> Result<bool> {
        self.request(self.0.forms.end)
    }

    fn request(&self, form: fn(i64) -> String) -> Result<bool> {
        let target = &*self.0;
        if !*target.is_in_use.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(false);
        }
        let mut connection = AnyConnection::open_url(&target.url)?;
        let sql = form(target.number);
        // The session cannot return its connection while the request is on its way.
        let is_in_use = target.is_in_use.lock().unwrap_or_else(PoisonError::into_inner);
        if *is_in_use {
            target.was_sent.store(true, Ordering::Release);
            on_transport!(&mut connection.0, c => Transport::batch(c, &sql))?;
        }
        Ok(*is_in_use)
    }

    /// Ends the handle, because the session leaves the connection. Returns `true` if a request was
    /// sent since the last call; the connection may not have noticed it yet.
    pub(crate) fn retire(&self) -> bool {
        *self.0.is_in_use.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.0.was_sent.swap(false, Ordering::AcqRel)
    }

    /// Lets a retired handle cancel again, because the session still has the connection.
    #[cfg(feature = "tokio")]
    pub(super) fn revive(&self) {
        *self.0.is_in_use.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }
}

impl fmt::Debug for CancelHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CancelHandle({:?} {})", self.0.url.dialect, self.0.number)
    }
}
