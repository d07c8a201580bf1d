//! SQLite's schema table, and the results of its pragmas as tables.

use super::{
    Facts, action, add_to_index, add_to_reference, ask, check, literals, schemas, table_named,
};
use crate::backend::{Dialect, SEQUENCES};
use crate::ddl::table::{
    Catalog, Column, ForeignKey, Generated, Index, SequenceName, Table, View, same_name, same_names,
};
use crate::error::Result;
use crate::schema::clauses::{Clause, Kind};
use crate::schema::edit::target;
use crate::schema::same_types::normal_type;
use crate::schema::table_text::TableText;
use crate::schema::tokens::pieces;
use crate::session::Session;

pub(super) fn read(session: &mut Session, wanted: &Catalog) -> Result<Catalog> {
    let dialect = session.dialect();
    let mut catalog = Catalog::default();
    for schema in schemas(wanted) {
        let place = Place::of(dialect, wanted, schema);
        place.objects(session, wanted, &mut catalog)?;
        place.columns(session, &mut catalog.tables)?;
        place.indexes(session, &mut catalog.tables)?;
        place.references(session, &mut catalog.tables)?;
    }
    for table in &mut catalog.tables {
        if let Some(like) = wanted.table(dialect, table) {
            find_sequences(table, like);
        }
    }
    Ok(catalog)
}

pub(super) fn existing(session: &mut Session, wanted: &Catalog) -> Result<Catalog> {
    let dialect = session.dialect();
    let mut catalog = Catalog::default();
    for schema in schemas(wanted) {
        let place = Place::of(dialect, wanted, schema);
        for mut row in ask(session, &format!("SELECT m.name FROM {}", place.tables))? {
            let (schema, name) = (place.schema.clone(), row.text());
            catalog.tables.push(Table { schema, name, ..Table::default() });
        }
    }
    Ok(catalog)
}

/// A database file, and the wanted tables in it.
struct Place {
    dialect: Dialect,
    schema: Option<String>,
    /// The tables as a relation `m`.
    tables: String,
    /// The file as a literal.
    literal: String,
    master: String,
    names: String,
}

impl Place {
    fn of(dialect: Dialect, wanted: &Catalog, schema: Option<String>) -> Self {
        let file = schema.as_deref().unwrap_or("main");
        let mut master = String::new();
        dialect.push_qualified(&mut master, Some(file), "sqlite_master");
        let wanted = wanted.tables.iter().filter(|table| table.schema == schema);
        let lower: Vec<String> = wanted.map(|table| table.name.to_ascii_lowercase()).collect();
        let names = literals(dialect, lower.iter().map(String::as_str));
        let literal = dialect.text_literal(file);
        let tables = format!(
            "(SELECT name FROM {master} WHERE type IN ('table', 'view') AND lower(name) IN ({names})) m"
        );
        Place { dialect, schema, tables, literal, master, names }
    }

    /// Reads tables, indexes and triggers with their SQL text.
    fn objects(
        &self,
        session: &mut Session,
        wanted: &Catalog,
        catalog: &mut Catalog,
    ) -> Result<()> {
        let sql = format!(
            "SELECT type, name, tbl_name, sql FROM {} WHERE lower(tbl_name) IN ({}, '{SEQUENCES}') \
             ORDER BY CASE WHEN type IN ('table', 'view') THEN 0 ELSE 1 END, rowid",
            self.master, self.names
        );
        let mut counts = false;
        for mut row in ask(session, &sql)? {
            let (kind, name, table, sql) = (row.text(), row.text(), row.text(), row.text());
            if kind == "table" && table == SEQUENCES {
                counts = true;
            } else if kind == "table" || kind == "view" {
                let view = (kind == "view").then(View::default);
                let schema = self.schema.clone();
                let sql = Some(sql).filter(|_| view.is_none());
                let mut table = Table { schema, name, sql, view, ..Table::default() };
                read_text(self.dialect, &mut table);
                catalog.tables.push(table);
            } else if let Some(table) =
                table_named(self.dialect, &mut catalog.tables, &self.schema, &table)
            {
                match kind.as_str() {
                    "trigger" => table.triggers.push((name, sql)),
                    _ => table.indexes.push(Index {
                        name,
                        columns: Vec::new(),
                        unique: false,
                        condition: index_condition(self.dialect, &sql),
                        constraint: sql.is_empty(),
                        nulls_not_distinct: false,
                        sql: Some(sql).filter(|sql| !sql.is_empty()),
                    }),
                }
            }
        }
        if counts { self.sequences(session, wanted, catalog) } else { Ok(()) }
    }

