//! Text matching and patterns.

use diesel::expression::{AppearsOnTable, AsExpression, Expression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Bool, Nullable, SqlType, Text};
use diesel::{QueryResult, SelectableExpression, dsl};

use crate::backend::{DieselDatabase, Patterns, SqlFragment, SqlWriter};

/// The SQL type of text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the SQL type of a text",
    note = "only a text is compared with a pattern"
)]
pub trait TextType: SqlType {}

impl TextType for Text {}
impl TextType for Nullable<Text> {}

/// Methods of text expressions. The prelude exports this trait in place of Diesel's trait of the
/// same name. These methods mean the same on every database: all but `ilike` and `not_ilike` are
/// case sensitive, and `\` escapes the character that follows it.
///
/// For a pattern that is a column or another expression rather than a value, import
/// `diesel::TextExpressionMethods` by its name; its meaning depends on the database.
pub trait TextExpressionMethods: Expression<SqlType: TextType> + Sized {
    /// Matches the text against a pattern, in which `%` stands for any text and `_` for any
    /// character.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity, Debug)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// # session.add(User::builder().name("Ada").build());
    /// # session.add(User::builder().name("50 % ada").build());
    /// let mut count = |condition: Condition<'static, User>| {
    ///     session.query::<User>().filter(condition).count()
    /// };
    /// assert_eq!(count(Condition::all().and(user::name.like("%ada")))?, 1);
    /// assert_eq!(count(Condition::all().and(user::name.ilike("%ada")))?, 2);
    /// assert_eq!(count(Condition::all().and(user::name.like(r"%\%%")))?, 1);
    /// assert_eq!(count(Condition::all().and(user::name.contains("%")))?, 1);
    /// # Ok(()) }
    /// ```
    fn like(self, pattern: impl Into<String>) -> TextMatch<Self> {
        let pattern = pattern.into();
        TextMatch { pattern: Some(pattern.clone()), ..TextMatch::new(self, pieces(&pattern, '\\')) }
    }

    /// Checks that the text does not match a pattern.
    fn not_like(self, pattern: impl Into<String>) -> TextMatch<Self> {
        self.like(pattern).negated()
    }

    /// Matches the text against a pattern, ignoring the case of ASCII letters. PostgreSQL and MySQL
    /// ignore the case of more letters, SQLite does not.
    fn ilike(self, pattern: impl Into<String>) -> TextMatch<Self> {
        self.like(pattern).in_any_case()
    }

    /// Checks that the text does not match a pattern, ignoring case.
    fn not_ilike(self, pattern: impl Into<String>) -> TextMatch<Self> {
        self.ilike(pattern).negated()
    }

    /// Checks that the text begins with a string. `%` and `_` are plain characters.
    fn starts_with(self, text: impl AsRef<str>) -> TextMatch<Self> {
        TextMatch::new(self, literal(text.as_ref()).chain([Piece::Any]).collect())
    }

    /// Checks that the text ends with a string. `%` and `_` are plain characters.
    fn ends_with(self, text: impl AsRef<str>) -> TextMatch<Self> {
        TextMatch::new(self, [Piece::Any].into_iter().chain(literal(text.as_ref())).collect())
    }

    /// Checks that the text contains a string. `%` and `_` are plain characters.
    fn contains(self, text: impl AsRef<str>) -> TextMatch<Self> {
        let inside = literal(text.as_ref()).chain([Piece::Any]);
        TextMatch::new(self, [Piece::Any].into_iter().chain(inside).collect())
    }

    /// Concatenates two strings.
    fn concat<T>(self, other: T) -> dsl::Concat<Self, T>
    where
        Self: diesel::TextExpressionMethods,
        T: AsExpression<Self::SqlType>,
    {
        diesel::TextExpressionMethods::concat(self, other)
    }
}

impl<E: Expression<SqlType: TextType>> TextExpressionMethods for E {}

/// A part of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// Any text, including the empty text.
    Any,
    /// Any character.
    One,
    Char(char),
}

fn literal(text: &str) -> impl Iterator<Item = Piece> + '_ {
    text.chars().map(Piece::Char)
}

fn pieces(pattern: &str, escape: char) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        pieces.push(match c {
            // At the end of the pattern the escape character is a plain character.
            _ if c == escape => Piece::Char(chars.next().unwrap_or(c)),
            '%' => Piece::Any,
            '_' => Piece::One,
            _ => Piece::Char(c),
        });
    }
    pieces
}

/// Escapes a character that has a meaning in a LIKE pattern. It has no meaning in an SQL string,
/// however a server interprets a backslash.
const ESCAPE: char = '!';

