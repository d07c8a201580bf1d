//! The types of columns in one spelling, and which type can hold all values of another.

use super::expression::codes;
use crate::backend::Dialect;

/// Returns a type as the mapping spells it.
pub(super) fn normal_type(dialect: Dialect, sql_type: &str) -> String {
    // The collation is compared separately.
    let sql_type = sql_type.split(" COLLATE ").next().unwrap_or_default();
    let ty = squeezed(sql_type);
    (dialect.comparison().normal_type)(&ty)
}

/// Returns `true` if two types are the same to a database. Both are normalised.
pub(super) fn same_type(dialect: Dialect, wanted: &str, found: &str) -> bool {
    if wanted.starts_with("ENUM(") && found.starts_with("ENUM(") {
        return codes(dialect, wanted, false) == codes(dialect, found, false);
    }
    (dialect.comparison().same_type)(wanted, found)
}

/// Converts to upper case, and removes unnecessary spaces; quoted parts stay unchanged.
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

/// Returns `true` if it is a character type.
pub(super) fn is_text(ty: &str) -> bool {
    ["VARCHAR", "CHAR", "TEXT", "TINYTEXT", "MEDIUMTEXT", "LONGTEXT"].contains(&name(ty))
}

/// Returns `true` if two types differ only in the size of their values. Both are normalised.
pub(super) fn is_read_alike(wanted: &str, found: &str) -> bool {
    let both = |names: &[&str]| names.contains(&name(wanted)) && names.contains(&name(found));
    is_text(wanted) && is_text(found)
        || both(&["NUMERIC"])
        || both(&["DECIMAL"])
        || both(&["DATETIME", "TIMESTAMP"])
        || both(&["TIMESTAMPTZ"])
        || both(&["BINARY", "VARBINARY", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB"])
}

/// Returns `true` if values of the type are compared by a collation.
pub(super) fn has_collation(ty: &str) -> bool {
    let text = ["CHAR", "CLOB", "TEXT", "ENUM", "SET("];
    text.iter().any(|text| ty.contains(text))
}

/// Returns `true` if a column can change to the wider type and keep every value unchanged. Both are
/// normalised.
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
    // With affinities every integer has enough room.
    if dialect.comparison().types_are_affinities && counts(from) && counts(to) {
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

/// Returns how many characters a type holds.
fn characters(dialect: Dialect, ty: &str) -> u64 {
    match name(ty) {
        "TINYTEXT" => 63,
        "TEXT" => dialect.comparison().text_holds.unwrap_or(u64::MAX),
        "MEDIUMTEXT" => 4_194_303,
        "LONGTEXT" => u64::MAX,
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

    #[test]
    fn every_spelling_becomes_that_of_the_mapping() {
        let postgres = |ty| normal_type(Dialect::Postgres, ty);
        assert_eq!(postgres("character varying(30)"), "VARCHAR(30)");
        assert_eq!(postgres("character varying(8)[]"), "VARCHAR(8)[]");
        assert_eq!(postgres("timestamp(3) with time zone"), "TIMESTAMPTZ(3)");
        assert_eq!(postgres("timestamp without time zone"), "TIMESTAMP");
        assert_eq!(postgres("\"Mood\""), "\"Mood\"");
        assert_eq!(postgres("NUMERIC(12, 2)"), postgres("numeric(12,2)"));
        let mysql = |ty| normal_type(Dialect::Mysql, ty);
        assert_eq!(mysql("bigint(20)"), "BIGINT");
        assert_eq!(mysql("int(10) unsigned"), "INTEGER UNSIGNED");
        assert_eq!(mysql("tinyint(1)"), "BOOLEAN");
        assert_eq!(mysql("tinyint(4)"), "TINYINT");
        assert_eq!(mysql("ENUM('a', 'b,  C')"), "ENUM('a','b,  C')");
        for (ty, normal) in [
            ("numeric(10)", "NUMERIC(10,0)"),
            ("dec(10, 2)[]", "NUMERIC(10,2)[]"),
            ("float(20)", "REAL"),
            ("float(30)", "DOUBLE PRECISION"),
            ("national character varying(5)", "VARCHAR(5)"),
            ("timestamp (3) with time zone", "TIMESTAMPTZ(3)"),
            ("int[3][]", "INTEGER[]"),
            ("integer ARRAY", "INTEGER[]"),
            ("bit", "BIT(1)"),
        ] {
            assert_eq!(postgres(ty), normal);
        }
        for (ty, normal) in [
            ("DECIMAL", "DECIMAL(10,0)"),
            ("decimal(10) unsigned", "DECIMAL(10,0) UNSIGNED"),
            ("double precision", "DOUBLE"),
            ("double(16,4) unsigned", "DOUBLE(16,4) UNSIGNED"),
            ("float(7,4)", "FLOAT(7,4)"),
            ("int(5) zerofill", "INTEGER UNSIGNED ZEROFILL"),
            ("varchar(20) character set latin1", "VARCHAR(20)"),
            ("timestamp(3) null", "TIMESTAMP(3)"),
            ("set('a', ' NULL')", "SET('a',' NULL')"),
        ] {
            assert_eq!(mysql(ty), normal);
        }
        let decimal = normal_type(Dialect::Sqlite, "DECIMAL_TEXT(12, 2) COLLATE decimal");
        assert_eq!(decimal, "DECIMAL_TEXT(12,2)");
    }
}
