//! What a session is made of. Its fields are named in this file alone, and those of a part in the part.

use std::fmt;
use std::ops::{Deref, Index, IndexMut};

use super::listeners::Listeners;
use super::options::SessionOptions;
use super::server::{Outcome, Server};
use crate::backend::{Connection, Dialect};
use crate::handle::Handle;
use crate::map::IdentityMap;
use crate::mapping::{Entity, Writable};

/// The unit of work: objects of a database, what is to be written, and the transaction.
///
/// Everything that can send SQL takes `&mut Session` and returns a [`Result`]. Reading objects goes
/// through the [`IdentityMap`] to which a session dereferences: `session[handle].name` is a field
/// read.
///
/// A transaction begins by itself with the first statement and ends with [`commit`](Self::commit)
/// or [`rollback`](Self::rollback); dropping the session rolls back.
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
    pub(super) fn of(server: Server, options: SessionOptions) -> Self {
        let (map, listeners) = (IdentityMap::new(), Listeners::default());
        Session { map, server, options, listeners }
    }

    /// The database the session talks to.
    pub fn dialect(&self) -> Dialect {
        self.server.dialect()
    }

    /// The options the session was made with.
    pub fn options(&self) -> &SessionOptions {
        &self.options
    }

    /// The session's objects, for a function that must not send SQL.
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

    /// Returns the server, for what is known of it.
    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// Does something at the server, and has the map follow what becomes of the transaction.
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
            Outcome::CommittedByHand { savepoints } => {
                (0..savepoints).for_each(|_| self.map.release_undo_log());
                self.map.commit(self.options.expire_on_commit);
                (0..savepoints).for_each(|_| self.map.begin_undo_log());
            }
        }
    }

    /// Sets whether queries flush first. Returns what it was.
    pub(super) fn set_autoflush(&mut self, autoflush: bool) -> bool {
        std::mem::replace(&mut self.options.autoflush, autoflush)
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

    /// The object of a handle. No SQL.
    ///
    /// # Panics
    /// When the object is gone or the handle belongs to another session;
    /// [`try_get`](IdentityMap::try_get) answers `None` instead.
    #[inline]
    fn index(&self, handle: Handle<T>) -> &T {
        &self.map[handle]
    }
}

impl<T: Writable> IndexMut<Handle<T>> for Session {
    /// The object of a handle, to change it. No SQL: the next flush compares it with its row, and
    /// writes the columns that differ.
    ///
    /// # Panics
    /// When the object is gone or the handle belongs to another session.
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
        if self.in_transaction() {
            // There is nobody left to tell of a failure; the server rolls back by itself then.
            let _ = self.server.abandon();
        }
    }
}
