//! Points in time that are compared as text: other programs may have written them in another
//! format.

use super::difference::Difference;
use crate::backend::{Dialect, Instants};
use crate::ddl::table::{Catalog, Column, Table};
use crate::error::Result;
use crate::session::Session;
use crate::sql::Text;

/// Returns the columns with points in time in another format. Sends one statement for each table
/// with such columns.
pub(super) fn differences(
    session: &mut Session,
    wanted: &Catalog,
    found: &Catalog,
) -> Result<Vec<Difference>> {
    let dialect = session.dialect();
    let Some(instants) = dialect.definitions().instants else { return Ok(Vec::new()) };
    let mut differences = Vec::new();
    for table in &wanted.tables {
        let Some(there) = found.table(dialect, table) else { continue };
        let columns: Vec<&Column> = table
            .columns
            .iter()
            .filter(|column| {
                column.instant && there.columns.iter().any(|it| it.name == column.name)
            })
            .collect();
        if columns.is_empty() {
            continue;
        }
        let rows = session.read_texts(&in_other_forms(dialect, &instants, table, &columns))?;
        let answers = rows.into_iter().flatten();
        differences.extend(
            columns
                .iter()
                .zip(answers)
                .filter(|(_, answer)| answer.as_deref() == Some("1"))
                .map(|(column, _)| Difference::of_form(table, column, instants.format)),
        );
    }
    Ok(differences)
}

/// Returns a query for each column; the first row in another format ends it.
fn in_other_forms(
    dialect: Dialect,
    instants: &Instants,
    table: &Table,
    columns: &[&Column],
) -> String {
    let mut text = Text::new(dialect, "SELECT ");
    text.list(columns, |text, column| {
        text.push("CAST(EXISTS (SELECT 1 FROM ");
        if let Some(schema) = &table.schema {
            text.name(schema).push(".");
        }
        text.name(&table.name).push(" WHERE ").name(&column.name).push(" NOT GLOB ");
        text.push(instants.pattern);
        text.push(" AND ").name(&column.name).push(" NOT GLOB '[-+]*') AS TEXT)");
    });
    text.finish()
}