fn for_like(pieces: &[Piece]) -> String {
    let mut pattern = String::with_capacity(pieces.len() + 4);
    for piece in pieces {
        match *piece {
            Piece::Any => pattern.push('%'),
            Piece::One => pattern.push('_'),
            Piece::Char(c) => {
                if matches!(c, '%' | '_' | ESCAPE) {
                    pattern.push(ESCAPE);
                }
                pattern.push(c);
            }
        }
    }
    pattern
}

fn for_glob(pieces: &[Piece]) -> String {
    let mut pattern = String::with_capacity(pieces.len() + 4);
    for piece in pieces {
        match *piece {
            Piece::Any => pattern.push('*'),
            Piece::One => pattern.push('?'),
            Piece::Char(c @ ('*' | '?' | '[')) => pattern.extend(['[', c, ']']),
            Piece::Char(c) => pattern.push(c),
        }
    }
    pattern
}

/// The comparison of text with a pattern; created by the methods of [`TextExpressionMethods`].
#[derive(Debug, Clone)]
pub struct TextMatch<E> {
    text: E,
    /// The pattern as it was given, if there was one.
    pattern: Option<String>,
    like: String,
    glob: String,
    any_case: bool,
    negated: bool,
}

impl<E> TextMatch<E> {
    fn new(text: E, pieces: Vec<Piece>) -> Self {
        let (like, glob) = (for_like(&pieces), for_glob(&pieces));
        TextMatch { text, pattern: None, like, glob, any_case: false, negated: false }
    }

    /// Sets an escape character other than `\`. Has no effect on a string that is not a pattern.
    #[must_use]
    pub fn escape(self, character: char) -> Self {
        match &self.pattern {
            None => self,
            Some(pattern) => {
                let pieces = pieces(pattern, character);
                TextMatch { like: for_like(&pieces), glob: for_glob(&pieces), ..self }
            }
        }
    }

    fn negated(self) -> Self {
        TextMatch { negated: true, ..self }
    }

    fn in_any_case(self) -> Self {
        TextMatch { any_case: true, ..self }
    }
}

impl<E: SqlFragment> TextMatch<E> {
    fn write<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        pass.push_sql(if self.negated { "(NOT (" } else { "((" });
        let end = " ESCAPE '!'";
        match (pass.dialect().forms().patterns, self.any_case) {
            (Patterns::GlobAndLike, false) => {
                self.text.walk(pass)?;
                pass.push_sql(" GLOB ");
                pass.bind::<Text, String>(&self.glob)?;
            }
            (Patterns::GlobAndLike, true) | (Patterns::LikeAndIlike, false) => {
                self.write_like(pass, " LIKE ", end)?;
            }
            (Patterns::LikeAndIlike, true) => self.write_like(pass, " ILIKE ", end)?,
            // The first comparison can use an index, whichever letters the column's collation
            // considers equal; the second compares bytes.
            (Patterns::LikeWithCollation(bytes), false) => {
                self.write_like(pass, " LIKE ", &format!("{end} AND "))?;
                self.write_like(pass, " LIKE ", &format!(" COLLATE {bytes}{end}"))?;
            }
            (Patterns::LikeWithCollation(bytes), true) => {
                pass.push_sql("LOWER(");
                self.write_like(pass, ") LIKE LOWER(", &format!(") COLLATE {bytes}{end}"))?;
            }
        }
        pass.push_sql("))");
        Ok(())
    }

    fn write_like<'b>(
        &'b self,
        pass: &mut SqlWriter<'_, 'b>,
        word: &str,
        behind: &str,
    ) -> QueryResult<()> {
        self.text.walk(pass)?;
        pass.push_sql(word);
        pass.bind::<Text, String>(&self.like)?;
        pass.push_sql(behind);
        Ok(())
    }
}

impl<E: Expression> Expression for TextMatch<E> {
    type SqlType = Nullable<Bool>;
}

impl<E: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for TextMatch<E> {}
impl<E: SelectableExpression<QS>, QS> SelectableExpression<QS> for TextMatch<E> {}

impl<E: ValidGrouping<G>, G> ValidGrouping<G> for TextMatch<E> {
    type IsAggregate = E::IsAggregate;
}

impl<E> QueryId for TextMatch<E> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<E: SqlFragment, DB: DieselDatabase> QueryFragment<DB> for TextMatch<E> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.write(&mut DB::writer(pass))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pattern_is_escaped() {
        let pattern = pieces(r"a%_\%\_\\*?[!\", '\\');
        assert_eq!(for_like(&pattern), r"a%_!%!_\*?[!!\");
        assert_eq!(for_glob(&pattern), r"a*?%_\[*][?][[]!\");
    }
}
