//! The order of a query, read back from its text: the expressions, their directions, and where
//! NULL is.

use std::ops::Range;

use super::select_state::SelectState;
use crate::backend::{Dialect, Scan, Token, fragment_text, is_secret_column};
use crate::error::{Error, Result};
use crate::mapping::EntityMeta;
use crate::sql::Text;
use crate::types::{ColumnType, EnumStorage};

/// An expression that rows are ordered by.
#[derive(Debug, Clone)]
pub(crate) struct OrderTerm {
    /// The expression, in the SQL of the database.
    pub(crate) text: String,
    pub(crate) descending: bool,
    pub(crate) nulls_first: bool,
    /// The value may be NULL.
    pub(crate) nullable: bool,
    /// The position of the column, if the expression is a column of the entity.
    pub(crate) column: Option<usize>,
}

impl OrderTerm {
    /// Returns the term in the opposite order.
    pub(super) fn reversed(&self) -> Self {
        let OrderTerm { descending, nulls_first, .. } = *self;
        OrderTerm { descending: !descending, nulls_first: !nulls_first, ..self.clone() }
    }
}

/// Returns the terms by which a query orders its rows, completed by the key so that no two rows are
/// equal. NULL is below every value unless the query says otherwise.
///
/// # Errors
/// Returns [`Error::Configuration`] for an order whose values cannot be read back and compared, and
/// for one by a secret column.
pub(crate) fn order_terms(
    state: &SelectState<'_>,
    meta: &'static EntityMeta,
    dialect: Dialect,
) -> Result<Vec<OrderTerm>> {
    let columns = ColumnTexts::of(meta, dialect);
    let mut terms: Vec<OrderTerm> = Vec::new();
    for order in state.order() {
        let text = fragment_text(dialect, &**order)?;
        for piece in pieces(dialect, &text) {
            let term = piece.term(meta, dialect, &columns)?;
            // A second time, an expression decides nothing.
            if terms.iter().all(|known| known.text != term.text) {
                terms.push(term);
            }
        }
    }
    let decides = |term: &OrderTerm| {
        term.column.is_some_and(|column| meta.columns[column].unique) && !term.nullable
    };
    match terms.iter().position(decides) {
        Some(last) => terms.truncate(last + 1),
        None => {
            let descending = terms.last().is_some_and(|term| term.descending);
            for &column in meta.key {
                if terms.iter().all(|term| term.column != Some(column)) {
                    let text = columns.texts[column].clone();
                    let nulls_first = !descending;
                    let column = Some(column);
                    terms.push(OrderTerm {
                        text,
                        descending,
                        nulls_first,
                        nullable: false,
                        column,
                    });
                }
            }
        }
    }
    match terms.iter().find_map(|term| refusal(term, meta, dialect)) {
        Some(why) => Err(refused(meta, why)),
        None => Ok(terms),
    }
}

/// Returns the error for an order that cannot be paged.
fn refused(meta: &EntityMeta, why: impl std::fmt::Display) -> Error {
    Error::Configuration(format!("the rows of {} cannot be read page by page: {why}", meta.name))
}

/// Returns why rows cannot be compared by a term.
fn refusal(term: &OrderTerm, meta: &EntityMeta, dialect: Dialect) -> Option<String> {
    if let Some(column) = term.column {
        let column = &meta.columns[column];
        let field = column.field;
        if column.secret {
            return Some(format!(
                "their order is by {field}, which is secret, and a cursor would show its value; order by \
                 another column"
            ));
        }
        let is_native = matches!(
            column.kind,
            ColumnType::Enum(meta) if meta.storage == EnumStorage::Native
        );
        return (is_native && dialect.forms().compares_enums_by_code).then(|| {
            format!(
                "their order is by {field}, a native enumeration, which this database orders by its \
                 variants and compares by its codes; order by declared_order() of the column"
            )
        });
    }
    let is_secret = |name: &str| {
        let mut own = meta.columns.iter().filter(|column| column.secret);
        is_secret_column(name) || own.any(|own| own.name.eq_ignore_ascii_case(name))
    };
    let mut last = None;
    for (token, _) in Scan::new(dialect, &term.text) {
        match token {
            Token::Placeholder(_) | Token::NamedPlaceholder => {
                return Some(
                    "their order has a value in an expression, which cannot be repeated; order by a \
                     column, or by an expression of columns alone"
                        .to_owned(),
                );
            }
            Token::Word(name) | Token::Quoted(name) if is_secret(name) => {
                return Some(
                    "their order names a secret column, and a cursor would show its value; order by \
                     another column"
                        .to_owned(),
                );
            }
            Token::Mark('(') if last.is_some_and(is_random) => {
                return Some("their order is random; order by a column".to_owned());
            }
            _ => {}
        }
        last = Some(token);
    }
    None
}

