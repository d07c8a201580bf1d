//! Keys that are used again, and what a session takes them for that knows the rows before.

use orm_runtime::prelude::*;

use crate::tables::*;
use crate::world::World;

impl World<'_> {
    /// Where a row has got the key of another that is gone, or was never committed, objects in memory lead to
    /// it that led to the other: to a session that knows one of these there is no telling them apart, and it
    /// forgets all. So does the other session where a row has got another key, by which it does not know it.
    pub(crate) fn note_taken(&mut self, who: usize) {
        for (key, &n) in &self.committed.numbers {
            let had = self.taken.entry(key.clone()).or_default();
            had.insert(n);
            for &before in had.iter().filter(|&&before| before != n) {
                let side = &self.sides[who];
                // An object does not become one of another kind.
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

    /// A session forgets everything.
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
