//! SQL expressions, as far as they can be compared: PostgreSQL and MySQL keep what they have made of
//! a text, with parentheses, casts and other spellings. What is left in it are numbers and columns.

use std::collections::BTreeSet;

use crate::backend::Dialect;

/// A piece of SQL text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A word or a number.
    Word(String),
    /// A name, without its quotes.
    Name(String),
    /// A text, without its quotes.
    Text(String),
    /// Any other character.
    Mark(char),
}

/// The pieces of a text, without blanks and comments.
pub(super) fn tokens(dialect: Dialect, sql: &str) -> Vec<Token> {
    placed_tokens(dialect, sql).into_iter().map(|(_, token)| token).collect()
}

/// The same, each with the place behind it.
pub(super) fn placed_tokens(dialect: Dialect, sql: &str) -> Vec<(usize, Token)> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        let (token, length) = match c {
            '\'' => quoted(dialect, rest, '\''),
            '"' | '`' => named(quoted(dialect, rest, c)),
            '[' if dialect == Dialect::Sqlite => {
                let end = rest.find(']').map_or(rest.len(), |end| end + 1);
                (Some(Token::Name(rest[1..end].trim_end_matches(']').to_owned())), end)
            }
            '-' if rest.starts_with("--") => {
                (None, rest.find('\n').map_or(rest.len(), |end| end + 1))
            }
            '/' if rest.starts_with("/*") => {
                (None, rest.find("*/").map_or(rest.len(), |end| end + 2))
            }
            c if c.is_whitespace() => (None, c.len_utf8()),
            c if is_word(c) => {
                let end = word_end(rest);
                (Some(Token::Word(rest[..end].to_owned())), end)
            }
            c => (Some(Token::Mark(c)), c.len_utf8()),
        };
        rest = &rest[length..];
        if let Some(token) = token {
            tokens.push((sql.len() - rest.len(), token));
        }
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '$')
}

/// Where a word ends; the sign of an exponent belongs to its number.
fn word_end(sql: &str) -> usize {
    let is_number = sql.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let mut before = ' ';
    for (at, c) in sql.char_indices() {
        let exponent = is_number && matches!(before, 'e' | 'E') && matches!(c, '+' | '-');
        if !is_word(c) && !exponent {
            return at;
        }
        before = c;
    }
    sql.len()
}

/// A text in quotes and its length with them.
fn quoted(dialect: Dialect, sql: &str, quote: char) -> (Option<Token>, usize) {
    let mut text = String::new();
    let mut chars = sql.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote == '\'' && dialect == Dialect::Mysql {
            text.extend(chars.next().map(|(_, c)| c));
        } else if c != quote {
            text.push(c);
        } else if chars.next_if(|&(_, c)| c == quote).is_some() {
            text.push(quote);
        } else {
            return (Some(Token::Text(text)), at + 1);
        }
    }
    (Some(Token::Text(text)), sql.len())
}

fn named((token, length): (Option<Token>, usize)) -> (Option<Token>, usize) {
    let token = token.map(|token| match token {
        Token::Text(name) => Token::Name(name),
        other => other,
    });
    (token, length)
}

/// The codes that a condition over codes lists.
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
        negative = token == Token::Mark('-');
    }
    codes
}

/// Whether two expressions are certainly not the same. `columns` are those of the table.
pub(super) fn differ<'a>(
    dialect: Dialect,
    columns: impl Iterator<Item = &'a str>,
    wanted: &str,
    found: &str,
) -> bool {
    let (wanted, found) = (tokens(dialect, wanted), tokens(dialect, found));
    if dialect == Dialect::Sqlite {
        // SQLite keeps the text as it was.
        return bare(&wanted) != bare(&found);
    }
    let columns: BTreeSet<String> = columns.map(str::to_lowercase).collect();
    let (wanted, found) = (Facts::of(&wanted, &columns), Facts::of(&found, &columns));
    // MySQL adds zeros to types, as in decimal(10,0).
    let added = found.numbers.iter().filter(|number| *number != "0");
    wanted.columns != found.columns
        || !wanted.numbers.is_subset(&found.any_numbers)
        || !added.into_iter().all(|number| wanted.any_numbers.contains(number))
}

/// Without parentheses around all of it.
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

