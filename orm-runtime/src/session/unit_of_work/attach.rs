//! A struct from elsewhere as a stored object, without asking the database.

use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::mapping::{Concrete, Entity, Writable};
use crate::session::Session;

impl Session {
    /// Brings a struct into the session as a stored object without changes: its values are taken for
    /// those of its row. What is changed from then on is written by an UPDATE of the changed columns.
    /// The object is stale, as one of an earlier transaction is: a query that meets its row takes the
    /// values of the row. No SQL; [`merge`](Self::merge) asks for the row first, and writes what
    /// differs from it.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String, visits: i64 }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// # let ada = session.add(User::builder().name("ada").visits(1).build());
    /// # session.commit()?;
    /// let user: User = session.detach(ada)?; // kept in a cache, say
    /// let ada = session.attach(user)?;
    /// session[ada].visits += 1;
    /// session.commit()?; // UPDATE user SET visits = ? WHERE id = ?
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidState`] for a struct without a key, for one whose key an object of the session has,
    /// and for one that brings objects in its collections or references, which
    /// [`merge_graph`](Self::merge_graph) takes. A row that is not there is found out when it is
    /// written: [`Error::StaleRow`].
    pub fn attach<T: Concrete + Writable>(&mut self, mut object: T) -> Result<Handle<T>> {
        let Some(key) = object.key() else {
            return Err(not_attached::<T>(None, "it has no key: add() it"));
        };
        if self.map().is_in_memory::<T>(&key) {
            let reason = "an object with its key is in the session: merge() the struct";
            return Err(not_attached::<T>(Some(&key), reason));
        }
        if super::merge_graph::brings_objects(&mut object) {
            let reason = "it brings objects in its collections or references: merge_graph() it";
            return Err(not_attached::<T>(Some(&key), reason));
        }
        Ok(self.map_mut().attach(object, &key))
    }
}

fn not_attached<T: Entity>(key: Option<&T::Key>, reason: &'static str) -> Error {
    let key = key.map(|key| format!("{key:?}"));
    Error::InvalidState { entity: T::META.name, key, action: "attached", reason }
}
