//! The functions that stand in an expression, by the names under which databases keep them.

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

/// Words before parentheses that call nothing, or are kept as a type.
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

/// Other names of functions, and the one that stands for all of them.
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

/// The name of a function, where a word is one; `called` says whether parentheses follow.
pub(super) fn function(dialect: Dialect, word: &str, called: bool) -> Option<&str> {
    let name = word.rsplit('.').next().unwrap_or(word);
    if NONE.contains(&name) || !called && !BARE.contains(&name) {
        return None;
    }
    let by_bytes = dialect.definitions().length_counts_bytes;
    let synonym = SYNONYMS.iter().find(|(other, one)| {
        // Both count bytes, or one counts characters.
        *other == name && (by_bytes || *one != "length")
    });
    Some(synonym.map_or(name, |(_, one)| one))
}

/// Whether a function says a time, whose exactness is that of the column.
pub(super) fn is_time(function: &str) -> bool {
    ["now", "current_time", "utc_time", "utc_timestamp"].contains(&function)
}