fn is_random(token: Token<'_>) -> bool {
    matches!(token, Token::Word(word) if ["random", "rand"].iter().any(|it| word.eq_ignore_ascii_case(it)))
}

/// The columns of an entity as a query writes them.
struct ColumnTexts {
    texts: Vec<String>,
}

impl ColumnTexts {
    fn of(meta: &'static EntityMeta, dialect: Dialect) -> Self {
        let texts = (0..meta.columns.len()).map(|column| {
            let mut text = Text::new(dialect, "");
            text.column_of(None, meta, column);
            text.finish()
        });
        ColumnTexts { texts: texts.collect() }
    }

    /// Returns the column that an expression is. Names may be in other quotes.
    fn find(&self, dialect: Dialect, expression: &str) -> Option<usize> {
        let tokens = |text| Scan::new(dialect, text).map(|(token, _)| token).collect::<Vec<_>>();
        let wanted = tokens(expression);
        self.texts.iter().position(|text| tokens(text) == wanted)
    }
}

/// A part of an ORDER BY clause between two commas.
struct Piece<'s> {
    expression: &'s str,
    /// `None` if the text has neither ASC nor DESC.
    descending: Option<bool>,
    nulls_first: Option<bool>,
}

impl Piece<'_> {
    fn term(
        &self,
        meta: &'static EntityMeta,
        dialect: Dialect,
        columns: &ColumnTexts,
    ) -> Result<OrderTerm> {
        let column = columns.find(dialect, self.expression);
        // In a hierarchy, the row of a subtype may be missing.
        let nullable =
            column.is_none_or(|column| meta.columns[column].nullable || meta.hierarchy.is_some());
        let descending = self.descending.unwrap_or_default();
        let by_default = match self.descending {
            None => true,
            Some(descending) => descending == dialect.forms().nulls_are_greatest,
        };
        if self.expression.is_empty() {
            return Err(refused(meta, "their order has an empty expression; leave it out"));
        }
        let text = match column {
            Some(column) => columns.texts[column].clone(),
            None => format!("({})", self.expression),
        };
        Ok(OrderTerm {
            text,
            descending,
            nulls_first: self.nulls_first.unwrap_or(by_default),
            nullable: nullable && column.is_none_or(|column| !meta.key.contains(&column)),
            column,
        })
    }
}

/// Splits an ORDER BY clause at the commas outside of parentheses.
fn pieces(dialect: Dialect, text: &str) -> Vec<Piece<'_>> {
    let (mut depth, mut start) = (0_usize, 0);
    let mut tokens: Vec<(Token<'_>, Range<usize>)> = Vec::new();
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    for (token, place) in Scan::new(dialect, text) {
        match token {
            Token::Mark('(' | '[') => depth += 1,
            Token::Mark(')' | ']') => depth = depth.saturating_sub(1),
            Token::Mark(',') if depth == 0 => {
                pieces.push(piece(text, start, &tokens));
                start = place.end;
                tokens.clear();
                continue;
            }
            _ => {}
        }
        tokens.push((token, place));
    }
    if !tokens.is_empty() {
        pieces.push(piece(text, start, &tokens));
    }
    if !dialect.forms().says_order_of_nulls {
        join_null_orders(&mut pieces);
    }
    pieces
}

