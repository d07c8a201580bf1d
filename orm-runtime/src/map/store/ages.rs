//! The ages of facts that mean more than a time, and what was written in a transaction scope.

/// The horizon of a reader that believes nothing: everything is read again.
pub(crate) const READ_ALL: u32 = u32::MAX;
/// The horizon of a reader that believes everything: nothing is read again.
pub(crate) const BELIEVE_ALL: u32 = 0;
/// The age of a collection that was never loaded: it is as current as its new owner.
pub(crate) const NEVER_LOADED: u32 = 0;
/// The age of objects that are stale whatever the horizon.
pub(super) const STALE: u32 = 1;
/// The first age at which something is read.
pub(crate) const FIRST: u32 = 2;

/// What was written in an open transaction or savepoint: what it says of objects that are read in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Written {
    /// Nothing: what is read in it is not its own.
    #[default]
    Nothing,
    /// By flushes, of which the map knows each row.
    ByFlush,
    /// By statements of which the map does not know what they wrote.
    PastMap,
}
