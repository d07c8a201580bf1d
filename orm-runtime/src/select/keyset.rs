//! A SELECT that begins after a row, or before it: the condition that compares rows with a place in
//! their order, and the ORDER BY clause of that order.

use diesel::QueryResult;

use super::order_term::{OrderTerm, order_terms};
use super::page_cursor::{CursorOwner, hash};
use super::select_state::{Select, SelectState};
use crate::backend::{
    Dialect, NotComparable, OrderValue, QueryName, Row, Scan, SqlFragment, SqlWriter, Token,
    fragment_text,
};
use crate::error::{Error, Result};
use crate::mapping::EntityMeta;
use crate::sql;

/// A place in the order of a query: the values of a row.
#[derive(Debug, Clone)]
pub(crate) struct Position {
    /// The values of the terms of the order.
    pub(crate) values: Vec<OrderValue>,
    /// The row itself is included.
    pub(crate) inclusive: bool,
}

/// The order of a query by which no two rows are equal.
#[derive(Debug, Clone)]
pub(crate) struct Keyset {
    meta: &'static EntityMeta,
    dialect: Dialect,
    terms: Vec<OrderTerm>,
    /// The columns of a row that have the values of the terms.
    places: Vec<usize>,
    /// The number of columns that the entity has in a row.
    width: usize,
}

impl Keyset {
    /// Reads the order of a query.
    ///
    /// # Errors
    /// Returns [`Error::Configuration`] if rows cannot be compared by this order.
    pub(crate) fn of(
        state: &SelectState<'_>,
        meta: &'static EntityMeta,
        dialect: Dialect,
    ) -> Result<Self> {
        let terms = order_terms(state, meta, dialect)?;
        let columns: Vec<usize> = meta.visible().chain(state.undeferred().iter()).collect();
        let width = columns.len();
        let mut next = width;
        let mut place = |term: &OrderTerm| {
            // In a hierarchy, columns of subtypes may share a place.
            let known = columns.iter().position(|&column| Some(column) == term.column);
            known.filter(|_| meta.hierarchy.is_none()).unwrap_or_else(|| {
                next += 1;
                next - 1
            })
        };
        let places = terms.iter().map(&mut place).collect();
        Ok(Keyset { meta, dialect, terms, places, width })
    }

    /// Returns the number of terms.
    pub(crate) fn len(&self) -> usize {
        self.terms.len()
    }

    /// Returns `true` if an index orders the rows, so that each part of them is found without
    /// sorting all.
    pub(crate) fn has_index(&self) -> bool {
        let Some(column) = self.terms.first().and_then(|term| term.column) else { return false };
        let meta = self.meta.table_with(column);
        let declared = &self.meta.columns[column];
        let leads = |columns: &[usize]| columns.first() == Some(&column);
        leads(self.meta.key)
            || declared.unique
            || declared.index
            || meta.indexes.iter().any(|index| leads(index.columns) && index.condition.is_none())
    }

    /// Returns what a cursor of the query belongs to.
    pub(crate) fn owner(&self, state: &SelectState<'_>) -> Result<CursorOwner> {
        let text = fragment_text(self.dialect, &Conditions(state))?;
        let conditions = hash([shape(self.dialect, &text).as_bytes()]);
        Ok(CursorOwner { order: self.order_hash(), conditions })
    }

    /// Returns the hash of the database, the entity and the order.
    pub(crate) fn order_hash(&self) -> u64 {
        let system = self.dialect.capabilities().system_name;
        let mut parts =
            vec![system.to_owned(), self.meta.name.to_owned(), self.meta.table.to_owned()];
        for term in &self.terms {
            let nulls = term.nullable && term.nulls_first;
            parts.push(format!("{} {} {nulls}", term.text, term.descending));
        }
        hash(parts.iter().map(|part| part.as_bytes()))
    }

    /// Reads the values of a row that decide where the next page begins.
    pub(crate) fn read(&self, row: &Row<'_, '_>, values: &mut Vec<OrderValue>) -> Result<()> {
        values.clear();
        for (term, &place) in self.terms.iter().zip(&self.places) {
            let value = row.order_value(place);
            values.push(value.map_err(|why| self.not_comparable(term, why))?);
        }
        Ok(())
    }

    /// Returns `true` if the values of a row can be compared.
    pub(crate) fn compares(&self, row: &Row<'_, '_>) -> bool {
        self.places.iter().all(|&place| row.order_value(place).is_ok())
    }

