//! The parts of a query, without its session.

use std::fmt;

use diesel::QueryResult;

use super::borrowed_parts::{borrowed, borrowed_all};
use super::condition::{write_parts, write_where};
use super::distinct_on::DistinctOn;
use super::lock::Lock;
use super::path::PathStep;
use super::path_tree::{Node, merge};
use crate::backend::{Dialect, QueryName, SqlFragment, SqlWriter, fragment_text};
use crate::error::{Error, Result};
use crate::mapping::{ColumnSet, Entity, EntityMeta};
use crate::sql;

type Fragment<'q> = Box<dyn SqlFragment + 'q>;

/// The clauses of a query after its FROM, and how its rows are read.
#[derive(Default)]
pub(crate) struct SelectState<'q> {
    filters: Vec<Fragment<'q>>,
    group: Option<Fragment<'q>>,
    having: Vec<Fragment<'q>>,
    order: Vec<Fragment<'q>>,
    limit: Option<i64>,
    offset: Option<i64>,
    distinct: bool,
    distinct_on: Option<DistinctOn<'q>>,
    lock: Option<Lock>,
    undeferred: ColumnSet,
    populate: bool,
    unsynchronized: bool,
    /// The default scopes that the query lifts, unless it lifts all of them.
    lifted: Vec<usize>,
    lifts_all: bool,
    /// The relationships to load together with the objects.
    eager: Vec<Node<'q>>,
    name: Option<QueryName>,
}

/// Methods that build a query.
impl<'q> SelectState<'q> {
    pub(crate) fn filter(&mut self, condition: Fragment<'q>) {
        self.filters.push(condition);
    }

    pub(crate) fn group_by(&mut self, group: Fragment<'q>) {
        self.group = Some(group);
    }

    pub(crate) fn having(&mut self, condition: Fragment<'q>) {
        self.having.push(condition);
    }

    pub(crate) fn order_by(&mut self, order: Fragment<'q>) {
        self.order.push(order);
    }

    pub(crate) fn limit(&mut self, rows: i64) {
        self.limit = Some(rows);
    }

    /// Sets a limit if the query has none.
    pub(crate) fn limit_if_none(&mut self, rows: i64) {
        self.limit.get_or_insert(rows);
    }

    /// Limits the query to one row. A limit of zero stays.
    pub(crate) fn limit_to_first(&mut self) {
        self.limit = Some(self.limit.unwrap_or(1).min(1));
    }

    pub(crate) fn offset(&mut self, rows: i64) {
        self.offset = Some(rows);
    }

    pub(crate) fn distinct(&mut self) {
        self.distinct = true;
    }

    pub(crate) fn distinct_on(&mut self, group: Fragment<'q>, order: Fragment<'q>) {
        self.distinct_on = Some(DistinctOn::new(group, order));
    }

    pub(crate) fn lock(&mut self, lock: Lock) {
        self.lock = Some(lock);
    }

    pub(crate) fn undefer(&mut self, columns: ColumnSet) {
        self.undeferred = self.undeferred.or(columns);
    }

    pub(crate) fn populate(&mut self) {
        self.populate = true;
    }

    pub(crate) fn leave_unsynchronized(&mut self) {
        self.unsynchronized = true;
    }

    pub(crate) fn set_name(&mut self, name: &str) {
        self.name = Some(QueryName::new(name));
    }

    pub(crate) fn lift(&mut self, scope: usize) {
        self.lifted.push(scope);
    }

    pub(crate) fn lift_all(&mut self) {
        self.lifts_all = true;
    }

    pub(crate) fn eager(&mut self, path: Vec<PathStep<'q>>) {
        merge(&mut self.eager, path);
    }

    /// Takes the relationships to load together with the objects.
    pub(crate) fn take_eager(&mut self) -> Vec<Node<'q>> {
        let mut nodes = std::mem::take(&mut self.eager);
        if let Some(name) = &self.name {
            nodes.iter_mut().for_each(|node| node.set_name(name));
        }
        nodes
    }

    /// Returns the same query with parts that are borrowed from this one.
    pub(crate) fn borrowed(&self) -> SelectState<'_> {
        SelectState {
            filters: borrowed_all(&self.filters),
            group: self.group.as_deref().map(borrowed),
            having: borrowed_all(&self.having),
            order: borrowed_all(&self.order),
            distinct_on: self.distinct_on.as_ref().map(DistinctOn::borrowed),
            lifted: self.lifted.clone(),
            eager: self.eager.iter().map(Node::borrowed).collect(),
            name: self.name.clone(),
            ..*self
        }
    }

    /// Adds the default scopes that are not lifted, the condition on the subtype, and the condition
    /// of `distinct_on`.
    pub(crate) fn in_scopes_of<T: Entity>(mut self, dialect: Dialect) -> Self {
        let is_wanted = |scope: &usize| !self.lifts_all && !self.lifted.contains(scope);
        let scopes: Vec<_> = (0..T::SCOPES).filter(is_wanted).filter_map(T::scope).collect();
        self.filters.splice(0..0, scopes.into_iter().map(|scope| scope as Box<dyn SqlFragment>));
        // The condition on the subtype is not a scope, and is never lifted.
        self.filters.splice(0..0, T::META.kind_condition());
        if let Some(distinct_on) = self.distinct_on.take() {
            let filters = std::mem::take(&mut self.filters);
            self.filters.push(distinct_on.condition(filters, T::META, dialect));
        }
        self
    }
}

