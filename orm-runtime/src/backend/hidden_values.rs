//! The values of a statement as texts, for a reader. The values of secret columns are not among
//! them.
//!
//! A value that is hidden never leaves its object: while values are shown, a mark is bound in its
//! place. Generated code hides the fields with `#[entity(secret)]`. Conditions and assignments of
//! the user are hidden as a whole if their text may name a secret column (`known_names.rs`).

use std::cell::Cell;

use diesel::QueryResult;
use diesel::sql_types::Text;

use super::known_names::may_have_secrets;
use super::sql_scan::placeholders;
use super::{SqlFragment, SqlWriter, fragment_text};

/// What a reader sees in the place of a secret.
pub(crate) const STARS: &str = "***";

/// The mark that is bound for a hidden value.
const HIDDEN: &str = "\u{1}orm hidden value";

/// The mark that is bound for keys that are known only when a statement is sent.
const LATER: &str = "\u{1}orm later value";

thread_local! {
    /// Set while the values of a statement are read for a reader.
    static SHOWING: Cell<bool> = const { Cell::new(false) };
}

/// Shows values until it is dropped.
pub(super) struct Showing(bool);

impl Showing {
    pub(super) fn begin() -> Self {
        Showing(SHOWING.replace(true))
    }
}

impl Drop for Showing {
    fn drop(&mut self) {
        SHOWING.set(self.0);
    }
}

impl<'b> SqlWriter<'_, 'b> {
    /// Returns `true` if the values are for a reader, so that a secret must be hidden.
    pub fn hides(&self) -> bool {
        SHOWING.get()
    }

    /// Binds a mark in the place of a secret.
    pub fn hide(&mut self) -> QueryResult<()> {
        self.bind::<Text, str>(HIDDEN)
    }

    /// Writes the place of a value that is known only when the statement is sent.
    pub(crate) fn bind_later(&mut self) -> QueryResult<()> {
        self.bind::<Text, str>(LATER)
    }

    /// Writes a part that the user wrote. If it may have values of secret columns, and the values
    /// are for a reader, they are hidden.
    pub(crate) fn part(&mut self, part: &'b dyn SqlFragment) -> QueryResult<()> {
        if self.hides() && self.collects() {
            let text = fragment_text(self.dialect(), part)?;
            if may_have_secrets(self.dialect(), &text) {
                let values = placeholders(self.dialect(), &text).unwrap_or_default();
                return (0..values).try_for_each(|_| self.hide());
            }
        }
        part.walk(self)
    }
}

/// A whole statement that the user wrote.
pub(crate) struct ByUser<'a>(pub(crate) &'a dyn SqlFragment);

impl SqlFragment for ByUser<'_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        pass.part(self.0)
    }
}

/// Returns what a reader sees in the place of a mark.
pub(super) fn mark(bytes: &[u8]) -> Option<String> {
    match bytes {
        _ if bytes == HIDDEN.as_bytes() => Some(STARS.to_owned()),
        _ if bytes == LATER.as_bytes() => Some("/* keys */".to_owned()),
        _ => None,
    }
}
