//! How a database writes its SQL, where databases write the same statement differently.

use super::Explains;

/// The forms of SQL, used by `sql` and `expressions`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SqlForms {
    /// How a statement is explained.
    pub(crate) explains: Explains,
    /// The quote around names.
    pub(crate) quote: char,
    /// The most values that one statement can bind in the protocol.
    pub(crate) max_binds: usize,
    /// A placeholder has a number, as in `$1`; otherwise it is a `?`.
    pub(crate) numbers_placeholders: bool,
    /// How SQL is tokenised.
    pub(crate) lexis: Lexis,
    /// The values of many rows are sent as one array for each column.
    pub(crate) arrays: bool,
    /// A list of single keys is sent as one JSON text.
    pub(crate) json_lists: bool,
    /// A list of rows in a condition begins with VALUES.
    pub(crate) lists_rows_as_values: bool,
    /// Many rows are updated with `FROM (VALUES …)`; otherwise with CASE.
    pub(crate) updates_from_values: bool,
    /// The text of an INSERT of a row of defaults.
    pub(crate) default_row: &'static str,
    /// An upsert names its unique set (`ON CONFLICT`); otherwise all unique sets apply
    /// (`ON DUPLICATE KEY UPDATE`).
    pub(crate) upserts_by_conflict: bool,
    /// NULL sorts above every value by default.
    pub(crate) nulls_are_greatest: bool,
    /// `NULLS FIRST` and `NULLS LAST` are supported.
    pub(crate) says_order_of_nulls: bool,
    /// Rows of values are compared (`(a, b) > (?, ?)`) with the help of an index.
    pub(crate) seeks_rows: bool,
    /// A native enumeration is compared by its codes, although its variants order it.
    pub(crate) compares_enums_by_code: bool,
    /// How text is matched against a pattern.
    pub(crate) patterns: Patterns,
    /// Times are text, with the precision with which they were written.
    pub(crate) times_are_texts: bool,
    #[cfg_attr(not(feature = "decimal"), allow(dead_code, reason = "used for decimals"))]
    pub(crate) decimals: DecimalForms,
}

/// How decimals are calculated.
#[cfg_attr(not(feature = "decimal"), allow(dead_code, reason = "used for decimals"))]
#[derive(Debug, Clone, Copy)]
pub(crate) struct DecimalForms {
    /// Decimals are text, and functions of the program work on them.
    pub(crate) by_functions: bool,
    /// The text before and after a decimal whose mean is calculated. A mean has a few digits more
    /// than its values, so zeros after these give it many.
    pub(crate) around_means: [&'static str; 2],
    /// `FILTER (WHERE …)` is supported after an aggregate.
    pub(crate) filters_aggregates: bool,
}

/// How text is matched against a pattern, case sensitive or not.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Patterns {
    /// GLOB, or LIKE to ignore case.
    GlobAndLike,
    /// LIKE, or ILIKE to ignore case.
    LikeAndIlike,
    /// LIKE, with this collation, which compares bytes.
    LikeWithCollation(&'static str),
}

/// How SQL text is tokenised, where databases differ.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lexis {
    /// A backslash in a string escapes the next character.
    pub(crate) backslashes: bool,
    /// Double quotes enclose a string rather than a name.
    pub(crate) double_quotes_texts: bool,
    /// Brackets may enclose a name.
    pub(crate) brackets_names: bool,
    /// The quotes of a string may enclose a name, and the quotes of a name may enclose a string.
    pub(crate) mixes_quotes: bool,
    /// A word that begins with `0x` is a number.
    pub(crate) hex_numbers: bool,
    /// `||` means OR, and `&&` AND.
    pub(crate) bars_mean_or: bool,
    /// `#` begins a comment.
    pub(crate) hash_comments: bool,
    /// Two dashes begin a comment only before white space.
    pub(crate) dashes_need_space: bool,
    /// The contents of `/*! … */` are executed.
    pub(crate) executes_comments: bool,
    /// A placeholder may have a name, as in `:name`.
    pub(crate) named_placeholders: bool,
}
