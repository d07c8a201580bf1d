//! Adding objects to the session and removing them.

pub(super) mod association;
pub(super) mod attach;
pub(super) mod get_or_create;
pub(super) mod link;
pub(super) mod merge_graph;

use super::Session;
use crate::backend::Cause;
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::ObjectState;
use crate::mapping::{ColumnSet, Concrete, Entity, InHierarchy, Tracked, Writable};
use crate::select::wrong_state;

/// A column of an object that differs from its row, returned by [`Session::changes`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The name of the field.
    pub field: &'static str,
    /// The name of the column.
    pub column: &'static str,
    /// The value in the database, as `Debug` formats it.
    pub old: String,
    /// The value in memory, as `Debug` formats it.
    pub new: String,
}

impl Session {
    /// Adds a new object, and the new objects in its collections. The next flush inserts their
    /// rows. Sends no SQL.
    pub fn add<T: Concrete + Writable>(&mut self, object: T) -> Handle<T> {
        self.map_mut().add(object)
    }

    /// Adds new objects, in order. Sends no SQL.
    pub fn add_all<T: Concrete + Writable>(
        &mut self,
        objects: impl IntoIterator<Item = T>,
    ) -> Vec<Handle<T>> {
        objects.into_iter().map(|object| self.add(object)).collect()
    }

    /// Makes an object pending again whose INSERT was rolled back, together with the objects in its
    /// collections and those it references. An object that was deleted before the rollback, while
    /// its owner was not, is no longer in the collection and does not come with the owner. Sends no
    /// SQL.
    ///
    /// Also takes back a [`delete`](Self::delete) if the row is not deleted yet, for instance
    /// because the database refused the deletion. The object is then persistent as before, with its
    /// edits.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # #[derive(Entity)] struct Note { id: Auto<i64>, user: ForeignKey<User> }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User, Note].create_all(&mut session)?;
    /// # let ada = session.add(User::builder().name("ada").build());
    /// # session.add(Note::builder().user(ada).build());
    /// # session.commit()?;
    /// session.delete(ada)?;
    /// assert!(session.commit().is_err()); // a note refers to her
    /// session.add_again(ada)?;
    /// session.commit()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Returns [`Error::InvalidHandle`] if the handle points to no object, and
    /// [`Error::InvalidState`] if the object is stored, or if its row is deleted in the open
    /// transaction: only a rollback takes that deletion back.
    pub fn add_again<T: Writable>(&mut self, handle: Handle<T>) -> Result<()> {
        let slot = self.map().expect(handle)?;
        // A pending object may have come back together with another one.
        let waits = self.map().state(handle) == ObjectState::Pending;
        if waits || self.map_mut().bring_back(T::META, slot) {
            return Ok(());
        }
        Err(wrong_state(
            self.map(),
            handle,
            "added again",
            "it is stored, or its row is deleted in the open transaction, which only rollback() \
             undoes",
        ))
    }

    /// Marks an object for deletion. The next flush deletes its row, or marks the row as deleted if
    /// the entity keeps deleted rows (`soft_delete`). Sends no SQL.
    ///
    /// An object that was never written leaves the unit of work. Objects that reference the deleted
    /// one follow the `on_delete` rule of their references: now if the deleted object is new, else
    /// at the flush.
    ///
    /// # Errors
    /// Returns [`Error::InvalidHandle`] if the handle points to no object, and
    /// [`Error::InvalidState`] if the object is transient and so has no row.
    pub fn delete<T: Writable>(&mut self, handle: Handle<T>) -> Result<()> {
        let slot = self.map().expect(handle)?;
        let new = self.map().state(handle) == ObjectState::Pending;
        if self.map_mut().arena_mut::<T>().delete(slot) {
            if new {
                self.map_mut().leave_owners(T::entity_index(), slot);
                self.map_mut().follow_abandoned(T::META, slot);
            }
            return Ok(());
        }
        Err(wrong_state(self.map(), handle, "deleted", "it has no row"))
    }

    /// Marks an object for deletion, as [`delete`](Self::delete) does, and deletes the row even if
    /// the entity keeps deleted rows (`soft_delete`). Sends no SQL.
    ///
    /// # Errors
    /// Returns the errors of [`delete`](Self::delete), and [`Error::InvalidState`] if the object
    /// was marked as deleted in this transaction and its row kept.
    pub fn purge<T: Writable>(&mut self, handle: Handle<T>) -> Result<()> {
        let slot = self.map().expect(handle)?;
        let arena = self.map_mut().arena_mut::<T>();
        if arena.is_soft_deleted(slot) {
            let reason = "it is marked as deleted; load it without the scope soft_delete first";
            return Err(wrong_state(self.map(), handle, "purged", reason));
        }
        if arena.purge(slot) {
            return Ok(());
        }
        Err(wrong_state(self.map(), handle, "purged", "it has no row"))
    }

    /// Takes an object out of the session and returns it as a plain struct, including unsaved
    /// edits. Nothing is written, and the row stays. Sends no SQL.
    ///
    /// # Errors
    /// Returns [`Error::InvalidHandle`] if the handle points to no object, and
    /// [`Error::InvalidState`] if the object is of a subtype below `T`, with columns that a `T`
    /// does not have.
    pub fn detach<T: Entity>(&mut self, handle: Handle<T>) -> Result<T> {
        self.map().expect_just(handle, "detached")?;
        let object = self.take_out(handle)?.map(T::from_root);
        let gone = Error::InvalidHandle {
            entity: T::META.name,
            reason: "its object has left the session",
        };
        object.and_then(std::result::Result::ok).ok_or(gone)
    }

