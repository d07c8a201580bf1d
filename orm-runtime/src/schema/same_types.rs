//! The types of columns in one spelling, and which of them holds all that another one does.

use super::expression::codes;
use super::type_names::{named_alike, normal_mysql, normal_postgres};
use crate::backend::Dialect;
use crate::ddl::table::clipped;

/// A type as the mapping spells it.
pub(super) fn normal_type(dialect: Dialect, sql_type: &str) -> String {
    // How texts are compared is said beside the type.
    let sql_type = sql_type.split(" COLLATE ").next().unwrap_or_default();
    let ty = squeezed(sql_type);
    match dialect {
        Dialect::Sqlite => ty,
        Dialect::Postgres => normal_postgres(&ty),
        Dialect::Mysql => normal_mysql(&ty),
    }
}

/// Whether two types are the same to a database. Both are normal.
pub(super) fn same_type(dialect: Dialect, wanted: &str, found: &str) -> bool {
    if wanted.starts_with("ENUM(") && found.starts_with("ENUM(") {
        return codes(dialect, wanted, false) == codes(dialect, found, false);
    }
    match dialect {
        Dialect::Sqlite => same_on_sqlite(wanted, found),
        // A text without a length is as long as any.
        Dialect::Postgres => {
            let text = |ty| matches!(ty, "TEXT" | "VARCHAR");
            wanted == found
                || text(wanted) && text(found)
                || {
                    let array = |ty| matches!(ty, "TEXT[]" | "VARCHAR[]");
                    clipped(wanted) == clipped(found) || array(wanted) && array(found)
                }
                || named_alike(wanted, found)
        }
        // A length of bytes only chooses one of these types, by the character set.
        Dialect::Mysql => wanted == found || wanted.starts_with("TEXT(") && found.ends_with("TEXT"),
    }
}

/// SQLite looks for a few words in a type, and for nothing else: what it makes of values is the same for
/// all types of one affinity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

/// The affinity of a type, by the rules that SQLite documents.
pub(super) fn affinity(ty: &str) -> Affinity {
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

fn same_on_sqlite(wanted: &str, found: &str) -> bool {
    let is_one_of = |names: &[&str], ty| names.contains(&name(ty));
    match (affinity(wanted), affinity(found)) {
        (a, b) if a == b => true,
        // They keep the same values, whole ones as integers.
        (Affinity::Integer | Affinity::Numeric, Affinity::Integer | Affinity::Numeric) => true,
        // As do these, but that a whole number takes less room in one.
        (Affinity::Real, Affinity::Numeric) => true,
        // Times are texts that are no numbers, and stay as they are.
        (_, Affinity::Text) => is_one_of(&["DATE", "TIME", "TIMESTAMP"], wanted),
        // Bytes stay as they are in any column.
        (Affinity::Blob, _) => is_one_of(&["BINARY", "VARBINARY", "IMAGE", "BYTEA"], found),
        _ => false,
    }
}

/// Upper case, and no more blanks than are needed; what is in quotes stays as it is.
fn squeezed(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    let mut quote = None;
    let mut blank = false;
    for c in text.trim().chars() {
        if quote.is_none() && c.is_whitespace() {
            blank = true;
            continue;
        }
        let glued = matches!(c, ',' | '(' | ')') || squeezed.ends_with([',', '(']);
        if std::mem::take(&mut blank) && !glued {
            squeezed.push(' ');
        }
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '\'' | '"') => quote = Some(c),
            _ => {}
        }
        if quote.is_some() { squeezed.push(c) } else { squeezed.extend(c.to_uppercase()) }
    }
    squeezed
}

/// Whether the type is one of characters.
pub(super) fn is_text(ty: &str) -> bool {
    ["VARCHAR", "CHAR", "TEXT", "TINYTEXT", "MEDIUMTEXT", "LONGTEXT"].contains(&name(ty))
}

