//! New objects that references bring with them: they are added together with the object that refers.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::handle::RawHandle;
use super::identity::IdentityMap;
use crate::mapping::{Concrete, Entity, Reference};

/// How many new objects are held by references in the process. None, mostly: then nobody looks for them.
static HELD: AtomicUsize = AtomicUsize::new(0);

/// An object that a reference brings. Copies of the reference share it, and lead to one object.
pub(crate) struct Newcomer(Mutex<Stage>);

enum Stage {
    New(Box<dyn Bring + Send>),
    Added(RawHandle),
    /// It is being added, and whatever is added with it does not refer to it.
    Adding,
}

/// An object without its type.
trait Bring {
    fn bring(self: Box<Self>, map: &mut IdentityMap) -> RawHandle;
}

struct Object<T>(T);

impl<T: Concrete> Bring for Object<T> {
    fn bring(self: Box<Self>, map: &mut IdentityMap) -> RawHandle {
        map.add(self.0).raw()
    }
}

impl Newcomer {
    pub(crate) fn of<T: Concrete>(object: T) -> Self {
        HELD.fetch_add(1, Relaxed);
        Newcomer(Mutex::new(Stage::New(Box::new(Object(object)))))
    }

    /// The handle of the object, if it has been added.
    pub(crate) fn added(&self) -> Option<RawHandle> {
        match *self.stage() {
            Stage::Added(handle) => Some(handle),
            Stage::New(_) | Stage::Adding => None,
        }
    }

    /// Adds the object, if nobody has before.
    fn bring(&self, map: &mut IdentityMap) -> Option<RawHandle> {
        let before = std::mem::replace(&mut *self.stage(), Stage::Adding);
        let handle = match before {
            Stage::New(object) => {
                HELD.fetch_sub(1, Relaxed);
                object.bring(map)
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
        if let Stage::New(_) = *self.stage() {
            HELD.fetch_sub(1, Relaxed);
        }
    }
}

impl fmt::Debug for Newcomer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("new")
    }
}

impl IdentityMap {
    /// Adds the new objects that the references of an object hold, and makes them lead to these.
    pub(super) fn bring_newcomers_of<T: Entity>(&mut self, object: &mut T) {
        if HELD.load(Relaxed) == 0 {
            return;
        }
        for n in 0..T::META.foreign_keys.len() {
            let newcomer = object.reference(n).new.cloned();
            if let Some(link) = newcomer.and_then(|newcomer| newcomer.bring(self)) {
                object.set_reference(n, Reference::to(link));
            }
        }
    }

    /// Does the same for objects of the map to which such references were assigned.
    pub(crate) fn bring_newcomers(&mut self) {
        if HELD.load(Relaxed) == 0 {
            return;
        }
        for entity in self.entities_that_refer() {
            let Some(table) = self.table(entity).filter(|table| !table.is_clean()) else {
                continue;
            };
            let references = table.meta().foreign_keys.len();
            for slot in table.waiting() {
                for n in 0..references {
                    let table = self.table(entity);
                    let newcomer = table.and_then(|table| table.reference(slot, n).new.cloned());
                    let link = newcomer.and_then(|newcomer| newcomer.bring(self));
                    if let (Some(link), Some(table)) = (link, self.table_mut(entity)) {
                        table.complete_reference(slot, n, Reference::to(link));
                    }
                }
            }
        }
    }
}
