//! The names of column types.

/// The names of types, where databases differ; used by `sql`, `ddl` and `schema`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TypeForms {
    pub(crate) big_unsigned: &'static str,
    pub(crate) float: &'static str,
    pub(crate) double: &'static str,
    pub(crate) binary: &'static str,
    /// Bytes in a key or an index.
    pub(crate) keyed_binary: &'static str,
    /// Text without a length.
    pub(crate) text: &'static str,
    /// Text in a key or an index.
    pub(crate) keyed_text: &'static str,
    pub(crate) time: &'static str,
    pub(crate) timestamp: &'static str,
    /// A point in time.
    pub(crate) instant: &'static str,
    pub(crate) uuid: &'static str,
    pub(crate) json: &'static str,
    /// A decimal with these numbers of digits in total and after the decimal point, or with any.
    pub(crate) decimal: fn(Option<(u32, u32)>) -> String,
    pub(crate) native_enums: NativeEnums,
    /// The type of a key that the database generates, whatever the mapping says; otherwise its own
    /// type.
    pub(crate) counted_key: Option<&'static str>,
}

/// How native enumerations are named in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NativeEnums {
    /// There are none: text, with a CHECK.
    No,
    /// By the name of a type.
    Types,
    /// By a list of their codes.
    Lists,
}
