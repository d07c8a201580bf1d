//! The open transaction and its savepoints, over all entities: where each began, and what their ends do.

use super::handle::MapId;
use super::identity::IdentityMap;
use super::slot::MAX_AGE;

impl IdentityMap {
    pub(crate) fn begin_level(&mut self) {
        self.grow_older();
        let age = self.age;
        self.levels.push(age);
        self.each_table(|table| table.begin_level(age));
    }

    pub(crate) fn release_level(&mut self) {
        if self.levels.len() > 1 {
            self.levels.pop();
            self.each_table(|table| table.release_level());
        }
    }

    /// Puts all objects back to the beginning of the innermost savepoint, or of the transaction. Where
    /// something was written in it, what was read in it may show that.
    pub(crate) fn roll_back_level(&mut self, wrote: bool) {
        let map = self.id;
        self.each_table(|table| {
            let edited = table.waiting();
            table.roll_back_level();
            table.place_again(&edited, map);
        });
        self.forget_lost_keys();
        let began = self.levels.pop().unwrap_or_default();
        self.forget_unsettled(if wrote { began } else { u32::MAX });
        if self.levels.is_empty() {
            self.begin_level();
        }
    }

    /// Keeps all edits, but makes the flushes of the innermost level undone.
    pub(crate) fn unflush_level(&mut self) {
        self.each_table(|table| table.unflush_level());
        self.forget_lost_keys();
    }

    /// The transaction is stored.
    pub(crate) fn commit(&mut self, expire: bool) {
        if expire {
            self.expire_all();
        }
        self.grow_older();
        let age = self.age;
        self.levels.clear();
        self.levels.push(age);
        self.each_table(|table| table.commit_level(age));
    }

    /// Forgets all objects; handles to them lead nowhere.
    pub(crate) fn clear(&mut self) {
        self.id = MapId::next();
        self.links.clear();
        self.each_table(|table| table.clear());
    }

    pub(super) fn grow_older(&mut self) {
        if self.age + 1 >= MAX_AGE {
            // Ages begin again, and everything is stale: after 268 million transactions.
            self.each_table(|table| table.reset_ages());
            self.age = 1;
            self.horizon = 1;
        }
        self.age += 1;
    }
}
