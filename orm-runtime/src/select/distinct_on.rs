//! The first row of each group.

use diesel::QueryResult;

use super::borrowed_parts::borrowed;
use super::condition::write_where;
use crate::backend::{Dialect, SqlFragment, SqlWriter, fragment_text, placeholders};
use crate::mapping::EntityMeta;
use crate::sql::Text;

/// The groups of which a query takes the first row, and the order that decides which row is first.
pub(crate) struct DistinctOn<'q> {
    group: Box<dyn SqlFragment + 'q>,
    order: Box<dyn SqlFragment + 'q>,
}

impl<'q> DistinctOn<'q> {
    pub(super) fn new(group: Box<dyn SqlFragment + 'q>, order: Box<dyn SqlFragment + 'q>) -> Self {
        DistinctOn { group, order }
    }

    pub(super) fn borrowed(&self) -> DistinctOn<'_> {
        DistinctOn { group: borrowed(&*self.group), order: borrowed(&*self.order) }
    }

    /// Returns the condition that holds for the first row of each group, among the rows for which
    /// the other conditions hold.
    pub(super) fn condition(
        self,
        filters: Vec<Box<dyn SqlFragment + 'q>>,
        meta: &'static EntityMeta,
        dialect: Dialect,
    ) -> Box<dyn SqlFragment + 'q> {
        // DISTINCT ON repeats the expression, and PostgreSQL does not accept two placeholders for
        // the same value.
        let text = fragment_text(dialect, &*self.group);
        let is_plain = text.is_ok_and(|text| placeholders(dialect, &text) == Ok(0));
        let native = dialect.capabilities().distinct_on && is_plain;
        Box::new(IsFirst { distinct_on: self, filters, meta, native })
    }
}

/// `key IN (SELECT key …)`. Finding the rows by key keeps the rest of the statement about the table
/// itself, which can be locked or changed, and only keys are sorted.
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
            pass.part(&**group)?;
            pass.push_sql(&format!(") {key} FROM {table}"));
            write_where(&self.filters, pass)?;
            pass.push_sql(" ORDER BY ");
            pass.part(&**group)?;
            pass.push_sql(", ");
            pass.part(&**order)?;
            pass.push_sql(&format!(", {key})"));
            return Ok(());
        }
        pass.push_sql(&format!("SELECT {names} FROM (SELECT {key}, ROW_NUMBER() OVER ("));
        pass.push_sql("PARTITION BY ");
        pass.part(&**group)?;
        pass.push_sql(" ORDER BY ");
        pass.part(&**order)?;
        pass.push_sql(&format!(", {key}) AS orm_place FROM {table}"));
        write_where(&self.filters, pass)?;
        pass.push_sql(") AS orm_rows WHERE orm_place = 1)");
        Ok(())
    }
}
