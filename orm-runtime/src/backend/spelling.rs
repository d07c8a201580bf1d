//! UUIDs as they are written in a database that keeps them as texts and compares them as such.
//!
//! They are sent in small letters with hyphens. Other programs write them in another way, so a connection
//! remembers those that it has read so, and sends them as they were read.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use foldhash::fast::RandomState;
use uuid::Uuid;

thread_local! {
    /// Those of the connection that is in use on this thread.
    static CURRENT: RefCell<Spellings> = RefCell::default();
}

/// How many connections of the process there are that send capitals, and one more when any of them has read a
/// UUID that is written in another way.
static ANY: AtomicUsize = AtomicUsize::new(0);
static READ: Once = Once::new();

type Read = HashMap<Uuid, Box<str>, RandomState>;

/// How the UUIDs of one connection are written, where that is in another way.
#[derive(Debug, Default)]
pub(crate) struct Spellings {
    /// None as long as there are none, for it changes hands with every statement.
    read: Option<Box<Read>>,
    /// Whether those that were not read are sent in capitals.
    capitals: bool,
    /// Whether a connection has them: what is read past all of them is not noted.
    owned: bool,
}

impl Spellings {
    /// Says how those are sent that were not read.
    pub(super) fn set_capitals(&mut self, capitals: bool) {
        match (self.capitals, capitals) {
            (false, true) => ANY.fetch_add(1, Ordering::Relaxed),
            (true, false) => ANY.fetch_sub(1, Ordering::Relaxed),
            _ => return,
        };
        self.capitals = capitals;
    }

    /// Forgets what was read.
    pub(super) fn clear(&mut self) {
        self.read = None;
    }
}

/// As long as it is there, values are read and sent on the connection whose UUIDs these are.
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

/// Whether all UUIDs are sent in small letters, so that they can be written before they are sent.
pub(crate) fn is_plain() -> bool {
    ANY.load(Ordering::Relaxed) == 0
}

/// Notes how a UUID is written that was read.
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

/// The text by which a UUID is sent.
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
