//! The reader of the database, which reads all rows with one statement and knows nothing of
//! entities.

use std::collections::BTreeMap;

use diesel::dsl::sql;
use diesel::sql_types::Text;
use orm_runtime::prelude::*;
use orm_tests::Oracle;

use crate::tables::*;

/// The numbers of rows by table and key.
pub(crate) type Numbers = BTreeMap<(Table, String), u32>;

/// The rows that the reader has found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) rows: Rows,
    pub(crate) numbers: Numbers,
}

impl Found {
    /// Returns the key of a row.
    pub(crate) fn key(&self, n: u32) -> Option<&str> {
        let mut keys = self.numbers.iter();
        keys.find(|(_, other)| **other == n).map(|((_, key), _)| &**key)
    }
}

/// Returns the statement that reads all rows as text.
pub(crate) fn statement(dialect: Dialect) -> String {
    let text = if dialect == Dialect::Mysql { "CHAR" } else { "TEXT" };
    let cell = |sql: &str| format!("coalesce(CAST({sql} AS {text}), 'NULL')");
    let tables = Table::ALL.iter().map(|table| {
        let cells: Vec<_> = table.columns().iter().map(|column| cell(column.sql)).collect();
        let (key, cells) = (cell(table.key()), cells.join(", "));
        format!(
            "SELECT concat_ws('|', '{table:?}', {key}, {cells}) AS value FROM {} t",
            table.sql()
        )
    });
    let org = "(SELECT o.name FROM m_org o WHERE o.id = t.org_id)";
    let ties =
        format!("SELECT concat_ws('|', 'Tie', {org}, t.label_id) AS value FROM m_org_label t");
    tables.chain([ties]).collect::<Vec<_>>().join(" UNION ALL ")
}

/// Reads the committed rows.
pub(crate) fn committed(oracle: &mut Oracle, sql: &str) -> Found {
    found(oracle.texts(sql))
}

/// Reads the rows that the transaction of a session sees, without its objects.
pub(crate) fn seen_by(session: &mut Session, text: &str) -> Result<Found> {
    session.load_rows::<String, _>(sql::<Text>(text)).map(found)
}

fn found(lines: Vec<String>) -> Found {
    let mut found = Found::default();
    for line in lines {
        let words: Vec<&str> = line.split('|').collect();
        if words[0] == "Tie" {
            assert!(found.rows.ties.insert((number(words[1]), number(words[2]))), "{line}");
            continue;
        }
        let tables = Table::ALL.into_iter();
        let table = tables.clone().find(|table| format!("{table:?}") == words[0]).unwrap();
        let n = number(words[2]);
        let columns = table.columns().iter();
        assert_eq!(columns.len() + 2, words.len(), "{line}");
        let cells = columns.zip(&words[2..]).map(|(column, &word)| match (column.what, word) {
            (_, "NULL") => Cell::Null,
            (What::Ref(_), name) => Cell::Ref(number(name)),
            (_, value) => Cell::Val(value.to_owned()),
        });
        let row = Row { table, cells: cells.collect() };
        assert!(found.rows.rows.insert(n, row).is_none(), "{line} is there twice");
        found.numbers.insert((table, words[1].to_owned()), n);
    }
    found
}