    /// Removes an object from the session and discards its unsaved edits. Sends no SQL.
    ///
    /// # Errors
    /// Returns [`Error::InvalidHandle`] if the handle points to no object.
    pub fn evict<T: Entity>(&mut self, handle: Handle<T>) -> Result<()> {
        self.take_out(handle).map(drop)
    }

    fn take_out<T: Entity>(&mut self, handle: Handle<T>) -> Result<Option<T::Root>> {
        let slot = self.map().expect(handle)?;
        self.map_mut().leave(T::entity_index(), slot);
        Ok(self.map_mut().arena_mut::<T>().remove(slot))
    }

    /// Removes all objects from the session and discards unsaved work. The transaction stays open.
    /// Sends no SQL.
    pub fn clear(&mut self) {
        self.map_mut().clear();
        self.sender().forget_spellings();
    }

    /// Merges a struct from elsewhere into the session. Its columns are written over those of the
    /// object with the same key, which is loaded if it is not in memory. Deferred columns that the
    /// struct does not have loaded stay as they are. If there is no row with its key, the struct is
    /// added. Default scopes do not apply: a row that one hides is found.
    ///
    /// Sends at most one SELECT, and the flush that [`get`](Self::get) sends before it.
    ///
    /// # Errors
    /// - [`Error::StaleRow`] if the entity has a version and the version of the struct is not the
    ///   one in the database.
    /// - [`Error::InvalidState`] if the object with this key is of another subtype.
    /// - The errors of a query.
    #[track_caller]
    pub fn merge<T: Concrete + Writable>(&mut self, object: T) -> Result<Handle<T>> {
        let _call = self.call(Cause::Get, T::META.name);
        if let Some(key) = object.key() {
            self.get_by::<T>(&key, false)?;
        }
        self.merge_loaded(object)
    }

    /// Merges a struct whose row, if any, has already been read.
    pub(super) fn merge_loaded<T: Concrete>(&mut self, object: T) -> Result<Handle<T>> {
        let Some(key) = object.key() else { return Ok(self.map_mut().add(object)) };
        let found = self.map().fresh::<T>(&key, self.map().horizon());
        if self.map().is_other_subtype::<T>(&key)
            || found.is_some_and(|found| self.map()[found].subtype() != object.subtype())
        {
            return Err(Error::InvalidState {
                entity: T::META.name,
                key: Some(format!("{key:?}")),
                action: "merged",
                reason: "the object with this key is of another subtype, and the subtype of an object \
                         cannot change; delete the object and add a new one",
            });
        }
        let Some(handle) = found else { return Ok(self.map_mut().add(object)) };
        if self.map().state(handle) == ObjectState::Deleted {
            // The flush writes the new object over the row of the deleted one.
            return Ok(self.map_mut().add(object));
        }
        let version = T::META.version;
        if version.is_some_and(|version| object.diff(&self.map()[handle]).contains(version)) {
            return Err(Error::StaleRow {
                entity: T::META.name,
                keys: self.map().key(handle).iter().map(|key| format!("{key:?}")).collect(),
                expected: 1,
                matched: 0,
            });
        }
        // A deferred column can be compared only if it is in memory.
        let unset = |&column: &usize| {
            T::META.columns[column].deferred
                && object.is_set(column)
                && !self.map()[handle].is_set(column)
        };
        let unset: ColumnSet = (0..T::META.columns.len()).filter(unset).collect();
        self.fill_columns(&[handle], unset)?;
        if let Some(stored) = self.map_mut().touch(handle) {
            stored.merge_from(object);
        }
        Ok(handle)
    }

    /// Returns the columns of an object that differ from its row and that the next flush would
    /// write. For a new object, returns all columns that it sets. Sends no SQL.
    ///
    /// # Errors
    /// Returns [`Error::InvalidHandle`] if the handle points to no object.
    pub fn changes<T: Entity>(&self, handle: Handle<T>) -> Result<Vec<Change>> {
        let slot = self.map().expect(handle)?;
        let Some(arena) = self.map().arena::<T>() else { return Ok(Vec::new()) };
        let Some(object) = arena.at(slot) else { return Ok(Vec::new()) };
        let base = arena.base(slot);
        let columns: ColumnSet = match (self.map().state(handle), base) {
            (ObjectState::Pending, _) => {
                let subtype = object.subtype();
                let has = |&column: &usize| T::META.has(subtype, column) && object.is_set(column);
                (0..T::META.columns.len()).filter(has).collect()
            }
            (ObjectState::Persistent, _) => self.map().changed_columns(handle),
            _ => ColumnSet::EMPTY,
        };
        let change = |column: usize| Change {
            field: T::META.columns[column].field,
            column: T::META.columns[column].name,
            old: base.map_or_else(String::new, |base| base.show(column)),
            new: object.show(column),
        };
        Ok(columns.iter().map(change).collect())
    }
}
