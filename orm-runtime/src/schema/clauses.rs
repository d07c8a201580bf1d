//! The definition of a column or a constraint, as a database stores it as text, split into clauses:
//! one of them can be replaced, and the others stay unchanged.

use super::tokens::{Piece, pieces};
use crate::backend::Dialect;

/// The kind of a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    NotNull,
    Null,
    Default,
    /// An expression with which the database computes the column.
    Computed,
    Collation,
    CharacterSet,
    PrimaryKey,
    Unique,
    Check,
    References,
    /// The columns of a reference, in a constraint of the table; its target follows.
    ForeignKey,
    OnUpdate,
    AutoIncrement,
    Comment,
    /// A clause that the mapping does not describe.
    Other,
}

/// A clause, preceded by the name of its constraint if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    pub(super) kind: Kind,
    /// The name of a constraint.
    pub(super) name: Option<String>,
    pub(super) text: String,
}

impl Clause {
    pub(super) fn new(kind: Kind, text: impl Into<String>) -> Self {
        Clause { kind, name: None, text: text.into() }
    }

    /// Returns the contents of the first parentheses.
    pub(super) fn inside(&self, dialect: Dialect) -> Option<&str> {
        let pieces = pieces(dialect, &self.text);
        let open = pieces.iter().position(|piece| piece.is_mark('('))?;
        let close = group_end(&pieces, open).checked_sub(1)?;
        self.text.get(pieces[open].end..pieces[close].start)
    }

    /// Returns `true` if it contains a word.
    pub(super) fn says(&self, dialect: Dialect, word: &str) -> bool {
        pieces(dialect, &self.text).iter().any(|piece| piece.is(word))
    }

    /// Returns the last name in it, such as the name of a collation.
    pub(super) fn last_name(&self, dialect: Dialect) -> Option<String> {
        pieces(dialect, &self.text).last()?.name().map(str::to_owned)
    }
}

/// A column: its name and type as they were written, and its clauses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Definition {
    pub(super) name: String,
    name_text: String,
    pub(super) ty: String,
    pub(super) clauses: Vec<Clause>,
}

impl Definition {
    pub(super) fn read(dialect: Dialect, sql: &str) -> Option<Self> {
        let pieces = pieces(dialect, sql);
        let (first, rest) = pieces.split_first()?;
        let name = match &first.token {
            super::tokens::Token::Text(text) if dialect.forms().lexis.mixes_quotes => text.as_str(),
            _ => first.name()?,
        };
        let mut typed = 0;
        while typed < rest.len() && kind_of(dialect, &rest[typed..]).is_none() {
            typed = group_end(rest, typed);
        }
        let ty = match (rest.first(), typed.checked_sub(1)) {
            (Some(start), Some(last)) => sql[start.start..rest[last].end].to_owned(),
            _ => String::new(),
        };
        let mut clauses = Vec::new();
        let behind = typed.checked_sub(1).map_or(first.end, |last| rest[last].end);
        read_clauses(dialect, sql, behind, &rest[typed..], &mut clauses);
        let name_text = sql[first.start..first.end].to_owned();
        Some(Definition { name: name.to_owned(), name_text, ty, clauses })
    }

    pub(super) fn has(&self, kind: Kind) -> bool {
        self.clauses.iter().any(|clause| clause.kind == kind)
    }

    pub(super) fn find(&self, kind: Kind) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.kind == kind)
    }

    pub(super) fn remove(&mut self, kind: Kind) {
        self.clauses.retain(|clause| clause.kind != kind);
    }

    /// Replaces the clause of the same kind, or adds the clause after the others.
    pub(super) fn set(&mut self, clause: Clause) {
        match self.clauses.iter_mut().find(|other| other.kind == clause.kind) {
            Some(other) => *other = clause,
            None => self.clauses.push(clause),
        }
    }

    /// Puts a clause before all others, as databases require for clauses that belong to the type.
    pub(super) fn set_first(&mut self, clause: Clause) {
        self.remove(clause.kind);
        self.clauses.insert(0, clause);
    }

    pub(super) fn text(&self) -> String {
        let mut text = self.name_text.clone();
        let parts = self.clauses.iter().map(|clause| &clause.text);
        for part in [&self.ty].into_iter().chain(parts).filter(|part| !part.is_empty()) {
            // The line break ends a comment to the end of the line.
            let line = text.rsplit('\n').next().unwrap_or_default().contains("--");
            text += if line { "\n" } else { " " };
            text += part;
        }
        text
    }
}

