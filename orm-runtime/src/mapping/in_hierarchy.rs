//! The place of an entity in its hierarchy; an entity without one is its own root.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{ColumnSet, Concrete, Lifecycle};

/// Sees objects of a hierarchy as one of its entities.
///
/// An entity without a hierarchy is its own root, and is seen as it is.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "no entity",
    note = "derive it: `#[derive(Entity)]` on a struct with a primary key"
)]
pub trait InHierarchy: Lifecycle {
    /// What a query reads from, for Diesel to check conditions against: the table, or those of a subtype and
    /// its bases.
    type From: 'static;

    /// The entity in whose arena the objects lie: itself, or the enum of the hierarchy.
    type Root: Concrete<Root = Self::Root, Key = Self::Key>;

    /// The columns which the entity has, where others of its hierarchy have more.
    const HAS: ColumnSet = ColumnSet::first(128);

    /// The object as this entity sees it, if it is one.
    fn view(object: &Self::Root) -> Option<&Self>;

    /// The same to change it.
    fn view_mut(object: &mut Self::Root) -> Option<&mut Self>;

    /// The object itself, if it is no more than this entity.
    fn from_root(object: Self::Root) -> Result<Self, Self::Root>;

    /// Tells an object of a hierarchy which subtype it is.
    fn tell_subtype(&mut self) {}

    /// The subtype of an object in its hierarchy.
    fn subtype(&self) -> usize {
        0
    }

    /// The number of this entity in the process, by which an identity map finds its objects.
    fn entity_index() -> usize;
}

/// The process-wide number of an entity, given out at first use.
#[doc(hidden)]
#[derive(Debug)]
pub struct EntityIndex(AtomicUsize);

impl EntityIndex {
    /// Not numbered yet.
    #[allow(clippy::new_without_default, reason = "only the derive makes one, in a static")]
    pub const fn new() -> Self {
        EntityIndex(AtomicUsize::new(usize::MAX))
    }

    /// The number.
    #[inline]
    pub fn get(&self) -> usize {
        match self.0.load(Ordering::Relaxed) {
            usize::MAX => self.assign(),
            index => index,
        }
    }

    #[cold]
    fn assign(&self) -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        // Two threads may race for the first use; the number of the one that comes second is lost.
        match self.0.compare_exchange(usize::MAX, next, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => next,
            Err(index) => index,
        }
    }
}
