//! The parts of a session. The fields of `Session` are named in this file alone, and the fields of
//! each part in the part's own file.

use std::fmt;
use std::ops::{Deref, Index, IndexMut};

use super::listeners::Listeners;
use super::options::SessionOptions;
use super::server::{Begins, Outcome, Server};
use crate::backend::{Connection, ConnectionChange, Dialect};
use crate::handle::Handle;
use crate::map::IdentityMap;
use crate::mapping::{Entity, Writable};

/// The unit of work: objects of a database, their pending changes, and the transaction.
///
/// Every method that can send SQL takes `&mut Session` and returns a [`Result`]. A session
/// dereferences to its [`IdentityMap`], which gives access to the objects: `session[handle].name`
/// reads a field.
///
/// A transaction begins by itself with the first statement and ends with [`commit`](Self::commit)
/// or [`rollback`](Self::rollback). Dropping the session rolls back.
///
/// ```
/// use orm_runtime::prelude::*;
///
/// #[derive(Entity)]
/// struct User {
///     id: Auto<i64>,
///     name: String,
/// }
///
/// # fn main() -> Result<()> {
/// let mut session = Session::open("sqlite://:memory:")?;
/// schema![User].create_all(&mut session)?;
///
/// let ada = session.add(User::builder().name("ada").build());
/// session.commit()?;
/// session[ada].name = "Ada".to_owned();
/// session.commit()?; // UPDATE user SET name = ? WHERE id = ?
/// # Ok(()) }
/// ```
pub struct Session {
    map: IdentityMap,
    server: Server,
    options: SessionOptions,
    listeners: Listeners,
}

impl Session {
    pub(super) fn of(mut server: Server, options: SessionOptions) -> Self {
        server.connection().comment_names(options.comment_names);
        let (map, listeners) = (IdentityMap::new(), Listeners::default());
        Session { map, server, options, listeners }
    }

    /// Returns the database that the session talks to. Sends no SQL.
    pub fn dialect(&self) -> Dialect {
        self.server.dialect()
    }

    /// Returns the options that the session was created with.
    pub fn options(&self) -> &SessionOptions {
        &self.options
    }

    /// Returns the session's objects, to pass to a function that must not send SQL.
    #[inline]
    pub fn map(&self) -> &IdentityMap {
        &self.map
    }

    #[inline]
    pub(super) fn map_mut(&mut self) -> &mut IdentityMap {
        &mut self.map
    }

    /// Returns the connection, to send a statement in the transaction that has begun.
    #[inline]
    pub(super) fn sender(&mut self) -> &mut Connection {
        self.server.connection()
    }

    /// Returns the objects and the connection, to read rows into objects.
    #[inline]
    pub(super) fn map_and_sender(&mut self) -> (&mut IdentityMap, &mut Connection) {
        (&mut self.map, self.server.connection())
    }

    /// Returns the server, to read its state.
    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// Does work at the server, then applies the changes of the transaction to the map.
    pub(super) fn at_server<A>(&mut self, work: impl FnOnce(&mut Server) -> A) -> A {
        let answer = work(&mut self.server);
        for outcome in self.server.take_outcomes() {
            self.follow(outcome);
        }
        answer
    }

    fn follow(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Written(how) => self.map.note_written(how),
            Outcome::FlushUndone => self.map.revert_flush(),
            Outcome::Lost => self.map.disbelieve_transaction(),
            Outcome::ReadAlone => self.map.read_before_transaction(),
            Outcome::BegunAfterReads => self.map.begin_after_reads(),
            Outcome::CommittedByHand { savepoints } => {
                (0..savepoints).for_each(|_| self.map.release_undo_log());
                self.map.commit(self.options.expire_on_commit);
                (0..savepoints).for_each(|_| self.map.begin_undo_log());
            }
        }
    }

    /// Sets other options. Returns the previous ones.
    pub(super) fn replace_options(&mut self, options: SessionOptions) -> SessionOptions {
        self.server.set_begins(Begins::of(&options));
        self.server.connection().comment_names(options.comment_names);
        std::mem::replace(&mut self.options, options)
    }

    pub(super) fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    pub(super) fn listeners_mut(&mut self) -> &mut Listeners {
        &mut self.listeners
    }
}

impl Deref for Session {
    type Target = IdentityMap;

    fn deref(&self) -> &IdentityMap {
        &self.map
    }
}

impl<T: Entity> Index<Handle<T>> for Session {
    type Output = T;

    /// Returns the object of a handle. Sends no SQL.
    ///
    /// # Panics
    /// Panics if the object is gone or the handle belongs to another session;
    /// [`try_get`](IdentityMap::try_get) returns `None` instead.
    #[inline]
    fn index(&self, handle: Handle<T>) -> &T {
        &self.map[handle]
    }
}

impl<T: Writable> IndexMut<Handle<T>> for Session {
    /// Returns the object of a handle, to change it. Sends no SQL: the next flush compares the
    /// object with its row and writes the columns that differ.
    ///
    /// # Panics
    /// Panics if the object is gone or the handle belongs to another session.
    #[inline]
    fn index_mut(&mut self, handle: Handle<T>) -> &mut T {
        if self.map.try_get(handle).is_none() {
            crate::map::gone(self.map.expect(handle));
        }
        match self.map.touch(handle) {
            Some(object) => object,
            None => unreachable!("the object is there"),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("dialect", &self.dialect())
            .field("map", &self.map)
            .field("transaction", self.server.state())
            .field("listeners", &self.listeners)
            .finish_non_exhaustive()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.server.end_cancels();
        if self.in_transaction() {
            // A failure cannot be reported here. If the ROLLBACK fails, the server rolls back by
            // itself.
            let _ = self.server.abandon();
        }
        self.server.leave_connection();
        self.server.report_connection(ConnectionChange::GivenBack);
    }
}