/// Reads a part: an expression, a direction, and the place of NULL.
fn piece<'s>(text: &'s str, start: usize, tokens: &[(Token<'s>, Range<usize>)]) -> Piece<'s> {
    let word = |token: &(Token<'_>, Range<usize>), word: &str| matches!(token.0, Token::Word(it) if it.eq_ignore_ascii_case(word));
    let mut left = tokens;
    let mut nulls_first = None;
    if let [rest @ .., nulls, place] = left
        && word(nulls, "NULLS")
        && (word(place, "FIRST") || word(place, "LAST"))
    {
        nulls_first = Some(word(place, "FIRST"));
        left = rest;
    }
    let mut descending = None;
    if let [rest @ .., direction] = left
        && (word(direction, "ASC") || word(direction, "DESC"))
    {
        descending = Some(word(direction, "DESC"));
        left = rest;
    }
    let end = left.last().map_or(start, |(_, place)| place.end);
    Piece { expression: text[start..end].trim(), descending, nulls_first }
}

/// Joins `a IS NULL, a ASC`, which is how a database without NULLS FIRST is told where NULL is.
fn join_null_orders(pieces: &mut Vec<Piece<'_>>) {
    let mut at = 0;
    while at + 1 < pieces.len() {
        let (this, next) = (&pieces[at], &pieces[at + 1]);
        let first =
            [(" IS NOT NULL", true), (" IS NULL", false)].into_iter().find_map(|(test, first)| {
                (this.expression.strip_suffix(test) == Some(next.expression)).then_some(first)
            });
        if let (Some(first), None, None) = (first, this.descending, next.nulls_first) {
            pieces[at + 1].nulls_first = Some(first);
            pieces.remove(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[derive(Entity)]
    struct Task {
        id: Auto<i64>,
        #[entity(length = 20)]
        title: String,
        due: Option<i32>,
        #[entity(unique, length = 20)]
        code: String,
        #[entity(secret, length = 20)]
        word: String,
    }

    /// Returns the terms as `column direction`, with `!` where NULL may be and is first.
    fn terms(dialect: Dialect, order: impl crate::backend::SqlFragment) -> Result<Vec<String>> {
        let mut state = SelectState::default();
        state.order_by(Box::new(order));
        Ok(order_terms(&state, Task::META, dialect)?
            .into_iter()
            .map(|term| {
                let name =
                    term.column.map_or(&*term.text, |column| Task::META.columns[column].name);
                let direction = if term.descending { "desc" } else { "asc" };
                let nulls = if term.nullable && term.nulls_first { "!" } else { "" };
                format!("{name} {direction}{nulls}")
            })
            .collect())
    }

    #[test]
    fn an_order_is_read_back_on_every_database() {
        for dialect in Dialect::ALL.into_iter().filter(|it| it.check_enabled().is_ok()) {
            let of = |terms: Result<Vec<String>>| terms.expect("terms").join(", ");
            let order = (task::title.asc(), task::due.desc());
            assert_eq!(of(terms(dialect, order)), "title asc, due desc, id desc");
            let order = (task::due.asc(), task::title.desc());
            assert_eq!(of(terms(dialect, order)), "due asc!, title desc, id desc");
            let order = (task::due.desc().nulls_first(), task::due.asc());
            assert_eq!(of(terms(dialect, order)), "due desc!, id desc");
            assert_eq!(of(terms(dialect, task::due.asc().nulls_last())), "due asc, id asc");
            assert_eq!(of(terms(dialect, task::due)), "due asc!, id asc");
            let order = (task::due.asc(), task::id.desc(), task::title.asc());
            assert_eq!(of(terms(dialect, order)), "due asc!, id desc, title asc");
            assert_eq!(of(terms(dialect, (task::code.desc(), task::due.asc()))), "code desc");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        let why = |result: Result<Vec<String>>| result.expect_err("it is refused").to_string();
        assert!(why(terms(Dialect::Sqlite, task::word.asc())).contains("word, which is secret"));
        let value = (task::due + 1).asc();
        assert!(why(terms(Dialect::Sqlite, value)).contains("has a value in an expression"));
        let random = diesel::dsl::sql::<diesel::sql_types::Integer>("random()");
        assert!(why(terms(Dialect::Sqlite, random)).contains("random"));
        let secret = diesel::dsl::sql::<diesel::sql_types::Integer>("length(word)");
        assert!(why(terms(Dialect::Sqlite, secret)).contains("a secret column"));
    }
}