    #[cold]
    fn not_comparable(&self, term: &OrderTerm, why: NotComparable) -> Error {
        let name = self.meta.name;
        let what = term.column.map_or(&*term.text, |column| self.meta.columns[column].field);
        Error::Configuration(format!(
            "the rows of {name} cannot be read page by page: {what}, by which they are ordered, is {why}"
        ))
    }
}

/// The text of a query's conditions.
struct Conditions<'a, 'q>(&'a SelectState<'q>);

impl SqlFragment for Conditions<'_, '_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        self.0.write_where(pass)
    }
}

/// Returns the text of conditions in which lists of values have no length and placeholders no
/// number.
fn shape(dialect: Dialect, text: &str) -> String {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    for (token, _) in Scan::new(dialect, text) {
        match (&tokens[..], token) {
            ([.., Token::Placeholder(_), Token::Mark(',')], Token::Placeholder(_)) => {
                tokens.pop();
            }
            (_, Token::Placeholder(_)) => tokens.push(Token::Placeholder(None)),
            (_, token) => tokens.push(token),
        }
    }
    format!("{tokens:?}")
}

/// A SELECT of the rows after a place, or before it.
pub(crate) struct KeysetSelect<'q> {
    select: Select<'q>,
    keyset: Keyset,
    /// The terms in the direction in which the rows are read.
    terms: Vec<OrderTerm>,
    position: Option<Position>,
    limit: usize,
    offset: usize,
}

impl<'q> KeysetSelect<'q> {
    pub(crate) fn new(mut select: Select<'q>, keyset: Keyset, limit: usize) -> Self {
        let undeferred = select.state().undeferred();
        let further = keyset.terms.iter().zip(&keyset.places);
        let further = further.filter(|(_, place)| **place >= keyset.width);
        let further: Vec<&str> = further.map(|(term, _)| &*term.text).collect();
        if !further.is_empty() {
            let begin = format!("SELECT {}", select.state().distinct_word());
            let (dialect, meta) = (keyset.dialect, keyset.meta);
            let head = sql::select_list_with(dialect, meta, undeferred, &begin, &further);
            select.set_head(head.finish());
        }
        let terms = keyset.terms.clone();
        KeysetSelect { select, keyset, terms, position: None, limit, offset: 0 }
    }

    pub(crate) fn keyset(&self) -> &Keyset {
        &self.keyset
    }

    pub(crate) fn state(&self) -> &SelectState<'q> {
        self.select.state()
    }

    /// Returns the place that the rows begin after.
    pub(crate) fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    /// Begins after a place from now on.
    pub(crate) fn begin_after(&mut self, position: Position) {
        self.position = Some(position);
    }

    /// Reads in the opposite direction from now on.
    pub(crate) fn turn(&mut self) {
        self.terms = self.terms.iter().map(OrderTerm::reversed).collect();
    }

    /// Sets how many rows are read from now on, after leaving out others.
    pub(crate) fn cut(&mut self, limit: usize, offset: usize) {
        (self.limit, self.offset) = (limit, offset);
    }

    /// Returns the query without a place.
    pub(crate) fn into_select(self) -> Select<'q> {
        self.select
    }

    /// Writes the condition that a row is after the place.
    fn write_position<'b>(
        &'b self,
        position: &'b Position,
        pass: &mut SqlWriter<'_, 'b>,
    ) -> QueryResult<()> {
        let terms: Vec<_> = self.terms.iter().zip(&position.values).collect();
        let [(first, value), further @ ..] = &terms[..] else { return Ok(()) };
        let alike = |(term, _): &(&OrderTerm, &OrderValue)| {
            !term.nullable && term.descending == first.descending
        };
        let strictly = match (first.descending, position.inclusive) {
            (false, false) => " > ",
            (false, true) => " >= ",
            (true, false) => " < ",
            (true, true) => " <= ",
        };
        let seeks = further.is_empty() || pass.dialect().forms().seeks_rows;
        if seeks && terms.iter().all(alike) {
            let row = if further.is_empty() { ["", ""] } else { ["(", ")"] };
            pass.push_sql(row[0]);
            self.write_list(pass, |term| &term.text);
            pass.push_sql(row[1]);
            pass.push_sql(strictly);
            pass.push_sql(row[0]);
            for (n, (_, value)) in terms.iter().enumerate() {
                if n > 0 {
                    pass.push_sql(", ");
                }
                pass.bind_order_value(value)?;
            }
            pass.push_sql(row[1]);
            return Ok(());
        }
        // Implied by what follows, but an index can be used for it.
        if !further.is_empty() && write_side(first, value, Side::AfterOrEqual, pass)? {
            pass.push_sql(" AND ");
        }
        write_levels(&terms, position.inclusive, pass)
    }

    fn write_list(&self, pass: &mut SqlWriter<'_, '_>, each: impl Fn(&OrderTerm) -> &str) {
        for (n, term) in self.terms.iter().enumerate() {
            if n > 0 {
                pass.push_sql(", ");
            }
            pass.push_sql(each(term));
        }
    }

    fn write_order(&self, pass: &mut SqlWriter<'_, '_>) {
        let forms = pass.dialect().forms();
        for (n, term) in self.terms.iter().enumerate() {
            pass.push_sql(if n == 0 { " ORDER BY " } else { ", " });
            let by_default = term.descending == forms.nulls_are_greatest;
            let says = term.nullable && term.nulls_first != by_default;
            if says && !forms.says_order_of_nulls {
                pass.push_sql(&term.text);
                pass.push_sql(if term.nulls_first { " IS NOT NULL, " } else { " IS NULL, " });
            }
            pass.push_sql(&term.text);
            pass.push_sql(if term.descending { " DESC" } else { " ASC" });
            if says && forms.says_order_of_nulls {
                pass.push_sql(if term.nulls_first { " NULLS FIRST" } else { " NULLS LAST" });
            }
        }
    }
}

