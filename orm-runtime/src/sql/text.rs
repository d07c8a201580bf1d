//! A builder of SQL text.

use crate::backend::Dialect;
use crate::mapping::{ColumnSet, EntityMeta};

/// SQL text with quoted names and counted placeholders.
#[derive(Debug)]
pub(crate) struct Text {
    sql: String,
    pub(crate) dialect: Dialect,
    placeholders: usize,
}

impl Text {
    pub(crate) fn new(dialect: Dialect, sql: &str) -> Self {
        // Enough for most statements, so that few of them reallocate.
        let mut text = String::with_capacity(256);
        text.push_str(sql);
        Text { sql: text, dialect, placeholders: 0 }
    }

    pub(crate) fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    pub(crate) fn name(&mut self, name: &str) -> &mut Self {
        self.dialect.push_name(&mut self.sql, name);
        self
    }

    pub(crate) fn table(&mut self, meta: &EntityMeta) -> &mut Self {
        self.dialect.push_table(&mut self.sql, meta);
        self
    }

    /// Appends a name with its schema.
    pub(crate) fn qualified(&mut self, schema: Option<&str>, name: &str) -> &mut Self {
        self.dialect.push_qualified(&mut self.sql, schema, name);
        self
    }

    pub(crate) fn placeholder(&mut self) -> &mut Self {
        self.placeholders += 1;
        self.dialect.push_placeholder(&mut self.sql, self.placeholders);
        self
    }

    /// Adds the number of placeholders in text that was written elsewhere.
    pub(crate) fn count_placeholders(&mut self, placeholders: usize) -> &mut Self {
        self.placeholders += placeholders;
        self
    }

    /// Writes the direction of an order by a column. NULL is below every value on every database.
    pub(crate) fn direction(
        &mut self,
        meta: &EntityMeta,
        column: usize,
        descending: bool,
    ) -> &mut Self {
        let says = meta.columns[column].nullable && self.dialect.forms().nulls_are_greatest;
        self.push(match (descending, says) {
            (false, false) => "",
            (true, false) => " DESC",
            (false, true) => " NULLS FIRST",
            (true, true) => " DESC NULLS LAST",
        })
    }

    pub(crate) fn column(&mut self, meta: &EntityMeta, column: usize) -> &mut Self {
        self.name(meta.columns[column].name)
    }

    /// Writes a column, preceded by its table or the alias of the entity.
    pub(crate) fn column_of(
        &mut self,
        alias: Option<&str>,
        meta: &EntityMeta,
        column: usize,
    ) -> &mut Self {
        match alias {
            // Several tables can have a common alias only as a subquery, which numbers the columns
            // because the tables may have columns with the same name.
            Some(alias) if meta.is_split() => self.push(&format!("{alias}.orm_{column}")),
            Some(alias) => self.push(alias).push(".").column(meta, column),
            None => {
                let table = meta.table_with(column);
                self.table(table).push(".").column(table, column)
            }
        }
    }

    /// Writes the columns of an entity as a subquery with an alias selects them. A column that
    /// subtypes share is selected once.
    pub(crate) fn aliased_columns(
        &mut self,
        meta: &EntityMeta,
        columns: impl IntoIterator<Item = usize>,
    ) -> &mut Self {
        let mut names = Vec::new();
        let shares = meta.hierarchy.is_some() && !meta.is_split();
        let columns = columns.into_iter().filter(move |&column| {
            let name = meta.columns[column].name;
            let known = shares && names.contains(&name);
            names.push(name);
            !known
        });
        self.list(columns, |text, column| {
            text.column_of(None, meta, column);
            if meta.is_split() {
                text.push(&format!(" AS orm_{column}"));
            }
        })
    }

    /// Writes columns, each preceded by the table or its alias, in parentheses if there are
    /// several.
    pub(crate) fn row_of(
        &mut self,
        alias: Option<&str>,
        meta: &EntityMeta,
        columns: &[usize],
    ) -> &mut Self {
        let (open, close) = if columns.len() == 1 { ("", "") } else { ("(", ")") };
        self.push(open);
        self.list(columns, |text, &column| {
            text.column_of(alias, meta, column);
        });
        self.push(close)
    }

    /// Writes columns of one table, each preceded by its name, in parentheses if there are several.
    pub(crate) fn own_row(&mut self, table: &EntityMeta, columns: &[usize]) -> &mut Self {
        let (open, close) = if columns.len() == 1 { ("", "") } else { ("(", ")") };
        self.push(open);
        self.list(columns, |text, &column| {
            text.table(table).push(".").column(table, column);
        });
        self.push(close)
    }

    /// Writes each item, separated by commas.
    pub(crate) fn list<I>(
        &mut self,
        items: impl IntoIterator<Item = I>,
        mut each: impl FnMut(&mut Self, I),
    ) -> &mut Self {
        self.separated(", ", items, &mut each)
    }

    /// Writes each item, with a separator in between.
    pub(crate) fn separated<I>(
        &mut self,
        separator: &str,
        items: impl IntoIterator<Item = I>,
        mut each: impl FnMut(&mut Self, I),
    ) -> &mut Self {
        for (n, item) in items.into_iter().enumerate() {
            if n > 0 {
                self.push(separator);
            }
            each(self, item);
        }
        self
    }

    /// Writes placeholders in parentheses.
    pub(crate) fn row(&mut self, width: usize) -> &mut Self {
        self.push("(").list(0..width, |text, _| {
            text.placeholder();
        });
        self.push(")")
    }

    /// Writes column names separated by commas.
    pub(crate) fn columns(&mut self, meta: &EntityMeta, columns: ColumnSet) -> &mut Self {
        self.list(columns.iter(), |text, column| {
            text.column(meta, column);
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.sql
    }

    pub(crate) fn finish(self) -> String {
        self.sql
    }
}
