//! The open transaction and its savepoints: when each began, what was written in it, and what its
//! end does to the arenas.

use super::Store;
use super::ages::Written;

/// The open transaction, or a savepoint in it.
#[derive(Debug)]
pub(super) struct OpenScope {
    /// The age at its beginning.
    began: u32,
    written: Written,
}

impl OpenScope {
    pub(super) fn begin(age: u32) -> Self {
        OpenScope { began: age, written: Written::Nothing }
    }

    pub(super) fn began(&self) -> u32 {
        self.began
    }

    pub(super) fn set_began(&mut self, age: u32) {
        self.began = age;
    }
}

impl Store {
    /// Records that facts are read outside the transaction that follows: they do not decide what is
    /// written in it.
    pub(crate) fn read_before_transaction(&mut self) {
        let age = self.age;
        if let Some(scope) = self.scopes.first_mut() {
            scope.set_began(age + 1);
        }
    }

    /// Lets the transaction begin now, after facts were read outside it. Call
    /// [`grow_older`](Store::grow_older) before.
    pub(crate) fn begin_after_reads(&mut self) {
        let age = self.age;
        if let Some(scope) = self.scopes.first_mut() {
            scope.set_began(age);
        }
    }

    /// Returns the number of open scopes: the transaction, and its savepoints.
    pub(crate) fn open_scopes(&self) -> usize {
        self.scopes.len()
    }

    /// Records that something was written in the innermost transaction scope.
    pub(crate) fn note_written(&mut self, how: Written) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.written = how.max(scope.written);
        }
    }

    /// Treats what was written in any open transaction scope as written outside the map, because an
    /// object has left the map, and its row may be read again like any other.
    pub(crate) fn note_flushed_row_left(&mut self) {
        for scope in self.scopes.iter_mut().filter(|scope| scope.written != Written::Nothing) {
            scope.written = Written::PastMap;
        }
    }

    /// Forgets what was written in the transaction, which the server has aborted.
    pub(crate) fn forget_written(&mut self) {
        self.scopes.iter_mut().for_each(|scope| scope.written = Written::Nothing);
    }

    /// Returns the innermost open transaction scope in which statements have written outside the
    /// map.
    pub(crate) fn written_past_map(&self) -> Option<usize> {
        self.scopes.iter().rposition(|scope| scope.written == Written::PastMap)
    }

    /// Begins a transaction or a savepoint. Call [`grow_older`](Store::grow_older) before.
    pub(crate) fn begin_scope(&mut self) {
        self.scopes.push(OpenScope::begin(self.age));
        self.each_arena(|arena| arena.begin_undo_log());
    }

    /// Ends the innermost savepoint, and keeps what was done in it.
    pub(crate) fn release_savepoint(&mut self) {
        if self.scopes.len() > 1 {
            let inner = self.scopes.pop().map(|scope| scope.written);
            self.note_written(inner.unwrap_or_default());
            self.each_arena(|arena| arena.release_undo_log());
        }
    }

    /// Restores all objects to the beginning of the innermost transaction scope.
    pub(crate) fn roll_back_objects(&mut self) {
        let map = self.id;
        // New objects keep their edits, and so their places in collections.
        self.each_arena(|arena| {
            let edited = arena.waiting();
            arena.roll_back_undo_log();
            arena.place_again(&edited, map);
        });
    }

    /// Ends the innermost transaction scope, whose objects have been rolled back. Returns the age
    /// at which it began.
    pub(crate) fn end_scope(&mut self) -> u32 {
        self.scopes.pop().map(|scope| scope.began).unwrap_or_default()
    }

    /// Undoes the flushes of the innermost transaction scope, and keeps every edit.
    pub(crate) fn revert_flush(&mut self) {
        self.each_arena(|arena| arena.revert_flush());
    }

    /// Ends the transaction after its commit, and begins the next. Call
    /// [`grow_older`](Store::grow_older) before.
    pub(crate) fn commit_scopes(&mut self) {
        self.scopes = vec![OpenScope::begin(self.age)];
        self.each_arena(|arena| arena.commit_undo_log());
    }
}

#[cfg(test)]
mod tests {
    use crate::map::store::{Arena, Flushed, ObjectState, Store};
    use crate::mapping::InHierarchy as _;
    use crate::prelude::*;

    #[derive(Entity)]
    struct Lake {
        id: Auto<i64>,
        name: String,
    }

    /// Creates a store with one object, whose row a flush has inserted in the transaction.
    fn store_with_row() -> (Store, u32) {
        let mut store = Store::new();
        let arena = Arena::<Lake>::new(store.open_scopes());
        store.add_arena(Lake::entity_index(), Box::new(arena));
        let slot = lakes(&mut store).add(Lake::builder().name("Traunsee").build(), 2);
        lakes(&mut store).finish(slot, Flushed::Inserted(Some(7)), 2);
        (store, slot)
    }

    fn lakes(store: &mut Store) -> &mut Arena<Lake> {
        store.arena_mut::<Lake>().expect("it was added")
    }

    fn state(store: &Store, slot: u32) -> ObjectState {
        store.header::<Lake>(slot).expect("there is an object").state().into()
    }

    #[test]
    fn a_savepoint_that_is_rolled_back_puts_the_row_back() {
        let (mut store, slot) = store_with_row();
        assert!(!store.grow_older());
        store.begin_scope();
        lakes(&mut store).delete(slot);
        lakes(&mut store).finish(slot, Flushed::Deleted, 3);
        assert_eq!(state(&store, slot), ObjectState::Deleted);
        assert!(store.fresh::<Lake>(&7, 0).is_none());

        store.roll_back_objects();
        assert_eq!(store.end_scope(), 3, "the age at which it began");
        assert_eq!(state(&store, slot), ObjectState::Persistent);
        assert!(store.fresh::<Lake>(&7, 0).is_some());
    }

    #[test]
    fn a_savepoint_that_is_kept_is_undone_with_the_transaction() {
        let (mut store, slot) = store_with_row();
        store.begin_scope();
        lakes(&mut store).delete(slot);
        lakes(&mut store).finish(slot, Flushed::Deleted, 3);
        store.release_savepoint();
        assert_eq!(store.open_scopes(), 1);

        store.roll_back_objects();
        assert_eq!(state(&store, slot), ObjectState::Transient, "its INSERT is undone as well");
        assert!(store.take_lost_keys());
    }
}
