//! The names of types on PostgreSQL, which has several names for one type and reports one of them.

use crate::backend::definition_forms::clipped;
use crate::backend::type_words::{is_single, or_one, sized, with_scale};

/// Returns the name that PostgreSQL reports for a type, which is in upper case.
pub(super) fn normal(ty: &str) -> String {
    let (ty, array) = match element(ty) {
        Some(ty) => (ty, "[]"),
        None => (ty, ""),
    };
    let (name, size) = sized(ty);
    let normal = match name {
        _ if ty.starts_with('"') => ty.to_owned(),
        "CHARACTER VARYING"
        | "NATIONAL CHARACTER VARYING"
        | "NATIONAL CHAR VARYING"
        | "NCHAR VARYING"
        | "CHAR VARYING" => format!("VARCHAR{size}"),
        "INT" | "INT4" => "INTEGER".to_owned(),
        "INT8" => "BIGINT".to_owned(),
        "INT2" => "SMALLINT".to_owned(),
        "FLOAT4" => "REAL".to_owned(),
        "FLOAT" | "FLOAT8" if !is_single(size) => "DOUBLE PRECISION".to_owned(),
        "FLOAT" => "REAL".to_owned(),
        "BOOL" => "BOOLEAN".to_owned(),
        "NUMERIC" | "DECIMAL" | "DEC" => format!("NUMERIC{}", with_scale(size)),
        "CHAR" | "CHARACTER" | "NCHAR" | "NATIONAL CHARACTER" | "NATIONAL CHAR" => {
            format!("CHAR{}", or_one(size))
        }
        "BPCHAR" if !size.is_empty() => format!("CHAR{size}"),
        "BIT" => format!("BIT{}", or_one(size)),
        "VARBIT" => format!("BIT VARYING{size}"),
        _ => {
            let zoned = ty.strip_suffix(" WITH TIME ZONE").map(|ty| match ty.split_once('(') {
                Some((name, rest)) => format!("{}TZ({rest}", name.trim_end()),
                None => format!("{ty}TZ"),
            });
            zoned.unwrap_or_else(|| ty.replace(" WITHOUT TIME ZONE", ""))
        }
    };
    normal + array
}

/// Returns `true` if both are the same type. VARCHAR without a length is the same as TEXT.
pub(super) fn same(wanted: &str, found: &str) -> bool {
    let text = |ty| matches!(ty, "TEXT" | "VARCHAR");
    let array = |ty| matches!(ty, "TEXT[]" | "VARCHAR[]");
    wanted == found
        || text(wanted) && text(found)
        || clipped(wanted) == clipped(found)
        || array(wanted) && array(found)
        || named_alike(wanted, found)
}

/// Returns the element type of an array. PostgreSQL keeps neither its dimensions nor its size.
fn element(ty: &str) -> Option<&str> {
    let mut rest = ty;
    while let Some((ty, size)) = rest.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
        if !size.bytes().all(|c| c.is_ascii_digit()) {
            break;
        }
        rest = ty;
    }
    let rest = rest.strip_suffix(" ARRAY").unwrap_or(rest);
    (rest != ty).then_some(rest)
}

/// Returns `true` if two names refer to one user-defined type. The catalogue quotes names as
/// needed, and includes the schema only if it is not in the search path.
fn named_alike(wanted: &str, found: &str) -> bool {
    let (wanted, found) = (parts(wanted), parts(found));
    wanted.last() == found.last()
        && (wanted.len() < 2 || found.len() < 2 || wanted == found)
        && !wanted.is_empty()
}

/// Splits a name into its parts, without unnecessary quotes.
fn parts(name: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let part = match rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
            Some((inner, behind)) => {
                let plain = !inner.is_empty()
                    && inner != "char"
                    && inner.chars().all(|c| c == '_' || c.is_lowercase() || c.is_ascii_digit());
                rest = behind;
                if plain { inner.to_uppercase() } else { format!("\"{inner}\"") }
            }
            None => {
                let end = rest.find('.').unwrap_or(rest.len());
                let part = rest[..end].to_owned();
                rest = &rest[end..];
                part
            }
        };
        match rest.strip_prefix('.') {
            Some(behind) => rest = behind,
            // The rest belongs to the type, such as the brackets of an array.
            None => {
                parts.push(part + rest);
                return parts;
            }
        }
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::named_alike;

    #[test]
    fn a_name_is_the_same_in_quotes_and_with_its_schema() {
        for (wanted, found) in [
            ("MOOD", "\"mood\""),
            ("PUBLIC.MOOD", "\"mood\""),
            ("\"a\".\"b\"", "A.B"),
            ("MOOD[]", "\"mood\"[]"),
        ] {
            assert!(named_alike(wanted, found), "{wanted} and {found}");
        }
        for (wanted, found) in [("MOOD", "\"Mood\""), ("A.MOOD", "B.MOOD"), ("CHAR", "\"char\"")] {
            assert!(!named_alike(wanted, found), "{wanted} and {found}");
        }
    }
}
