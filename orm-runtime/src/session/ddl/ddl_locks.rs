//! How long statements of the schema wait for locks, and which connections hold them.

use crate::error::{DatabaseErrorKind, Error, Result};
use crate::session::Session;

impl Session {
    /// Limits how long the following statements of the schema wait for a lock, on PostgreSQL until
    /// the end of the transaction. SQLite keeps its usual timeout.
    pub(in crate::session) fn limit_lock_wait(&mut self) -> Result<()> {
        let Some(locks) = self.dialect().capabilities().ddl_locks else { return Ok(()) };
        self.send_setting(&(locks.limit)(self.options().ddl_lock_timeout_ms))
    }

    /// Restores the usual lock timeout.
    pub(in crate::session) fn unlimit_lock_wait(&mut self) -> Result<()> {
        let locks = self.dialect().capabilities().ddl_locks;
        match locks.and_then(|locks| locks.put_back) {
            Some(put_back) => self.send_setting(put_back),
            None => Ok(()),
        }
    }

    /// Sends a statement that returns no rows, unchanged.
    pub(in crate::session) fn send_setting(&mut self, sql: &str) -> Result<()> {
        self.sender().batch(sql).map_err(|error| self.statement_failed(error))
    }

    /// Adds the holders of the locks to the error of a lock that could not be acquired. The
    /// transaction is over.
    pub(in crate::session) fn with_lock_holders(&mut self, error: Error) -> Error {
        let Error::Conflict(mut conflict) = error else { return error };
        if conflict.kind == DatabaseErrorKind::Busy
            && let Some(holders) = self.lock_holders()
        {
            conflict.message = format!("{}; {holders}", conflict.message.trim_end_matches('.'));
        }
        Error::Conflict(conflict)
    }

    fn lock_holders(&mut self) -> Option<String> {
        let locks = self.dialect().capabilities().ddl_locks?;
        let rows =
            self.read_texts(locks.holders).and_then(|rows| self.release_if_read().map(|()| rows));
        let Ok(rows) = rows else { return Some(locks.hidden.to_owned()) };
        if rows.is_empty() {
            return Some("the lock has been released by now".to_owned());
        }
        let holders: Vec<String> = rows.into_iter().map(|row| holder(&row)).collect();
        Some(format!("locks are held by {}", holders.join(" and ")))
    }
}

/// Returns a description of a lock holder, from a row of the database.
fn holder(row: &[Option<String>]) -> String {
    let text = |place: usize| row.get(place).and_then(Option::as_deref);
    let mut words = text(0).unwrap_or("another connection").to_owned();
    if let Some(application) = text(1) {
        words.push_str(&format!(" of {application}"));
    }
    if let (Some(state), Some(seconds)) = (text(2), text(3)) {
        words.push_str(&format!(" ({state}, its transaction began {seconds} s ago)"));
    }
    if let Some(tables) = text(4) {
        words.push_str(&format!(" on {tables}"));
    }
    words
}