    fn sequences(
        &self,
        session: &mut Session,
        wanted: &Catalog,
        catalog: &mut Catalog,
    ) -> Result<()> {
        let mut sql = "SELECT name FROM ".to_owned();
        self.dialect.push_qualified(&mut sql, self.schema.as_deref(), SEQUENCES);
        for mut row in ask(session, &sql)? {
            let sequence = SequenceName { schema: self.schema.clone(), name: row.text() };
            if wanted.sequences.contains(&sequence) {
                catalog.sequences.push(sequence);
            }
        }
        Ok(())
    }

    fn columns(&self, session: &mut Session, tables: &mut [Table]) -> Result<()> {
        let sql = format!(
            "SELECT m.name, x.name, x.type, x.\"notnull\", x.dflt_value, x.pk, x.hidden FROM {}, \
             pragma_table_xinfo(m.name, {}) x ORDER BY m.name, x.cid",
            self.tables, self.literal
        );
        let mut keys: Vec<(String, usize, String)> = Vec::new();
        for mut row in ask(session, &sql)? {
            let table = row.text();
            let Some(table) = table_named(self.dialect, tables, &self.schema, &table) else {
                continue;
            };
            let (column, part) = column(self.dialect, &mut row, &table.columns);
            if part > 0 {
                keys.push((table.name.clone(), part, column.name.clone()));
            }
            // The text of the table was read first, with its computed columns.
            match table.columns.iter_mut().find(|other| other.name == column.name) {
                Some(known) => *known = column,
                None => table.columns.push(column),
            }
        }
        keys.sort();
        for (table, _, column) in keys {
            if let Some(table) = table_named(self.dialect, tables, &self.schema, &table) {
                table.key.push(column);
            }
        }
        for table in tables {
            let text = table.sql.as_deref().and_then(|sql| TableText::read(self.dialect, sql));
            let numbers = |text: &TableText| {
                let key = text.clauses().find(|(_, clause)| clause.kind == Kind::PrimaryKey);
                let backwards = key.is_some_and(|(column, clause)| {
                    column.is_some() && clause.says(self.dialect, "DESC")
                });
                !backwards && !says(self.dialect, &text.tail, "ROWID")
            };
            // The rowid is never NULL.
            if let [only] = &table.key[..]
                && let Some(column) = table.columns.iter_mut().find(|column| column.name == *only)
                && column.sql_type == "INTEGER"
                && text.as_ref().is_none_or(numbers)
            {
                column.nullable = false;
                column.identity = true;
            }
        }
        Ok(())
    }

    fn indexes(&self, session: &mut Session, tables: &mut [Table]) -> Result<()> {
        let sql = format!(
            "SELECT m.name, l.name, l.\"unique\", l.origin, i.name, i.\"desc\", i.coll FROM {}, \
             pragma_index_list(m.name, {literal}) l, pragma_index_xinfo(l.name, {literal}) i \
             WHERE i.key = 1 ORDER BY m.name, l.name, i.seqno",
            self.tables,
            literal = self.literal
        );
        for mut row in ask(session, &sql)? {
            let table = row.text();
            let Some(table) = table_named(self.dialect, tables, &self.schema, &table) else {
                continue;
            };
            let (name, unique, origin) = (row.text(), row.flag(), row.text());
            let column = row.maybe();
            let own = column.as_ref().and_then(|column| table.column(self.dialect, column));
            let own = own.and_then(|column| column.collation.clone());
            let mut column = column.unwrap_or_else(|| "(expression)".to_owned());
            let (descends, collation) = (row.flag(), row.text());
            if !collation.eq_ignore_ascii_case(own.as_deref().unwrap_or("BINARY")) {
                column = format!("{column} COLLATE {collation}");
            }
            column += if descends { " DESC" } else { "" };
            if origin == "pk" {
                table.indexes.retain(|index| index.name != name);
                continue;
            }
            if let Some(index) = table.indexes.iter_mut().find(|index| index.name == name) {
                index.unique = unique;
            }
            let (columns, condition) = (Vec::new(), None);
            let index = Index {
                name,
                columns,
                unique,
                condition,
                constraint: true,
                nulls_not_distinct: false,
                sql: None,
            };
            add_to_index(table, column, index);
        }
        Ok(())
    }