/// Returns the clauses of one constraint of the table, or of several without commas in between.
pub(super) fn constraints(dialect: Dialect, sql: &str) -> Vec<Clause> {
    let mut clauses = Vec::new();
    let all = pieces(dialect, sql);
    let behind = all.first().map_or(0, |first| first.start);
    read_clauses(dialect, sql, behind, &all, &mut clauses);
    // The columns of a reference and its target are one constraint.
    let mut merged: Vec<Clause> = Vec::new();
    for clause in clauses {
        match merged.last_mut() {
            Some(last) if last.kind == Kind::ForeignKey && clause.kind == Kind::References => {
                last.text += " ";
                last.text += &clause.text;
                last.kind = Kind::References;
            }
            Some(last) if clause.kind == Kind::Other => {
                last.text += " ";
                last.text += &clause.text;
            }
            _ => merged.push(clause),
        }
    }
    merged
}

fn read_clauses(
    dialect: Dialect,
    sql: &str,
    mut behind: usize,
    mut rest: &[Piece],
    clauses: &mut Vec<Clause>,
) {
    while let Some(first) = rest.first() {
        // Comments are kept: MySQL has clauses in some.
        other(clauses, &sql[behind..first.start]);
        let (mut at, mut name) = (0, None);
        if first.is("CONSTRAINT") && rest.len() > 1 {
            name = rest[1].name().map(str::to_owned);
            at = 2;
        }
        let kind = kind_of(dialect, &rest[at..]).unwrap_or(Kind::Other);
        let length = at + length(dialect, kind, &rest[at..]);
        let length = length.clamp(1, rest.len());
        behind = rest[length - 1].end;
        let text = sql[first.start..behind].to_owned();
        clauses.push(Clause { kind, name, text });
        rest = &rest[length..];
    }
    other(clauses, &sql[behind..]);
}

fn other(clauses: &mut Vec<Clause>, text: &str) {
    if !text.trim().is_empty() {
        clauses.push(Clause::new(Kind::Other, text.trim()));
    }
}

/// Returns the kind of the clause that begins here; `None` within a type.
fn kind_of(dialect: Dialect, pieces: &[Piece]) -> Option<Kind> {
    let first = pieces.first()?;
    let second = |word: &str| pieces.get(1).is_some_and(|piece| piece.is(word));
    let is = |word: &str| first.is(word);
    let kind = if is("NOT") && second("NULL") {
        Kind::NotNull
    } else if is("NULL") {
        Kind::Null
    } else if is("DEFAULT") {
        Kind::Default
    } else if is("GENERATED") || is("AS") {
        Kind::Computed
    } else if is("COLLATE") {
        Kind::Collation
    } else if is("PRIMARY") && second("KEY") {
        Kind::PrimaryKey
    } else if is("UNIQUE") {
        Kind::Unique
    } else if is("CHECK") {
        Kind::Check
    } else if is("REFERENCES") {
        Kind::References
    } else if is("FOREIGN") && second("KEY") {
        Kind::ForeignKey
    } else if is("CONSTRAINT") {
        return Some(Kind::Other);
    } else if dialect.definitions().column_options {
        return kind_of_option(first, pieces.get(1));
    } else {
        return None;
    };
    Some(kind)
}

