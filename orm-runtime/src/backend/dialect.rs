//! The SQL dialects of the databases.

use crate::types::Code;

/// The SQL dialect of one of the three databases. Needs no connection and no feature: the text of a
/// schema or of a plan can be generated for any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// SQLite 3.35 or newer.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
}

impl Dialect {
    /// All dialects.
    pub(crate) const ALL: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql];

    /// The dialect for text that is the same in all dialects: diagrams, and names.
    pub(crate) const PLAIN: Dialect = Dialect::Postgres;

    /// Returns `true` if a UUID is text, which may be spelled in several ways.
    pub(crate) fn has_uuid_texts(self) -> bool {
        self != Dialect::Postgres
    }

    /// Returns the error of a URL for a database whose feature is disabled.
    #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
    pub(super) fn is_not_enabled(self) -> crate::error::Error {
        crate::error::Error::Configuration(format!(
            "the URL names {self:?}, but orm-runtime's feature for it is not enabled; enable the \
             feature `{}`",
            format!("{self:?}").to_lowercase()
        ))
    }

    /// Returns an error if the feature for the database is not enabled, so that values cannot be
    /// bound for it.
    pub(crate) fn check_enabled(self) -> crate::error::Result<()> {
        let enabled = match self {
            Dialect::Sqlite => cfg!(feature = "sqlite"),
            Dialect::Postgres => cfg!(feature = "postgres"),
            Dialect::Mysql => cfg!(feature = "mysql"),
        };
        if enabled {
            return Ok(());
        }
        let feature = format!("{self:?}").to_lowercase();
        Err(crate::error::Error::Configuration(format!(
            "a statement cannot be written for {self:?}, because orm-runtime's feature `{feature}` is \
             not enabled: enable it"
        )))
    }

    /// Appends a name in quotes, so that any name works: a reserved word, a name that contains a
    /// quote.
    pub(crate) fn push_name(self, sql: &mut String, name: &str) {
        let quote = self.forms().quote;
        sql.push(quote);
        for c in name.chars() {
            if c == quote {
                sql.push(quote);
            }
            sql.push(c);
        }
        sql.push(quote);
    }

    /// Returns a name in quotes.
    pub(crate) fn quoted(self, name: &str) -> String {
        let mut quoted = String::with_capacity(name.len() + 2);
        self.push_name(&mut quoted, name);
        quoted
    }

    /// Appends a name with its schema.
    pub(crate) fn push_qualified(self, sql: &mut String, schema: Option<&str>, name: &str) {
        if let Some(schema) = schema {
            self.push_name(sql, schema);
            sql.push('.');
        }
        self.push_name(sql, name);
    }

    /// Appends the placeholder of the `n`-th value, counted from 1.
    pub(crate) fn push_placeholder(self, sql: &mut String, n: usize) {
        if self.forms().numbers_placeholders {
            sql.push('$');
            sql.push_str(&n.to_string());
        } else {
            sql.push('?');
        }
    }

    /// Returns the most values that one statement can bind in the database's protocol.
    pub(crate) fn max_binds(self) -> usize {
        self.forms().max_binds
    }

    /// Returns a code as an SQL literal.
    pub(crate) fn literal(self, code: Code) -> String {
        match code {
            Code::Integer(code) => code.to_string(),
            Code::Text(code) => self.text_literal(code),
        }
    }

    /// Returns a string as an SQL literal.
    pub(crate) fn text_literal(self, text: &str) -> String {
        let text = text.replace('\'', "''");
        if self.forms().lexis.backslashes {
            format!("'{}'", text.replace('\\', "\\\\"))
        } else {
            format!("'{text}'")
        }
    }
}
