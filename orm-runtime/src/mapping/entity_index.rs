//! Numbers of entities.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::EntityMeta;
use super::noted_names::note_names;

/// The process-wide number of an entity, assigned at its first use.
#[doc(hidden)]
#[derive(Debug)]
pub struct EntityIndex(AtomicUsize);

impl EntityIndex {
    /// Creates an index without a number.
    #[allow(clippy::new_without_default, reason = "only the derive makes one, in a static")]
    pub const fn new() -> Self {
        EntityIndex(AtomicUsize::new(usize::MAX))
    }

    /// Returns the number. The first call assigns one, and notes the names of the entity.
    #[inline]
    pub fn get(&self, meta: fn() -> &'static EntityMeta) -> usize {
        match self.0.load(Ordering::Relaxed) {
            usize::MAX => {
                note_names(meta());
                self.assign()
            }
            index => index,
        }
    }

    #[cold]
    fn assign(&self) -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        // Two threads may race for the first use; the number of the thread that loses is not used.
        match self.0.compare_exchange(usize::MAX, next, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => next,
            Err(index) => index,
        }
    }
}
