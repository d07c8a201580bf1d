//! The names of types on MySQL, which has several names for one type and reports one of them.

use crate::backend::type_words::{is_single, or_one, with_scale};

/// Returns the name that MySQL reports for a type, which is in upper case.
pub(super) fn normal(ty: &str) -> String {
    let ty = without_characters(ty.strip_suffix(" NULL").unwrap_or(ty));
    let (name, size, sign) = split(ty);
    let sign = match sign {
        // A ZEROFILL column is unsigned.
        " ZEROFILL" => " UNSIGNED ZEROFILL",
        " SIGNED" => "",
        sign => sign,
    };
    match name {
        "TINYINT" if size == "(1)" && sign.is_empty() => "BOOLEAN".to_owned(),
        "BOOL" => "BOOLEAN".to_owned(),
        "INT" => format!("INTEGER{sign}"),
        "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INTEGER" | "BIGINT" => format!("{name}{sign}"),
        "YEAR" => "YEAR".to_owned(),
        "DECIMAL" | "DEC" | "NUMERIC" | "FIXED" => {
            let size = if size.is_empty() { "(10)" } else { size };
            format!("DECIMAL{}{sign}", with_scale(size))
        }
        "FLOAT" if !size.contains(',') => {
            format!("{}{sign}", if size.is_empty() || is_single(size) { "FLOAT" } else { "DOUBLE" })
        }
        "DOUBLE PRECISION" | "REAL" => format!("DOUBLE{size}{sign}"),
        "CHAR" | "CHARACTER" | "NCHAR" | "NATIONAL CHAR" | "NATIONAL CHARACTER" => {
            format!("CHAR{}", or_one(size))
        }
        "CHARACTER VARYING"
        | "CHAR VARYING"
        | "VARCHARACTER"
        | "NVARCHAR"
        | "NATIONAL VARCHAR"
        | "NCHAR VARCHAR"
        | "NATIONAL CHARACTER VARYING"
        | "NATIONAL CHAR VARYING" => {
            format!("VARCHAR{size}")
        }
        "LONG" | "LONG VARCHAR" => "MEDIUMTEXT".to_owned(),
        "BIT" | "BINARY" => format!("{name}{}", or_one(size)),
        "DATETIME" | "TIMESTAMP" | "TIME" if size == "(0)" => name.to_owned(),
        _ => ty.to_owned(),
    }
}

/// Returns `true` if both are the same type. A length in bytes only selects one of the text types,
/// depending on the character set.
pub(super) fn same(wanted: &str, found: &str) -> bool {
    wanted == found || wanted.starts_with("TEXT(") && found.ends_with("TEXT")
}

/// Removes the character set, which is compared separately.
fn without_characters(ty: &str) -> &str {
    if ty.starts_with("ENUM(") || ty.starts_with("SET(") {
        return ty;
    }
    let words = [" CHARACTER SET ", " CHARSET ", " BINARY"];
    let end = words.iter().filter_map(|word| ty.find(word)).min();
    &ty[..end.unwrap_or(ty.len())]
}

/// Returns the character set that a MySQL type names.
pub(crate) fn character_set(ty: &str) -> Option<String> {
    let ty = ty.to_lowercase();
    let behind = ["character set ", "charset "].iter().find_map(|word| ty.split_once(word));
    let national = ["nchar", "nvarchar", "national "].iter().any(|word| ty.starts_with(word));
    let set = match behind {
        Some((_, behind)) => behind.split_whitespace().next()?.trim_matches(['\'', '"']),
        None if national => "utf8",
        None => return None,
    };
    Some(if set == "utf8" { "utf8mb3" } else { set }.to_owned())
}

/// Splits a type into its name, its size in parentheses, and the rest.
fn split(ty: &str) -> (&str, &str, &str) {
    match (ty.find('('), ty.find(')')) {
        (Some(open), Some(close)) if open < close => {
            (&ty[..open], &ty[open..=close], &ty[close + 1..])
        }
        _ => {
            let signs = [" UNSIGNED", " ZEROFILL", " SIGNED"];
            let end = signs.iter().filter_map(|sign| ty.find(sign)).min().unwrap_or(ty.len());
            (&ty[..end], "", &ty[end..])
        }
    }
}
