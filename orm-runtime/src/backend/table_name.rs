//! The name of a table in SQL text.

/// A table, or another object with a name in a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TableName<'a> {
    pub(crate) schema: Option<&'a str>,
    pub(crate) name: &'a str,
}

impl TableName<'_> {
    /// Returns the name in quotes, with its schema.
    pub(crate) fn quoted(self, dialect: super::Dialect) -> String {
        let mut quoted = String::new();
        dialect.push_qualified(&mut quoted, self.schema, self.name);
        quoted
    }
}
