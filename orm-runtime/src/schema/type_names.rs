//! The names of types on PostgreSQL and MySQL: a database takes many for one type, and tells it by one.

/// The name by which PostgreSQL tells a type. In upper case already.
pub(super) fn normal_postgres(ty: &str) -> String {
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

/// The type of an array's elements. PostgreSQL keeps neither how many dimensions it has nor how large it is.
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

/// Whether two names lead to one type of somebody's own, which the catalogue tells in quotes or without, and
/// with its schema only where that is not searched.
pub(super) fn named_alike(wanted: &str, found: &str) -> bool {
    let (wanted, found) = (parts(wanted), parts(found));
    wanted.last() == found.last()
        && (wanted.len() < 2 || found.len() < 2 || wanted == found)
        && !wanted.is_empty()
}

/// The parts of a name, those in quotes that need none without them.
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
            // What follows is of the type, as the brackets of an array.
            None => {
                parts.push(part + rest);
                return parts;
            }
        }
        parts.push(part);
    }
    parts
}

/// The name by which MySQL tells a type. In upper case already.
pub(super) fn normal_mysql(ty: &str) -> String {
    let ty = without_characters(ty.strip_suffix(" NULL").unwrap_or(ty));
    let (name, size, sign) = split(ty);
    let sign = match sign {
        // What is filled with zeros has no sign.
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

/// Without the character set, which is said beside the type.
fn without_characters(ty: &str) -> &str {
    if ty.starts_with("ENUM(") || ty.starts_with("SET(") {
        return ty;
    }
    let words = [" CHARACTER SET ", " CHARSET ", " BINARY"];
    let end = words.iter().filter_map(|word| ty.find(word)).min();
    &ty[..end.unwrap_or(ty.len())]
}

/// The character set that a type of MySQL names.
pub(super) fn character_set(ty: &str) -> Option<String> {
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

/// The name of a type, its size in parentheses, and what stands behind them.
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

fn sized(ty: &str) -> (&str, &str) {
    ty.find('(').map_or((ty, ""), |open| (ty[..open].trim_end(), &ty[open..]))
}

/// Whether a number of so many binary digits is a short one.
fn is_single(size: &str) -> bool {
    let digits = size.trim_matches(['(', ')']).parse::<u32>();
    digits.is_ok_and(|digits| digits <= 24)
}

fn or_one(size: &str) -> &str {
    if size.is_empty() { "(1)" } else { size }
}

/// Digits without those behind the point have none there.
fn with_scale(size: &str) -> String {
    match size.strip_suffix(')') {
        Some(digits) if !digits.contains(',') => format!("{digits},0)"),
        _ => size.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::named_alike;
    use crate::backend::Dialect;
    use crate::schema::same_types::normal_type;

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
