//! What must be known about the text of a statement: its names, how many values it needs, and
//! whether it may write.

use std::ops::Range;

use super::{Dialect, Lexis};

/// A piece of a statement. White space and comments are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'s> {
    /// A keyword, a name without quotes, or a number.
    Word(&'s str),
    /// A name in quotes, without them; a quote inside is still doubled.
    Quoted(&'s str),
    /// A string, without its quotes.
    Text(&'s str),
    /// A place for a value, and its number if it has one.
    Placeholder(Option<usize>),
    /// A place for a value that has a name, which only the text knows.
    NamedPlaceholder,
    /// Any other character.
    Mark(char),
}

/// Goes through the text of a statement, piece by piece.
pub(crate) struct Scan<'s> {
    sql: &'s str,
    at: usize,
    lexis: &'static Lexis,
    numbered: bool,
}

impl<'s> Scan<'s> {
    pub(crate) fn new(dialect: Dialect, sql: &'s str) -> Self {
        let forms = dialect.forms();
        Scan { sql, at: 0, lexis: &forms.lexis, numbered: forms.numbers_placeholders }
    }

    /// Returns the next piece, or `None` if something between the pieces was skipped, and the
    /// position after it.
    fn piece(&self) -> Option<(Option<Token<'s>>, usize)> {
        let (sql, lexis, at) = (self.sql, self.lexis, self.at);
        let bytes = sql.as_bytes();
        let c = *bytes.get(at)?;
        let next = bytes.get(at + 1).copied();
        let inside = |end: usize| sql.get(at + 1..end.max(at + 2) - 1).unwrap_or_default();
        Some(match c {
            b'\'' => {
                let end = behind_quote(bytes, at, lexis);
                (Some(Token::Text(inside(end))), end)
            }
            b'"' | b'`' => {
                let end = behind_quote(bytes, at, lexis);
                (Some(Token::Quoted(inside(end))), end)
            }
            b'[' if lexis.brackets_names => {
                let end = behind(sql, at, "]");
                (Some(Token::Quoted(inside(end))), end)
            }
            b'-' if next == Some(b'-') && is_comment(lexis, bytes, at + 2) => {
                (None, behind(sql, at, "\n"))
            }
            b'#' if lexis.hash_comments => (None, behind(sql, at, "\n")),
            b'/' if next == Some(b'*') && !is_executed(lexis, bytes, at + 2) => {
                (None, behind(sql, at + 2, "*/"))
            }
            b'?' if !self.numbered => {
                let (number, end) = number(bytes, at + 1);
                (Some(Token::Placeholder(number)), end)
            }
            b'$' if self.numbered => match number(bytes, at + 1) {
                (Some(number), end) => (Some(Token::Placeholder(Some(number))), end),
                (None, _) => (Some(Token::Mark('$')), behind_dollar_quote(sql, at)),
            },
            b':' | b'@' | b'$' if lexis.named_placeholders && next.is_some_and(is_name) => {
                (Some(Token::NamedPlaceholder), at + 1)
            }
            // A name may contain a $.
            c if is_name(c) => {
                let length = bytes[at..].iter().take_while(|&&c| is_name(c) || c == b'$').count();
                (Some(Token::Word(sql.get(at..at + length).unwrap_or_default())), at + length)
            }
            c if c.is_ascii_whitespace() => (None, at + 1),
            c => (Some(Token::Mark(char::from(c))), at + 1),
        })
    }
}

impl<'s> Iterator for Scan<'s> {
    type Item = (Token<'s>, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.at;
            let (token, end) = self.piece()?;
            self.at = end;
            if let Some(token) = token {
                return Some((token, start..end));
            }
        }
    }
}

/// Returns the number of values that the placeholders of a statement need: `?` on SQLite and MySQL,
/// the largest `$n` on PostgreSQL. Quotes and comments are skipped.
///
/// # Errors
/// A placeholder has a name.
pub(crate) fn placeholders(dialect: Dialect, sql: &str) -> Result<usize, String> {
    let mut wanted = 0;
    for (token, _) in Scan::new(dialect, sql) {
        match token {
            Token::Placeholder(Some(number)) => wanted = wanted.max(number),
            Token::Placeholder(None) => wanted += 1,
            Token::NamedPlaceholder => return Err("a placeholder has a name; write ?".to_owned()),
            _ => {}
        }
    }
    Ok(wanted)
}

