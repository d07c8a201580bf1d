//! What a query asks for, apart from the session that it is asked of.

use diesel::QueryResult;

use super::condition::write_parts;
use super::eager::Node;
use super::lock::Lock;
use crate::backend::{Dialect, SqlFragment, SqlWriter};
use crate::error::{Error, Result};
use crate::mapping::{ColumnSet, EntityMeta};

/// What stands behind the FROM of a query, and how its rows are taken.
#[derive(Default)]
pub(super) struct SelectState<'q> {
    pub(super) filters: Vec<Box<dyn SqlFragment + 'q>>,
    pub(super) group: Option<Box<dyn SqlFragment + 'q>>,
    pub(super) having: Vec<Box<dyn SqlFragment + 'q>>,
    pub(super) order: Vec<Box<dyn SqlFragment + 'q>>,
    pub(super) limit: Option<i64>,
    pub(super) offset: Option<i64>,
    pub(super) distinct: bool,
    pub(super) distinct_on: Option<DistinctOn<'q>>,
    pub(super) lock: Option<Lock>,
    pub(super) undeferred: ColumnSet,
    pub(super) populate: bool,
    pub(super) unsynchronized: bool,
    pub(super) lifted: Lifted,
    /// What is loaded along with the objects.
    pub(super) eager: Vec<Node<'q>>,
}

impl SelectState<'_> {
    /// Refuses to lock what stands for several rows.
    pub(super) fn check_lock(&self) -> Result<()> {
        let what = match (self.distinct, &self.group) {
            (true, _) => "distinct()",
            (false, Some(_)) => "group_by()",
            (false, None) => return Ok(()),
        };
        Err(Error::Configuration(format!(
            "lock() locks rows as they are, and {what} makes one of several: leave out one of the two, or \
             lock the rows by a query for their keys"
        )))
    }

    pub(super) fn distinct_word(&self) -> &'static str {
        if self.distinct { "DISTINCT " } else { "" }
    }

    pub(super) fn undeferred(&self) -> ColumnSet {
        self.undeferred
    }

    pub(super) fn populates(&self) -> bool {
        self.populate
    }

    /// Whether there is more than conditions, so that an UPDATE or DELETE can not be made of it.
    pub(super) fn is_more_than_filters(&self) -> bool {
        self.limit.is_some()
            || self.offset.is_some()
            || self.distinct
            || self.lock.is_some()
            || self.group.is_some()
            || !self.order.is_empty()
    }

    pub(super) fn write_limit(&self, dialect: Dialect, sql: &mut String) {
        use std::fmt::Write;
        // Bound limits make SQLite prepare the statement anew each time; numbers are harmless text.
        let limit = match (self.limit, self.offset) {
            (Some(rows), _) => Some(rows.max(0)),
            (None, Some(_)) if !dialect.capabilities().offset_alone => Some(i64::MAX),
            (None, _) => None,
        };
        // Writing to a String can not fail.
        if let Some(rows) = limit {
            let _ = write!(sql, " LIMIT {rows}");
        }
        if let Some(rows) = self.offset {
            let _ = write!(sql, " OFFSET {}", rows.max(0));
        }
    }
}

impl SelectState<'_> {
    /// The lock of the query, as it stands at its end.
    pub(super) fn lock_words(&self, dialect: Dialect, meta: &EntityMeta) -> String {
        self.lock.map_or_else(String::new, |lock| lock.words(dialect, meta))
    }
}

/// A SELECT as a statement.
pub(super) struct Select<'q> {
    pub(super) head: String,
    pub(super) parts: SelectState<'q>,
    pub(super) tail: String,
}

impl SqlFragment for Select<'_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let parts = &self.parts;
        if parts.offset.is_some() {
            // Each page has a text of its own.
            pass.do_not_cache();
        }
        pass.push_sql(&self.head);
        write_where(&parts.filters, pass)?;
        if let Some(group) = &parts.group {
            pass.push_sql(" GROUP BY ");
            group.walk(pass)?;
        }
        if !parts.having.is_empty() {
            pass.push_sql(" HAVING ");
            write_parts(&parts.having, " AND ", pass)?;
        }
        for (n, order) in parts.order.iter().enumerate() {
            pass.push_sql(if n == 0 { " ORDER BY " } else { ", " });
            order.walk(pass)?;
        }
        let mut end = String::new();
        parts.write_limit(pass.dialect(), &mut end);
        end.push_str(&self.tail);
        pass.push_sql(&end);
        Ok(())
    }
}

/// ` WHERE …`, if there is a condition.
pub(super) fn write_where<'b>(
    filters: &'b [Box<dyn SqlFragment + '_>],
    pass: &mut SqlWriter<'_, 'b>,
) -> QueryResult<()> {
    if filters.is_empty() {
        return Ok(());
    }
    pass.push_sql(" WHERE ");
    write_parts(filters, " AND ", pass)
}

/// What `distinct_on` was given.
pub(super) struct DistinctOn<'q> {
    pub(super) group: Box<dyn SqlFragment + 'q>,
    pub(super) order: Box<dyn SqlFragment + 'q>,
}

/// The scopes that a query leaves out.
#[derive(Debug, Default)]
pub(super) struct Lifted {
    pub(super) all: bool,
    pub(super) some: Vec<usize>,
}

impl Lifted {
    pub(super) fn contains(&self, scope: usize) -> bool {
        self.all || self.some.contains(&scope)
    }
}
