//! The name of a query, given by the program.

use std::sync::Arc;

/// The name of a query, as it may stand in an SQL comment.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryName(Arc<str>);

impl QueryName {
    /// Creates a name. Whatever would end the comment, or begin another one, is taken apart.
    pub(crate) fn new(name: &str) -> Self {
        let printable: String =
            name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        QueryName(printable.replace("*/", "* /").replace("/*", "/ *").trim().into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    /// Writes a text with the name in front of it.
    pub(crate) fn before(&self, sql: &str) -> String {
        format!("/* {} */ {sql}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_comment() {
        for (name, shown) in [
            ("report: totals", "report: totals"),
            ("a */ DROP TABLE b; /* c", "a * / DROP TABLE b; / * c"),
            ("**//", "** //"),
            ("/*/", "/ * /"),
            ("two\nlines\0", "two lines"),
            ("!40000 x", "!40000 x"),
        ] {
            let name = QueryName::new(name);
            assert_eq!(name.as_str(), shown);
            let text = name.before("SELECT 1");
            assert_eq!((text.matches("*/").count(), text.matches("/*").count()), (1, 1), "{text}");
            assert!(text.starts_with("/* ") && text.ends_with(" */ SELECT 1"), "{text}");
        }
    }
}
