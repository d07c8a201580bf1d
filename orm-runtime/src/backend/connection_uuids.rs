//! The case in which a connection sends UUIDs to a database that stores them as text.

use super::Connection;

#[cfg(all(feature = "uuid", any(feature = "sqlite", feature = "mysql")))]
impl Connection {
    /// Sets whether UUIDs that were not read are sent in upper case. Returns `true` if the database
    /// stores them as text.
    pub(crate) fn send_capitals(&mut self, capitals: bool) -> bool {
        let are_texts = self.dialect().has_uuid_texts();
        if are_texts {
            self.spellings.set_capitals(capitals);
        }
        are_texts
    }

    /// Forgets how the UUIDs that were read are spelled.
    pub(crate) fn forget_spellings(&mut self) {
        self.spellings.clear();
    }
}

/// Returns `true` if UUIDs are currently sent in their usual spelling.
#[cfg(all(feature = "uuid", any(feature = "sqlite", feature = "mysql")))]
pub(crate) fn uuids_are_plain() -> bool {
    super::spelling::is_plain()
}

/// Returns `true`: no UUIDs are text.
#[cfg(all(feature = "uuid", not(any(feature = "sqlite", feature = "mysql"))))]
pub(crate) fn uuids_are_plain() -> bool {
    true
}

#[cfg(not(all(feature = "uuid", any(feature = "sqlite", feature = "mysql"))))]
impl Connection {
    /// Returns `false`: no UUIDs are text.
    pub(crate) fn send_capitals(&mut self, _capitals: bool) -> bool {
        false
    }

    /// Does nothing: no UUIDs are text.
    pub(crate) fn forget_spellings(&mut self) {}
}