/// Puts texts in the place of the placeholders of a statement.
pub(crate) fn filled(dialect: Dialect, sql: &str, values: &[String]) -> String {
    let (mut text, mut copied, mut next) = (String::with_capacity(sql.len()), 0, 0);
    for (token, place) in Scan::new(dialect, sql) {
        let Token::Placeholder(number) = token else { continue };
        next = number.unwrap_or(next + 1).max(1);
        let Some(value) = values.get(next - 1) else { continue };
        text.push_str(&sql[copied..place.start]);
        // Two dashes would begin a comment.
        let (open, close) = if value.starts_with('-') { ("(", ")") } else { ("", "") };
        text.push_str(open);
        text.push_str(value);
        text.push_str(close);
        copied = place.end;
    }
    text.push_str(&sql[copied..]);
    text
}

/// Returns `true` if a statement that returns rows may also write, or in doubt.
pub(crate) fn may_write(sql: &str) -> bool {
    let mut words = sql.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    let reads =
        |word: &str| ["SELECT", "VALUES", "TABLE"].iter().any(|w| word.eq_ignore_ascii_case(w));
    match words.next() {
        Some(word) if reads(word) => false,
        Some(word) if word.eq_ignore_ascii_case("WITH") => words.any(|word| {
            ["INSERT", "UPDATE", "DELETE", "MERGE"].iter().any(|w| word.eq_ignore_ascii_case(w))
        }),
        _ => true,
    }
}

fn is_name(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_' || c >= 0x80
}

/// Returns `true` if two dashes before this begin a comment.
fn is_comment(lexis: &Lexis, bytes: &[u8], at: usize) -> bool {
    !lexis.dashes_need_space
        || bytes.get(at).is_none_or(|c| c.is_ascii_whitespace() || c.is_ascii_control())
}

/// Returns `true` if the contents of a comment are executed: MySQL executes `/*! … */`, and MariaDB
/// `/*M! … */` as well.
fn is_executed(lexis: &Lexis, bytes: &[u8], at: usize) -> bool {
    let inside = &bytes[at..];
    lexis.executes_comments && (inside.starts_with(b"!") || inside.starts_with(b"M!"))
}

fn number(bytes: &[u8], at: usize) -> (Option<usize>, usize) {
    let digits = bytes[at..].iter().take_while(|c| c.is_ascii_digit()).count();
    let text = std::str::from_utf8(&bytes[at..at + digits]).unwrap_or_default();
    (text.parse().ok(), at + digits)
}

/// Returns the position after the end of what begins here, or the end of the text.
fn behind(sql: &str, at: usize, end: &str) -> usize {
    let rest = sql.get(at..).unwrap_or_default();
    rest.find(end).map_or(sql.len(), |found| at + found + end.len())
}

/// Returns the position after a quoted string. A quote inside quotes is doubled, which reads as two
/// strings side by side. MySQL also supports backslashes, and so does PostgreSQL in `E'…'`.
fn behind_quote(bytes: &[u8], start: usize, lexis: &Lexis) -> usize {
    let quote = bytes[start];
    let escapes = quote != b'`'
        && (lexis.backslashes
            || (quote == b'\'' && start > 0 && matches!(bytes[start - 1], b'E' | b'e')));
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escapes => at += 2,
            c if c == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Returns the position after PostgreSQL's `$tag$ … $tag$`.
fn behind_dollar_quote(sql: &str, at: usize) -> usize {
    let rest = &sql[at + 1..];
    match rest.find('$') {
        Some(end) if rest[..end].bytes().all(is_name) => {
            let tag = &sql[at..at + end + 2];
            behind(sql, at + tag.len(), tag)
        }
        _ => at + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_counted_outside_of_quotes_and_comments() {
        let lite = |sql| placeholders(Dialect::Sqlite, sql);
        assert_eq!(lite("SELECT ? FROM t WHERE a = ?"), Ok(2));
        assert_eq!(lite("SELECT '?' \"a?\" `?` -- ?\n, ? /* ? */"), Ok(1));
        assert_eq!(lite("SELECT 'it''s ?', ?"), Ok(1));
        assert_eq!(lite("SELECT ?2, ?1"), Ok(2));
        assert!(lite("SELECT :name").is_err());
        assert_eq!(lite("SELECT [a?], ?"), Ok(1));
        let my = |sql| placeholders(Dialect::Mysql, sql);
        assert_eq!(my("SELECT 'a\\'?', ? # ?"), Ok(1));
        assert_eq!(my("SELECT 5--?"), Ok(1));
        assert_eq!(my("SELECT 5 -- ?\n /* ? */ /*! AND ? */"), Ok(1));
        let pg = |sql| placeholders(Dialect::Postgres, sql);
        assert_eq!(pg("SELECT $1, $2::text WHERE a ? 'b' AND $1 > 0"), Ok(2));
        assert_eq!(pg("SELECT $$ $1 $$, $x$ $2 $x$, E'\\' $3', a$4, $5"), Ok(5));
        assert_eq!(pg("SELECT 'ü$1"), Ok(0));
    }
}
