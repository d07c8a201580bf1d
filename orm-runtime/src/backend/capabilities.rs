//! What a database can do, and how it behaves: asked for in place of its name.

use super::Dialect;

/// What tells one database from another where the same work is done in another way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Capabilities {
    /// UPDATE, DELETE and an upsert return rows (`RETURNING`).
    pub(crate) returns_changes: bool,
    /// A statement that fails ends the transaction, or the savepoint around it.
    pub(crate) errors_end_transactions: bool,
    /// A SELECT goes on with the rows that the transaction has seen first, while an UPDATE meets them as
    /// they are now.
    pub(crate) keeps_first_look: bool,
    /// Rows are locked one by one, so that several transactions write at once.
    pub(crate) locks_rows: bool,
    /// A key of a row that is gone, or was rolled back, is made again.
    pub(crate) makes_keys_again: bool,
    /// `SELECT DISTINCT ON`.
    pub(crate) distinct_on: bool,
    /// A transaction has a number, by which its outcome can be asked for later.
    pub(crate) numbers_transactions: bool,
    /// A COMMIT that fails with an error of input or output may have been stored all the same.
    pub(crate) doubts_failed_writes: bool,
    /// A decimal is brought to the digits of its column when it is stored.
    pub(crate) scales_decimals: bool,
    /// OFFSET stands alone, without a LIMIT.
    pub(crate) offset_alone: bool,
    /// A statement reads, in a subquery, from the table that it writes.
    pub(crate) reads_what_it_writes: bool,
    /// A list of rows in a condition begins with VALUES.
    pub(crate) lists_rows_as_values: bool,
    /// An upsert says by its count of rows that it has left one alone.
    pub(crate) counts_rows_left_alone: bool,
}

impl Dialect {
    /// Returns what the database can do.
    pub(crate) const fn capabilities(self) -> Capabilities {
        match self {
            Dialect::Sqlite => SQLITE,
            Dialect::Postgres => POSTGRES,
            Dialect::Mysql => MYSQL,
        }
    }
}

const SQLITE: Capabilities = Capabilities {
    returns_changes: true,
    errors_end_transactions: false,
    keeps_first_look: false,
    locks_rows: false,
    makes_keys_again: true,
    distinct_on: false,
    numbers_transactions: false,
    doubts_failed_writes: true,
    scales_decimals: false,
    offset_alone: false,
    reads_what_it_writes: true,
    lists_rows_as_values: true,
    counts_rows_left_alone: true,
};

const POSTGRES: Capabilities = Capabilities {
    returns_changes: true,
    errors_end_transactions: true,
    keeps_first_look: false,
    locks_rows: true,
    makes_keys_again: false,
    distinct_on: true,
    numbers_transactions: true,
    doubts_failed_writes: false,
    scales_decimals: true,
    offset_alone: true,
    reads_what_it_writes: true,
    lists_rows_as_values: false,
    counts_rows_left_alone: true,
};

const MYSQL: Capabilities = Capabilities {
    returns_changes: false,
    errors_end_transactions: false,
    keeps_first_look: true,
    locks_rows: true,
    makes_keys_again: false,
    distinct_on: false,
    numbers_transactions: false,
    doubts_failed_writes: false,
    scales_decimals: true,
    offset_alone: false,
    reads_what_it_writes: false,
    lists_rows_as_values: false,
    counts_rows_left_alone: false,
};
