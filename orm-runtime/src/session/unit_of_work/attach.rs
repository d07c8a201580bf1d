//! Attaching a struct from elsewhere as a stored object, without a query.

use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::mapping::{Concrete, Entity, Writable};
use crate::session::Session;

impl Session {
    /// Attaches a struct to the session as a stored object without changes: its values count as the
    /// values of its row. The next flush writes only the columns that change from then on. Sends no
    /// SQL.
    ///
    /// The object is stale, like an object of an earlier transaction: a query that reads its row
    /// takes the values of the row. To read the row first and write what differs from it, use
    /// [`merge`](Self::merge).
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
    /// Returns [`Error::InvalidState`] if the struct has no key, if an object with its key is in
    /// the session, or if it has new objects in its collections or references; use
    /// [`merge_graph`](Self::merge_graph) for those. If the row does not exist, the flush that
    /// writes it returns [`Error::StaleRow`].
    pub fn attach<T: Concrete + Writable>(&mut self, mut object: T) -> Result<Handle<T>> {
        let Some(key) = object.key() else {
            return Err(not_attached::<T>(None, "it has no key; call add() instead"));
        };
        if self.map().is_in_memory::<T>(&key) {
            let reason = "an object with its key is in the session; call merge() instead";
            return Err(not_attached::<T>(Some(&key), reason));
        }
        if super::merge_graph::brings_objects(&mut object) {
            let reason = "it brings objects in its collections or references; call merge_graph() \
                          instead";
            return Err(not_attached::<T>(Some(&key), reason));
        }
        Ok(self.map_mut().attach(object, &key))
    }
}

fn not_attached<T: Entity>(key: Option<&T::Key>, reason: &'static str) -> Error {
    let key = key.map(|key| format!("{key:?}"));
    Error::InvalidState { entity: T::META.name, key, action: "attached", reason }
}
