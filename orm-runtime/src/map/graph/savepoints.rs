//! The open transaction and its savepoints, over all entities: where each began, and what their ends do.

use crate::handle::MapId;
use crate::map::identity::IdentityMap;
use crate::map::store::ages::Written;

impl IdentityMap {
    /// Notes that something was written in the innermost transaction scope.
    pub(crate) fn note_written(&mut self, how: Written) {
        if let Some(written) = self.written.last_mut() {
            *written = how.max(*written);
        }
    }

    /// Returns the innermost open transaction scope that was written in past the map.
    pub(in crate::map) fn written_past_map(&self) -> Option<usize> {
        self.written.iter().rposition(|written| *written == Written::PastMap)
    }

    pub(crate) fn begin_undo_log(&mut self) {
        self.grow_older();
        let age = self.age;
        self.scopes_began.push(age);
        self.written.push(Written::Nothing);
        self.each_arena(|arena| arena.begin_undo_log());
    }

    pub(crate) fn release_undo_log(&mut self) {
        if self.scopes_began.len() > 1 {
            self.scopes_began.pop();
            let inner = self.written.pop().unwrap_or_default();
            self.note_written(inner);
            self.each_arena(|arena| arena.release_undo_log());
        }
    }

    /// Puts all objects back to the beginning of the innermost savepoint, or of the transaction. Where
    /// something was written in it, what was read in it may show that.
    pub(crate) fn roll_back_undo_log(&mut self, wrote: bool) {
        let map = self.id;
        // New objects keep their edits, and with these where they are.
        for entity in 0..self.collections.children.len() {
            self.fix_up_entity(entity);
        }
        self.each_arena(|arena| {
            let edited = arena.waiting();
            arena.roll_back_undo_log();
            arena.place_again(&edited, map);
        });
        self.forget_lost_keys();
        let began = self.scopes_began.pop().unwrap_or_default();
        self.written.pop();
        self.disbelieve_since(began, wrote);
        if self.scopes_began.is_empty() {
            self.begin_undo_log();
        }
    }

    /// Keeps all edits, but makes the flushes of the innermost transaction scope undone.
    pub(crate) fn revert_flush(&mut self) {
        self.each_arena(|arena| arena.revert_flush());
        self.forget_lost_keys();
    }

    /// The transaction is stored.
    pub(crate) fn commit(&mut self, expire: bool) {
        if expire {
            self.expire_all();
        }
        self.grow_older();
        let age = self.age;
        self.scopes_began = vec![age];
        self.written = vec![Written::Nothing];
        self.each_arena(|arena| arena.commit_undo_log());
    }

    /// Forgets all objects; handles to them lead nowhere.
    pub(crate) fn clear(&mut self) {
        self.id = MapId::next();
        self.collections.clear();
        // What a flush noted was about the objects that go now.
        self.propagated = Default::default();
        self.found_by_new_key = Vec::new();
        self.cascade_log = Default::default();
        self.each_arena(|arena| arena.clear());
    }
}
