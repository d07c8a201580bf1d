//! The values of a statement on SQLite as literals.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{MoveableBindCollector, QueryFragment};
use diesel::sqlite::Sqlite;

use crate::backend::{Dialect, Sendable, SqlFragment, literals};

type Collector<'a> = <Sqlite as Backend>::BindCollector<'a>;

pub(in crate::backend) fn values(statement: &dyn SqlFragment) -> QueryResult<Vec<String>> {
    let statement = Sendable::Borrowed(statement);
    let mut collector = Collector::default();
    QueryFragment::<Sqlite>::collect_binds(&statement, &mut collector, &mut (), &Sqlite)?;
    let mut binds = Vec::new();
    Collector::push_debug_binds(&collector.moveable(), &mut binds);
    Ok(binds.iter().map(|bind| literal(&format!("{bind:?}"))).collect())
}

/// Reads the debug text of a value, to which Diesel gives no other access.
fn literal(shown: &str) -> String {
    let value =
        shown.split_once('(').and_then(|(kind, rest)| Some((kind, rest.strip_suffix(')')?)));
    match value {
        Some(("String", text)) => literals::text(Dialect::Sqlite, &unescaped(text)),
        Some(("Binary", bytes)) => {
            let numbers = bytes.trim_matches(['[', ']']).split(',');
            let bytes: Vec<u8> = numbers.filter_map(|byte| byte.trim().parse().ok()).collect();
            literals::bytes("X'", &bytes, "'")
        }
        Some(("F64", "inf")) => "9e999".to_owned(),
        Some(("F64", "-inf")) => "-9e999".to_owned(),
        // SQLite stores NULL for it.
        Some(("F64", "NaN")) => "NULL".to_owned(),
        Some((_, number)) => number.to_owned(),
        None => "NULL".to_owned(),
    }
}

/// Returns the string that Rust's debug text shows.
fn unescaped(shown: &str) -> String {
    let inside = shown.strip_prefix('"').and_then(|shown| shown.strip_suffix('"'));
    let mut chars = inside.unwrap_or(shown).chars();
    let mut text = String::with_capacity(shown.len());
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('0') => text.push('\0'),
            Some('u') => {
                let digits: String = chars.by_ref().skip(1).take_while(|&c| c != '}').collect();
                text.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            other => text.extend(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_texts_become_literals() {
        for (text, shown) in [
            ("it's", "'it''s'"),
            ("a\"b\\c\n\t\0\u{7f}é\u{301}", "'a\"b\\c\n\t\0\u{7f}é\u{301}'"),
            ("", "''"),
            ("(x)", "'(x)'"),
        ] {
            assert_eq!(literal(&format!("String({text:?})")), shown);
        }
        assert_eq!(literal("Binary([0, 171, 255])"), "X'00ABFF'");
        assert_eq!(literal("Binary([])"), "X''");
        assert_eq!(literal("I32(-3)"), "-3");
        assert_eq!(literal("F64(1.5)"), "1.5");
        assert_eq!(literal("F64(-inf)"), "-9e999");
        assert_eq!(literal("Null"), "NULL");
        let long = literal(&format!("String({:?})", "ä".repeat(300)));
        assert!(long.ends_with("ä…' /* 300 characters */") && long.chars().count() < 250, "{long}");
    }
}
