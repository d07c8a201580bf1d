//! The comparison of SQL expressions. SQLite keeps their text. PostgreSQL and MySQL rewrite them,
//! with parentheses, casts and other spellings. Their columns, numbers, strings and operators
//! remain, in order, and these are compared.

use std::collections::BTreeSet;

use super::atoms::{Atom, Atoms};
use super::tokens::{Token, tokens};
use crate::backend::Dialect;

/// Returns the codes that a condition on codes lists.
pub(super) fn codes(dialect: Dialect, condition: &str, numbers: bool) -> Vec<String> {
    let mut codes = Vec::new();
    let mut negative = false;
    for token in tokens(dialect, condition) {
        match &token {
            Token::Text(text) => codes.push(text.clone()),
            Token::Word(word) if numbers && word.parse::<i64>().is_ok() => {
                codes.push(format!("{}{word}", if negative { "-" } else { "" }));
            }
            _ => {}
        }
        // MySQL writes -(1).
        negative = token == Token::Mark('-') || negative && token == Token::Mark('(');
    }
    codes
}

/// Returns `true` if two expressions certainly differ. `columns` are the columns of the table.
pub(super) fn differ<'a>(
    dialect: Dialect,
    columns: impl Iterator<Item = &'a str>,
    wanted: &str,
    found: &str,
) -> bool {
    if dialect.comparison().keeps_expressions {
        return plain(&tokens(dialect, wanted)) != plain(&tokens(dialect, found));
    }
    let columns: BTreeSet<String> = columns.map(str::to_lowercase).collect();
    let (wanted, found) = (of_today(wanted), of_today(found));
    let wanted = Atoms::of(dialect, &columns, &wanted);
    let found = Atoms::of(dialect, &columns, &found);
    if wanted.rewritten || found.rewritten {
        return wanted.columns() != found.columns() || wanted.numbers() != found.numbers();
    }
    wanted.list != found.list
}

/// Replaces the form in which PostgreSQL before version 10 kept CURRENT_DATE, which old dumps
/// contain.
fn of_today(expression: &str) -> String {
    expression.replace("('now'::text)::date", "CURRENT_DATE")
}

/// Returns `true` if an expression is NULL.
pub(super) fn is_null(dialect: Dialect, expression: &str) -> bool {
    let atoms = Atoms::of(dialect, &BTreeSet::new(), expression);
    atoms.list == [Atom::Operator("null".to_owned())]
}

/// Returns the tokens in one spelling, without parentheses around the whole.
fn plain(tokens: &[Token]) -> Vec<Token> {
    let mut plain: Vec<Token> = Vec::new();
    for token in bare(tokens) {
        let token = match token {
            Token::Word(word) => Token::Word(match word.to_lowercase().as_str() {
                "true" => "1".to_owned(),
                "false" => "0".to_owned(),
                word => number(word).unwrap_or_else(|| word.to_owned()),
            }),
            Token::Name(name) => Token::Word(name.to_lowercase()),
            Token::Text(text) => match number(text) {
                Some(number) if !number.starts_with('-') => Token::Word(number),
                _ => token.clone(),
            },
            Token::Mark(_) => token.clone(),
        };
        // != is <>, and == is =.
        match (plain.last(), &token) {
            (Some(Token::Mark('!')), Token::Mark('=')) => {
                plain.pop();
                plain.extend([Token::Mark('<'), Token::Mark('>')]);
            }
            (Some(Token::Mark('=')), Token::Mark('=')) => {}
            _ => plain.push(token),
        }
    }
    without_lonely_parentheses(plain)
}

/// Removes parentheses around a single token, except for those of a call.
fn without_lonely_parentheses(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept: Vec<Token> = Vec::new();
    for token in tokens {
        kept.push(token);
        let at = kept.len().saturating_sub(4);
        let is_call = kept.len() > 3 && matches!(kept[at], Token::Word(_) | Token::Mark(')'));
        if let [.., Token::Mark('('), piece, Token::Mark(')')] = &kept[..]
            && !matches!(piece, Token::Mark(_))
            && !is_call
        {
            let piece = piece.clone();
            kept.truncate(kept.len() - 3);
            kept.push(piece);
        }
    }
    kept
}

