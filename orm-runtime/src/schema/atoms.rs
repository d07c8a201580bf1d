//! The parts of an SQL expression that remain when a database rewrites it: columns, numbers,
//! strings and operators, in one spelling.

use std::collections::BTreeSet;

use super::expression::number;
use super::functions::{REWRITTEN, function, is_time};
use super::tokens::{Piece, Token, pieces};
use crate::backend::Dialect;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Atom {
    Column(String),
    Number(String),
    Text(String),
    /// An operator, or a function that keeps its name.
    Operator(String),
}

/// An expression split into parts that no database changes.
#[derive(Debug, Default)]
pub(super) struct Atoms {
    pub(super) list: Vec<Atom>,
    /// Whether databases rewrite something in it with its parts in another order.
    pub(super) rewritten: bool,
}

/// Operators that are words.
const WORDS: &[&str] =
    &["and", "or", "not", "in", "like", "ilike", "is", "null", "case", "when", "then"];
const MORE_WORDS: &[&str] = &["else", "end", "div"];

impl Atoms {
    pub(super) fn of(dialect: Dialect, columns: &BTreeSet<String>, sql: &str) -> Self {
        let all = pieces(dialect, sql);
        let pieces = without_casts(&all);
        let mut reading = Reading {
            dialect,
            columns,
            pieces: &pieces,
            at: 0,
            atoms: Atoms::default(),
            ranges: Vec::new(),
            depth: 0,
        };
        while reading.at < pieces.len() {
            reading.next();
        }
        if dialect.comparison().turns_conditions {
            reading.atoms.list = without_truth(reading.atoms.list);
        }
        reading.atoms
    }

    /// Returns the columns, each once.
    pub(super) fn columns(&self) -> BTreeSet<&str> {
        let columns = self.list.iter().filter_map(|atom| match atom {
            Atom::Column(column) => Some(column.as_str()),
            _ => None,
        });
        columns.collect()
    }

    /// Returns the numbers, each once, except for numbers in a string of several words.
    pub(super) fn numbers(&self) -> BTreeSet<&str> {
        let numbers = self.list.iter().filter_map(|atom| match atom {
            Atom::Number(number) if number != "0" => Some(number.as_str()),
            Atom::Text(text) => text.split(' ').next().filter(|word| number(word).is_some()),
            _ => None,
        });
        numbers.collect()
    }
}

