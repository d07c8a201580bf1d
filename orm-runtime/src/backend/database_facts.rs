//! All that is known of one database.

use super::failure_words::FailureWords;
use super::url::UrlForm;
use super::{Capabilities, DefinitionForms, SqlForms, TypeForms};

/// A database, as plain data: what the rooms above ask for in place of its name.
///
/// It is a struct and no trait, because most of it is data, because a way that only some databases
/// go has with it what it needs, and because a database that is like another one takes the rest
/// from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Database {
    /// What it can do, and how it behaves. Used by `session`.
    pub(crate) capabilities: Capabilities,
    /// How it writes statements. Used by `sql` and `expressions`.
    pub(crate) sql: SqlForms,
    /// How it names types. Used by `sql` and `ddl`.
    pub(crate) types: TypeForms,
    /// How it defines, changes and compares tables. Used by `ddl` and `schema`.
    pub(crate) definitions: DefinitionForms,
    /// How it tells what went wrong.
    pub(super) failures: FailureWords,
    /// How its URLs are read.
    pub(super) url: UrlForm,
}