/// The columns and numbers of an expression.
#[derive(Default)]
struct Facts {
    columns: BTreeSet<String>,
    /// Numbers that stand for themselves.
    numbers: BTreeSet<String>,
    /// Those, and what may be shown as a number: a text with one in it, and truth.
    any_numbers: BTreeSet<String>,
}

impl Facts {
    fn of(tokens: &[Token], columns: &BTreeSet<String>) -> Self {
        let mut facts = Facts::default();
        for (at, token) in tokens.iter().enumerate() {
            let text = match token {
                Token::Word(word) | Token::Name(word) => word.to_lowercase(),
                Token::Text(text) => text.to_lowercase(),
                Token::Mark(_) => continue,
            };
            let is_word = matches!(token, Token::Word(_));
            if let Some(number) = number(&text) {
                facts.numbers.extend(is_word.then(|| number.clone()));
                facts.any_numbers.insert(number);
            } else if let Some(number) = truth(&text) {
                facts.any_numbers.insert(number.to_owned());
            } else if !matches!(token, Token::Text(_)) && !is_cast(&tokens[..at]) {
                let name = text.rsplit('.').next().unwrap_or_default();
                facts.columns.extend(columns.get(name).cloned());
            }
        }
        facts
    }
}

/// Whether what follows is the name of a type that PostgreSQL has added.
fn is_cast(before: &[Token]) -> bool {
    let more = ["character", "double", "time", "timestamp", "with", "without", "bit"];
    match before {
        [.., Token::Mark(':'), Token::Mark(':')] => true,
        [before @ .., Token::Word(word)] => {
            more.contains(&word.to_lowercase().as_str()) && is_cast(before)
        }
        _ => false,
    }
}

/// A number without its sign, which may stand inside quotes or outside, in one spelling.
fn number(text: &str) -> Option<String> {
    let digits = text.trim_start_matches('-');
    let starts_well = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let number: f64 = digits.parse().ok().filter(|_| starts_well)?;
    Some(number.to_string())
}

/// Truth as the number that MySQL makes of it.
fn truth(text: &str) -> Option<&'static str> {
    match text {
        "true" | "t" | "yes" | "on" => Some("1"),
        "false" | "f" | "no" | "off" => Some("0"),
        _ => None,
    }
}

/// Whether two defaults of a column of characters are certainly not the same text.
pub(super) fn texts_differ(dialect: Dialect, wanted: &str, found: &str) -> bool {
    let text = |sql: &str| match bare(&tokens(dialect, sql)) {
        [Token::Text(text)] => Some(text.clone()),
        // PostgreSQL adds the type, MySQL the character set before the text.
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
    fn what_a_database_adds_is_no_difference() {
        let postgres = |a, b| differ(Dialect::Postgres, a, b);
        assert!(!postgres("amount * 2", "(amount * 2)"));
        assert!(!postgres("size IN ('S')", "((size)::text = 'S'::text)"));
        assert!(!postgres("amount > -1.50", "(amount > '-1.5'::numeric)"));
        assert!(postgres("amount * 2", "(amount * 3)"));
        assert!(postgres("amount * 2", "(text * 2)"));
        assert!(!postgres("amount > 1.5e-3", "(amount > 0.0015)"));
        assert!(!postgres("amount = '5' AND size = 't'", "((amount = 5) AND (size = true))"));
        assert!(!postgres("INTERVAL '1' DAY * amount", "('1 day'::interval * amount)"));
        assert!(postgres("amount > 1", "((amount > 1) AND (amount < 9))"));
        assert!(!differ(Dialect::Mysql, "amount > 1", "`amount` > 1"));
        let cast = "cast(`amount` as decimal(10,0))";
        assert!(!differ(Dialect::Mysql, "CAST(amount AS DECIMAL(10))", cast));
        assert!(!differ(Dialect::Mysql, "amount = TRUE", "`amount` = 1"));
        assert!(!differ(Dialect::Sqlite, "amount  >\n1", "(amount > 1)"));
        assert!(differ(Dialect::Sqlite, "amount > 1 OR size", "amount > 1 AND size"));
        assert!(!differ(Dialect::Sqlite, "(a) + (b)", "(a) + (b) /* no */ -- no"));
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