/// What a value of a row is compared for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    After,
    AfterOrEqual,
    Equal,
}

/// Writes `(a > ? OR (a = ? AND (b > ? OR …)))`.
fn write_levels<'b>(
    terms: &[(&'b OrderTerm, &'b OrderValue)],
    inclusive: bool,
    pass: &mut SqlWriter<'_, 'b>,
) -> QueryResult<()> {
    let [(term, value), further @ ..] = terms else { return Ok(()) };
    if further.is_empty() {
        let side = if inclusive { Side::AfterOrEqual } else { Side::After };
        return match write_side(term, value, side, pass)? {
            true => Ok(()),
            false => {
                pass.push_sql(if inclusive { "1 = 1" } else { "1 = 0" });
                Ok(())
            }
        };
    }
    pass.push_sql("(");
    if write_side(term, value, Side::After, pass)? {
        pass.push_sql(" OR ");
    }
    pass.push_sql("(");
    write_side(term, value, Side::Equal, pass)?;
    pass.push_sql(" AND ");
    write_levels(further, inclusive, pass)?;
    pass.push_sql("))");
    Ok(())
}

/// Writes the comparison of a row's value with a value. Writes nothing, and returns `false`, if
/// the comparison holds for no row, or for all rows in the case of `AfterOrEqual`.
fn write_side<'b>(
    term: &'b OrderTerm,
    value: &'b OrderValue,
    side: Side,
    pass: &mut SqlWriter<'_, 'b>,
) -> QueryResult<bool> {
    let text = &term.text;
    if value.is_null() {
        let test = match (side, term.nulls_first) {
            (Side::After, true) => "IS NOT NULL",
            (Side::Equal, _) | (Side::AfterOrEqual, false) => "IS NULL",
            (Side::After, false) | (Side::AfterOrEqual, true) => return Ok(false),
        };
        pass.push_sql(&format!("{text} {test}"));
        return Ok(true);
    }
    let operator = match (side, term.descending) {
        (Side::Equal, _) => "=",
        (Side::After, false) => ">",
        (Side::After, true) => "<",
        (Side::AfterOrEqual, false) => ">=",
        (Side::AfterOrEqual, true) => "<=",
    };
    let or_null = side != Side::Equal && term.nullable && !term.nulls_first;
    pass.push_sql(&format!("{}{text} {operator} ", if or_null { "(" } else { "" }));
    pass.bind_order_value(value)?;
    if or_null {
        pass.push_sql(&format!(" OR {text} IS NULL)"));
    }
    Ok(true)
}

impl SqlFragment for KeysetSelect<'_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let state = self.select.state();
        state.keep_pages_apart(pass);
        pass.push_sql(self.select.head());
        state.write_where(pass)?;
        if let Some(position) = &self.position {
            pass.push_sql(if state.is_empty() { " WHERE " } else { " AND " });
            self.write_position(position, pass)?;
        }
        self.write_order(pass);
        // The same text for each page, so that the prepared statement serves them all.
        pass.push_sql(&format!(" LIMIT {}", self.limit));
        if self.offset > 0 {
            pass.push_sql(&format!(" OFFSET {}", self.offset));
        }
        pass.push_sql(self.select.tail());
        Ok(())
    }

    fn name(&self) -> Option<&QueryName> {
        self.select.state().name()
    }
}
