//! New columns that need a value and get none in the rows of a table.

use super::compare::{Change, What};
use crate::ddl::table::{Column, Table};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::sql::Text;

/// Refuses new columns that must have a value, but get none in existing rows: all of them in one
/// error. Sends one SELECT for each table with such a column.
pub(super) fn refuse(session: &mut Session, changes: &[Change<'_>]) -> Result<()> {
    let mut asked: Vec<(&Table, bool)> = Vec::new();
    let mut refused = Vec::new();
    for change in changes {
        let What::ColumnMissing(column) = change.what else { continue };
        let is_filled = column.nullable || column.identity || column.generated.is_some();
        let table = change.table;
        if is_filled || table.view.is_some() {
            continue;
        }
        let known = asked.iter().find(|(other, _)| std::ptr::eq(*other, table));
        let has_rows = match known {
            Some((_, has_rows)) => *has_rows,
            None => {
                let has_rows = has_rows(session, table)?;
                asked.push((table, has_rows));
                has_rows
            }
        };
        if has_rows {
            refused.push(message(column, table, changes));
        }
    }
    match refused.is_empty() {
        true => Ok(()),
        false => Err(Error::Configuration(refused.join("\n"))),
    }
}

fn has_rows(session: &mut Session, table: &Table) -> Result<bool> {
    let mut text = Text::new(session.dialect(), "SELECT '1' FROM ");
    text.qualified(table.schema.as_deref(), &table.name).push(" LIMIT 1");
    Ok(!session.read_texts(&text.finish())?.is_empty())
}

/// Writes the error about a column. A column that is not in the mapping may be the same one under
/// its old name, which a comparison of names cannot know.
fn message(column: &Column, table: &Table, changes: &[Change<'_>]) -> String {
    let mut text = format!(
        "{}.{}: the new column {} is NOT NULL, and existing rows of the table {} would have no value \
         for it; give it a db_default, or make it an Option, fill it, and remove the Option",
        column.entity,
        column.field.unwrap_or(&column.name),
        column.name,
        table.label()
    );
    let unmapped = changes.iter().filter(|change| std::ptr::eq(change.table, table));
    let unmapped = unmapped.filter_map(|change| match change.what {
        What::ColumnAdditional(found) => Some(found.name.as_str()),
        _ => None,
    });
    let unmapped: Vec<&str> = unmapped.collect();
    if !unmapped.is_empty() {
        text += &format!(
            ". No field maps the column {}: if it was renamed, first run ALTER TABLE {} RENAME COLUMN \
             {} TO {}",
            unmapped.join(", or "),
            table.name,
            unmapped[0],
            column.name
        );
    }
    text
}
