//! New objects that references hold: each is added together with the object that references it.

use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::EntityType;
use crate::handle::RawHandle;

/// The number of new objects that references in the process hold. It is usually zero, and then no
/// search for them is needed.
static HELD: AtomicUsize = AtomicUsize::new(0);

/// A new object that a reference holds. Copies of the reference share it, and reference one object.
pub(crate) struct Newcomer(Mutex<Stage>);

enum Stage {
    New(EntityType, Box<dyn Any + Send>),
    Added(RawHandle),
    /// The object is being added, and objects that are added with it do not reference it.
    Adding,
}

impl Newcomer {
    pub(crate) fn new(entity: EntityType, object: Box<dyn Any + Send>) -> Self {
        HELD.fetch_add(1, Relaxed);
        Newcomer(Mutex::new(Stage::New(entity, object)))
    }

    /// Returns `true` if a reference in the process holds a new object.
    pub(crate) fn is_held() -> bool {
        HELD.load(Relaxed) > 0
    }

    /// Returns the handle of the object, if it has been added.
    pub(crate) fn added(&self) -> Option<RawHandle> {
        match *self.stage() {
            Stage::Added(handle) => Some(handle),
            Stage::New(..) | Stage::Adding => None,
        }
    }

    /// Adds the object, unless it has been added before.
    pub(crate) fn bring(
        &self,
        add: impl FnOnce(EntityType, Box<dyn Any + Send>) -> Option<RawHandle>,
    ) -> Option<RawHandle> {
        let before = std::mem::replace(&mut *self.stage(), Stage::Adding);
        let handle = match before {
            Stage::New(entity, object) => {
                HELD.fetch_sub(1, Relaxed);
                add(entity, object)?
            }
            Stage::Added(handle) => handle,
            Stage::Adding => return None,
        };
        *self.stage() = Stage::Added(handle);
        Some(handle)
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        if let Stage::New(..) = *self.stage() {
            HELD.fetch_sub(1, Relaxed);
        }
    }
}

impl fmt::Debug for Newcomer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("new")
    }
}
