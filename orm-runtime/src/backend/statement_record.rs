//! One statement that was sent.

use std::time::Duration;

use super::Origin;

/// One statement that was sent, as [`Session::take_log`](crate::Session::take_log) returns it.
///
/// It never contains bound values.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatementRecord {
    /// The SQL text, with placeholders.
    pub sql: String,
    /// How many rows were returned or changed, if the session knows it.
    pub rows: Option<usize>,
    /// The time from the start of the statement to its end, including reading its rows.
    pub time: Duration,
    /// Whether the statement failed.
    pub failed: bool,
    /// Where the statement comes from.
    pub origin: Origin,
}

impl StatementRecord {
    /// Returns `true` if the statement begins or ends a transaction or a savepoint.
    pub fn is_transaction_control(&self) -> bool {
        self.kind() == StatementKind::Transaction
    }

    /// Returns what the statement does, by its first word.
    pub fn kind(&self) -> StatementKind {
        StatementKind::of(&self.sql)
    }
}

/// What a statement does, by its first word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatementKind {
    /// It reads rows: `SELECT`, `WITH`, `VALUES`.
    Select,
    /// It inserts rows: `INSERT`, `REPLACE`, `COPY`.
    Insert,
    /// It updates rows.
    Update,
    /// It deletes rows.
    Delete,
    /// It begins or ends a transaction or a savepoint.
    Transaction,
    /// Anything else, such as a statement about tables.
    Other,
}

impl StatementKind {
    /// Returns the kind of a statement. A comment before it is skipped.
    pub(crate) fn of(sql: &str) -> Self {
        let mut sql = sql.trim_start();
        while let Some((_, rest)) = sql.strip_prefix("/*").and_then(|rest| rest.split_once("*/")) {
            sql = rest.trim_start();
        }
        let word = sql.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        match word.to_ascii_uppercase().as_str() {
            "SELECT" | "WITH" | "VALUES" => StatementKind::Select,
            "INSERT" | "REPLACE" | "COPY" => StatementKind::Insert,
            "UPDATE" => StatementKind::Update,
            "DELETE" => StatementKind::Delete,
            "BEGIN" | "COMMIT" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" | "START" => {
                StatementKind::Transaction
            }
            // The options of the next transaction, on MySQL.
            "SET" if sql.starts_with("SET TRANSACTION ") => StatementKind::Transaction,
            _ => StatementKind::Other,
        }
    }

    /// Returns the word for the kind, such as `SELECT`; for a transaction and for anything else the
    /// first word of the statement says more.
    pub fn name(self) -> &'static str {
        match self {
            StatementKind::Select => "SELECT",
            StatementKind::Insert => "INSERT",
            StatementKind::Update => "UPDATE",
            StatementKind::Delete => "DELETE",
            StatementKind::Transaction => "TRANSACTION",
            StatementKind::Other => "OTHER",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StatementKind as Kind;

    #[test]
    fn the_first_word_says_what_a_statement_does() {
        for (sql, kind) in [
            ("SELECT 1", Kind::Select),
            ("  with x AS (SELECT 1) SELECT * FROM x", Kind::Select),
            ("/* report: a */ /* b */ SELECT 1", Kind::Select),
            ("COPY t FROM STDIN", Kind::Insert),
            ("insert into t values (1)", Kind::Insert),
            ("ROLLBACK TO SAVEPOINT a", Kind::Transaction),
            ("CREATE TABLE t (id INTEGER)", Kind::Other),
            ("/* open", Kind::Other),
            ("", Kind::Other),
        ] {
            assert_eq!(Kind::of(sql), kind, "{sql}");
        }
    }
}
