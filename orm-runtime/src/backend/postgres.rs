//! PostgreSQL.

#[cfg(feature = "postgres")]
mod civil;
#[cfg(feature = "postgres")]
mod pg_array;
#[cfg(feature = "postgres")]
pub(super) mod pg_copy;
mod postgres_begin;
mod postgres_definitions;
#[cfg(feature = "postgres")]
mod postgres_diesel;
mod postgres_failures;
#[cfg(feature = "postgres")]
pub(super) mod postgres_holds;
mod postgres_keys;
#[cfg(feature = "postgres")]
pub(super) mod postgres_literals;
mod postgres_locks;
#[cfg(feature = "postgres")]
mod postgres_order_value;
#[cfg(feature = "postgres")]
mod postgres_transport;
mod postgres_types;
mod postgres_url;

#[cfg(feature = "postgres")]
pub use pg_array::PgArray;
#[cfg(feature = "postgres")]
pub(crate) use pg_array::bind_array;
#[cfg(feature = "postgres")]
pub(super) use postgres_order_value::{bind_order_value, order_value};

use super::capabilities::{AfterFailure, Capabilities, RowLocks, Sequences, UnseenRows};
use super::comparison_forms::ComparisonForms;
use super::database_facts::Database;
use super::definition_forms::{CatalogKind, ColumnChanges, Comments, DefinitionForms, Identity};
use super::failure_words::FailureWords;
use super::known_keys::NewKeys;
use super::query_plan::{Explains, scans_of_lines};
use super::sql_forms::{DecimalForms, Lexis, Patterns, SqlForms};
use super::type_forms::{NativeEnums, TypeForms};
use super::url::UrlForm;

/// The facts of PostgreSQL.
pub(super) struct Postgres;

impl Database for Postgres {
    const CAPABILITIES: Capabilities = CAPABILITIES;
    const SQL: SqlForms = SQL;
    const TYPES: TypeForms = TYPES;
    const DEFINITIONS: DefinitionForms = DEFINITIONS;
    const COMPARISON: ComparisonForms = COMPARISON;
    const FAILURES: FailureWords = postgres_failures::FAILURES;
    const URL: UrlForm = postgres_url::URL;
}

const CAPABILITIES: Capabilities = Capabilities {
    system_name: "postgresql",
    returns_changes: true,
    copies_rows: true,
    after_failure: AfterFailure::ScopeOver,
    refuses_second_begin: false,
    keeps_first_look: false,
    unseen_rows: UnseenRows::If(
        "SELECT CAST(CASE current_setting('transaction_isolation') \
         WHEN 'read committed' THEN 0 ELSE 1 END AS bigint)",
    ),
    row_locks: Some(RowLocks { share: " FOR SHARE", names_tables: true }),
    makes_keys_again: false,
    new_keys: NewKeys::Returned {
        facts: postgres_keys::facts,
        ascend: postgres_keys::ascend,
        values_of_default: postgres_keys::values_of_default,
    },
    advance_key: Some(postgres_keys::advance_key),
    sequences: Sequences::Select(postgres_keys::advance_sequence),
    distinct_on: true,
    numbers_transactions: true,
    doubts_failed_writes: false,
    scales_decimals: true,
    offset_alone: true,
    holds_whole_results: false,
    reads_what_it_writes: true,
    counts_rows_left_alone: true,
    tells_new_rows: Some("(xmax = 0)"),
    refuses_second_upsert: true,
    cancels: Some(postgres_begin::CANCELS),
    resets_settings: Some(postgres_begin::RESET),
    begins: postgres_begin::BEGINS,
    ddl_locks: Some(postgres_locks::DDL_LOCKS),
};

const SQL: SqlForms = SqlForms {
    explains: Explains {
        prefix: "EXPLAIN ",
        column: 0,
        full_scans: |plan| scans_of_lines(plan, "Seq Scan on ", ""),
    },
    quote: '"',
    max_binds: 65_535,
    numbers_placeholders: true,
    lexis: Lexis {
        backslashes: false,
        double_quotes_texts: false,
        brackets_names: false,
        mixes_quotes: false,
        hex_numbers: false,
        bars_mean_or: false,
        hash_comments: false,
        dashes_need_space: false,
        executes_comments: false,
        named_placeholders: false,
    },
    arrays: true,
    json_lists: false,
    lists_rows_as_values: false,
    updates_from_values: true,
    default_row: " DEFAULT VALUES",
    upserts_by_conflict: true,
    nulls_are_greatest: true,
    says_order_of_nulls: true,
    seeks_rows: true,
    compares_enums_by_code: false,
    patterns: Patterns::LikeAndIlike,
    times_are_texts: false,
    decimals: DecimalForms {
        by_functions: false,
        around_means: ["(", ") + 0e-60"],
        filters_aggregates: true,
    },
};

const TYPES: TypeForms = TypeForms {
    big_unsigned: "BIGINT",
    float: "REAL",
    double: "DOUBLE PRECISION",
    binary: "BYTEA",
    keyed_binary: "BYTEA",
    text: "TEXT",
    keyed_text: "TEXT",
    time: "TIME",
    timestamp: "TIMESTAMP",
    instant: "TIMESTAMPTZ",
    uuid: "UUID",
    json: "JSONB",
    decimal,
    native_enums: NativeEnums::Types,
    counted_key: None,
};

/// Returns the type. Without digits it holds any decimal.
fn decimal(digits: Option<(u32, u32)>) -> String {
    let digits = digits.map_or(String::new(), |(all, behind)| format!("({all}, {behind})"));
    format!("NUMERIC{digits}")
}

const DEFINITIONS: DefinitionForms = DefinitionForms {
    column_changes: ColumnChanges::Piecemeal,
    identity: Identity::Generated,
    comments: Comments::Statements,
    table_options: None,
    indexes_in_tables: false,
    unique_constraints: true,
    partial_indexes: true,
    references_bring_indexes: false,
    references_hold_types: false,
    limits_cascades: false,
    schemas_are_files: false,
    names_in_any_case: false,
    narrow_names: false,
    names_keys: true,
    says_null: false,
    computed_not_null: true,
    fills_new_columns: false,
    column_options: false,
    exact_now: None,
    instants: None,
    decimal_default: None,
    next_value: Some(postgres_definitions::next_value),
    sequences_on_some_servers: false,
    view_if_missing: "",
    if_missing: postgres_definitions::if_missing,
    drops_together: Some(""),
    catalog: CatalogKind::PgCatalog,
};

const COMPARISON: ComparisonForms = ComparisonForms {
    keeps_expressions: false,
    turns_conditions: false,
    length_counts_bytes: false,
    keys_may_be_null: false,
    json_by_check: false,
    types_are_affinities: false,
    normal_type: postgres_types::normal,
    same_type: postgres_types::same,
    text_holds: None,
    counted_by: Some(postgres_definitions::counted_by),
};
