//! Objects coming into the session and leaving it.

pub(super) mod association;
pub(super) mod attach;
pub(super) mod get_or_create;
pub(super) mod link;
pub(super) mod merge_graph;

use super::Session;
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::ObjectState;
use crate::mapping::{ColumnSet, Concrete, Entity, InHierarchy, Tracked, Writable};
use crate::select::wrong_state;

/// A column of an object that differs from its row, as [`Session::changes`] shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The name of the field.
    pub field: &'static str,
    /// The name of the column.
    pub column: &'static str,
    /// What is in the database, as `Debug` shows it.
    pub old: String,
    /// What is in memory, as `Debug` shows it.
    pub new: String,
}

impl Session {
    /// Adds a new object, and the new objects in its collections; the next flush inserts their rows. No
    /// SQL.
    pub fn add<T: Concrete + Writable>(&mut self, object: T) -> Handle<T> {
        self.map_mut().add(object)
    }

    /// Adds new objects, in order. No SQL.
    pub fn add_all<T: Concrete + Writable>(
        &mut self,
        objects: impl IntoIterator<Item = T>,
    ) -> Vec<Handle<T>> {
        objects.into_iter().map(|object| self.add(object)).collect()
    }

    /// Makes an object pending once more whose INSERT was rolled back, and with it those in its
    /// collections and those it refers to. Takes back [`delete`](Self::delete) where the row is not
    /// deleted yet, for instance because the database has refused it: the object is stored as
    /// before, with its edits. No SQL.
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
    /// [`Error::InvalidHandle`] for a handle that leads nowhere, [`Error::InvalidState`] for an object that is stored, or
    /// whose row is deleted in the open transaction, which only a rollback brings back.
    pub fn add_again<T: Writable>(&mut self, handle: Handle<T>) -> Result<()> {
        let slot = self.map().expect(handle)?;
        // One that waits already may have come back with another.
        let waits = self.map().state(handle) == ObjectState::Pending;
        if waits || self.map_mut().bring_back(T::META, slot) {
            return Ok(());
        }
        Err(wrong_state(
            self.map(),
            handle,
            "added again",
            "it is stored, or its row is deleted in the open transaction, which only rollback() takes back",
        ))
    }

    /// Marks an object for deletion; the next flush removes its row, or marks it as deleted where
    /// deleted rows are kept (`soft_delete`). One that was never written just leaves the unit of work. What
    /// refers to it follows as its references say (`on_delete`): at once where the object is new, else at
    /// the flush. No SQL.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`] for a handle that leads nowhere, [`Error::InvalidState`] for a transient object,
    /// which has no row.
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

    /// As [`delete`](Self::delete), but the row goes for good also where deleted rows are kept
    /// (`soft_delete`). No SQL.
    ///
    /// # Errors
    /// As [`delete`](Self::delete), and [`Error::InvalidState`] for an object that was deleted in this
    /// transaction and kept.
    pub fn purge<T: Writable>(&mut self, handle: Handle<T>) -> Result<()> {
        let slot = self.map().expect(handle)?;
        let arena = self.map_mut().arena_mut::<T>();
        if arena.is_soft_deleted(slot) {
            let reason = "it is marked as deleted; load it without the scope soft_delete before";
            return Err(wrong_state(self.map(), handle, "purged", reason));
        }
        if arena.purge(slot) {
            return Ok(());
        }
        Err(wrong_state(self.map(), handle, "purged", "it has no row"))
    }

    /// Takes an object out of the session as a plain struct, unsaved edits included. Nothing is
    /// written, and the row stays. No SQL.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`] for a handle that leads nowhere; [`Error::InvalidState`] where the object is of a further
    /// subtype than the handle, whose columns a `T` does not have.
    pub fn detach<T: Entity>(&mut self, handle: Handle<T>) -> Result<T> {
        self.map().expect_just(handle, "detached")?;
        let object = self.take_out(handle)?.map(T::from_root);
        let gone = Error::InvalidHandle {
            entity: T::META.name,
            reason: "its object has left the session",
        };
        object.and_then(std::result::Result::ok).ok_or(gone)
    }

    /// Forgets an object; unsaved edits of it are lost. No SQL.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`] for a handle that leads nowhere.
    pub fn evict<T: Entity>(&mut self, handle: Handle<T>) -> Result<()> {
        self.take_out(handle).map(drop)
    }

    fn take_out<T: Entity>(&mut self, handle: Handle<T>) -> Result<Option<T::Root>> {
        let slot = self.map().expect(handle)?;
        self.map_mut().leave(T::entity_index(), slot);
        Ok(self.map_mut().arena_mut::<T>().remove(slot))
    }

    /// Forgets all objects; unsaved work is lost. The transaction goes on. No SQL.
    pub fn clear(&mut self) {
        self.map_mut().clear();
        self.sender().forget_spellings();
    }

    /// Brings a struct from elsewhere into the session: its columns are written over those of the
    /// object with the same key, which is loaded if it is not in memory; deferred columns that it
    /// has not loaded stay. Without such a row it is added; a row that a default scope hides is there
    /// all the same. At most one SELECT, and
    /// what [`get`](Self::get) flushes before it.
    ///
    /// # Errors
    /// [`Error::StaleRow`] when the entity has a version and that of the struct is not the one in the
    /// database; [`Error::InvalidState`] when the object with its key is of another subtype; those of a query.
    pub fn merge<T: Concrete + Writable>(&mut self, object: T) -> Result<Handle<T>> {
        if let Some(key) = object.key() {
            self.get_by::<T>(&key, false)?;
        }
        self.merge_loaded(object)
    }

    /// Does the same where it was read already what there is.
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
                reason: "the object with this key is of another subtype, which cannot be changed: delete it \
                         and add another",
            });
        }
        let Some(handle) = found else { return Ok(self.map_mut().add(object)) };
        if self.map().state(handle) == ObjectState::Deleted {
            // The flush writes the new object over the row of the one that was to be deleted.
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
        // What is deferred can be compared only when it is in memory.
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

    /// The columns of an object that differ from its row: what the next flush would write. All
    /// columns that a new object gives. No SQL.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`] for a handle that leads nowhere.
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