    fn references(&self, session: &mut Session, tables: &mut [Table]) -> Result<()> {
        let sql = format!(
            "SELECT m.name, f.id, f.\"from\", f.\"table\", f.\"to\", f.on_delete, f.on_update FROM {}, \
             pragma_foreign_key_list(m.name, {}) f ORDER BY m.name, f.id DESC, f.seq",
            self.tables, self.literal
        );
        for mut row in ask(session, &sql)? {
            let table = row.text();
            let keys: Vec<(String, Vec<String>)> =
                tables.iter().map(|table| (table.name.clone(), table.key.clone())).collect();
            let Some(table) = table_named(self.dialect, tables, &self.schema, &table) else {
                continue;
            };
            let (name, column, target, to) = (row.text(), row.text(), row.text(), row.maybe());
            let place = table.foreign_keys.iter().find(|other| other.name == name);
            let place = place.map_or(0, |known| known.columns.len());
            // Without column names the reference points to the primary key.
            let to = to.or_else(|| {
                let key = keys.iter().find(|(table, _)| same_name(self.dialect, table, &target));
                key.and_then(|(_, key)| key.get(place).cloned())
            });
            let reference = ForeignKey {
                name,
                columns: Vec::new(),
                schema: None,
                table: target,
                target: Vec::new(),
                on_delete: action(&row.text()),
                on_update: action(&row.text()),
                constraint: true,
                ..ForeignKey::default()
            };
            add_to_reference(table, column, to.unwrap_or_default(), reference);
        }
        tables.iter_mut().for_each(|table| name_references(self.dialect, table));
        Ok(())
    }
}

fn column(dialect: Dialect, row: &mut Facts, known: &[Column]) -> (Column, usize) {
    let (name, sql_type) = (row.text(), normal_type(dialect, &row.text()));
    let (nullable, default, part) = (!row.flag(), row.maybe(), row.number());
    let hidden = row.text();
    let known = known.iter().find(|other| other.name == name);
    let computed = known.and_then(|column| column.generated.clone());
    let collation = known.and_then(|column| column.collation.clone());
    let generated = match (computed, default) {
        (Some(Generated::Computed { expression, .. }), _) => {
            Some(Generated::Computed { expression, stored: hidden == "3" })
        }
        (_, default) => default.map(Generated::Default),
    };
    (Column { name, sql_type, nullable, generated, collation, ..Column::default() }, part)
}

/// Reads the names of references. SQLite numbers them; their names, and when they are checked, are
/// only in its text.
fn name_references(dialect: Dialect, table: &mut Table) {
    let text = table.sql.as_deref().and_then(|sql| TableText::read(dialect, sql));
    let Some(text) = text else { return };
    for (column, clause) in text.clauses().filter(|(_, it)| it.kind == Kind::References) {
        let columns = text.columns_of(column.map(|column| column.name.as_str()), clause);
        let Some(target) = target(dialect, clause) else { continue };
        let reference = table.foreign_keys.iter_mut().find(|reference| {
            same_names(dialect, &reference.columns, &columns)
                && same_name(dialect, &reference.table, &target)
        });
        let Some(reference) = reference else { continue };
        reference.name = clause.name.clone().unwrap_or_default();
        reference.deferrable = deferrable(dialect, clause);
    }
}

/// Returns when a reference is checked. SQLite defers only references that are INITIALLY DEFERRED.
fn deferrable(dialect: Dialect, clause: &Clause) -> Option<bool> {
    let pieces = pieces(dialect, &clause.text);
    let denied = pieces.windows(2).any(|it| it[0].is("NOT") && it[1].is("DEFERRABLE"));
    let says = |word: &str| pieces.iter().any(|piece| piece.is(word));
    (!denied && says("DEFERRABLE") && says("DEFERRED")).then_some(true)
}

