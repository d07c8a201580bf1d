//! Schema statements that run together.

use crate::backend::{CHECKS_OFF, CHECKS_ON, RENAMES_ALL, RENAMES_ALONE};

/// Schema statements, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    pub(crate) statements: Vec<String>,
    /// Tells SQLite not to check references while the statements run. Otherwise dropping a table to
    /// rebuild it would delete the rows that reference it.
    pub(crate) unchecked: bool,
}

impl Script {
    pub(crate) fn new(statements: Vec<String>) -> Self {
        Script { statements, unchecked: false }
    }

    /// Returns all statements that are sent on a connection that checks references.
    pub(crate) fn text(&self) -> Vec<String> {
        let mut text = self.statements.clone();
        if self.unchecked {
            text.splice(0..0, [CHECKS_OFF, RENAMES_ALONE, "BEGIN"].map(str::to_owned));
            text.extend(["COMMIT", RENAMES_ALL, CHECKS_ON].map(str::to_owned));
        }
        text
    }
}