struct Reading<'a> {
    dialect: Dialect,
    columns: &'a BTreeSet<String>,
    pieces: &'a [Piece],
    at: usize,
    atoms: Atoms,
    /// The open BETWEENs: the depth, the column, and the operators still to come.
    ranges: Vec<(usize, Atom, [&'static str; 2])>,
    depth: usize,
}

impl Reading<'_> {
    fn push(&mut self, operator: &str) {
        self.atoms.list.push(Atom::Operator(operator.to_owned()));
    }

    fn word(&self, at: usize) -> Option<String> {
        match &self.pieces.get(at)?.token {
            Token::Word(word) => Some(word.to_lowercase()),
            _ => None,
        }
    }

    fn mark(&self, at: usize) -> Option<char> {
        match self.pieces.get(at)?.token {
            Token::Mark(mark) => Some(mark),
            _ => None,
        }
    }

    fn next(&mut self) {
        let at = self.at;
        self.at += 1;
        match &self.pieces[at].token {
            Token::Text(text) => {
                let before = at.checked_sub(1).and_then(|before| self.word(before));
                let radix = match before.as_deref() {
                    Some("b") => Some(2),
                    Some("x") => Some(16),
                    _ => None,
                };
                let bits = radix.and_then(|radix| u64::from_str_radix(text, radix).ok());
                let atom = match bits {
                    Some(bits) => Atom::Number(bits.to_string()),
                    None => text_atom(text),
                };
                self.atoms.list.push(atom);
            }
            Token::Name(name) => self.name(&name.to_lowercase()),
            Token::Word(word) => self.one_word(&word.to_lowercase()),
            Token::Mark('(') => self.depth += 1,
            Token::Mark(')') => self.depth = self.depth.saturating_sub(1),
            Token::Mark('-') if self.is_sign(at) => self.negative(at),
            Token::Mark('+') if self.is_sign(at) => {}
            Token::Mark(',' | '[' | ']' | ':' | ';') => {}
            Token::Mark(_) => self.operator(at),
        }
    }

    fn name(&mut self, name: &str) {
        let last = name.rsplit('.').next().unwrap_or_default();
        if self.mark(self.at) == Some('(') && !WORDS.contains(&last) {
            self.atoms.rewritten |= REWRITTEN.contains(&last);
            if let Some(function) = function(self.dialect, last, true) {
                self.push(function);
            }
        } else if let Some(column) = self.columns.get(last) {
            self.atoms.list.push(Atom::Column(column.clone()));
        }
    }

    fn one_word(&mut self, word: &str) {
        let called = self.mark(self.at) == Some('(');
        let hex = word.strip_prefix("0x").and_then(|hex| u64::from_str_radix(hex, 16).ok());
        if let Some(bits) = hex.filter(|_| self.dialect.forms().lexis.hex_numbers) {
            self.atoms.list.push(Atom::Number(bits.to_string()));
        } else if let Some(number) = number(word) {
            self.atoms.list.push(Atom::Number(number));
        } else if let Some(truth) = truth(word) {
            self.atoms.list.push(Atom::Number(truth.to_owned()));
        } else if word == "between" {
            self.between();
        } else if word == "and" && self.ranges.last().is_some_and(|range| range.0 == self.depth) {
            self.range_ends();
        } else if word == "in" {
            self.is_in();
        } else if WORDS.contains(&word) || MORE_WORDS.contains(&word) {
            let kept = ["in", "like", "between", "null"];
            let next = self.word(self.at);
            let is_kept = next.is_some_and(|next| kept.contains(&next.as_str()));
            let turns = self.dialect.comparison().turns_conditions;
            self.atoms.rewritten |= word == "not" && turns && !is_kept;
            self.push(word);
        } else if REWRITTEN.contains(&word) {
            self.atoms.rewritten = true;
        } else if self.columns.contains(word) && !called {
            self.name(word);
        } else if let Some(function) = function(self.dialect, word, called) {
            // The precision of a time depends on the type of the column.
            if called && is_time(function) && self.closes_soon() {
                self.at += if self.mark(self.at + 1) == Some(')') { 2 } else { 3 };
            }
            let function = function.to_owned();
            self.push(&function);
        } else {
            self.name(word);
        }
    }

    /// Returns `true` if the parentheses that follow contain one piece or none.
    fn closes_soon(&self) -> bool {
        (1..=2).any(|ahead| self.mark(self.at + ahead) == Some(')'))
    }

    /// Rewrites `x BETWEEN a AND b` as two comparisons.
    fn between(&mut self) {
        let negative = self.atoms.list.last() == Some(&Atom::Operator("not".to_owned()));
        if negative {
            self.atoms.list.pop();
        }
        let (first, rest) = if negative { ("<", ["or", ">"]) } else { (">=", ["and", "<="]) };
        match self.atoms.list.last() {
            Some(column @ Atom::Column(_)) => {
                self.ranges.push((self.depth, column.clone(), rest));
                self.push(first);
            }
            _ => self.atoms.rewritten = true,
        }
    }

    fn range_ends(&mut self) {
        if let Some((_, column, [between, last])) = self.ranges.pop() {
            self.push(between);
            self.atoms.list.push(column);
            self.push(last);
        }
    }

    /// Rewrites a list of one as a comparison.
    fn is_in(&mut self) {
        let negative = self.atoms.list.last() == Some(&Atom::Operator("not".to_owned()));
        if negative {
            self.atoms.list.pop();
        }
        let mut depth = 0;
        let mut several = false;
        for piece in &self.pieces[self.at..] {
            match piece.token {
                Token::Mark('(') => depth += 1,
                Token::Mark(')') => depth -= 1,
                Token::Mark(',') => several |= depth == 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        self.push(match (negative, several) {
            (false, true) => "in",
            (true, true) => "not in",
            (false, false) => "=",
            (true, false) => "<>",
        });
    }

    /// Returns `true` if a mark precedes a value rather than separating two.
    fn is_sign(&self, at: usize) -> bool {
        match at.checked_sub(1).map(|before| &self.pieces[before].token) {
            None => true,
            Some(Token::Mark(mark)) => !matches!(mark, ')' | ']'),
            Some(Token::Word(word)) => WORDS.contains(&word.to_lowercase().as_str()),
            Some(Token::Name(_) | Token::Text(_)) => false,
        }
    }

    /// Reads a number with its sign; MySQL puts parentheses in between.
    fn negative(&mut self, at: usize) {
        let inner = if self.mark(at + 1) == Some('(') { at + 2 } else { at + 1 };
        let closed = inner == at + 1 || self.mark(inner + 1) == Some(')');
        let found = match self.pieces.get(inner).map(|piece| &piece.token) {
            Some(Token::Word(word) | Token::Text(word)) if closed => number(word),
            _ => None,
        };
        match found {
            Some(found) => {
                let turned = found.strip_prefix('-').map(str::to_owned);
                let zero = (found == "0").then(|| found.clone());
                let number = turned.or(zero).unwrap_or_else(|| format!("-{found}"));
                self.atoms.list.push(Atom::Number(number));
                self.at = inner + 1 + usize::from(inner > at + 1);
            }
            None => self.push("negative"),
        }
    }

    fn operator(&mut self, at: usize) {
        let is_part = |mark: char| "<>=!|&~*/%^#@?+".contains(mark);
        let mut operator = String::new();
        let mut end = at;
        while let Some(mark) = self.mark(end).filter(|mark| is_part(*mark)) {
            operator.push(mark);
            end += 1;
        }
        if operator.is_empty() {
            return;
        }
        self.at = end;
        let next = self.word(end);
        let bars_mean_or = self.dialect.forms().lexis.bars_mean_or;
        let words: &[&str] = match (operator.as_str(), next.as_deref()) {
            ("=", Some("any" | "some")) => &["in"],
            ("<>", Some("all")) => &["not in"],
            ("!=", _) => &["<>"],
            ("~~", _) => &["like"],
            ("!~~", _) => &["not", "like"],
            ("~~*", _) => &["ilike"],
            ("!~~*", _) => &["not", "ilike"],
            ("||", _) if bars_mean_or => &["or"],
            ("&&", _) if bars_mean_or => &["and"],
            // Conditions are negated rather than kept with a NOT.
            ("!", _) => {
                self.atoms.rewritten |= self.dialect.comparison().turns_conditions;
                &["not"]
            }
            _ => return self.push(&operator),
        };
        if words == ["in"] || words == ["not in"] {
            self.at += 1;
        }
        words.iter().for_each(|word| self.push(word));
    }
}

/// Removes the comparison with 0 that MySQL adds where a column is used as a condition.
fn without_truth(list: Vec<Atom>) -> Vec<Atom> {
    let zero = Atom::Number("0".to_owned());
    let differs = Atom::Operator("<>".to_owned());
    let mut kept: Vec<Atom> = Vec::new();
    for atom in list {
        kept.push(atom);
        match &kept[..] {
            [.., Atom::Column(_), operator, number] if *operator == differs && *number == zero => {
                kept.truncate(kept.len() - 2);
            }
            [.., number, operator, Atom::Column(_)] if *operator == differs && *number == zero => {
                let column = kept.pop();
                kept.truncate(kept.len() - 2);
                kept.extend(column);
            }
            _ => {}
        }
    }
    kept
}

/// Returns the number with which MySQL represents a boolean.
fn truth(word: &str) -> Option<&'static str> {
    match word {
        "true" => Some("1"),
        "false" => Some("0"),
        _ => None,
    }
}

/// Converts a string to the form in which it may be kept: a number, a boolean, or a time.
fn text_atom(text: &str) -> Atom {
    let truth = match text.to_lowercase().as_str() {
        "true" | "t" | "yes" | "on" => Some("1"),
        "false" | "f" | "no" | "off" => Some("0"),
        _ => None,
    };
    match (number(text), truth) {
        (Some(number), _) => Atom::Number(number),
        (None, Some(truth)) => Atom::Number(truth.to_owned()),
        (None, None) => Atom::Text(time(text).unwrap_or_else(|| text.to_owned())),
    }
}

/// Normalises a date with or without a time, or a time. The zone is omitted, because a database
/// shows it in the zone of its session.
fn time(text: &str) -> Option<String> {
    let (date, clock) = match text.split_once([' ', 'T']) {
        Some((date, clock)) => (date, clock),
        None if text.contains(':') => ("", text),
        None => (text, ""),
    };
    if !date.is_empty() {
        digits(date, '-').filter(|parts| parts.len() == 3)?;
    }
    let clock = clock.split(['Z', '+', '-']).next().unwrap_or_default();
    let (clock, part) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts = if clock.is_empty() { vec!["00", "00"] } else { digits(clock, ':')? };
    parts.resize(3, "00");
    Some(format!("{date} {}.{}", parts.join(":"), part.trim_end_matches('0')))
}

/// Splits two or three numbers with a mark in between.
fn digits(text: &str, mark: char) -> Option<Vec<&str>> {
    let parts: Vec<&str> = text.split(mark).collect();
    let whole = |part: &&str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_digit());
    ((2..=3).contains(&parts.len()) && parts.iter().all(whole)).then_some(parts)
}

