//! SQLite settings that are changed while tables are rebuilt.

/// Disables foreign keys. SQLite ignores this inside a transaction.
pub(crate) const CHECKS_OFF: &str = "PRAGMA foreign_keys = OFF";
pub(crate) const CHECKS_ON: &str = "PRAGMA foreign_keys = ON";

/// Keeps references to a table unchanged when it is renamed: after the rebuild they must refer to
/// the new table, which gets the name of the old one.
pub(crate) const RENAMES_ALONE: &str = "PRAGMA legacy_alter_table = ON";
pub(crate) const RENAMES_ALL: &str = "PRAGMA legacy_alter_table = OFF";
