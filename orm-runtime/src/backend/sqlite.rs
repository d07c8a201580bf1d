//! SQLite.

mod sqlite_begin;
#[cfg(all(feature = "sqlite", feature = "decimal"))]
mod sqlite_decimal;
mod sqlite_defaults;
#[cfg(feature = "sqlite")]
mod sqlite_diesel;
mod sqlite_failures;
#[cfg(feature = "sqlite")]
pub(super) mod sqlite_holds;
mod sqlite_instants;
mod sqlite_keys;
#[cfg(feature = "sqlite")]
pub(super) mod sqlite_literals;
#[cfg(feature = "sqlite")]
mod sqlite_order_value;
mod sqlite_script;
#[cfg(feature = "sqlite")]
pub(super) mod sqlite_setup;
#[cfg(feature = "sqlite")]
mod sqlite_transport;
mod sqlite_types;
mod sqlite_url;

pub(crate) use sqlite_keys::SEQUENCES;
#[cfg(feature = "sqlite")]
pub(super) use sqlite_order_value::order_value;
pub(crate) use sqlite_script::{CHECKS_OFF, CHECKS_ON, RENAMES_ALL, RENAMES_ALONE};

use super::capabilities::{AfterFailure, Capabilities, Sequences, UnseenRows};
use super::comparison_forms::ComparisonForms;
use super::database_facts::Database;
use super::definition_forms::{CatalogKind, ColumnChanges, Comments, DefinitionForms, Identity};
use super::failure_words::FailureWords;
use super::known_keys::NewKeys;
use super::query_plan::{Explains, scans_of_lines};
use super::sql_forms::{DecimalForms, Lexis, Patterns, SqlForms};
use super::type_forms::{NativeEnums, TypeForms};
use super::url::UrlForm;

/// The facts of SQLite.
pub(super) struct Sqlite;

impl Database for Sqlite {
    const CAPABILITIES: Capabilities = CAPABILITIES;
    const SQL: SqlForms = SQL;
    const TYPES: TypeForms = TYPES;
    const DEFINITIONS: DefinitionForms = DEFINITIONS;
    const COMPARISON: ComparisonForms = COMPARISON;
    const FAILURES: FailureWords = sqlite_failures::FAILURES;
    const URL: UrlForm = sqlite_url::URL;
}

const CAPABILITIES: Capabilities = Capabilities {
    system_name: "sqlite",
    returns_changes: true,
    copies_rows: false,
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
    holds_whole_results: false,
    reads_what_it_writes: true,
    counts_rows_left_alone: true,
    tells_new_rows: None,
    refuses_second_upsert: false,
    cancels: None,
    resets_settings: None,
    begins: sqlite_begin::BEGINS,
    ddl_locks: None,
};

const SQL: SqlForms = SqlForms {
    explains: Explains {
        prefix: "EXPLAIN QUERY PLAN ",
        column: 3,
        full_scans: |plan| scans_of_lines(plan, "SCAN ", " USING "),
    },
    quote: '"',
    max_binds: 32_766,
    numbers_placeholders: false,
    lexis: Lexis {
        backslashes: false,
        double_quotes_texts: false,
        brackets_names: true,
        mixes_quotes: true,
        hex_numbers: false,
        bars_mean_or: false,
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
    seeks_rows: true,
    compares_enums_by_code: false,
    patterns: Patterns::GlobAndLike,
    times_are_texts: true,
    decimals: DecimalForms { by_functions: true, around_means: ["", ""], filters_aggregates: true },
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
    decimal,
    native_enums: NativeEnums::No,
    // Only this spelling makes the column an alias of the rowid.
    counted_key: Some("INTEGER"),
};

/// Returns the type: text that is compared as a number.
fn decimal(digits: Option<(u32, u32)>) -> String {
    let digits = digits.map_or(String::new(), |(all, behind)| format!("({all}, {behind})"));
    format!("DECIMAL_TEXT{digits} COLLATE decimal")
}

const DEFINITIONS: DefinitionForms = DefinitionForms {
    column_changes: ColumnChanges::NewTable,
    identity: Identity::Type,
    comments: Comments::Text,
    table_options: None,
    indexes_in_tables: false,
    unique_constraints: false,
    partial_indexes: true,
    references_bring_indexes: false,
    references_hold_types: false,
    limits_cascades: false,
    schemas_are_files: true,
    names_in_any_case: true,
    narrow_names: false,
    names_keys: false,
    says_null: false,
    computed_not_null: true,
    fills_new_columns: false,
    column_options: false,
    exact_now: None,
    instants: Some(sqlite_instants::INSTANTS),
    decimal_default: Some(sqlite_defaults::decimal_default),
    next_value: None,
    sequences_on_some_servers: false,
    view_if_missing: "IF NOT EXISTS ",
    if_missing: |statement, _| vec![statement.to_owned()],
    drops_together: None,
    catalog: CatalogKind::Texts,
};

const COMPARISON: ComparisonForms = ComparisonForms {
    keeps_expressions: true,
    turns_conditions: false,
    length_counts_bytes: false,
    keys_may_be_null: true,
    json_by_check: false,
    types_are_affinities: true,
    normal_type: str::to_owned,
    same_type: sqlite_types::same,
    text_holds: None,
    counted_by: None,
};
