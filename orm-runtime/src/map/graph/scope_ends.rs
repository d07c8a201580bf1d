//! The beginning and the end of a transaction or a savepoint, for objects, collections and keys.

use super::IdentityMap;

impl IdentityMap {
    /// Begins a transaction or a savepoint.
    pub(crate) fn begin_undo_log(&mut self) {
        self.grow_older();
        self.store.begin_scope();
    }

    /// Records that a statement reads outside the transaction that follows.
    pub(crate) fn read_before_transaction(&mut self) {
        self.store.read_before_transaction();
    }

    /// Lets the transaction begin after statements have read outside it. What they have read is
    /// older than the transaction, so it does not decide what is written.
    pub(crate) fn begin_after_reads(&mut self) {
        self.grow_older();
        self.store.begin_after_reads();
    }

    /// Ends the innermost savepoint, and keeps what was done in it.
    pub(crate) fn release_undo_log(&mut self) {
        self.store.release_savepoint();
    }

    /// Restores all objects to the beginning of the innermost savepoint, or of the transaction. If
    /// something was written in it, what was read in it may depend on that.
    pub(crate) fn roll_back_undo_log(&mut self, wrote: bool) {
        self.fix_up_touched();
        self.let_deleted_leave();
        let followers = self.followers_in_scope();
        self.store.roll_back_objects();
        self.follow_back(&followers);
        self.forget_lost_keys();
        let began = self.store.end_scope();
        self.disbelieve_since(began, wrote);
        if self.store.open_scopes() == 0 {
            self.begin_undo_log();
        }
    }

    /// Undoes the flushes of the innermost transaction scope, but keeps all edits.
    pub(crate) fn revert_flush(&mut self) {
        self.let_deleted_leave();
        let followers = self.followers_in_scope();
        self.store.revert_flush();
        self.follow_back(&followers);
        self.forget_lost_keys();
    }

    /// Ends the transaction after its commit, and begins the next.
    pub(crate) fn commit(&mut self, expire: bool) {
        if expire {
            self.expire_all();
        }
        self.grow_older();
        self.store.commit_scopes();
    }

    /// Forgets all objects. Their handles find nothing from now on.
    pub(crate) fn clear(&mut self) {
        self.collections.clear();
        // The records of a flush are about objects that are now gone.
        self.propagated = Default::default();
        self.cascade_log = Default::default();
        self.store.clear();
    }
}
