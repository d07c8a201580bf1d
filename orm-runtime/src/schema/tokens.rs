//! A tokeniser for SQL text: words, quoted names and strings, marks.

use crate::backend::{Dialect, Lexis};

/// A piece of SQL text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A word or a number.
    Word(String),
    /// A name, without its quotes.
    Name(String),
    /// A string, without its quotes.
    Text(String),
    /// Any other character.
    Mark(char),
}

/// A piece of SQL text, and its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) token: Token,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Piece {
    /// Returns `true` if it is this word, unquoted.
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(&self.token, Token::Word(other) if other.eq_ignore_ascii_case(word))
    }

    pub(super) fn is_mark(&self, mark: char) -> bool {
        self.token == Token::Mark(mark)
    }

    /// Returns the name, if it can be one.
    pub(super) fn name(&self) -> Option<&str> {
        match &self.token {
            Token::Word(name) | Token::Name(name) => Some(name),
            Token::Text(_) | Token::Mark(_) => None,
        }
    }
}

/// Returns the tokens of SQL text, without white space and comments.
pub(super) fn tokens(dialect: Dialect, sql: &str) -> Vec<Token> {
    pieces(dialect, sql).into_iter().map(|piece| piece.token).collect()
}

/// Returns the same tokens with their positions.
pub(super) fn pieces(dialect: Dialect, sql: &str) -> Vec<Piece> {
    let lexis = &dialect.forms().lexis;
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        let (token, length) = match c {
            '\'' => quoted(lexis, rest, '\''),
            // A string, unless the server is configured otherwise.
            '"' if lexis.double_quotes_texts => quoted(lexis, rest, c),
            '"' | '`' => named(quoted(lexis, rest, c)),
            '[' if lexis.brackets_names => {
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
        let start = sql.len() - rest.len();
        rest = &rest[length..];
        if let Some(token) = token {
            tokens.push(Piece { token, start, end: start + length });
        }
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '$')
}

/// Returns the end of a word; the sign of an exponent belongs to its number.
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

/// Returns a quoted text, and its length including the quotes.
fn quoted(lexis: &Lexis, sql: &str, quote: char) -> (Option<Token>, usize) {
    let mut text = String::new();
    let mut chars = sql.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote != '`' && lexis.backslashes {
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
