//! The objects that were loaded together.

/// The cohort of each object: a later load for one of its objects loads for all of them.
#[derive(Debug, Default)]
pub(super) struct Cohorts {
    /// The number of the cohort, by slot.
    of: Vec<u32>,
    /// The first and the last slot of each cohort, by its number. The numbers grow with the queries
    /// of the entity.
    ranges: Vec<(u32, u32)>,
    /// The query that created the last cohort.
    query: u32,
}

impl Cohorts {
    /// Records that a query has loaded an object, or has returned its row again.
    #[inline]
    pub(super) fn note(&mut self, slot: u32, query: u32) {
        if self.query != query || self.ranges.is_empty() {
            self.query = query;
            self.ranges.push((slot, slot));
        }
        let cohort = self.ranges.len() - 1;
        let range = &mut self.ranges[cohort];
        *range = (range.0.min(slot), range.1.max(slot));
        let at = slot as usize;
        match self.of.get_mut(at) {
            Some(of) => *of = cohort as u32,
            None => {
                self.of.resize(at, u32::MAX);
                self.of.push(cohort as u32);
            }
        }
    }

    /// Returns the objects that were loaded together with this one, itself included.
    pub(super) fn of(&self, slot: u32) -> impl Iterator<Item = u32> {
        let cohort = self.of.get(slot as usize).copied().unwrap_or(u32::MAX);
        let range = self.ranges.get(cohort as usize).copied();
        let (first, last) = range.unwrap_or((slot, slot));
        (first..=last).filter(move |&other| {
            other == slot || self.of.get(other as usize).is_some_and(|other| *other == cohort)
        })
    }
}
