//! The text of a table, as SQLite stores it and MySQL shows it, split into clauses of columns and
//! constraints. Each clause can be replaced, and the others stay as they were written.

use super::clauses::{Clause, Definition, Kind, constraints};
use super::tokens::pieces;
use crate::backend::Dialect;

/// The text of a table, split into parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableText {
    dialect: Dialect,
    items: Vec<Item>,
    /// White space before the last parenthesis.
    close: String,
    /// The text after the last parenthesis, such as `WITHOUT ROWID`.
    pub(super) tail: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    /// White space and comments before it, if it existed before.
    lead: Option<String>,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Column(Definition),
    Constraints(Vec<Clause>),
}

impl TableText {
    pub(super) fn read(dialect: Dialect, sql: &str) -> Option<Self> {
        let pieces = pieces(dialect, sql);
        let open = pieces.iter().position(|piece| piece.is_mark('('))?;
        let (close, tail) = (String::new(), String::new());
        let mut text = TableText { dialect, items: Vec::new(), close, tail };
        let (mut depth, mut start, mut first) = (0, pieces[open].end, open + 1);
        for (at, piece) in pieces.iter().enumerate().skip(open) {
            let before = depth;
            if piece.is_mark('(') {
                depth += 1;
            } else if piece.is_mark(')') {
                depth -= 1;
            }
            if depth == 0 || before == 1 && piece.is_mark(',') {
                let item = pieces.get(first).filter(|_| first < at)?;
                let lead = Some(sql[start..item.start].to_owned());
                let own = &sql[item.start..piece.start];
                let begins = |words: &[&str]| words.iter().any(|word| item.is(word));
                let rules = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];
                let keys = ["KEY", "INDEX", "FULLTEXT", "SPATIAL", "PERIOD"];
                let in_table = dialect.definitions().indexes_in_tables;
                let is_rule = begins(&rules) || in_table && begins(&keys);
                let what = match is_rule {
                    true => What::Constraints(constraints(dialect, own)),
                    false => What::Column(Definition::read(dialect, own)?),
                };
                text.items.push(Item { lead, what });
                (start, first) = (piece.end, at + 1);
            }
            if depth == 0 {
                let inner = &sql[..piece.start];
                text.close = inner[inner.trim_end().len()..].to_owned();
                text.tail = sql[piece.end..].to_owned();
                return Some(text);
            }
        }
        None
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = &Definition> {
        self.items.iter().filter_map(|item| match &item.what {
            What::Column(column) => Some(column),
            What::Constraints(_) => None,
        })
    }

