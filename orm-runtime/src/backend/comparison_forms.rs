//! How the definitions that a database reports compare with those of the mapping.

/// The forms of comparison, used by `schema`.
///
/// They are separate from [`DefinitionForms`](super::DefinitionForms), so that a program that
/// compares nothing does not contain the functions that compare types.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ComparisonForms {
    /// Expressions are kept as they were written.
    pub(crate) keeps_expressions: bool,
    /// Negated conditions are rewritten instead of keeping NOT, and `x` becomes `x <> 0`.
    pub(crate) turns_conditions: bool,
    /// `length` counts bytes.
    pub(crate) length_counts_bytes: bool,
    /// The catalogue reports columns of a key as nullable, which is not intended.
    pub(crate) keys_may_be_null: bool,
    /// JSON may be text with a CHECK.
    pub(crate) json_by_check: bool,
    /// Types are compared by their effect on values; a type that the mapping names is compared by
    /// name.
    pub(crate) types_are_affinities: bool,
    /// Converts a type, which is in upper case, to the spelling in which it is compared.
    pub(crate) normal_type: fn(&str) -> String,
    /// Compares two types for equality. Both are normalised, the wanted one first.
    pub(crate) same_type: fn(&str, &str) -> bool,
    /// How many characters TEXT holds, if there is a limit.
    pub(crate) text_holds: Option<u64>,
    /// Reads the sequence, with its schema, from a default that is its next value.
    pub(crate) counted_by: Option<CountedBy>,
}

/// Reads the sequence, with its schema, from a default that is its next value.
pub(crate) type CountedBy = fn(&str) -> Option<(Option<String>, String)>;
