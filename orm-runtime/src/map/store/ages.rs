//! Ages with a special meaning, and the writes of a transaction scope.

/// The horizon that makes every fact stale: everything is read again.
pub(crate) const READ_ALL: u32 = u32::MAX;
/// The horizon that makes no fact stale: nothing is read again.
pub(crate) const BELIEVE_ALL: u32 = 0;
/// The age of a collection that was never loaded: it is as current as its new owner.
pub(crate) const NEVER_LOADED: u32 = 0;
/// The age of objects that are stale at any horizon.
pub(super) const STALE: u32 = 1;
/// The first age at which a fact can be read.
pub(crate) const FIRST: u32 = 2;

/// The writes in an open transaction or savepoint, which decide what objects that are read in it
/// depend on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Written {
    /// Nothing was written: what is read in it does not depend on it.
    #[default]
    Nothing,
    /// Flushes have written, and the map knows each row.
    ByFlush,
    /// Statements have written rows that the map does not know.
    PastMap,
}
