//! How a database writes its SQL, where the same statement is written in another way.

/// The forms of SQL, asked by `sql` and `expressions`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SqlForms {
    /// The quote around names.
    pub(crate) quote: char,
    /// The most values that one statement can bind, as the protocol has it.
    pub(crate) max_binds: usize,
    /// A placeholder has a number, as in `$1`; otherwise it is a `?`.
    pub(crate) numbers_placeholders: bool,
    /// How SQL is read.
    pub(crate) lexis: Lexis,
    /// Values of many rows are sent as an array for each column.
    pub(crate) arrays: bool,
    /// A list of single keys is sent as one JSON text.
    pub(crate) json_lists: bool,
    /// A list of rows in a condition begins with VALUES.
    pub(crate) lists_rows_as_values: bool,
    /// Many rows are updated with `FROM (VALUES …)`; otherwise with CASE.
    pub(crate) updates_from_values: bool,
    /// What an INSERT of a row of defaults says.
    pub(crate) default_row: &'static str,
    /// An upsert names the unique set it is about (`ON CONFLICT`); otherwise it goes by all of them
    /// (`ON DUPLICATE KEY UPDATE`).
    pub(crate) upserts_by_conflict: bool,
    /// NULL is sorted above every value where nothing is said.
    pub(crate) nulls_are_greatest: bool,
    /// `NULLS FIRST` and `NULLS LAST`.
    pub(crate) says_order_of_nulls: bool,
    /// How a text is compared with a pattern.
    pub(crate) patterns: Patterns,
    /// Times are texts, as fine as they were written.
    pub(crate) times_are_texts: bool,
    #[cfg_attr(not(feature = "decimal"), allow(dead_code, reason = "asked about decimals"))]
    pub(crate) decimals: DecimalForms,
}

/// How decimals are worked on.
#[cfg_attr(not(feature = "decimal"), allow(dead_code, reason = "asked about decimals"))]
#[derive(Debug, Clone, Copy)]
pub(crate) struct DecimalForms {
    /// Decimals are texts, on which functions of the program work.
    pub(crate) by_functions: bool,
    /// What stands before and behind a decimal of which there is a mean. A mean has a few digits more
    /// than its values: zeros behind these make them many.
    pub(crate) around_means: [&'static str; 2],
    /// `FILTER (WHERE …)` behind an aggregate.
    pub(crate) filters_aggregates: bool,
}

/// How a text is compared with a pattern, with regard to capital and small letters or without.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Patterns {
    /// GLOB, and without regard LIKE.
    GlobAndLike,
    /// LIKE, and without regard ILIKE.
    LikeAndIlike,
    /// LIKE, by this collation, which compares bytes.
    LikeWithCollation(&'static str),
}

/// How SQL text is read, where databases differ.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lexis {
    /// A backslash in a text takes the next character as it is.
    pub(crate) backslashes: bool,
    /// What stands in double quotes is a text, and not a name.
    pub(crate) double_quotes_texts: bool,
    /// A name may stand in brackets.
    pub(crate) brackets_names: bool,
    /// A name may stand in the quotes of a text, and what stands in those of a name may be a text.
    pub(crate) mixes_quotes: bool,
    /// A word that begins with `0x` is a number.
    pub(crate) hex_numbers: bool,
    /// `||` means OR, and `&&` AND.
    pub(crate) bars_mean_or: bool,
    /// `#` begins a comment.
    pub(crate) hash_comments: bool,
    /// Two dashes begin a comment only before white space.
    pub(crate) dashes_need_space: bool,
    /// What stands in `/*! … */` is executed.
    pub(crate) executes_comments: bool,
    /// A placeholder may have a name, as in `:name`.
    pub(crate) named_placeholders: bool,
}
