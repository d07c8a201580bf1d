//! The text of a MySQL table, with the full definitions of its columns and indexes.
//!
//! MariaDB returns it. MySQL does not return it to prepared statements, and Diesel sends no others,
//! so there it is assembled from the catalogue.

use super::mysql_catalog::unescaped;
use super::{Facts, ask};
use crate::backend::Dialect;
use crate::ddl::table::Table;
use crate::error::Result;
use crate::session::Session;

/// Returns the text. Sends one statement on MariaDB, two on MySQL.
pub(super) fn text(
    session: &mut Session,
    table: &Table,
    is_mariadb: bool,
) -> Result<Option<String>> {
    let dialect = session.dialect();
    if is_mariadb {
        let mut sql = "SHOW CREATE TABLE ".to_owned();
        dialect.push_qualified(&mut sql, table.schema.as_deref(), &table.name);
        return Ok(ask(session, &sql)?.next().and_then(|mut row| {
            row.text();
            row.maybe()
        }));
    }
    let schema = table.schema.as_deref();
    let schema = schema.map_or("DATABASE()".to_owned(), |name| dialect.text_literal(name));
    let of_table =
        format!("table_schema = {schema} AND table_name = {}", dialect.text_literal(&table.name));
    let columns = format!(
        "SELECT column_name, CAST(column_type AS CHAR), character_set_name, collation_name, \
         CAST(generation_expression AS CHAR), is_nullable, CAST(srs_id AS CHAR), extra, \
         CAST(column_default AS CHAR), CAST(column_comment AS CHAR) FROM information_schema.columns \
         WHERE {of_table} ORDER BY ordinal_position"
    );
    let mut parts: Vec<String> =
        ask(session, &columns)?.map(|mut row| column(dialect, &mut row)).collect();
    let indexes = format!(
        "SELECT index_name, CAST(non_unique AS CHAR), index_type, CAST(index_comment AS CHAR), \
         is_visible, column_name, CAST(sub_part AS CHAR), collation, CAST(expression AS CHAR) FROM \
         information_schema.statistics WHERE {of_table} AND index_name <> 'PRIMARY' \
         ORDER BY index_name, seq_in_index"
    );
    let mut last: Option<(String, String, String)> = None;
    for mut row in ask(session, &indexes)? {
        let name = row.text();
        let (head, tail, part) = index_part(dialect, &name, &mut row);
        match &mut last {
            Some((known, text, _)) if *known == name => {
                *text += ", ";
                *text += &part;
            }
            _ => {
                let begun = last.replace((name, format!("{head}{part}"), tail));
                parts.extend(begun.map(|(_, text, tail)| text + &tail));
            }
        }
    }
    parts.extend(last.map(|(_, text, tail)| text + &tail));
    Ok(Some(format!("CREATE TABLE t (\n  {}\n)", parts.join(",\n  "))))
}

fn column(dialect: Dialect, row: &mut Facts) -> String {
    let mut text = String::new();
    dialect.push_name(&mut text, &row.text());
    text += " ";
    text += &row.text();
    if let (Some(characters), Some(collation)) = (row.maybe(), row.maybe()) {
        text += &format!(" CHARACTER SET {characters} COLLATE {collation}");
    }
    let computed = row.maybe().filter(|expression| !expression.is_empty());
    let (nullable, place, extra) = (row.flag(), row.maybe(), row.text());
    let extra = extra.to_uppercase();
    if let Some(expression) = &computed {
        let kept = if extra.contains("STORED") { "STORED" } else { "VIRTUAL" };
        text += &format!(" GENERATED ALWAYS AS ({}) {kept}", unescaped(expression));
    }
    text += if nullable { " NULL" } else { " NOT NULL" };
    text += &place.map_or(String::new(), |place| format!(" SRID {place}"));
    if extra.contains("INVISIBLE") {
        text += " INVISIBLE";
    }
    if let Some(default) = row.maybe().filter(|_| computed.is_none()) {
        text += " DEFAULT ";
        text += &match () {
            () if extra.contains("DEFAULT_GENERATED") => {
                let is_now = default.to_uppercase().starts_with("CURRENT_TIMESTAMP");
                if is_now { default } else { format!("({})", unescaped(&default)) }
            }
            () if default.starts_with("b'") || default.starts_with("0x") => default,
            () => dialect.text_literal(&default),
        };
    }
    if let Some((_, rest)) = extra.split_once("ON UPDATE ") {
        let time = rest.split(' ').next().unwrap_or_default();
        text += &format!(" ON UPDATE {time}");
    }
    if extra.contains("AUTO_INCREMENT") {
        text += " AUTO_INCREMENT";
    }
    match row.text() {
        comment if comment.is_empty() => text,
        comment => text + " COMMENT " + &dialect.text_literal(&comment),
    }
}

/// Returns the text before and after the parts of an index, and one part.
fn index_part(dialect: Dialect, name: &str, row: &mut Facts) -> (String, String, String) {
    let (unique, kind, comment, visible) = (!row.flag(), row.text(), row.text(), row.flag());
    let mut head = match kind.as_str() {
        "FULLTEXT" | "SPATIAL" => format!("{kind} KEY "),
        _ if unique => "UNIQUE KEY ".to_owned(),
        _ => "KEY ".to_owned(),
    };
    dialect.push_name(&mut head, name);
    head += " (";
    let mut tail = ")".to_owned();
    if !comment.is_empty() {
        tail += &format!(" COMMENT {}", dialect.text_literal(&comment));
    }
    tail += if visible { "" } else { " INVISIBLE" };
    let (column, length, order) = (row.maybe(), row.maybe(), row.text());
    let mut part = String::new();
    match column {
        Some(column) => dialect.push_name(&mut part, &column),
        None => part = format!("({})", unescaped(&row.text())),
    }
    part += &length.map_or(String::new(), |length| format!("({length})"));
    part += if order == "D" { " DESC" } else { "" };
    (head, tail, part)
}