/// Whether two types differ in nothing but the size of their values. Both are normal.
pub(super) fn is_read_alike(wanted: &str, found: &str) -> bool {
    let both = |names: &[&str]| names.contains(&name(wanted)) && names.contains(&name(found));
    is_text(wanted) && is_text(found)
        || both(&["NUMERIC"])
        || both(&["DECIMAL"])
        || both(&["DATETIME", "TIMESTAMP"])
        || both(&["TIMESTAMPTZ"])
        || both(&["BINARY", "VARBINARY", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB"])
}

/// Whether values of the type are compared by a collation.
pub(super) fn has_collation(ty: &str) -> bool {
    let text = ["CHAR", "CLOB", "TEXT", "ENUM", "SET("];
    text.iter().any(|text| ty.contains(text))
}

/// Whether a column can take the wider type and keep every value as it is. Both are normal.
pub(super) fn holds(dialect: Dialect, wider: &str, ty: &str) -> bool {
    let (to, from) = (name(wider), name(ty));
    if wider == ty {
        return true;
    }
    if from == "ENUM" && to == "ENUM" {
        let to = codes(dialect, wider, false);
        return codes(dialect, ty, false).iter().all(|code| to.contains(code));
    }
    let is_enum = from == "ENUM" || from.starts_with('"');
    if is_text(to) && (is_text(from) || is_enum) {
        let to = characters(dialect, wider);
        return to == u64::MAX || !is_enum && to >= characters(dialect, ty);
    }
    let place = |list: &[&str], name: &str| list.iter().position(|other| *other == name);
    let grows = |list: &[&str]| match (place(list, from), place(list, to)) {
        (Some(from), Some(to)) => from <= to,
        _ => false,
    };
    let counts = |name: &str| {
        ["INT", "TINYINT", "SMALLINT", "MEDIUMINT", "INTEGER", "BIGINT"].contains(&name)
    };
    // SQLite gives every whole number the room it needs.
    if dialect == Dialect::Sqlite && counts(from) && counts(to) {
        return true;
    }
    let same_size = arguments(wider) == arguments(ty);
    match to {
        "DECIMAL" | "NUMERIC" | "DECIMAL_TEXT" => fits_decimal(wider, ty),
        _ if grows(&["TINYINT", "SMALLINT", "MEDIUMINT", "INTEGER", "BIGINT"]) => true,
        _ if same_size && grows(&["REAL", "FLOAT", "DOUBLE", "DOUBLE PRECISION"]) => true,
        "DOUBLE" | "DOUBLE PRECISION" => ["SMALLINT", "INTEGER"].contains(&from),
        "TIMESTAMP" | "DATETIME" if from == "DATE" => true,
        "TIMESTAMP" | "DATETIME" | "TIME" | "TIMESTAMPTZ" if from == to => {
            arguments(wider).is_empty() || arguments(wider) >= arguments(ty)
        }
        "LONGBLOB" => ["TINYBLOB", "BLOB", "MEDIUMBLOB", "VARBINARY", "BINARY"].contains(&from),
        "VARBINARY" => from == to && arguments(wider) >= arguments(ty),
        _ => false,
    }
}

fn fits_decimal(wider: &str, ty: &str) -> bool {
    let wide = arguments(wider);
    let (all, behind) = match name(ty) {
        "SMALLINT" => (5, 0),
        "INTEGER" => (10, 0),
        "BIGINT" => (19, 0),
        from if from == name(wider) => match arguments(ty)[..] {
            [all] => (all, 0),
            [all, behind] => (all, behind),
            _ => return wide.is_empty(),
        },
        _ => return false,
    };
    match wide[..] {
        [] => true,
        [wide] => behind == 0 && wide >= all,
        [wide, wide_behind, ..] => {
            wide_behind >= behind && wide.saturating_sub(wide_behind) >= all.saturating_sub(behind)
        }
    }
}

fn name(ty: &str) -> &str {
    &ty[..ty.find('(').unwrap_or(ty.len())]
}

fn arguments(ty: &str) -> Vec<u64> {
    let inside = ty.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
    inside.split(',').filter_map(|number| number.parse().ok()).collect()
}

/// How many characters a type holds.
fn characters(dialect: Dialect, ty: &str) -> u64 {
    match (name(ty), dialect) {
        ("TINYTEXT", _) => 63,
        ("TEXT", Dialect::Mysql) => 16_383,
        ("MEDIUMTEXT", _) => 4_194_303,
        ("TEXT" | "LONGTEXT", _) => u64::MAX,
        _ => arguments(ty).first().copied().unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_a_database_treats_alike_are_the_same() {
        let sqlite = |wanted, found| same_type(Dialect::Sqlite, wanted, found);
        for (wanted, found) in [
            ("BIGINT", "INT"),
            ("VARCHAR(20)", "NVARCHAR(160)"),
            ("TIMESTAMP", "DATETIME"),
            ("TIMESTAMP", "TEXT"),
            ("BOOLEAN", "TINYINT(1)"),
            ("DOUBLE PRECISION", "NUMERIC(10,2)"),
            ("BLOB", "IMAGE"),
            ("BLOB", ""),
        ] {
            assert!(sqlite(wanted, found), "{wanted} and {found}");
        }
        for (wanted, found) in [("BIGINT", "TEXT"), ("TEXT", "INTEGER"), ("BIGINT", "REAL")] {
            assert!(!sqlite(wanted, found), "{wanted} and {found}");
        }
        assert!(same_type(Dialect::Postgres, "TEXT", "VARCHAR"));
        assert!(!same_type(Dialect::Postgres, "TEXT", "VARCHAR(3)"));
    }

    #[test]
    fn a_wider_type_keeps_every_value() {
        let holds = |wider, ty| holds(Dialect::Postgres, wider, ty);
        assert!(holds("BIGINT", "SMALLINT") && !holds("SMALLINT", "INTEGER"));
        assert!(holds("VARCHAR(30)", "VARCHAR(20)") && !holds("VARCHAR(20)", "VARCHAR(30)"));
        assert!(holds("TEXT", "VARCHAR(20)") && !holds("VARCHAR(20)", "TEXT"));
        assert!(
            holds("NUMERIC(14,2)", "NUMERIC(12,2)") && !holds("NUMERIC(12,4)", "NUMERIC(12,2)")
        );
        assert!(holds("NUMERIC", "BIGINT") && !holds("NUMERIC(12,2)", "NUMERIC"));
        assert!(holds("DOUBLE PRECISION", "REAL") && !holds("REAL", "DOUBLE PRECISION"));
        assert!(holds("TEXT", "\"mood\"") && !holds("\"mood\"", "TEXT"));
        assert!(holds("ENUM('a','b')", "ENUM('b')") && !holds("ENUM('a')", "ENUM('b')"));
        assert!(!holds("INTEGER", "BOOLEAN") && !holds("BYTEA", "TEXT"));
    }
}
