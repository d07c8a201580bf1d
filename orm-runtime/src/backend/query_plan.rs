//! How a database says that it runs a statement.

use std::fmt;

use diesel::QueryResult;

use super::{SqlFragment, SqlWriter};

/// How a database runs a statement, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// The plan as text: lines of `EXPLAIN QUERY PLAN` on SQLite and of `EXPLAIN` on PostgreSQL,
    /// JSON on MySQL.
    pub text: String,
    /// The tables of which all rows are read without an index. PostgreSQL does so for small tables
    /// even if there is an index.
    pub full_scans: Vec<String>,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// How a database explains a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Explains {
    /// The text before the statement.
    pub(crate) prefix: &'static str,
    /// The column of the answer that has the text.
    pub(crate) column: usize,
    /// Finds the tables that are read as a whole.
    pub(crate) full_scans: fn(&str) -> Vec<String>,
}

impl Explains {
    pub(crate) fn plan(&self, lines: &[String]) -> Plan {
        let text = lines.join("\n");
        let full_scans = (self.full_scans)(&text);
        Plan { text, full_scans }
    }
}

/// A statement after the word that explains it.
pub(crate) struct Explained<'a> {
    pub(crate) prefix: &'static str,
    pub(crate) statement: &'a dyn SqlFragment,
}

impl SqlFragment for Explained<'_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        if !pass.collects() {
            pass.do_not_cache();
            pass.push_sql(self.prefix);
        }
        self.statement.walk(pass)
    }
}

/// Finds the tables in lines such as `SCAN users`.
pub(super) fn scans_of_lines(plan: &str, words: &str, unless: &str) -> Vec<String> {
    let mut tables = Vec::new();
    for line in plan.lines() {
        let line = line.trim_start_matches([' ', '-', '>']);
        let line = line.strip_prefix("Parallel ").unwrap_or(line);
        let Some(rest) = line.strip_prefix(words) else { continue };
        let table = rest.split([' ', '(']).next().unwrap_or_default().trim_matches('"');
        let is_table = !table.is_empty() && !rest.starts_with("CONSTANT ROW");
        if is_table && (unless.is_empty() || !rest.contains(unless)) {
            tables.push(table.to_owned());
        }
    }
    tables
}

/// Finds the tables of `"access_type": "ALL"` in a plan as JSON.
pub(super) fn scans_of_json(plan: &str) -> Vec<String> {
    let mut tables = Vec::new();
    let mut table = "";
    for line in plan.split([',', '{', '}', '\n']) {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim().trim_matches('"');
        match name.trim().trim_matches('"') {
            "table_name" => table = value,
            "access_type" if value == "ALL" && !table.starts_with('<') => {
                tables.push(table.to_owned());
            }
            _ => {}
        }
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::{scans_of_json, scans_of_lines};

    #[test]
    fn tables_that_are_read_as_a_whole_are_found() {
        let sqlite = "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)\nSCAN b\nSCAN c USING COVERING INDEX i\n\
                      SCAN CONSTANT ROW";
        assert_eq!(scans_of_lines(sqlite, "SCAN ", " USING "), ["b"]);
        let postgres = "Hash Join  (cost=1.0)\n  ->  Seq Scan on \"user\" u  (cost=0.00)\n  ->  Parallel Seq \
                        Scan on b  (cost=0.00)\n  ->  Index Scan using i on c";
        assert_eq!(scans_of_lines(postgres, "Seq Scan on ", ""), ["user", "b"]);
        let mysql = "{\"query_block\": {\"table\": {\"table_name\": \"a\", \"access_type\": \"ALL\", \
                     \"rows\": 3}, \"table\": {\"table_name\": \"b\", \"access_type\": \"ref\"}}}";
        assert_eq!(scans_of_json(mysql), ["a"]);
    }
}
