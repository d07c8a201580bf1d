//! Rebuilding of SQLite tables, which can hardly be changed in place. A new table is created next
//! to the old one, takes over its rows, and then its name, as SQLite's documentation recommends.

use super::clauses::Kind;
use super::compare::What;
use super::edit::edited;
use super::tokens::pieces;
use crate::backend::{Dialect, SEQUENCES};
use crate::ddl;
use crate::ddl::names::shorten;
use crate::ddl::table::{Column, Generated, Index, Table, same_name};
use crate::sql::Text;

/// The statements that rebuild a table.
pub(super) struct Rebuilt {
    pub(super) statements: Vec<String>,
    /// Whether the new table equals the old one in everything that does not differ from the
    /// mapping.
    pub(super) keeps_all: bool,
}

/// Rebuilds a table with the rows of the existing one. The statements must run in one transaction
/// with foreign keys disabled, because otherwise the rows that reference the old table would be
/// deleted.
pub(super) fn rebuild(
    dialect: Dialect,
    table: &Table,
    found: &Table,
    changes: &[What<'_>],
) -> Rebuilt {
    let new = shorten(format!("orm_new_{}", table.name));
    let text = edited(dialect, table, found, changes);
    let mut statements = vec![
        "CREATE TEMPORARY TABLE \"orm_guard\" (\n    \"on\" INTEGER CONSTRAINT \
         \"foreign_keys_are_off\" CHECK (\"on\" = 0),\n    \"broken\" INTEGER CONSTRAINT \
         \"references_lead_to_rows\" CHECK (\"broken\" = 0)\n)"
            .to_owned(),
        "INSERT INTO temp.\"orm_guard\" (\"on\") SELECT foreign_keys FROM pragma_foreign_keys"
            .to_owned(),
    ];
    let schema = table.schema.as_deref();
    match &text {
        Some(text) => {
            statements.push(ddl::create_table_of(dialect, table, &new, &text.body()));
            let columns = text.columns().filter(|column| !column.has(Kind::Computed));
            let columns: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
            statements.extend(take_over(dialect, table, found, &new, &columns));
            let counts = text.clauses().any(|(_, it)| it.says(dialect, "AUTOINCREMENT"));
            if counts {
                statements.extend(count_on(dialect, table, &new));
            }
        }
        None => {
            statements.push(ddl::create_table_as(dialect, table, &new));
            let is_computed =
                |column: &Column| matches!(column.generated, Some(Generated::Computed { .. }));
            let columns = table.columns.iter().filter(|column| !is_computed(column));
            let columns: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
            statements.extend(take_over(dialect, table, found, &new, &columns));
        }
    }
    let mut drop = Text::new(dialect, "DROP TABLE ");
    drop.qualified(schema, &table.name);
    let mut rename = Text::new(dialect, "ALTER TABLE ");
    rename.qualified(schema, &new).push(" RENAME TO ").name(&table.name);
    statements.extend([drop.finish(), rename.finish()]);
    statements.extend(indexes(dialect, table, found, changes, text.is_some()));
    statements.extend(number_rows(dialect, table, found));
    statements.extend(ddl::create_triggers(dialect, table));
    statements.extend(other_triggers(dialect, table, found));
    statements.push(format!(
        "INSERT INTO temp.\"orm_guard\" (\"broken\") SELECT 1 FROM pragma_foreign_key_check({}, {}) \
         LIMIT 1",
        dialect.text_literal(&table.name),
        dialect.text_literal(schema.unwrap_or("main"))
    ));
    statements.push("DROP TABLE temp.\"orm_guard\"".to_owned());
    Rebuilt { statements, keeps_all: text.is_some() }
}

/// Returns the indexes: existing ones unchanged, and the missing ones.
fn indexes(
    dialect: Dialect,
    table: &Table,
    found: &Table,
    changes: &[What<'_>],
    keeps_all: bool,
) -> Vec<String> {
    if !keeps_all {
        return ddl::create_indexes(dialect, table);
    }
    let goes = |index: &Index| {
        changes.iter().any(|it| matches!(it, What::IndexAdditional(it) if std::ptr::eq(*it, index)))
    };
    let kept = found.indexes.iter().filter(|index| !goes(index));
    let kept = kept
        .filter_map(|index| Some(in_schema(dialect, table.schema.as_deref(), index.sql.as_ref()?)));
    let new = changes.iter().filter_map(|change| match change {
        What::IndexMissing(index) => Some(ddl::create_index(dialect, table, index)),
        _ => None,
    });
    kept.chain(new).collect()
}

/// Copies the rows of the old table, in the columns that both have.
fn take_over(
    dialect: Dialect,
    table: &Table,
    found: &Table,
    new: &str,
    columns: &[&str],
) -> Option<String> {
    let there = |name: &&&str| found.column(dialect, name).is_some();
    let both: Vec<&&str> = columns.iter().filter(there).collect();
    if both.is_empty() {
        return None;
    }
    let mut text = Text::new(dialect, "INSERT INTO ");
    text.qualified(table.schema.as_deref(), new).push(" (");
    text.list(&both, |text, column| {
        text.name(column);
    });
    text.push(") SELECT ").list(&both, |text, column| {
        text.name(column);
    });
    text.push(" FROM ").qualified(table.schema.as_deref(), &table.name);
    Some(text.finish())
}

/// Continues the numbering, so that numbers are not reused.
fn count_on(dialect: Dialect, table: &Table, new: &str) -> [String; 2] {
    let (new, old) = (dialect.text_literal(new), dialect.text_literal(&table.name));
    let mut sequence = String::new();
    dialect.push_qualified(&mut sequence, table.schema.as_deref(), "sqlite_sequence");
    [
        format!("DELETE FROM {sequence} WHERE name = {new}"),
        format!(
            "INSERT INTO {sequence} (name, seq) SELECT {new}, seq FROM {sequence} WHERE name = {old}"
        ),
    ]
}

/// Fills a column that now has a sequence in the existing rows as well.
fn number_rows(dialect: Dialect, table: &Table, found: &Table) -> Vec<String> {
    let mut statements = Vec::new();
    for column in &table.columns {
        let Some(Generated::Sequence(sequence)) = &column.generated else { continue };
        if found
            .column(dialect, &column.name)
            .is_some_and(|found| found.generated == column.generated)
        {
            continue;
        }
        let schema = table.schema.as_deref();
        let literal = dialect.text_literal(&sequence.name);
        let mut text = Text::new(dialect, "UPDATE ");
        text.qualified(schema, &table.name).push(" SET ").name(&column.name);
        text.push(
            " = n.number FROM (SELECT _rowid_ AS place, row_number() OVER (ORDER BY _rowid_)",
        );
        text.push(" + (SELECT \"value\" FROM ").qualified(schema, SEQUENCES);
        text.push(" WHERE \"name\" = ").push(&literal).push(") AS number FROM ");
        text.qualified(schema, &table.name).push(" WHERE ").name(&column.name);
        text.push(" IS NULL) AS n WHERE ").name(&table.name).push("._rowid_ = n.place");
        statements.push(text.finish());
        let mut text = Text::new(dialect, "UPDATE ");
        text.qualified(schema, SEQUENCES).push(" SET \"value\" = \"value\" + changes()");
        text.push(" WHERE \"name\" = ").push(&literal);
        statements.push(text.finish());
    }
    statements
}

/// Returns the statements that recreate other triggers, which are dropped with the old table.
fn other_triggers(dialect: Dialect, table: &Table, found: &Table) -> Vec<String> {
    let ours = |name: &str| table.triggers.iter().any(|(own, _)| same_name(dialect, own, name));
    let gone = |sql: &str| {
        let columns = found.columns.iter().filter_map(|column| match &column.generated {
            Some(Generated::Sequence(sequence)) => Some((&column.name, &sequence.name)),
            _ => None,
        });
        let mut bodies =
            columns.map(|(name, sequence)| ddl::sequence_trigger(dialect, found, name, sequence));
        bodies.any(|body| sql.ends_with(&body))
    };
    let others = found.triggers.iter().filter(|(name, sql)| !ours(name) && !gone(sql));
    others.map(|(_, sql)| in_schema(dialect, table.schema.as_deref(), sql)).collect()
}

/// Adds the schema: SQLite stores the text of a trigger or an index without it.
fn in_schema(dialect: Dialect, schema: Option<&str>, sql: &str) -> String {
    let pieces = pieces(dialect, sql);
    let word = pieces.iter().position(|piece| piece.is("TRIGGER") || piece.is("INDEX"));
    let name = word.and_then(|word| pieces.get(word + 1));
    match (schema, name) {
        (Some(schema), Some(name)) => {
            let mut text = Text::new(dialect, &sql[..name.start]);
            text.name(schema).push(".").push(&sql[name.start..]);
            text.finish()
        }
        _ => sql.to_owned(),
    }
}
