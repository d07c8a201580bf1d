//! In which letters a connection sends the UUIDs that its database keeps as texts.

use super::Connection;

#[cfg(all(feature = "uuid", any(feature = "sqlite", feature = "mysql")))]
impl Connection {
    /// Says whether UUIDs that were not read are sent in capitals. Answers whether the database keeps them as
    /// texts at all.
    pub(crate) fn send_capitals(&mut self, capitals: bool) -> bool {
        let are_texts = self.dialect().has_uuid_texts();
        if are_texts {
            self.spellings.set_capitals(capitals);
        }
        are_texts
    }

    /// Forgets how UUIDs that were read are written.
    pub(crate) fn forget_spellings(&mut self) {
        self.spellings.clear();
    }
}

/// Returns `true` if the UUIDs that are sent now are written as the program writes them.
#[cfg(all(feature = "uuid", any(feature = "sqlite", feature = "mysql")))]
pub(crate) fn uuids_are_plain() -> bool {
    super::spelling::is_plain()
}

/// There are no UUIDs that are texts.
#[cfg(all(feature = "uuid", not(any(feature = "sqlite", feature = "mysql"))))]
pub(crate) fn uuids_are_plain() -> bool {
    true
}

#[cfg(not(all(feature = "uuid", any(feature = "sqlite", feature = "mysql"))))]
impl Connection {
    /// There are no UUIDs that are texts.
    pub(crate) fn send_capitals(&mut self, _capitals: bool) -> bool {
        false
    }

    /// There are no UUIDs that are texts.
    pub(crate) fn forget_spellings(&mut self) {}
}
