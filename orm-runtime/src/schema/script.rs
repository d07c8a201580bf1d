//! Statements of the schema, to be run together.

/// Statements of the schema, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    pub(crate) statements: Vec<String>,
    /// SQLite is not to look at references while they run: a table that is dropped to be made anew
    /// would take the rows along that refer to it.
    pub(crate) unchecked: bool,
}

/// What SQLite heeds only outside of a transaction.
pub(crate) const CHECKS_OFF: &str = "PRAGMA foreign_keys = OFF";
pub(crate) const CHECKS_ON: &str = "PRAGMA foreign_keys = ON";

impl Script {
    pub(crate) fn new(statements: Vec<String>) -> Self {
        Script { statements, unchecked: false }
    }

    /// All that is sent on a connection that checks references.
    pub(crate) fn text(&self) -> Vec<String> {
        let mut text = self.statements.clone();
        if self.unchecked {
            text.insert(0, CHECKS_OFF.to_owned());
            text.push(CHECKS_ON.to_owned());
        }
        text
    }
}
