//! The spelling of UUIDs in a database that stores them as text and compares them as text.
//!
//! UUIDs are sent in lower case with hyphens. Other programs may spell them differently, so a
//! connection remembers the different spellings that it has read, and sends these UUIDs as they
//! were read.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use foldhash::fast::RandomState;
use uuid::Uuid;

thread_local! {
    /// The spellings of the connection that is in use on this thread.
    static CURRENT: RefCell<Spellings> = RefCell::default();
}

/// How many connections of the process send upper case, plus one after any of them has read a UUID
/// in another spelling.
static ANY: AtomicUsize = AtomicUsize::new(0);
static READ: Once = Once::new();

type Read = HashMap<Uuid, Box<str>, RandomState>;

/// The other spellings of the UUIDs of one connection.
#[derive(Debug, Default)]
pub(crate) struct Spellings {
    /// `None` until there are any, because it changes hands with every statement.
    read: Option<Box<Read>>,
    /// Whether UUIDs that were not read are sent in upper case.
    capitals: bool,
    /// Whether a connection owns them: values read outside all connections are not recorded.
    owned: bool,
}

impl Spellings {
    /// Sets whether UUIDs that were not read are sent in upper case.
    pub(super) fn set_capitals(&mut self, capitals: bool) {
        match (self.capitals, capitals) {
            (false, true) => ANY.fetch_add(1, Ordering::Relaxed),
            (true, false) => ANY.fetch_sub(1, Ordering::Relaxed),
            _ => return,
        };
        self.capitals = capitals;
    }

    /// Forgets the spellings that were read.
    pub(super) fn clear(&mut self) {
        self.read = None;
    }
}

/// While it exists, values are read and sent with the spellings of one connection.
pub(super) struct Scope<'a>(&'a mut Spellings, Spellings);

impl<'a> Scope<'a> {
    pub(super) fn enter(own: &'a mut Spellings) -> Self {
        own.owned = true;
        let before = CURRENT.replace(std::mem::take(own));
        Scope(own, before)
    }
}

impl Drop for Scope<'_> {
    fn drop(&mut self) {
        *self.0 = CURRENT.replace(std::mem::take(&mut self.1));
    }
}

/// Returns `true` if all UUIDs are sent in lower case, so that they can be written before they are
/// sent.
pub(crate) fn is_plain() -> bool {
    ANY.load(Ordering::Relaxed) == 0
}

/// Records the spelling of a UUID that was read.
pub(super) fn note(uuid: Uuid, text: &[u8]) {
    let mut buffer = Uuid::encode_buffer();
    if text == uuid.hyphenated().encode_lower(&mut buffer).as_bytes() {
        return;
    }
    if let Ok(text) = std::str::from_utf8(text) {
        READ.call_once(|| {
            ANY.fetch_add(1, Ordering::Relaxed);
        });
        CURRENT.with_borrow_mut(|current| {
            if current.owned {
                current.read.get_or_insert_default().insert(uuid, text.into());
            }
        });
    }
}

/// Returns the string that is sent for a UUID.
pub(super) fn text(uuid: Uuid) -> String {
    let plain = |capitals: bool| {
        let mut buffer = Uuid::encode_buffer();
        let text = uuid.hyphenated();
        if capitals { &*text.encode_upper(&mut buffer) } else { text.encode_lower(&mut buffer) }
            .to_owned()
    };
    if is_plain() {
        return plain(false);
    }
    CURRENT.with_borrow(|current| match current.read.as_ref().and_then(|read| read.get(&uuid)) {
        Some(read) => read.to_string(),
        None => plain(current.capitals),
    })
}
