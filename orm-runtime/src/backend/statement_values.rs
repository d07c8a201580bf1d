//! The values of a statement as literals, for a reader.

use diesel::QueryResult;

use super::hidden_values::{STARS, Showing};
use super::sql_scan::{filled, placeholders};
use super::{Dialect, SqlFragment, fragment_text};

impl Dialect {
    /// Returns the values of a statement as literals.
    pub(super) fn literals(self, statement: &dyn SqlFragment) -> QueryResult<Vec<String>> {
        match self {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => super::sqlite::sqlite_literals::values(statement),
            #[cfg(feature = "postgres")]
            Dialect::Postgres => super::postgres::postgres_literals::values(statement),
            #[cfg(feature = "mysql")]
            Dialect::Mysql => super::mysql::mysql_literals::values(statement),
            #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            _ => super::fragment_text(self, statement).map(|_| Vec::new()),
        }
    }
}

/// Returns the values of a statement as SQL literals, in the order of its placeholders. Long values
/// are cut, and secrets are `***`. Sends no SQL.
pub(crate) fn debug_values(
    dialect: Dialect,
    statement: &dyn SqlFragment,
) -> QueryResult<Vec<String>> {
    let text = fragment_text(dialect, statement)?;
    let _showing = Showing::begin();
    let values = dialect.literals(statement)?;
    // If they cannot be assigned to their places, nothing is known about them.
    if placeholders(dialect, &text) != Ok(values.len()) {
        return Ok(vec![STARS.to_owned(); values.len()]);
    }
    Ok(values)
}

/// Returns the text of a statement with its values in place.
pub(crate) fn debug_text(dialect: Dialect, statement: &dyn SqlFragment) -> QueryResult<String> {
    let text = fragment_text(dialect, statement)?;
    Ok(filled(dialect, &text, &debug_values(dialect, statement)?))
}