/// Removes parentheses around the whole.
fn bare(tokens: &[Token]) -> &[Token] {
    let mut depth = 0;
    let closes = tokens.iter().position(|token| {
        depth += match token {
            Token::Mark('(') => 1,
            Token::Mark(')') => -1,
            _ => 0,
        };
        depth == 0
    });
    match tokens {
        [Token::Mark('('), inner @ .., _] if closes == Some(tokens.len() - 1) => bare(inner),
        _ => tokens,
    }
}

/// Normalises a number, which may be quoted.
pub(super) fn number(text: &str) -> Option<String> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if digits.bytes().all(|c| c.is_ascii_digit() || c == b'.') && digits.matches('.').count() < 2 {
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
        let whole = if whole.is_empty() { "0" } else { whole };
        let point = if part.is_empty() { "" } else { "." };
        let sign = if whole == "0" && part.is_empty() { "" } else { sign };
        return Some(format!("{sign}{whole}{point}{part}"));
    }
    digits.parse::<f64>().ok().map(|number| format!("{sign}{number}"))
}

/// Returns `true` if two defaults of a character column are certainly different strings.
pub(super) fn texts_differ(dialect: Dialect, wanted: &str, found: &str) -> bool {
    let text = |sql: &str| match bare(&tokens(dialect, sql)) {
        [Token::Text(text)] => Some(text.clone()),
        // A quoted name that is not a column may be a string.
        [Token::Name(text)] if dialect.forms().lexis.mixes_quotes => Some(text.clone()),
        // PostgreSQL appends the type; MySQL puts the character set before the string.
        [Token::Text(text), Token::Mark(':'), Token::Mark(':'), ..] => Some(text.clone()),
        [Token::Word(word), Token::Text(text)] if word.starts_with('_') => Some(text.clone()),
        _ => None,
    };
    matches!((text(wanted), text(found)), (Some(wanted), Some(found)) if wanted != found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differ(dialect: Dialect, wanted: &str, found: &str) -> bool {
        super::differ(dialect, ["amount", "text", "size"].into_iter(), wanted, found)
    }

    #[test]
    fn codes_are_read_in_every_spelling() {
        let mysql = |text| codes(Dialect::Mysql, text, true);
        assert_eq!(mysql("`level` IN (-1, 10)"), ["-1", "10"]);
        assert_eq!(mysql("(`level` in (-(1),10))"), ["-1", "10"]);
        assert_eq!(mysql("`level` = -(1) or (10)"), ["-1", "10"]);
    }

    #[test]
    fn what_a_database_adds_is_no_difference() {
        let postgres = |a, b| differ(Dialect::Postgres, a, b);
        for (wanted, found) in [
            ("amount * 2", "(amount * 2)"),
            ("size IN ('S')", "((size)::text = 'S'::text)"),
            (
                "size IN ('S', 'M')",
                "((size)::text = ANY ((ARRAY['S'::character varying, 'M'::character varying])::text[]))",
            ),
            ("size NOT IN ('S', 'M')", "(size <> ALL (ARRAY['S'::text, 'M'::text]))"),
            ("amount > -1.50", "(amount > '-1.5'::numeric)"),
            ("amount > 1.5e-3", "(amount > 0.0015)"),
            ("amount = '5' AND size = 't'", "((amount = 5) AND (size = true))"),
            ("INTERVAL '1' DAY * amount", "('1 day'::interval * amount)"),
            ("amount BETWEEN 1 AND 5", "((amount >= 1) AND (amount <= 5))"),
            ("amount NOT BETWEEN 1 AND 5", "((amount < 1) OR (amount > 5))"),
            ("size LIKE 'a%' AND amount != 1", "((size ~~ 'a%'::text) AND (amount <> 1))"),
            ("size NOT LIKE 'a%'", "(size !~~ 'a%'::text)"),
            ("CAST(amount AS NUMERIC(12, 2)) - 1", "((amount)::numeric(12,2) - (1)::numeric)"),
            ("'2024-01-01'", "'2024-01-01 00:00:00'::timestamp without time zone"),
            ("'08:00'", "'08:00:00'::time without time zone"),
            ("'2024-01-01T00:00:00Z'", "'2024-01-01 00:00:00+00'::timestamp with time zone"),
            ("NULL", "NULL::character varying"),
            ("now()", "CURRENT_TIMESTAMP"),
            ("-amount", "(- amount)"),
        ] {
            assert!(!postgres(wanted, found), "{wanted} and {found}");
        }
        let mysql = |a, b| differ(Dialect::Mysql, a, b);
        for (wanted, found) in [
            ("amount > 1", "`amount` > 1"),
            ("CAST(amount AS DECIMAL(10))", "cast(`amount` as decimal(10,0))"),
            ("amount = TRUE", "`amount` = 1"),
            ("amount + -1", "(`amount` + -(1))"),
            ("size = 'S'", "(`size` = _utf8mb4'S')"),
            ("amount BETWEEN 1 AND 5", "(`amount` between 1 and 5)"),
            ("'2024-01-01'", "'2024-01-01 00:00:00.000000'"),
            ("CURRENT_TIMESTAMP(6)", "current_timestamp(6)"),
            ("TRUE", "1"),
            ("1", "b'1'"),
        ] {
            assert!(!mysql(wanted, found), "{wanted} and {found}");
        }
        assert!(!differ(Dialect::Sqlite, "amount  >\n1", "(AMOUNT > 1)"));
        assert!(!differ(Dialect::Sqlite, "(a) + (b)", "(a) + (b) /* no */ -- no"));
        assert!(!differ(Dialect::Sqlite, "current_timestamp", "CURRENT_TIMESTAMP"));
        assert!(!differ(
            Dialect::Sqlite,
            "size >= 0 AND size <= 1",
            "([Size]>=(0) AND [Size]<=(1))"
        ));
        assert!(differ(Dialect::Sqlite, "abs(size) IN (1)", "abs size in 1"));
        assert!(!differ(Dialect::Sqlite, "TRUE", "1"));
    }

    #[test]
    fn what_differs_is_a_difference() {
        let postgres = |a, b| differ(Dialect::Postgres, a, b);
        for (wanted, found) in [
            ("amount * 2", "(amount * 3)"),
            ("amount * 2", "(text * 2)"),
            ("amount + 1", "(amount - 1)"),
            ("amount + 1", "(amount + '-1'::integer)"),
            ("amount > 1", "((amount > 1) AND (amount < 9))"),
            ("amount >= 1", "(amount > 1)"),
            ("amount > 1 OR size", "((amount > 1) AND size)"),
            ("size = 'S'", "((size)::text = 'M'::text)"),
            ("TRUE", "false"),
            ("'08:00'", "'09:00:00'::time without time zone"),
            ("upper(text)", "lower(text)"),
            ("amount - size", "(size - amount)"),
        ] {
            assert!(postgres(wanted, found), "{wanted} and {found}");
        }
        assert!(differ(Dialect::Mysql, "amount + 1", "(`amount` - 1)"));
        assert!(differ(Dialect::Mysql, "TRUE", "0"));
        assert!(differ(Dialect::Sqlite, "amount > 1 OR size", "amount > 1 AND size"));
    }

    #[test]
    fn codes_are_found_in_every_spelling() {
        let found = codes(Dialect::Postgres, "(k = ANY (ARRAY['-1'::integer, 2]))", true);
        assert_eq!(found, ["-1", "2"]);
        assert_eq!(codes(Dialect::Mysql, r"`b` in ('x','y\'z')", false), ["x", "y'z"]);
        assert_eq!(codes(Dialect::Sqlite, "\"k1\" IN (1, -2)", true), ["1", "-2"]);
        let typed = "(v <@ ARRAY['a'::character varying(8)])";
        assert_eq!(codes(Dialect::Postgres, typed, false), ["a"]);
    }

    #[test]
    fn texts_differ_only_where_both_are_texts() {
        let differ = |a, b| texts_differ(Dialect::Postgres, a, b);
        assert!(!differ("'x'", "'x'::character varying"));
        assert!(differ("'x'", "('y'::text)"));
        assert!(!differ("'x'", "upper('x'::text)"));
        assert!(texts_differ(Dialect::Mysql, "'it''s'", r"_utf8mb4'it'"));
    }
}
