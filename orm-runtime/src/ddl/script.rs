//! Statements of the schema, to be run together.

use crate::backend::{CHECKS_OFF, CHECKS_ON, RENAMES_ALL, RENAMES_ALONE};

/// Statements of the schema, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    pub(crate) statements: Vec<String>,
    /// SQLite is not to look at references while they run: a table that is dropped to be made anew
    /// would take the rows along that refer to it.
    pub(crate) unchecked: bool,
}

impl Script {
    pub(crate) fn new(statements: Vec<String>) -> Self {
        Script { statements, unchecked: false }
    }

    /// All that is sent on a connection that checks references.
    pub(crate) fn text(&self) -> Vec<String> {
        let mut text = self.statements.clone();
        if self.unchecked {
            text.splice(0..0, [CHECKS_OFF, RENAMES_ALONE, "BEGIN"].map(str::to_owned));
            text.extend(["COMMIT", RENAMES_ALL, CHECKS_ON].map(str::to_owned));
        }
        text
    }
}
