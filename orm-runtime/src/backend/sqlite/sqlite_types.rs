//! The types of columns on SQLite, which maps each type to one of a few affinities.

use crate::backend::type_words::sized;

/// SQLite derives the affinity from a few words in a type, and treats values the same way for all
/// types of one affinity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

/// Returns the affinity of a type, by the rules that SQLite documents.
fn affinity(ty: &str) -> Affinity {
    let ty = ty.to_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| ty.contains(word));
    if has(&["INT"]) {
        Affinity::Integer
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        Affinity::Text
    } else if ty.is_empty() || has(&["BLOB"]) {
        Affinity::Blob
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        Affinity::Real
    } else {
        Affinity::Numeric
    }
}

/// Returns `true` if both are the same type.
pub(super) fn same(wanted: &str, found: &str) -> bool {
    let is_one_of = |names: &[&str], ty| names.contains(&sized(ty).0);
    match (affinity(wanted), affinity(found)) {
        (a, b) if a == b => true,
        // They store the same values, integral ones as integers.
        (Affinity::Integer | Affinity::Numeric, Affinity::Integer | Affinity::Numeric) => true,
        // So do these, but an integer takes less space in one of them.
        (Affinity::Real, Affinity::Numeric) => true,
        // Times are text that is not numeric, and stay unchanged.
        (_, Affinity::Text) => is_one_of(&["DATE", "TIME", "TIMESTAMP"], wanted),
        // Bytes stay unchanged in any column.
        (Affinity::Blob, _) => is_one_of(&["BINARY", "VARBINARY", "IMAGE", "BYTEA"], found),
        _ => false,
    }
}