    pub(super) fn column(&self, name: &str) -> Option<&Definition> {
        self.columns().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn column_mut(&mut self, name: &str) -> Option<&mut Definition> {
        self.items.iter_mut().find_map(|item| match &mut item.what {
            What::Column(column) if column.name.eq_ignore_ascii_case(name) => Some(column),
            _ => None,
        })
    }

    /// Returns the clauses of the table and its columns; the clauses of a column with the column.
    pub(super) fn clauses(&self) -> impl Iterator<Item = (Option<&Definition>, &Clause)> {
        self.items.iter().flat_map(|item| {
            let (column, clauses) = match &item.what {
                What::Column(column) => (Some(column), &column.clauses),
                What::Constraints(clauses) => (None, clauses),
            };
            clauses.iter().map(move |clause| (column, clause))
        })
    }

    /// Removes the first clause that satisfies a condition; `None` if there is none.
    pub(super) fn remove(&mut self, is: impl Fn(Option<&str>, &Clause) -> bool) -> Option<()> {
        for (at, item) in self.items.iter_mut().enumerate() {
            let (column, clauses) = match &mut item.what {
                What::Column(column) => (Some(column.name.as_str()), &mut column.clauses),
                What::Constraints(clauses) => (None, clauses),
            };
            if let Some(place) = clauses.iter().position(|clause| is(column, clause)) {
                clauses.remove(place);
                let is_empty = column.is_none() && clauses.is_empty();
                if is_empty {
                    self.items.remove(at);
                }
                return Some(());
            }
        }
        None
    }

    pub(super) fn remove_all(&mut self, kind: Kind) {
        while self.remove(|_, clause| clause.kind == kind).is_some() {}
    }

    pub(super) fn remove_column(&mut self, name: &str) {
        self.items.retain(|item| match &item.what {
            What::Column(column) => !column.name.eq_ignore_ascii_case(name),
            What::Constraints(_) => true,
        });
    }

    /// Adds a column after the others.
    pub(super) fn add_column(&mut self, column: Definition) {
        let is_column = |item: &Item| matches!(item.what, What::Column(_));
        let at = self.items.iter().rposition(is_column).map_or(0, |last| last + 1);
        self.items.insert(at, Item { lead: None, what: What::Column(column) });
    }

    pub(super) fn add_constraint(&mut self, kind: Kind, text: String) {
        let what = What::Constraints(vec![Clause::new(kind, text)]);
        self.items.push(Item { lead: None, what });
    }

    /// Returns the columns of a clause: those in its parentheses, or the column that it belongs to.
    pub(super) fn columns_of(&self, column: Option<&str>, clause: &Clause) -> Vec<String> {
        match column {
            Some(column) => vec![column.to_owned()],
            None => {
                let inside = clause.inside(self.dialect).unwrap_or_default();
                names(self.dialect, inside)
            }
        }
    }

    /// Returns everything after the name of the table.
    pub(super) fn body(&self) -> String {
        let mut text = "(".to_owned();
        for (at, item) in self.items.iter().enumerate() {
            text += if at == 0 { "" } else { "," };
            text += item.lead.as_deref().unwrap_or("\n    ");
            text += &match &item.what {
                What::Column(column) => column.text(),
                What::Constraints(clauses) => {
                    let texts: Vec<_> = clauses.iter().map(|clause| clause.text.as_str()).collect();
                    texts.join(" ")
                }
            };
            // The line break ends a comment to the end of the line.
            if text.rsplit('\n').next().unwrap_or_default().contains("--") {
                text += "\n";
            }
        }
        text + &self.close + ")" + &self.tail
    }
}

/// Returns the first name of each part between commas.
fn names(dialect: Dialect, list: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut depth, mut begins) = (0, true);
    for piece in pieces(dialect, list) {
        if std::mem::take(&mut begins) {
            names.extend(piece.name().map(str::to_owned));
        }
        if piece.is_mark('(') {
            depth += 1;
        } else if piece.is_mark(')') {
            depth -= 1;
        }
        begins = depth == 0 && piece.is_mark(',');
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "CREATE TABLE \"t(\" (a INTEGER PRIMARY KEY AUTOINCREMENT, -- the key\n  \
                       [b c] TEXT COLLATE NOCASE DEFAULT (',') /* b */, UNIQUE (\"b c\" DESC, a) ON CONFLICT \
                       REPLACE, CONSTRAINT n CHECK (a > 0)\n) WITHOUT ROWID, STRICT";

    #[test]
    fn a_text_that_is_not_changed_stays() {
        let text = TableText::read(Dialect::Sqlite, SQL).expect("a table");
        assert_eq!(
            format!("CREATE TABLE \"t(\" {}", text.body()).split_whitespace().collect::<String>(),
            SQL.split_whitespace().collect::<String>()
        );
        assert_eq!(text.tail, " WITHOUT ROWID, STRICT");
        assert!(text.body().contains("-- the key\n"));
    }

    #[test]
    fn one_clause_goes_and_the_others_stay() {
        let mut text = TableText::read(Dialect::Sqlite, SQL).expect("a table");
        let unique = text.clauses().find(|(_, clause)| clause.kind == Kind::Unique);
        let unique = unique.expect("it is there");
        assert_eq!(text.columns_of(None, unique.1), ["b c", "a"]);
        text.remove(|_, clause| clause.kind == Kind::Unique).expect("it is there");
        text.column_mut("b c").expect("it is there").ty = "VARCHAR(3)".to_owned();
        assert!(!text.body().contains("UNIQUE"));
        assert!(text.body().contains("[b c] VARCHAR(3) COLLATE NOCASE DEFAULT (',') /* b */"));
    }
}
