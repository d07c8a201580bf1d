//! The functions in expressions, by the names under which databases keep them.

use crate::backend::Dialect;

/// Functions and forms that are kept under other names, or with their parts in another order.
pub(super) const REWRITTEN: &[&str] = &[
    "extract",
    "date_part",
    "interval",
    "substring",
    "substr",
    "position",
    "overlay",
    "trim",
    "btrim",
    "zone",
    "timezone",
    "similar",
    "similar_escape",
    "symmetric",
    "mod",
    "xor",
    "escape",
    "convert",
    "isnull",
    "notnull",
    "ifnull",
    "nullif",
    "if",
    "collate",
    "row",
    "overlaps",
    "exists",
    "date_add",
    "date_sub",
    "regexp",
    "rlike",
    "json_extract",
    "json_unquote",
    "sounds",
    "binary",
    "nvl",
    "nvl2",
    "mid",
    "instr",
    "adddate",
    "subdate",
];

/// Words before parentheses that are not functions, or that are kept as a type.
const NONE: &[&str] = &[
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "datetime",
    "char",
    "varchar",
    "text",
    "decimal",
    "numeric",
    "signed",
    "unsigned",
    "any",
    "all",
    "some",
    "array",
    "values",
    "using",
    "from",
    "distinct",
    "on",
    "by",
    "over",
    "filter",
    "where",
    "select",
    "as",
    "to",
    "for",
    "of",
    "x",
    "e",
];

/// Functions that need no parentheses.
const BARE: &[&str] = &[
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
    "current_user",
    "session_user",
    "user",
    "current_role",
    "current_catalog",
    "current_schema",
    "utc_date",
    "utc_time",
    "utc_timestamp",
];

/// Synonyms of functions, and the canonical name of each.
const SYNONYMS: &[(&str, &str)] = &[
    ("lcase", "lower"),
    ("ucase", "upper"),
    ("character_length", "char_length"),
    ("octet_length", "length"),
    ("power", "pow"),
    ("ceiling", "ceil"),
    ("dayofmonth", "day"),
    ("curdate", "current_date"),
    ("curtime", "current_time"),
    ("current_timestamp", "now"),
    ("transaction_timestamp", "now"),
    ("localtimestamp", "now"),
    ("localtime", "now"),
    ("current_role", "current_user"),
    ("system_user", "user"),
    ("schema", "database"),
    ("sha", "sha1"),
];

/// Returns the canonical name of a function, if a word is one; `called` is true if parentheses
/// follow.
pub(super) fn function(dialect: Dialect, word: &str, called: bool) -> Option<&str> {
    let name = word.rsplit('.').next().unwrap_or(word);
    if NONE.contains(&name) || !called && !BARE.contains(&name) {
        return None;
    }
    let by_bytes = dialect.comparison().length_counts_bytes;
    let synonym = SYNONYMS.iter().find(|(other, one)| {
        // Both count bytes, or only one counts characters.
        *other == name && (by_bytes || *one != "length")
    });
    Some(synonym.map_or(name, |(_, one)| one))
}

/// Returns `true` if a function returns a time, whose precision is that of the column.
pub(super) fn is_time(function: &str) -> bool {
    ["now", "current_time", "utc_time", "utc_timestamp"].contains(&function)
}
