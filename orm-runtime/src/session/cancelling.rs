//! What a session does with its connection beyond statements: cancelling, and leaving its pool.

use super::Session;
use super::server::Server;
use crate::backend::CancelHandle;
use crate::error::{Error, Result};

impl Session {
    /// Returns a handle that cancels the statement which the session is running, from another
    /// thread. The cancelled call returns an error of the kind
    /// [`DatabaseErrorKind::Cancelled`](crate::error::DatabaseErrorKind::Cancelled), and the
    /// session stays usable. Sends one SELECT the first time that it is called for a connection,
    /// which does not count as one of the [`statements`](Self::statements).
    ///
    /// A handle belongs to the session's connection: after the session has ended or
    /// [reconnected](Self::reconnect), it cancels nothing.
    ///
    /// ```no_run
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// let mut session = Session::open("postgres://localhost/shop")?;
    /// let cancel = session.cancel_handle()?;
    /// std::thread::spawn(move || {
    ///     std::thread::sleep(std::time::Duration::from_secs(10));
    ///     cancel.cancel()
    /// });
    /// let users = session.query::<User>().all();
    /// # let _ = users;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Returns [`Error::Configuration`] on SQLite, because Diesel does not give access to
    /// `sqlite3_interrupt`, and if neither the session nor its pool was opened by URL; any error of
    /// the database.
    pub fn cancel_handle(&mut self) -> Result<CancelHandle> {
        self.check_connected()?;
        self.at_server(Server::cancel_handle)
    }

    /// Takes the session's connection out of its pool. When the session ends, the connection is
    /// closed instead of returned, so that nothing of it reaches another session. The pool opens
    /// another connection when it needs one. Sends no SQL.
    ///
    /// # Errors
    /// Returns [`Error::Configuration`] if the connection is not one of a
    /// [`SessionFactory`](crate::SessionFactory).
    #[cfg(feature = "pool")]
    pub fn detach_connection(&mut self) -> Result<()> {
        if self.at_server(Server::detach) {
            return Ok(());
        }
        Err(Error::Configuration(
            "the session's connection is not one of a SessionFactory, so there is no pool to \
             detach it from"
                .to_owned(),
        ))
    }
}

impl Server {
    fn cancel_handle(&mut self) -> Result<CancelHandle> {
        if let Some(handle) = self.known_cancel_handle() {
            return Ok(handle);
        }
        let handle = self.new_cancel_handle()?;
        Ok(self.keep_cancel_handle(handle))
    }

    /// Creates a handle. Sends one SELECT, or none if the number of the pool's connection is known.
    pub(super) fn new_cancel_handle(&mut self) -> Result<CancelHandle> {
        let Some(forms) = self.dialect().capabilities().cancels else {
            return Err(Error::Configuration(
                "a running statement of SQLite cannot be cancelled, because Diesel does not give \
                 access to sqlite3_interrupt; limit what the statement reads"
                    .to_owned(),
            ));
        };
        let Some(url) = self.origin() else {
            return Err(Error::Configuration(
                "the session's connection was not opened by URL, and cancelling needs a second \
                 connection; open the session with Session::open() or by a SessionFactory"
                    .to_owned(),
            ));
        };
        if let Some(number) = self.known_number() {
            return Ok(CancelHandle::new(url, number, forms));
        }
        let read = self.connection().read_numbers(forms.number);
        self.connection().count_control(1);
        let (number, _) = read.map_err(|fault| self.fault(fault))?;
        self.keep_number(number);
        Ok(CancelHandle::new(url, number, forms))
    }
}
