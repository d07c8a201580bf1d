//! Statements put together from text and from the user's expressions.

use diesel::QueryResult;

use super::rows::ListedKeys;
use crate::backend::{Dialect, Fragment, Pass};
use crate::sql::Text;

/// Text and fragments by turns.
pub(super) struct Pieces<'a> {
    parts: Vec<(String, Piece<'a>)>,
    text: Text,
}

/// What stands between pieces of text.
enum Piece<'a> {
    Part(&'a (dyn Fragment + 'a)),
    Own(Box<dyn Fragment + 'a>),
    Keys(Vec<String>, ListedKeys<'a>),
}

impl<'a> Pieces<'a> {
    pub(super) fn new(dialect: Dialect, sql: &str) -> Self {
        Pieces { parts: Vec::new(), text: Text::new(dialect, sql) }
    }

    /// The text in the making.
    pub(super) fn text(&mut self) -> &mut Text {
        &mut self.text
    }

    pub(super) fn push(&mut self, sql: &str) -> &mut Self {
        self.text.push(sql);
        self
    }

    pub(super) fn part(&mut self, part: &'a (dyn Fragment + 'a)) -> &mut Self {
        self.add(Piece::Part(part))
    }

    pub(super) fn own(&mut self, part: Box<dyn Fragment + 'a>) -> &mut Self {
        self.add(Piece::Own(part))
    }

    /// The condition that these columns are one of the keys.
    pub(super) fn keys(&mut self, columns: Vec<String>, keys: ListedKeys<'a>) -> &mut Self {
        self.add(Piece::Keys(columns, keys))
    }

    fn add(&mut self, piece: Piece<'a>) -> &mut Self {
        let next = Text::new(self.text.dialect, "");
        let before = std::mem::replace(&mut self.text, next).finish();
        self.parts.push((before, piece));
        self
    }

    /// Conditions, each in parentheses, that all have to hold.
    pub(super) fn conditions(
        &mut self,
        mut before: &str,
        conditions: impl IntoIterator<Item = &'a (dyn Fragment + 'a)>,
    ) -> &mut Self {
        for condition in conditions {
            self.push(before).push("(").part(condition).push(")");
            before = " AND ";
        }
        self
    }
}

impl Fragment for Pieces<'_> {
    fn walk<'b>(&'b self, pass: &mut Pass<'_, 'b>) -> QueryResult<()> {
        for (before, piece) in &self.parts {
            pass.push_sql(before);
            match piece {
                Piece::Part(part) => part.walk(pass)?,
                Piece::Own(part) => part.walk(pass)?,
                Piece::Keys(columns, keys) => keys.walk(columns, pass)?,
            }
        }
        pass.push_sql(self.text.as_str());
        Ok(())
    }
}
