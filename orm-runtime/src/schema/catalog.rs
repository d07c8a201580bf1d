//! The tables of a database, read from its catalogue.
//!
//! The number of statements does not depend on the number of tables: four or five for each schema
//! on SQLite, three to five on PostgreSQL, and on MySQL five for each schema and one for its
//! version.

mod mysql_catalog;
mod mysql_text;
mod postgres_catalog;
mod sqlite_catalog;

use crate::backend::{CatalogKind, Dialect};
use crate::ddl::table::{Action, Catalog, Check, ForeignKey, Index, Table, same_name};
use crate::error::Result;
use crate::session::Session;

/// Reads the wanted objects that exist.
pub(super) fn read(session: &mut Session, wanted: &Catalog) -> Result<Catalog> {
    match session.dialect().definitions().catalog {
        CatalogKind::Texts => sqlite_catalog::read(session, wanted),
        CatalogKind::PgCatalog => postgres_catalog::read(session, wanted),
        CatalogKind::InformationSchema => mysql_catalog::read(session, wanted),
    }
}

/// Returns the tables and views that exist, by their names alone. Sends one statement, or on SQLite
/// and MySQL one for each schema.
pub(super) fn existing(session: &mut Session, wanted: &Catalog) -> Result<Catalog> {
    match session.dialect().definitions().catalog {
        CatalogKind::Texts => sqlite_catalog::existing(session, wanted),
        CatalogKind::PgCatalog => postgres_catalog::existing(session, wanted),
        CatalogKind::InformationSchema => mysql_catalog::existing(session, wanted),
    }
}

/// Returns MySQL's text of a table, with the full definitions of its columns and indexes. Sends one
/// statement on MariaDB, two on MySQL.
pub(super) fn text(session: &mut Session, found: &Catalog, at: usize) -> Result<Option<String>> {
    mysql_text::text(session, &found.tables[at], found.is_mariadb)
}

pub(super) use mysql_catalog::is_mariadb;

/// One row of the catalogue, read from the left.
struct Facts(std::vec::IntoIter<Option<String>>);

impl Facts {
    fn text(&mut self) -> String {
        self.maybe().unwrap_or_default()
    }

    fn maybe(&mut self) -> Option<String> {
        self.0.next().flatten()
    }

    fn flag(&mut self) -> bool {
        matches!(self.text().as_str(), "1" | "t" | "true" | "YES")
    }

    fn number(&mut self) -> usize {
        self.text().parse().unwrap_or_default()
    }
}

fn ask(session: &mut Session, sql: &str) -> Result<impl Iterator<Item = Facts> + use<>> {
    let rows = session.read_texts(sql)?;
    Ok(rows.into_iter().map(|row| Facts(row.into_iter())))
}

/// Returns the schemas of the wanted tables, each once.
fn schemas(wanted: &Catalog) -> Vec<Option<String>> {
    let mut schemas: Vec<Option<String>> = Vec::new();
    let sequences = wanted.sequences.iter().map(|sequence| &sequence.schema);
    for schema in wanted.tables.iter().map(|table| &table.schema).chain(sequences) {
        if !schemas.contains(schema) {
            schemas.push(schema.clone());
        }
    }
    schemas
}

/// Returns literals separated by commas.
fn literals<'a>(dialect: Dialect, names: impl Iterator<Item = &'a str>) -> String {
    let literals: Vec<String> = names.map(|name| dialect.text_literal(name)).collect();
    // An empty list is not valid SQL.
    if literals.is_empty() { "NULL".to_owned() } else { literals.join(", ") }
}

/// Returns the table of a row, among those that were read from a schema.
fn table_named<'t>(
    dialect: Dialect,
    tables: &'t mut [Table],
    schema: &Option<String>,
    name: &str,
) -> Option<&'t mut Table> {
    tables.iter_mut().find(|table| table.schema == *schema && same_name(dialect, &table.name, name))
}

/// Adds a column to the index with this name, which is created if necessary.
fn add_to_index(table: &mut Table, column: String, index: Index) {
    match table.indexes.iter_mut().find(|other| other.name == index.name) {
        Some(known) => known.columns.push(column),
        None => table.indexes.push(Index { columns: vec![column], ..index }),
    }
}

/// Adds a pair of columns to the reference with this name, which is created if necessary.
fn add_to_reference(table: &mut Table, column: String, target: String, reference: ForeignKey) {
    let known = table.foreign_keys.iter_mut().find(|other| other.name == reference.name);
    match known {
        Some(known) => {
            known.columns.push(column);
            known.target.push(target);
        }
        None => table.foreign_keys.push(ForeignKey {
            columns: vec![column],
            target: vec![target],
            ..reference
        }),
    }
}

fn check(name: String, condition: String) -> Check {
    Check { name, condition, codes: None, column: None }
}

/// Reads the action of a reference.
fn action(rule: &str) -> Action {
    match rule.to_uppercase().as_str() {
        "CASCADE" | "C" => Action::Cascade,
        "SET NULL" | "N" => Action::SetNull,
        "SET DEFAULT" | "D" => Action::SetDefault,
        _ => Action::Refuse,
    }
}

/// Returns the schema of a reference's target as the mapping would write it: `None` if the search
/// path finds it.
fn target_schema(wanted: &Table, target: &str, schema: String, found: bool) -> Option<String> {
    let mut same = wanted.foreign_keys.iter().filter(|other| other.table == target);
    let named = same.any(|other| other.schema.is_some());
    (named || !found).then_some(schema)
}
