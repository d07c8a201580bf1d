//! All that is known about one database.

use super::failure_words::FailureWords;
use super::url::UrlForm;
use super::{Capabilities, ComparisonForms, DefinitionForms, SqlForms, TypeForms};

/// A database, as plain data: what the rooms above ask for instead of its name.
///
/// Most of it is data, an enum variant contains what its way of doing things needs, and a database
/// that resembles another one takes the rest from it. Each topic is a constant of its own, so that
/// a program contains only the topics that it uses.
pub(super) trait Database {
    /// What it can do, and how it behaves. Used by `session`.
    const CAPABILITIES: Capabilities;
    /// How it writes statements. Used by `sql` and `expressions`.
    const SQL: SqlForms;
    /// How it names types. Used by `sql` and `ddl`.
    const TYPES: TypeForms;
    /// How it defines and changes tables. Used by `ddl` and `schema`.
    const DEFINITIONS: DefinitionForms;
    /// How its definitions are compared. Used by `schema`.
    const COMPARISON: ComparisonForms;
    /// How it reports failures.
    const FAILURES: FailureWords;
    /// How its URLs are parsed.
    const URL: UrlForm;
}
