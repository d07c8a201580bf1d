//! Points in time in SQLite, which compares them as texts: those of other writers may be in another
//! form than the program's.

use super::difference::Difference;
use super::table::{Catalog, Column, Table};
use crate::backend::Dialect;
use crate::error::Result;
use crate::mapping::SqlKind;
use crate::session::Session;
use crate::sql::Text;

/// What `strftime` makes a point in time of.
const FORMAT: &str = "'%Y-%m-%d %H:%M:%f000+00:00'";
/// A year of more digits begins with a sign.
const FORM: &str = "'????-??-?? ??:??:??.??????+00:00'";

/// A default that makes a point in time, in the form in which the program writes one.
pub(super) fn default_of_instant(expression: &str) -> String {
    let inner = expression.trim();
    if inner.eq_ignore_ascii_case("CURRENT_TIMESTAMP") {
        return format!("strftime({FORMAT}, 'now')");
    }
    match inner.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(literal) => match in_utc(literal) {
            Some((date, clock)) => format!("'{date} {clock}.000000+00:00'"),
            None => expression.to_owned(),
        },
        None if inner.eq_ignore_ascii_case("NULL") => expression.to_owned(),
        None => format!("strftime({FORMAT}, {inner})"),
    }
}

/// The date and the time of a literal to the second: a constant stays one.
fn in_utc(literal: &str) -> Option<(&str, &str)> {
    let literal = literal.strip_suffix('Z').unwrap_or(literal);
    let (date, clock) = literal.split_once([' ', 'T'])?;
    let is = |text: &str, form: &str| {
        text.len() == form.len()
            && text
                .bytes()
                .zip(form.bytes())
                .all(|(c, f)| if f == b'0' { c.is_ascii_digit() } else { c == f })
    };
    (is(date, "0000-00-00") && is(clock, "00:00:00")).then_some((date, clock))
}

/// Whether a column has points in time that are written in one form.
pub(super) fn is_instant(dialect: Dialect, kind: SqlKind) -> bool {
    dialect == Dialect::Sqlite && matches!(kind, SqlKind::TimestampTz)
}

/// The columns with points in time in another form. One statement for each table that has any.
pub(super) fn differences(
    session: &mut Session,
    wanted: &Catalog,
    found: &Catalog,
) -> Result<Vec<Difference>> {
    let dialect = session.dialect();
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
        let rows = session.read_texts(&in_other_forms(dialect, table, &columns))?;
        let answers = rows.into_iter().flatten();
        differences.extend(
            columns
                .iter()
                .zip(answers)
                .filter(|(_, answer)| answer.as_deref() == Some("1"))
                .map(|(column, _)| Difference::of_form(table, column, FORMAT)),
        );
    }
    Ok(differences)
}

/// A question for each column; the first row in another form answers it.
fn in_other_forms(dialect: Dialect, table: &Table, columns: &[&Column]) -> String {
    let mut text = Text::new(dialect, "SELECT ");
    text.list(columns, |text, column| {
        text.push("CAST(EXISTS (SELECT 1 FROM ");
        if let Some(schema) = &table.schema {
            text.name(schema).push(".");
        }
        text.name(&table.name).push(" WHERE ").name(&column.name).push(" NOT GLOB ").push(FORM);
        text.push(" AND ").name(&column.name).push(" NOT GLOB '[-+]*') AS TEXT)");
    });
    text.finish()
}

#[cfg(test)]
mod tests {
    use super::default_of_instant;

    #[test]
    fn defaults_are_brought_to_one_form() {
        for (said, made) in [
            ("current_timestamp", "strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now')"),
            ("datetime('now')", "strftime('%Y-%m-%d %H:%M:%f000+00:00', datetime('now'))"),
            ("'2024-01-01 00:00:00'", "'2024-01-01 00:00:00.000000+00:00'"),
            ("'2024-01-01T00:00:00Z'", "'2024-01-01 00:00:00.000000+00:00'"),
            ("'2024-01-01 00:00:00.5+00:00'", "'2024-01-01 00:00:00.5+00:00'"),
            ("NULL", "NULL"),
        ] {
            assert_eq!(default_of_instant(said), made);
        }
    }
}
