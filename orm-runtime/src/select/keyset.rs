//! A SELECT in an order by which no two rows are equal, which begins after a row or before it.

use diesel::QueryResult;

use super::order_position::{Position, write_after};
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

    /// Returns `true` if an index has the rows in this order, so that each part of them is found
    /// without sorting all.
    pub(crate) fn has_index(&self) -> bool {
        let columns: Option<Vec<usize>> = self.terms.iter().map(|term| term.column).collect();
        let (Some(columns), Some(first)) = (columns, self.terms.first()) else { return false };
        let greatest = self.dialect.forms().nulls_are_greatest;
        let in_index = |term: &OrderTerm| {
            let by_default = term.descending == greatest;
            term.descending == first.descending
                && (!term.nullable || term.nulls_first == by_default)
        };
        // An index has the key at its end.
        let leads = |index: &[usize]| {
            let key = self.meta.key.iter().filter(|part| !index.contains(part));
            let index: Vec<usize> = index.iter().chain(key).copied().collect();
            index.starts_with(&columns)
        };
        let first = &columns[..1];
        let declared = &self.meta.columns[first[0]];
        let indexes = self.meta.table_with(first[0]).indexes.iter();
        let mut indexes = indexes.filter(|index| index.condition.is_none());
        self.terms.iter().all(in_index)
            && (leads(self.meta.key)
                || (declared.unique || declared.index) && leads(first)
                || indexes.any(|index| leads(index.columns)))
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
    /// The terms in the opposite direction.
    back: Vec<OrderTerm>,
    /// The rows begin after this place.
    position: Option<Position>,
    /// The rows end before this place.
    end: Option<Position>,
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
        let back = terms.iter().map(OrderTerm::reversed).collect();
        let (position, end) = (None, None);
        KeysetSelect { select, keyset, terms, back, position, end, limit, offset: 0 }
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

    /// Ends before the place at which a cursor with this position begins.
    pub(crate) fn end_before(&mut self, position: Position) {
        let Position { values, inclusive } = position;
        self.end = Some(Position { values, inclusive: !inclusive });
    }

    /// Reads in the opposite direction from now on.
    pub(crate) fn turn(&mut self) {
        std::mem::swap(&mut self.terms, &mut self.back);
    }

    /// Sets how many rows are read from now on, after leaving out others.
    pub(crate) fn cut(&mut self, limit: usize, offset: usize) {
        (self.limit, self.offset) = (limit, offset);
    }

    /// Returns the query without a place.
    pub(crate) fn into_select(self) -> Select<'q> {
        self.select
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

impl SqlFragment for KeysetSelect<'_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let state = self.select.state();
        state.keep_pages_apart(pass);
        pass.push_sql(self.select.head());
        state.write_where(pass)?;
        let bounds = [(&self.terms, &self.position), (&self.back, &self.end)];
        let bounds = bounds.into_iter().filter_map(|(terms, bound)| Some((terms, bound.as_ref()?)));
        for (n, (terms, bound)) in bounds.enumerate() {
            pass.push_sql(if n == 0 && state.is_empty() { " WHERE " } else { " AND " });
            write_after(terms, bound, pass)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[derive(Entity)]
    #[entity(index(place, day))]
    struct Visit {
        id: Auto<i64>,
        #[entity(unique, length = 20)]
        code: String,
        #[entity(index)]
        guest: Option<i64>,
        place: i64,
        day: i64,
        note: i64,
    }

    fn keyset(order: impl SqlFragment) -> Keyset {
        let mut state = SelectState::default();
        state.order_by(Box::new(order));
        Keyset::of(&state, Visit::META, Dialect::Sqlite).expect("an order")
    }

    #[test]
    fn an_index_has_the_rows_in_order_if_it_has_every_column_of_the_order() {
        assert!(keyset(visit::id.desc()).has_index());
        assert!(keyset(visit::code.asc()).has_index());
        assert!(keyset(visit::guest.desc()).has_index());
        assert!(!keyset(visit::place.asc()).has_index(), "the day is before the key");
        assert!(keyset((visit::place.asc(), visit::day.asc())).has_index());
        assert!(!keyset((visit::place.asc(), visit::day.desc())).has_index());
        assert!(!keyset(visit::guest.desc().nulls_first()).has_index());
        assert!(!keyset(visit::note.asc()).has_index());
        assert!(!keyset(visit::day.asc()).has_index());
        assert!(!keyset((visit::guest.asc(), visit::id.desc())).has_index());
    }

    #[test]
    fn conditions_have_one_shape_whatever_their_values() {
        let shape = |text| shape(Dialect::Sqlite, text);
        assert_eq!(shape("a IN (?, ?, ?) AND b = ?"), shape("a IN (?) AND b = ?"));
        assert_ne!(shape("a IN (?) AND b = ?"), shape("a IN (?) AND c = ?"));
        assert_ne!(shape("a = 1"), shape("a = 2"));
    }
}