fn says(dialect: Dialect, text: &str, word: &str) -> bool {
    pieces(dialect, text).iter().any(|piece| piece.is(word))
}

/// Finds columns with sequences: their triggers do what the ORM's triggers do.
fn find_sequences(table: &mut Table, like: &Table) {
    for (column, (name, body)) in sequences(like).zip(&like.triggers) {
        let there = table.triggers.iter().any(|(other, sql)| other == name && sql.ends_with(body));
        if let Some(found) = table.columns.iter_mut().find(|found| found.name == column.0)
            && there
        {
            found.generated = Some(Generated::Sequence(column.1.clone()));
        }
    }
}

/// Returns the columns with sequences, in the order of their triggers.
fn sequences(table: &Table) -> impl Iterator<Item = (&str, &SequenceName)> {
    table.columns.iter().filter_map(|column| match &column.generated {
        Some(Generated::Sequence(sequence)) => Some((column.name.as_str(), sequence)),
        _ => None,
    })
}

/// Reads what only the text of a table contains: its CHECKs, the expressions of its computed
/// columns, and its collations.
fn read_text(dialect: Dialect, table: &mut Table) {
    let Some(text) = table.sql.as_deref().and_then(|sql| TableText::read(dialect, sql)) else {
        return;
    };
    for (column, clause) in text.clauses() {
        let inside = || clause.inside(dialect).unwrap_or_default().to_owned();
        match (column, clause.kind) {
            (_, Kind::Check) => {
                table.checks.push(check(clause.name.clone().unwrap_or_default(), inside()));
            }
            (Some(column), Kind::Computed) => {
                let computed = Generated::Computed { expression: inside(), stored: false };
                known(table, &column.name).generated = Some(computed);
            }
            (Some(column), Kind::Collation) => {
                let collation = clause.last_name(dialect);
                let collation = collation.filter(|it| !it.eq_ignore_ascii_case("BINARY"));
                known(table, &column.name).collation = collation;
            }
            _ => {}
        }
    }
}

/// Returns a column, which is created if necessary.
fn known<'t>(table: &'t mut Table, name: &str) -> &'t mut Column {
    let at = table.columns.iter().position(|column| column.name == name);
    let at = at.unwrap_or_else(|| {
        table.columns.push(Column { name: name.to_owned(), ..Column::default() });
        table.columns.len() - 1
    });
    &mut table.columns[at]
}

/// Returns the text that follows WHERE in the text of an index.
fn index_condition(dialect: Dialect, sql: &str) -> Option<String> {
    let mut depth = 0;
    for piece in pieces(dialect, sql) {
        if piece.is_mark('(') {
            depth += 1;
        } else if piece.is_mark(')') {
            depth -= 1;
        } else if depth == 0 && piece.is("WHERE") {
            return Some(sql[piece.end..].trim().to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_and_computed_columns_are_read_from_the_text() {
        let sql = "CREATE TABLE \"t(\" (a INTEGER CHECK (a > (1)), [b c] INT AS (a || ')') STORED,\n\
                   CONSTRAINT \"x\"\"y\" CHECK (a <> ',' /* , */ OR b), d AS (1))";
        let mut table = Table { sql: Some(sql.to_owned()), ..Table::default() };
        read_text(Dialect::Sqlite, &mut table);
        let checks: Vec<_> =
            table.checks.iter().map(|c| (c.name.as_str(), c.condition.as_str())).collect();
        assert_eq!(checks, [("", "a > (1)"), ("x\"y", "a <> ',' /* , */ OR b")]);
        let names: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["b c", "d"]);
        assert_eq!(
            table.columns[0].generated,
            Some(Generated::Computed { expression: "a || ')'".to_owned(), stored: false })
        );
    }

    #[test]
    fn the_condition_of_an_index_is_read_from_the_text() {
        let sql = "CREATE INDEX \"where\" ON t (a, (b WHERE c)) WHERE a > 1";
        let condition = |sql| index_condition(Dialect::Sqlite, sql);
        assert_eq!(condition(sql).as_deref(), Some("a > 1"));
        assert_eq!(condition("CREATE INDEX i ON t (a)"), None);
    }
}