/// Questions about the query.
impl SelectState<'_> {
    pub(crate) fn is_distinct(&self) -> bool {
        self.distinct
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.filters.is_empty()
    }

    pub(crate) fn is_ordered(&self) -> bool {
        !self.order.is_empty()
    }

    pub(super) fn order(&self) -> &[Fragment<'_>] {
        &self.order
    }

    /// Returns `true` if the query has a limit or an offset.
    pub(crate) fn is_cut(&self) -> bool {
        self.cuts() != (None, None)
    }

    /// Returns the limit and the offset.
    pub(crate) fn cuts(&self) -> (Option<i64>, Option<i64>) {
        (self.limit, self.offset)
    }

    pub(crate) fn locks(&self) -> bool {
        self.lock.is_some()
    }

    pub(crate) fn undeferred(&self) -> ColumnSet {
        self.undeferred
    }

    pub(crate) fn populates(&self) -> bool {
        self.populate
    }

    pub(crate) fn synchronizes(&self) -> bool {
        !self.unsynchronized
    }

    pub(crate) fn name(&self) -> Option<&QueryName> {
        self.name.as_ref()
    }

    pub(crate) fn loads_along(&self) -> bool {
        !self.eager.is_empty()
    }

    /// Returns `true` if the query has more than conditions, so it cannot become an UPDATE or
    /// DELETE.
    pub(crate) fn is_more_than_filters(&self) -> bool {
        self.is_cut()
            || self.distinct
            || self.lock.is_some()
            || self.group.is_some()
            || !self.order.is_empty()
    }

    /// Returns an error if the query locks rows that each represent several rows.
    pub(crate) fn check_lock(&self) -> Result<()> {
        let what = match (self.distinct, &self.group) {
            (true, _) => "distinct()",
            (false, Some(_)) => "group_by()",
            (false, None) => return Ok(()),
        };
        Err(Error::Configuration(format!(
            "lock() cannot be combined with {what}, which returns one row for several: leave out one of \
             the two, or lock the rows with a query for their keys"
        )))
    }

    /// Adds the fields that `Debug` prints.
    pub(crate) fn show_in(&self, shown: &mut fmt::DebugStruct<'_, '_>) {
        shown
            .field("filters", &self.filters.len())
            .field("limit", &self.limit)
            .field("offset", &self.offset);
    }

    /// Returns the text of the GROUP BY clause, or `None` if the query is not grouped.
    pub(super) fn group_text(&self, dialect: Dialect) -> Option<QueryResult<String>> {
        self.group.as_ref().map(|group| fragment_text(dialect, &**group))
    }
}

/// The statements of the query.
impl<'q> SelectState<'q> {
    /// Returns the SELECT of objects.
    pub(crate) fn objects<T: Entity>(self, dialect: Dialect) -> Select<'q> {
        let head = format!("SELECT {}", self.distinct_word());
        let head = sql::select_list(dialect, T::META, self.undeferred, &head).finish();
        let tail = self.lock_words(dialect, T::META);
        Select { head, state: self, tail }
    }

    /// Returns what follows the columns in a SELECT of columns.
    pub(crate) fn from<T: Entity>(self, dialect: Dialect) -> Select<'q> {
        let mut from = sql::Text::new(dialect, " FROM ");
        from.tables(T::META);
        let tail = self.lock_words(dialect, T::META);
        Select { head: from.finish(), state: self, tail }
    }

    /// Returns the SELECT of the number of rows. It has no order, which would have no effect, and
    /// no lock, because PostgreSQL cannot lock counted rows.
    pub(crate) fn count<T: Entity>(self, dialect: Dialect) -> Select<'q> {
        let mut head = sql::Text::new(dialect, "SELECT count(*) FROM ");
        let state = SelectState { order: Vec::new(), lock: None, ..self };
        if !(state.is_cut() || state.distinct) {
            head.tables(T::META);
            return Select { head: head.finish(), state, tail: String::new() };
        }
        // The rows are counted after LIMIT, OFFSET and DISTINCT.
        if state.distinct && T::META.hierarchy.is_none() {
            let rows = sql::select_list(dialect, T::META, ColumnSet::EMPTY, "");
            head.push("(SELECT DISTINCT ").push(&rows.finish());
        } else {
            head.push("(SELECT 1 FROM ").tables(T::META);
        }
        Select { head: head.finish(), state, tail: ") AS counted".to_owned() }
    }

    pub(crate) fn distinct_word(&self) -> &'static str {
        if self.distinct { "DISTINCT " } else { "" }
    }

    /// Returns the locking clause of the query.
    fn lock_words(&self, dialect: Dialect, meta: &EntityMeta) -> String {
        self.lock.map_or_else(String::new, |lock| lock.words(dialect, meta))
    }
}

