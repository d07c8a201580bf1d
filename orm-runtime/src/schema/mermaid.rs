//! The mapping as a Mermaid diagram, which many viewers render from text.

use super::table_order::leads_to;
use crate::backend::Dialect;
use crate::ddl::table::{Column, ForeignKey, Table};

/// Returns an `erDiagram`, with a box for each table and a line for each reference.
pub(super) fn mermaid(dialect: Dialect, tables: &[Table]) -> String {
    let mut text = "erDiagram\n".to_owned();
    for table in tables {
        text += &format!("    {} {{\n", table.entity);
        for column in &table.columns {
            let marks = marks(table, column);
            let marks = if marks.is_empty() { marks } else { format!(" {marks}") };
            let comment = column.comment.as_deref().map_or(String::new(), |comment| {
                format!(" \"{}\"", comment.replace('"', "'").replace(['\r', '\n'], " "))
            });
            let (ty, name) = (word(&short_type(column)), word(&column.name));
            text += &format!("        {ty} {name}{marks}{comment}\n");
        }
        text += "    }\n";
    }
    for table in tables {
        for reference in &table.foreign_keys {
            let target = tables.iter().find(|to| leads_to(dialect, reference, to));
            let target = target.map_or_else(|| word(&reference.table), |to| to.entity.to_owned());
            let one = if may_be_missing(table, reference) { "|o" } else { "||" };
            let same = |columns: &[String]| {
                columns.len() == reference.columns.len()
                    && columns.iter().all(|column| reference.columns.contains(column))
            };
            let at_most_one = same(&table.key) || is_unique(table, &same);
            let many = if at_most_one { "o|" } else { "o{" };
            let label = match reference.of_kind {
                true => "kind".to_owned(),
                false => reference.columns.join(", ").replace('"', "'"),
            };
            text += &format!("    {target} {one}--{many} {} : \"{label}\"\n", table.entity);
        }
    }
    text
}

/// Returns `PK`, `FK` and `UK`, separated by commas.
pub(super) fn marks(table: &Table, column: &Column) -> String {
    let has = |columns: &[String]| columns.contains(&column.name);
    let only = |columns: &[String]| matches!(columns, [only] if *only == column.name);
    let marks = [
        (has(&table.key), "PK"),
        (table.foreign_keys.iter().any(|reference| has(&reference.columns)), "FK"),
        (is_unique(table, &only), "UK"),
    ];
    let marks: Vec<&str> = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
    marks.join(",")
}

/// Returns the type for people: an enumeration without quotes.
pub(super) fn short_type(column: &Column) -> String {
    column.sql_type.replace('"', "")
}

/// Returns `true` if a row may lack the reference.
pub(super) fn may_be_missing(table: &Table, reference: &ForeignKey) -> bool {
    let own = table.columns.iter().filter(|column| reference.columns.contains(&column.name));
    own.into_iter().any(|column| column.nullable)
}

/// Returns `true` if a unique constraint on such columns distinguishes all rows.
fn is_unique(table: &Table, such: &dyn Fn(&[String]) -> bool) -> bool {
    let rules = table.indexes.iter().filter(|index| index.unique && index.condition.is_none());
    rules.into_iter().any(|index| such(&index.columns))
}

/// Converts a string to a single Mermaid word.
fn word(text: &str) -> String {
    let kept = |c: char| c.is_alphanumeric() || matches!(c, '_' | '(' | ')' | '[' | ']');
    let text = text.replace(", ", "-").replace(',', "-");
    let word: String = text.chars().map(|c| if kept(c) || c == '-' { c } else { '_' }).collect();
    if word.starts_with(char::is_alphabetic) { word } else { format!("x{word}") }
}
