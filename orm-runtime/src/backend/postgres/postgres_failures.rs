//! The messages with which PostgreSQL reports failures. It has a separate field for each name.

use crate::backend::failure_words::FailureWords;

pub(super) const FAILURES: FailureWords = FailureWords {
    deadlock: &["deadlock"],
    serialization: &["could not serialize"],
    locked: &["lock timeout", "could not obtain lock"],
    cut_off: &["canceling statement due to"],
    read_only: &["in a read-only transaction"],
    lost: &[
        "no connection to the server",
        "server closed the connection",
        "terminating connection",
        "connection not open",
        "SSL connection has been closed",
    ],
    check: &[],
    refused_values: &[
        "out of range",
        "value too long for type",
        "numeric field overflow",
        "invalid byte sequence for encoding",
        "unsupported Unicode escape sequence",
    ],
    constraint_in: |_| None,
    column_in: |_| None,
};
