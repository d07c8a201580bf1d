//! The target of a reference, without the types of its ends.

use std::any::Any;
use std::sync::Arc;

use super::Newcomer;
use crate::handle::RawHandle;

/// The target of a reference, without its types.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations, reason = "a key without its type cannot be shown")]
pub struct Reference<'a> {
    /// The object, if it is known: it takes precedence over the key.
    pub(crate) handle: Option<RawHandle>,
    /// The key, as a value of the target's key type.
    pub(crate) key: Option<&'a dyn Any>,
    /// An object that is not in a session yet.
    pub(crate) new: Option<&'a Arc<Newcomer>>,
}

impl<'a> Reference<'a> {
    /// NULL, or no reference at all.
    pub const NULL: Self = Reference { handle: None, key: None, new: None };

    /// Creates a reference to an object.
    pub(crate) fn to(handle: RawHandle) -> Self {
        Reference { handle: Some(handle), ..Self::NULL }
    }

    /// Creates a reference with a key, and with an object if it is known.
    pub(crate) fn with_key(handle: Option<RawHandle>, key: Option<&'a dyn Any>) -> Self {
        Reference { handle, key, new: None }
    }

    /// Returns `true` if it references nothing.
    pub(crate) fn is_null(&self) -> bool {
        self.handle.is_none() && self.key.is_none() && self.new.is_none()
    }
}
