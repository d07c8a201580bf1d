//! All that is known about one database.

use super::failure_words::FailureWords;
use super::url::UrlForm;
use super::{Capabilities, DefinitionForms, SqlForms, TypeForms};

/// A database, as plain data: what the rooms above ask for instead of its name.
///
/// It is a struct rather than a trait for three reasons: most of it is data, an enum variant
/// contains what its way of doing things needs, and a database that resembles another one takes the
/// rest from it.
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
    /// How it reports failures.
    pub(super) failures: FailureWords,
    /// How its URLs are parsed.
    pub(super) url: UrlForm,
}
