//! What must be known about a statement that the user wrote: how many values it needs, and whether
//! it may write.

use crate::backend::{Dialect, Lexis};

/// Returns the number of values that the placeholders of a statement need: `?` on SQLite and MySQL,
/// the largest `$n` on PostgreSQL. Quotes and comments are skipped.
///
/// # Errors
/// A placeholder has a name.
pub(crate) fn placeholders(dialect: Dialect, sql: &str) -> Result<usize, String> {
    let forms = dialect.forms();
    let (lexis, numbered) = (&forms.lexis, forms.numbers_placeholders);
    let bytes = sql.as_bytes();
    let mut wanted = 0;
    let mut at = 0;
    while at < bytes.len() {
        let next = bytes.get(at + 1).copied();
        match bytes[at] {
            b'\'' | b'"' | b'`' => at = behind_quote(bytes, at, lexis),
            b'[' if lexis.brackets_names => at = behind(sql, at, "]"),
            b'-' if next == Some(b'-') && is_comment(lexis, bytes, at + 2) => {
                at = behind(sql, at, "\n");
            }
            b'#' if lexis.hash_comments => at = behind(sql, at, "\n"),
            b'/' if next == Some(b'*') && !is_executed(lexis, bytes, at + 2) => {
                at = behind(sql, at + 2, "*/");
            }
            b'?' if !numbered => {
                let (number, end) = number(bytes, at + 1);
                wanted = number.map_or(wanted + 1, |number| wanted.max(number));
                at = end;
            }
            b'$' if numbered => {
                let (number, end) = number(bytes, at + 1);
                at = match number {
                    Some(number) => {
                        wanted = wanted.max(number);
                        end
                    }
                    None => behind_dollar_quote(sql, at),
                };
            }
            b':' | b'@' | b'$' if lexis.named_placeholders && next.is_some_and(is_name) => {
                return Err("a placeholder has a name; write ?".to_owned());
            }
            // A name may contain a $.
            c if is_name(c) => {
                at += bytes[at..].iter().take_while(|&&c| is_name(c) || c == b'$').count();
            }
            _ => at += 1,
        }
    }
    Ok(wanted)
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
