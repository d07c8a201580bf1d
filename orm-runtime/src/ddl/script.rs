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

/// Whether a table that is renamed takes along what is said of it elsewhere: the new table is to be
/// found there by the name of the old one.
pub(crate) const RENAMES_ALONE: &str = "PRAGMA legacy_alter_table = ON";
pub(crate) const RENAMES_ALL: &str = "PRAGMA legacy_alter_table = OFF";

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
