//! Statements composed of text and of the user's expressions.

use diesel::QueryResult;

use crate::backend::{Dialect, QueryName, SqlFragment, SqlWriter};
use crate::sql::Text;

/// A part of a statement that writes itself.
pub(crate) type Piece<'a> = &'a (dyn SqlFragment + 'a);

/// A statement as alternating text and parts.
pub(crate) struct StatementBuilder<'a> {
    parts: Vec<(String, Piece<'a>)>,
    text: Text,
    name: Option<&'a QueryName>,
}

impl<'a> StatementBuilder<'a> {
    pub(crate) fn new(dialect: Dialect, sql: &str) -> Self {
        StatementBuilder { parts: Vec::new(), text: Text::new(dialect, sql), name: None }
    }

    /// Sets the name of the query that the statement belongs to.
    pub(crate) fn set_name(&mut self, name: Option<&'a QueryName>) {
        self.name = name;
    }

    /// Returns the text that is being written.
    pub(crate) fn text(&mut self) -> &mut Text {
        &mut self.text
    }

    pub(crate) fn push(&mut self, sql: &str) -> &mut Self {
        self.text.push(sql);
        self
    }

    pub(crate) fn part(&mut self, part: Piece<'a>) -> &mut Self {
        let next = Text::new(self.text.dialect, "");
        let before = std::mem::replace(&mut self.text, next).finish();
        self.parts.push((before, part));
        self
    }

    /// Writes conditions, each in parentheses, that must all hold.
    pub(crate) fn conditions(
        &mut self,
        mut before: &str,
        conditions: impl IntoIterator<Item = Piece<'a>>,
    ) -> &mut Self {
        for condition in conditions {
            self.push(before).push("(").part(condition).push(")");
            before = " AND ";
        }
        self
    }

    /// Writes the whole statement. The parts must outlive it; the text need not.
    pub(crate) fn write<'b>(&self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()>
    where
        'a: 'b,
    {
        for &(ref before, part) in &self.parts {
            pass.push_sql(before);
            pass.part(part)?;
        }
        pass.push_sql(self.text.as_str());
        Ok(())
    }
}

impl SqlFragment for StatementBuilder<'_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        self.write(pass)
    }

    fn name(&self) -> Option<&QueryName> {
        self.name
    }
}

/// Returns the user's conditions or orders as parts.
pub(crate) fn parts<'a>(
    parts: &'a [Box<dyn SqlFragment + '_>],
) -> impl Iterator<Item = Piece<'a>> + Clone {
    parts.iter().map(|part| &**part as Piece<'a>)
}