fn kind_of_option(first: &Piece, second: Option<&Piece>) -> Option<Kind> {
    let others = ["INVISIBLE", "VISIBLE", "SRID", "REF_SYSTEM_ID", "STORAGE", "COLUMN_FORMAT"];
    let others = [&others[..], &["ENGINE_ATTRIBUTE", "WITHOUT", "WITH", "COMPRESSED"]].concat();
    if first.is("CHARACTER") || first.is("CHARSET") {
        Some(Kind::CharacterSet)
    } else if first.is("ON") && second.is_some_and(|piece| piece.is("UPDATE")) {
        Some(Kind::OnUpdate)
    } else if first.is("AUTO_INCREMENT") {
        Some(Kind::AutoIncrement)
    } else if first.is("COMMENT") {
        Some(Kind::Comment)
    } else {
        others.iter().any(|word| first.is(word)).then_some(Kind::Other)
    }
}

/// Returns how many pieces a clause has.
fn length(dialect: Dialect, kind: Kind, pieces: &[Piece]) -> usize {
    let is = |at: usize, word: &str| pieces.get(at).is_some_and(|piece| piece.is(word));
    let on_conflict = |at: usize| if is(at, "ON") && is(at + 1, "CONFLICT") { at + 3 } else { at };
    match kind {
        Kind::NotNull => on_conflict(2),
        Kind::Null => on_conflict(1),
        Kind::Default => default_length(pieces),
        Kind::Computed => {
            let open = pieces.iter().position(|piece| piece.is_mark('('));
            let end = open.map_or(1, |open| group_end(pieces, open));
            let stored = ["STORED", "VIRTUAL", "PERSISTENT"].iter().any(|word| is(end, word));
            end + usize::from(stored)
        }
        Kind::Collation => 2,
        Kind::CharacterSet => {
            if is(0, "CHARACTER") {
                3
            } else {
                2
            }
        }
        Kind::PrimaryKey => {
            let mut at = group(pieces, 2);
            at += usize::from(is(at, "ASC") || is(at, "DESC"));
            at = on_conflict(at);
            at + usize::from(is(at, "AUTOINCREMENT"))
        }
        Kind::Unique => on_conflict(group(pieces, 1 + usize::from(is(1, "KEY")))),
        Kind::Check => {
            let at = on_conflict(group(pieces, 1));
            match (is(at, "NOT") && is(at + 1, "ENFORCED"), is(at, "ENFORCED")) {
                (true, _) => at + 2,
                (_, enforced) => at + usize::from(enforced),
            }
        }
        Kind::References => references_length(pieces),
        Kind::ForeignKey => group(pieces, 2),
        Kind::OnUpdate => group(pieces, 3),
        Kind::Comment => 2 + usize::from(pieces.get(1).is_some_and(|it| it.is_mark('='))),
        Kind::AutoIncrement => 1,
        Kind::Other if dialect.definitions().column_options => group(pieces, 1),
        Kind::Other => 1,
    }
}

/// Returns the length of `DEFAULT` and a value: a group, a number with its sign, a call, or a text
/// with its character set.
fn default_length(pieces: &[Piece]) -> usize {
    use super::tokens::Token;
    let mut at = 1;
    while pieces.get(at).is_some_and(|piece| piece.is_mark('-') || piece.is_mark('+')) {
        at += 1;
    }
    if pieces.get(at).is_some_and(|piece| piece.is_mark('(')) {
        return group_end(pieces, at);
    }
    let is_text = |at: usize| matches!(pieces.get(at).map(|it| &it.token), Some(Token::Text(_)));
    // _utf8mb4'text' and b'1'.
    let introduced = pieces.get(at).is_some_and(|piece| matches!(piece.token, Token::Word(_)));
    at += if introduced && is_text(at + 1) { 2 } else { 1 };
    group(pieces, at)
}

fn references_length(pieces: &[Piece]) -> usize {
    let is = |at: usize, word: &str| pieces.get(at).is_some_and(|piece| piece.is(word));
    let mut at = group(pieces, 2);
    loop {
        at = if is(at, "ON") && (is(at + 1, "DELETE") || is(at + 1, "UPDATE")) {
            at + if is(at + 2, "SET") || is(at + 2, "NO") { 4 } else { 3 }
        } else if is(at, "DEFERRABLE") {
            at + 1
        } else if ["MATCH", "INITIALLY"].iter().any(|word| is(at, word))
            || is(at, "NOT") && is(at + 1, "DEFERRABLE")
        {
            at + 2
        } else {
            return at;
        };
    }
}

