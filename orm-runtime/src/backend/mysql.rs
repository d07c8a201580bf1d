//! MySQL and MariaDB.

mod mysql_begin;
#[cfg(feature = "mysql")]
pub(super) mod mysql_client;
mod mysql_definitions;
#[cfg(feature = "mysql")]
mod mysql_diesel;
mod mysql_failures;
#[cfg(feature = "mysql")]
pub(super) mod mysql_holds;
mod mysql_keys;
#[cfg(feature = "mysql")]
pub(super) mod mysql_literals;
mod mysql_locks;
#[cfg(feature = "mysql")]
mod mysql_order_value;
#[cfg(feature = "mysql")]
mod mysql_transport;
mod mysql_types;
mod mysql_url;

#[cfg(feature = "mysql")]
pub(super) use mysql_order_value::{Moment, bind_order_value, order_value};
pub(crate) use mysql_types::character_set;

use super::capabilities::{AfterFailure, Capabilities, RowLocks, Sequences, UnseenRows};
use super::comparison_forms::ComparisonForms;
use super::database_facts::Database;
use super::definition_forms::{CatalogKind, ColumnChanges, Comments, DefinitionForms, Identity};
use super::failure_words::FailureWords;
use super::known_keys::NewKeys;
use super::query_plan::{Explains, scans_of_json};
use super::sql_forms::{DecimalForms, Lexis, Patterns, SqlForms};
use super::type_forms::{NativeEnums, TypeForms};
use super::url::UrlForm;

/// The facts of MySQL and MariaDB.
pub(super) struct Mysql;

impl Database for Mysql {
    const CAPABILITIES: Capabilities = CAPABILITIES;
    const SQL: SqlForms = SQL;
    const TYPES: TypeForms = TYPES;
    const DEFINITIONS: DefinitionForms = DEFINITIONS;
    const COMPARISON: ComparisonForms = COMPARISON;
    const FAILURES: FailureWords = mysql_failures::FAILURES;
    const URL: UrlForm = mysql_url::URL;
}

const CAPABILITIES: Capabilities = Capabilities {
    system_name: "mysql",
    // MariaDB's RETURNING is unusable: a client learns of an error when rows arrive, and Diesel's
    // client leaves an error that comes in their place unread.
    returns_changes: false,
    copies_rows: false,
    after_failure: AfterFailure::OverByDeadlock,
    refuses_second_begin: false,
    keeps_first_look: true,
    unseen_rows: UnseenRows::ShownByLocks,
    // The older syntax, which MariaDB supports as well.
    row_locks: Some(RowLocks { share: " LOCK IN SHARE MODE", names_tables: false }),
    makes_keys_again: false,
    new_keys: NewKeys::Counted {
        counts_on: mysql_keys::counts_on,
        first: "SELECT CAST(LAST_INSERT_ID() AS SIGNED), \
                CAST(@@auto_increment_increment AS SIGNED)",
        first_if_counts: mysql_keys::first_key,
        reset: "SELECT CAST(LAST_INSERT_ID(0) AS SIGNED)",
    },
    advance_key: None,
    sequences: Sequences::SetTo { greatest: mysql_keys::greatest, set: mysql_keys::set_sequence },
    distinct_on: false,
    numbers_transactions: false,
    doubts_failed_writes: false,
    scales_decimals: true,
    offset_alone: false,
    // Diesel calls `mysql_stmt_store_result` for every statement.
    holds_whole_results: true,
    reads_what_it_writes: false,
    counts_rows_left_alone: false,
    tells_new_rows: None,
    refuses_second_upsert: false,
    cancels: Some(mysql_begin::CANCELS),
    resets_settings: None,
    begins: mysql_begin::BEGINS,
    ddl_locks: Some(mysql_locks::DDL_LOCKS),
};

const SQL: SqlForms = SqlForms {
    explains: Explains { prefix: "EXPLAIN FORMAT=JSON ", column: 0, full_scans: scans_of_json },
    quote: '`',
    max_binds: 65_535,
    numbers_placeholders: false,
    lexis: Lexis {
        backslashes: true,
        double_quotes_texts: true,
        brackets_names: false,
        mixes_quotes: false,
        hex_numbers: true,
        bars_mean_or: true,
        hash_comments: true,
        dashes_need_space: true,
        executes_comments: true,
        named_placeholders: false,
    },
    arrays: false,
    json_lists: false,
    lists_rows_as_values: false,
    updates_from_values: false,
    default_row: " () VALUES ()",
    upserts_by_conflict: false,
    nulls_are_greatest: false,
    says_order_of_nulls: false,
    seeks_rows: false,
    compares_enums_by_code: true,
    patterns: Patterns::LikeWithCollation("utf8mb4_bin"),
    times_are_texts: false,
    decimals: DecimalForms {
        by_functions: false,
        around_means: ["CAST(", " AS DECIMAL(65, 28))"],
        filters_aggregates: false,
    },
};

const TYPES: TypeForms = TypeForms {
    big_unsigned: "BIGINT UNSIGNED",
    float: "FLOAT",
    double: "DOUBLE",
    binary: "LONGBLOB",
    // Text without a length cannot have an index.
    keyed_binary: "VARBINARY(255)",
    text: "LONGTEXT",
    keyed_text: "VARCHAR(255)",
    time: "TIME(6)",
    timestamp: "DATETIME(6)",
    instant: "DATETIME(6)",
    uuid: "CHAR(36)",
    json: "JSON",
    decimal,
    native_enums: NativeEnums::Lists,
    counted_key: None,
};

/// Returns the type. The server needs a number of digits, so it gets room for all that
/// `rust_decimal` can hold.
fn decimal(digits: Option<(u32, u32)>) -> String {
    let (all, behind) = digits.unwrap_or((57, 28));
    format!("DECIMAL({all}, {behind})")
}

const DEFINITIONS: DefinitionForms = DefinitionForms {
    column_changes: ColumnChanges::Whole,
    identity: Identity::AutoIncrement,
    comments: Comments::Clauses,
    table_options: Some(mysql_definitions::TABLE_OPTIONS),
    indexes_in_tables: true,
    unique_constraints: false,
    partial_indexes: false,
    references_bring_indexes: true,
    references_hold_types: true,
    limits_cascades: true,
    schemas_are_files: false,
    names_in_any_case: true,
    narrow_names: true,
    names_keys: false,
    says_null: true,
    // MariaDB does not support NOT NULL there.
    computed_not_null: false,
    fills_new_columns: true,
    column_options: true,
    exact_now: Some("CURRENT_TIMESTAMP(6)"),
    instants: None,
    decimal_default: None,
    next_value: Some(mysql_definitions::next_value),
    sequences_on_some_servers: true,
    view_if_missing: "",
    if_missing: mysql_definitions::if_missing,
    // MariaDB drops the tables one after the other even so; MySQL treats this as a comment.
    drops_together: Some("/*M!100100 SET STATEMENT foreign_key_checks = 0 FOR */ "),
    catalog: CatalogKind::InformationSchema,
};

const COMPARISON: ComparisonForms = ComparisonForms {
    keeps_expressions: false,
    turns_conditions: true,
    length_counts_bytes: true,
    keys_may_be_null: false,
    json_by_check: true,
    types_are_affinities: false,
    normal_type: mysql_types::normal,
    same_type: mysql_types::same,
    text_holds: Some(16_383),
    counted_by: None,
};