/// The clauses of its statements.
impl SelectState<'_> {
    /// Writes ` WHERE …`, if there is a condition.
    pub(crate) fn write_where<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        write_where(&self.filters, pass)
    }

    /// Writes ` ORDER BY …`, if there is an order.
    pub(crate) fn write_order<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        for (n, order) in self.order.iter().enumerate() {
            pass.push_sql(if n == 0 { " ORDER BY " } else { ", " });
            pass.part(&**order)?;
        }
        Ok(())
    }

    /// Writes ` LIMIT … OFFSET …`, if the query has a limit or an offset.
    pub(crate) fn write_limit(&self, pass: &mut SqlWriter<'_, '_>) {
        // SQLite would prepare a statement with a bound limit again each time. Numbers are safe in
        // the text.
        let limit = match (self.limit, self.offset) {
            (Some(rows), _) => Some(rows.max(0)),
            (None, Some(_)) if !pass.dialect().capabilities().offset_alone => Some(i64::MAX),
            (None, _) => None,
        };
        if let Some(rows) = limit {
            pass.push_sql(&format!(" LIMIT {rows}"));
        }
        if let Some(rows) = self.offset {
            pass.push_sql(&format!(" OFFSET {}", rows.max(0)));
        }
    }

    /// Excludes the statement from the cache of prepared statements if each page has its own text.
    pub(crate) fn keep_pages_apart(&self, pass: &mut SqlWriter<'_, '_>) {
        if self.offset.is_some() {
            pass.do_not_cache();
        }
    }
}

/// A SELECT as a statement.
pub(crate) struct Select<'q> {
    head: String,
    state: SelectState<'q>,
    tail: String,
}

impl<'q> Select<'q> {
    /// Returns the state that the statement was built from.
    pub(crate) fn state(&self) -> &SelectState<'q> {
        &self.state
    }

    pub(crate) fn state_mut(&mut self) -> &mut SelectState<'q> {
        &mut self.state
    }

    /// Returns the text before the WHERE clause.
    pub(crate) fn head(&self) -> &str {
        &self.head
    }

    /// Returns the text after the clauses.
    pub(super) fn tail(&self) -> &str {
        &self.tail
    }

    /// Replaces the text before the WHERE clause.
    pub(crate) fn set_head(&mut self, head: String) {
        self.head = head;
    }
}

impl SqlFragment for Select<'_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let state = &self.state;
        state.keep_pages_apart(pass);
        pass.push_sql(&self.head);
        state.write_where(pass)?;
        if let Some(group) = &state.group {
            pass.push_sql(" GROUP BY ");
            pass.part(&**group)?;
        }
        if !state.having.is_empty() {
            pass.push_sql(" HAVING ");
            write_parts(&state.having, " AND ", pass)?;
        }
        state.write_order(pass)?;
        state.write_limit(pass);
        pass.push_sql(&self.tail);
        Ok(())
    }

    fn name(&self) -> Option<&QueryName> {
        self.state.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[derive(Entity)]
    #[entity(scope = visible)]
    struct Page {
        id: Auto<i64>,
        title: String,
        hidden: bool,
    }

    fn visible() -> Condition<'static, Page> {
        Condition::all().and(page::hidden.eq(false))
    }

    fn text(select: &Select<'_>) -> String {
        fragment_text(Dialect::Sqlite, select).expect("it can be written")
    }

    #[test]
    fn a_query_is_written_without_a_database() {
        let mut state = SelectState::default();
        state.filter(Box::new(page::title.eq("a")));
        state.order_by(Box::new(page::id.desc()));
        state.limit_to_first();
        state.offset(2);
        let state = state.in_scopes_of::<Page>(Dialect::Sqlite);
        let objects = text(&state.objects::<Page>(Dialect::Sqlite));
        let end = "WHERE `page`.`hidden` = ? AND `page`.`title` = ? ORDER BY `page`.`id` DESC \
                   LIMIT 1 OFFSET 2";
        assert!(objects.replace(['(', ')'], "").ends_with(end), "{objects}");
    }

    #[test]
    fn lifted_scopes_are_left_out_and_rows_are_counted_after_they_are_cut() {
        let count = |mut state: SelectState<'_>| {
            state.lift(0);
            state.order_by(Box::new(page::id.desc()));
            text(&state.in_scopes_of::<Page>(Dialect::Sqlite).count::<Page>(Dialect::Sqlite))
        };
        let table = r#"FROM "page""#;
        assert_eq!(count(SelectState::default()), format!("SELECT count(*) {table}"));
        let mut cut = SelectState::default();
        cut.limit(3);
        let rows = format!("SELECT 1 {table} LIMIT 3");
        assert_eq!(count(cut), format!("SELECT count(*) FROM ({rows}) AS counted"));
    }
}
