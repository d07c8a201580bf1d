//! Keys that are reused, and sessions that know the earlier rows.

use orm_runtime::prelude::*;

use crate::tables::*;
use crate::world::World;

impl World<'_> {
    /// Marks a session as misled if it cannot tell two rows apart. If a row has the key of another
    /// that was deleted or never committed, objects in memory that referenced the old row now
    /// reference the new one. The other session is also marked if a row has changed its key,
    /// because it does not know the row under the new key.
    pub(crate) fn note_taken(&mut self, who: usize) {
        for (key, &n) in &self.committed.numbers {
            let had = self.taken.entry(key.clone()).or_default();
            had.insert(n);
            for &before in had.iter().filter(|&&before| before != n) {
                let side = &self.sides[who];
                // An object does not change its subtype.
                let other_kind = key.0 == Gear && before % 3 != n % 3 && side.knows(before);
                self.sides[who].misled |= other_kind || side.is_misled_by(before);
                self.sides[1 - who].misled |= self.sides[1 - who].knows(before);
            }
            let key_before = self.keys.insert(n, key.clone());
            if key_before.is_some_and(|before| before != *key) {
                self.sides[1 - who].misled |= self.sides[1 - who].knows(n);
            }
        }
    }

    pub(crate) fn forget_misled(&mut self, who: usize, session: &mut Session) {
        if std::mem::take(&mut self.sides[who].misled) {
            self.clear(who, session);
            self.sides[who].cleared = true;
        }
    }

    /// Clears a session.
    pub(crate) fn clear(&mut self, who: usize, session: &mut Session) {
        session.clear();
        let side = &mut self.sides[who];
        side.work = Default::default();
        side.believed.clear();
        side.excused.clear();
        side.outdated = false;
        side.live.clear();
        side.shown.clear();
        side.lost.clear();
        side.lost_targets.clear();
        side.unproven.clear();
        side.write_past();
    }
}
