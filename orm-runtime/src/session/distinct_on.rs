//! The first row of each group.

use diesel::QueryResult;

use super::in_scope::ExpressionOf;
use super::select_state::{DistinctOn, SelectState, write_where};
use super::{Query, Session};
use crate::backend::{SqlFragment, SqlWriter};
use crate::mapping::{Entity, EntityMeta};
use crate::sql::{self, Text};

impl<'q, T: Entity> Query<'q, T> {
    /// Of the rows that have the same value of an expression, or of a tuple of them, only the first in
    /// an order; where two are equal in it, the one with the smaller key. Still one statement.
    ///
    /// It is a condition on the rows that the filters leave, and so goes with all other parts of the
    /// query: `order_by` says in which order the rows come, `count` counts the groups. PostgreSQL
    /// finds the rows with `SELECT DISTINCT ON`, the other databases with `ROW_NUMBER()`.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// #[derive(Entity)]
    /// struct Payment { id: Auto<i64>, customer: String, day: i32 }
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Payment].create_all(&mut session)?;
    /// for (customer, day) in [("ada", 1), ("ada", 7), ("grace", 3)] {
    ///     session.add(Payment::builder().customer(customer).day(day).build());
    /// }
    /// let latest = session
    ///     .query::<Payment>()
    ///     .distinct_on(payment::customer, payment::day.desc())
    ///     .order_by(payment::customer.asc())
    ///     .all()?;
    /// let days: Vec<i32> = latest.iter().map(|&payment| session[payment].day).collect();
    /// assert_eq!(days, [7, 3]);
    /// # Ok(()) }
    /// ```
    pub fn distinct_on<G, O>(mut self, group: G, order: O) -> Self
    where
        G: ExpressionOf<T> + 'q,
        O: ExpressionOf<T> + 'q,
    {
        self.parts.distinct_on =
            Some(DistinctOn { group: Box::new(group), order: Box::new(order) });
        self
    }
}

impl Session {
    /// Makes of `distinct_on` and all filters the one condition that they are together.
    pub(super) fn settle_distinct_on(
        &mut self,
        parts: &mut SelectState<'_>,
        meta: &'static EntityMeta,
    ) {
        let Some(distinct_on) = parts.distinct_on.take() else { return };
        // DISTINCT ON wants the expression twice, and PostgreSQL does not take two placeholders for
        // the same value.
        let dialect = self.dialect();
        let text = self.connection.text(&*distinct_on.group);
        let is_plain = text.is_ok_and(|text| sql::placeholders(dialect, &text) == Ok(0));
        let native = dialect.capabilities().distinct_on && is_plain;
        let filters = std::mem::take(&mut parts.filters);
        parts.filters.push(Box::new(IsFirst { distinct_on, filters, meta, native }));
    }
}

/// `key IN (SELECT key …)`. The rows are found by their keys, so that the rest of the statement is
/// about the table itself, which can be locked or changed, and no more than keys is sorted.
struct IsFirst<'q> {
    distinct_on: DistinctOn<'q>,
    filters: Vec<Box<dyn SqlFragment + 'q>>,
    meta: &'static EntityMeta,
    native: bool,
}

impl SqlFragment for IsFirst<'_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let text = || Text::new(pass.dialect(), "");
        let [mut table, mut names, mut key] = [text(), text(), text()];
        table.tables(self.meta);
        names.list(self.meta.key, |text, &column| {
            text.column(self.meta, column);
        });
        key.list(self.meta.key, |text, &column| {
            text.column_of(None, self.meta, column);
        });
        let [table, names, key] = [table, names, key].map(Text::finish);
        match self.meta.key.len() {
            1 => pass.push_sql(&format!("{key} IN (")),
            _ => pass.push_sql(&format!("({key}) IN (")),
        }
        let DistinctOn { group, order } = &self.distinct_on;
        if self.native {
            pass.push_sql("SELECT DISTINCT ON (");
            group.walk(pass)?;
            pass.push_sql(&format!(") {key} FROM {table}"));
            write_where(&self.filters, pass)?;
            pass.push_sql(" ORDER BY ");
            group.walk(pass)?;
            pass.push_sql(", ");
            order.walk(pass)?;
            pass.push_sql(&format!(", {key})"));
            return Ok(());
        }
        pass.push_sql(&format!("SELECT {names} FROM (SELECT {key}, ROW_NUMBER() OVER ("));
        pass.push_sql("PARTITION BY ");
        group.walk(pass)?;
        pass.push_sql(" ORDER BY ");
        order.walk(pass)?;
        pass.push_sql(&format!(", {key}) AS orm_place FROM {table}"));
        write_where(&self.filters, pass)?;
        pass.push_sql(") AS orm_rows WHERE orm_place = 1)");
        Ok(())
    }
}
