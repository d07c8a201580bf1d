//! The messages with which SQLite reports failures.

use crate::backend::failure_words::FailureWords;

pub(super) const FAILURES: FailureWords = FailureWords {
    deadlock: &[],
    serialization: &[],
    locked: &["is locked"],
    cut_off: &["interrupted"],
    read_only: &["readonly database"],
    lost: &[],
    check: &[],
    refused_values: &["datatype mismatch"],
    constraint_in,
    column_in,
};

/// Finds the constraint in "UNIQUE constraint failed: user.name" or "CHECK constraint failed:
/// positive".
fn constraint_in(message: &str) -> Option<&str> {
    Some(message.split_once(" constraint failed: ")?.1)
}

/// Finds the column in "NOT NULL constraint failed: user.name".
fn column_in(message: &str) -> Option<&str> {
    let columns = constraint_in(message)?;
    let first = columns.split(", ").next().and_then(|first| first.rsplit_once('.'));
    Some(first.map_or("", |(_, column)| column))
}