/// Removes casts, which databases add: `x::type`, and `CAST(x AS type)`; also the character set of
/// a string.
fn without_casts(pieces: &[Piece]) -> Vec<Piece> {
    let mut kept = Vec::new();
    let mut at = 0;
    // The depths of the open CASTs.
    let (mut casts, mut depth) = (Vec::new(), 0_usize);
    while let Some(piece) = pieces.get(at) {
        let next = pieces.get(at + 1);
        let next_is = |mark: char| next.is_some_and(|next| next.is_mark(mark));
        if piece.is_mark(':') && next_is(':') {
            at = behind_type(pieces, at + 2);
            continue;
        }
        if piece.is("CAST") && next_is('(') {
            casts.push(depth + 1);
            at += 1;
            continue;
        }
        if piece.is("AS") && casts.last() == Some(&depth) {
            casts.pop();
            while pieces.get(at).is_some_and(|piece| !piece.is_mark(')') || depth > 0) {
                if pieces[at].is_mark('(') {
                    at = super::clauses::group_end(pieces, at);
                } else if pieces[at].is_mark(')') {
                    break;
                } else {
                    at += 1;
                }
            }
            continue;
        }
        if piece.is_mark('(') {
            depth += 1;
        } else if piece.is_mark(')') {
            depth = depth.saturating_sub(1);
        }
        let before_text = matches!(next.map(|next| &next.token), Some(Token::Text(_)));
        let typed = ["DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "N"].iter().any(|ty| piece.is(ty));
        let introduced = matches!(&piece.token, Token::Word(word) if word.starts_with('_'));
        if !(before_text && (typed || introduced)) {
            kept.push(piece.clone());
        }
        at += 1;
    }
    kept
}

/// Returns the position after the name of a type.
fn behind_type(pieces: &[Piece], mut at: usize) -> usize {
    let group = |at: &mut usize| {
        while pieces.get(*at).is_some_and(|piece| piece.is_mark('(')) {
            *at = super::clauses::group_end(pieces, *at);
        }
    };
    at += 1;
    group(&mut at);
    let more = ["VARYING", "PRECISION", "WITH", "WITHOUT", "TIME", "ZONE"];
    while pieces.get(at).is_some_and(|piece| more.iter().any(|word| piece.is(word))) {
        at += 1;
        group(&mut at);
    }
    while pieces.get(at).is_some_and(|piece| piece.is_mark('[') || piece.is_mark(']')) {
        at += 1;
    }
    at
}