/// Returns the position after optional parentheses.
fn group(pieces: &[Piece], at: usize) -> usize {
    if pieces.get(at).is_some_and(|piece| piece.is_mark('(')) { group_end(pieces, at) } else { at }
}

/// Returns the position after a piece, or after the parentheses that it opens.
pub(super) fn group_end(pieces: &[Piece], open: usize) -> usize {
    let mut depth = 0;
    for (at, piece) in pieces.iter().enumerate().skip(open) {
        if piece.is_mark('(') {
            depth += 1;
        } else if piece.is_mark(')') {
            depth -= 1;
        }
        if depth <= 0 {
            return at + 1;
        }
    }
    pieces.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(dialect: Dialect, sql: &str) -> (String, Vec<(Kind, String)>) {
        let read = Definition::read(dialect, sql).expect("a column");
        assert_eq!(read.text().split_whitespace().collect::<Vec<_>>().join(" "), sql);
        (read.ty, read.clauses.into_iter().map(|clause| (clause.kind, clause.text)).collect())
    }

    #[test]
    fn a_column_of_mysql_is_read_in_clauses() {
        let (ty, clauses) = kinds(
            Dialect::Mysql,
            "`a b` varchar(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL /*!80023 INVISIBLE */ \
             DEFAULT _utf8mb4'it''s' ON UPDATE current_timestamp(6) COMMENT 'x, DEFAULT'",
        );
        assert_eq!(ty, "varchar(10)");
        let kinds: Vec<Kind> = clauses.iter().map(|(kind, _)| *kind).collect();
        let all = [Kind::CharacterSet, Kind::Collation, Kind::NotNull, Kind::Other, Kind::Default];
        assert_eq!(kinds, [&all[..], &[Kind::OnUpdate, Kind::Comment]].concat());
        assert_eq!(clauses[4].1, "DEFAULT _utf8mb4'it''s'");
        let (ty, clauses) =
            kinds2("`n` int(10) unsigned zerofill GENERATED ALWAYS AS ((1) + 2) STORED");
        assert_eq!(ty, "int(10) unsigned zerofill");
        assert_eq!(clauses, [Kind::Computed]);
    }

    fn kinds2(sql: &str) -> (String, Vec<Kind>) {
        let (ty, clauses) = kinds(Dialect::Mysql, sql);
        (ty, clauses.into_iter().map(|(kind, _)| kind).collect())
    }

    #[test]
    fn a_column_of_sqlite_is_read_in_clauses() {
        let (ty, clauses) = kinds(
            Dialect::Sqlite,
            "[a] DECIMAL(10, 2) COLLATE NOCASE CONSTRAINT \"n\" NOT NULL ON CONFLICT IGNORE DEFAULT -1 \
             CHECK (a > 0) REFERENCES b (c) ON DELETE SET NULL NOT DEFERRABLE INITIALLY DEFERRED UNIQUE",
        );
        assert_eq!(ty, "DECIMAL(10, 2)");
        let kinds: Vec<Kind> = clauses.iter().map(|(kind, _)| *kind).collect();
        let first = [Kind::Collation, Kind::NotNull, Kind::Default, Kind::Check, Kind::References];
        assert_eq!(kinds, [&first[..], &[Kind::Unique]].concat());
    }

    #[test]
    fn a_constraint_keeps_its_name() {
        let sql =
            "CONSTRAINT x FOREIGN KEY (a) REFERENCES b (c) ON DELETE SET DEFAULT CHECK (d > 1)";
        let read = constraints(Dialect::Sqlite, sql);
        assert_eq!(read.len(), 2, "{read:?}");
        assert_eq!(read[0].name.as_deref(), Some("x"));
        assert_eq!(read[1].inside(Dialect::Sqlite), Some("d > 1"));
    }
}
