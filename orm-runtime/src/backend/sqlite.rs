//! SQLite.

#[cfg(all(feature = "sqlite", feature = "decimal"))]
mod sqlite_decimal;
#[cfg(feature = "sqlite")]
pub(super) mod sqlite_holds;
mod sqlite_keys;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite_setup;

pub(crate) use sqlite_keys::SEQUENCES;

use super::capabilities::{AfterFailure, Capabilities, Sequences, UnseenRows};
use super::database::Database;
use super::known_keys::NewKeys;
use super::sql_forms::{Lexis, Patterns, SqlForms};
use super::type_forms::{NativeEnums, TypeForms};

pub(super) const DATABASE: Database =
    Database { capabilities: CAPABILITIES, sql: SQL, types: TYPES };

const CAPABILITIES: Capabilities = Capabilities {
    returns_changes: true,
    after_failure: AfterFailure::PerhapsOver,
    refuses_second_begin: true,
    keeps_first_look: false,
    unseen_rows: UnseenRows::None,
    row_locks: None,
    makes_keys_again: true,
    new_keys: NewKeys::ReturnedInOrder {
        worth_counting: 128,
        counts_on: sqlite_keys::counts_on,
        last: "SELECT last_insert_rowid()",
    },
    advance_key: None,
    sequences: Sequences::Counters(sqlite_keys::advance_counter),
    distinct_on: false,
    numbers_transactions: false,
    doubts_failed_writes: true,
    scales_decimals: false,
    offset_alone: false,
    reads_what_it_writes: true,
    counts_rows_left_alone: true,
    refuses_second_upsert: false,
    ddl_locks: None,
};

const SQL: SqlForms = SqlForms {
    quote: '"',
    max_binds: 32_766,
    numbers_placeholders: false,
    lexis: Lexis {
        backslashes: false,
        double_quotes_texts: false,
        brackets_names: true,
        hash_comments: false,
        dashes_need_space: false,
        executes_comments: false,
        named_placeholders: true,
    },
    arrays: false,
    json_lists: true,
    lists_rows_as_values: true,
    updates_from_values: true,
    default_row: " DEFAULT VALUES",
    upserts_by_conflict: true,
    nulls_are_greatest: false,
    says_order_of_nulls: true,
    patterns: Patterns::GlobAndLike,
    decimals_by_functions: true,
    around_means: ["", ""],
    filters_aggregates: true,
};

const TYPES: TypeForms = TypeForms {
    big_unsigned: "BIGINT",
    float: "REAL",
    double: "DOUBLE PRECISION",
    binary: "BLOB",
    keyed_binary: "BLOB",
    text: "TEXT",
    keyed_text: "TEXT",
    time: "TIME",
    timestamp: "TIMESTAMP",
    instant: "TIMESTAMP",
    uuid: "TEXT",
    json: "TEXT",
    decimal: decimal,
    native_enums: NativeEnums::No,
    // Only this spelling makes the column the row's own number.
    counted_key: Some("INTEGER"),
};

/// A text that is compared as a number.
fn decimal(digits: Option<(u32, u32)>) -> String {
    let digits = digits.map_or(String::new(), |(all, behind)| format!("({all}, {behind})"));
    format!("DECIMAL_TEXT{digits} COLLATE decimal")
}
