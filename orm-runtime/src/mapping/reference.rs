//! Where a reference leads, without the types of its ends.

use std::any::Any;
use std::sync::Arc;

use super::Newcomer;
use crate::handle::RawHandle;

/// What a reference leads to, without its types.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations, reason = "a key without its type can not be shown")]
pub struct Reference<'a> {
    /// The object, where it is known: it counts before the key.
    pub(crate) handle: Option<RawHandle>,
    /// The key, of the target's key type.
    pub(crate) key: Option<&'a dyn Any>,
    /// An object that is in no session yet.
    pub(crate) new: Option<&'a Arc<Newcomer>>,
}

impl<'a> Reference<'a> {
    /// NULL, or no reference at all.
    pub const NULL: Self = Reference { handle: None, key: None, new: None };

    /// A reference to an object.
    pub(crate) fn to(handle: RawHandle) -> Self {
        Reference { handle: Some(handle), ..Self::NULL }
    }

    /// A reference to an object, where it is known, with a key.
    pub(crate) fn with_key(handle: Option<RawHandle>, key: Option<&'a dyn Any>) -> Self {
        Reference { handle, key, new: None }
    }

    /// Whether it leads nowhere.
    pub(crate) fn is_null(&self) -> bool {
        self.handle.is_none() && self.key.is_none() && self.new.is_none()
    }
}
