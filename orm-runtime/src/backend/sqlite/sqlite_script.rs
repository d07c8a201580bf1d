//! What SQLite is told while tables are made anew.

/// What SQLite heeds only outside of a transaction.
pub(crate) const CHECKS_OFF: &str = "PRAGMA foreign_keys = OFF";
pub(crate) const CHECKS_ON: &str = "PRAGMA foreign_keys = ON";

/// Whether a table that is renamed takes along what is said of it elsewhere: the new table is to be
/// found there by the name of the old one.
pub(crate) const RENAMES_ALONE: &str = "PRAGMA legacy_alter_table = ON";
pub(crate) const RENAMES_ALL: &str = "PRAGMA legacy_alter_table = OFF";
