//! The information schema of MySQL and MariaDB.

use super::{
    Facts, action, add_to_index, add_to_reference, ask, check, literals, schemas, table_named,
    target_schema,
};
use crate::backend::Dialect;
use crate::ddl::table::{
    Catalog, Check, Column, ForeignKey, Generated, Index, SequenceName, Table, View, same_names,
};
use crate::error::Result;
use crate::schema::same_types::normal_type;
use crate::schema::tokens::{Token, tokens};
use crate::session::Session;

pub(super) fn read(session: &mut Session, wanted: &Catalog) -> Result<Catalog> {
    let dialect = session.dialect();
    let mut catalog = Catalog::default();
    let is_mariadb = is_mariadb(session)?;
    catalog.is_mariadb = is_mariadb;
    for schema in schemas(wanted) {
        let place = Place::of(dialect, wanted, schema, is_mariadb);
        place.tables(session, &mut catalog)?;
        place.columns(session, &mut catalog.tables)?;
        place.indexes(session, &mut catalog.tables)?;
        place.references(session, wanted, &mut catalog.tables)?;
        place.checks(session, &mut catalog.tables)?;
    }
    // A reference creates an index with its name if there is none, and the index is dropped with
    // it.
    for table in &mut catalog.tables {
        let like = wanted.table(dialect, table);
        for reference in &mut table.foreign_keys {
            let before = table.indexes.len();
            let is_wanted = like.is_some_and(|like| {
                let same = |it: &Index| same_names(dialect, &it.columns, &reference.columns);
                like.indexes.iter().any(same)
            });
            table.indexes.retain(|index| is_wanted || index.name != reference.name);
            reference.brought_index = table.indexes.len() < before;
        }
    }
    Ok(catalog)
}

pub(super) fn existing(session: &mut Session, wanted: &Catalog) -> Result<Catalog> {
    let dialect = session.dialect();
    let mut catalog = Catalog::default();
    for schema in schemas(wanted) {
        Place::of(dialect, wanted, schema, false).tables(session, &mut catalog)?;
    }
    Ok(catalog)
}

/// Returns `true` if the server is MariaDB rather than MySQL. Sends one statement.
pub(in crate::schema) fn is_mariadb(session: &mut Session) -> Result<bool> {
    let mut version = ask(session, "SELECT version()")?;
    Ok(version.next().is_some_and(|mut row| row.text().to_lowercase().contains("mariadb")))
}

/// Returns `true` if a column compares text differently from its table. The mapping compares
/// bytes.
fn compares_otherwise(own: &str, table: Option<&str>) -> bool {
    let kind = |collation: &str| collation.rsplit('_').next().unwrap_or_default().to_owned();
    kind(own) != "bin" && table.is_none_or(|table| kind(own) != kind(table))
}

/// A schema, and the conditions that find the wanted objects in it. The server reads only the
/// tables that are named.
struct Place {
    dialect: Dialect,
    schema: Option<String>,
    /// The schema as an SQL expression.
    literal: String,
    /// The names of the tables and sequences.
    names: String,
    is_mariadb: bool,
}

impl Place {
    fn of(dialect: Dialect, wanted: &Catalog, schema: Option<String>, is_mariadb: bool) -> Self {
        let tables = wanted.tables.iter().filter(|table| table.schema == schema);
        let sequences = wanted.sequences.iter().filter(|name| name.schema == schema);
        let names = tables.map(|table| table.name.as_str());
        let names = names.chain(sequences.map(|sequence| sequence.name.as_str()));
        // MySQL refuses to compare its names with one that contains a character which no name can
        // contain.
        let names = names.filter(|name| name.chars().all(|c| c <= '\u{FFFF}'));
        let literal =
            schema.as_ref().map_or("DATABASE()".to_owned(), |name| dialect.text_literal(name));
        Place { dialect, literal, names: literals(dialect, names), schema, is_mariadb }
    }

    /// Returns the condition on a view whose column names have this prefix.
    fn condition(&self, prefix: &str) -> String {
        format!(
            "{prefix}table_schema = {} AND {prefix}table_name IN ({})",
            self.literal, self.names
        )
    }

    fn tables(&self, session: &mut Session, catalog: &mut Catalog) -> Result<()> {
        let sql = format!(
            "SELECT table_name, table_type, table_comment, table_collation FROM \
             information_schema.tables WHERE {} ORDER BY table_name",
            self.condition("")
        );
        for mut row in ask(session, &sql)? {
            let (name, kind, schema) = (row.text(), row.text(), self.schema.clone());
            match kind.as_str() {
                "SEQUENCE" => catalog.sequences.push(SequenceName { schema, name }),
                _ => {
                    let view = kind.contains("VIEW").then(View::default);
                    let comment = row.maybe().filter(|it| !it.is_empty() && view.is_none());
                    let collation = row.maybe();
                    catalog.tables.push(Table {
                        schema,
                        name,
                        comment,
                        collation,
                        view,
                        ..Table::default()
                    });
                }
            }
        }
        Ok(())
    }

    fn columns(&self, session: &mut Session, tables: &mut [Table]) -> Result<()> {
        let sql = format!(
            "SELECT table_name, column_name, CAST(column_type AS CHAR), is_nullable, extra, \
             CAST(column_default AS CHAR), CAST(generation_expression AS CHAR), \
             CAST(column_comment AS CHAR), collation_name FROM information_schema.columns WHERE {} \
             ORDER BY table_name, ordinal_position",
            self.condition("")
        );
        for mut row in ask(session, &sql)? {
            let name = row.text();
            if let Some(table) = table_named(self.dialect, tables, &self.schema, &name) {
                let column = self.column(&mut row, table.collation.as_deref());
                table.columns.push(column);
            }
        }
        Ok(())
    }

    fn column(&self, row: &mut Facts, collation: Option<&str>) -> Column {
        let (name, sql_type) = (row.text(), normal_type(self.dialect, &row.text()));
        let (nullable, extra) = (row.flag(), row.text().to_lowercase());
        let default = row.maybe().map(|default| self.plain(&default));
        let computed = row.maybe().filter(|computed| !computed.is_empty());
        let generated = match (default, computed) {
            (_, Some(expression)) => Some(Generated::Computed {
                expression: self.plain(&expression),
                stored: extra.contains("stored") || extra.contains("persistent"),
            }),
            // MariaDB reports this for every nullable column.
            (Some(default), _) if self.is_mariadb && default == "NULL" => None,
            (Some(default), _) => Some(self.default(default, &extra)),
            (None, None) => None,
        };
        let (comment, own_collation) = (row.maybe(), row.maybe());
        Column {
            name,
            sql_type,
            nullable,
            identity: extra.contains("auto_increment"),
            generated,
            comment: comment.filter(|comment| !comment.is_empty()),
            collation: own_collation.clone().filter(|own| compares_otherwise(own, collation)),
            own_collation,
            ..Column::default()
        }
    }

    fn default(&self, default: String, extra: &str) -> Generated {
        if let [Token::Word(function), Token::Mark('('), .., Token::Name(name), Token::Mark(')')] =
            &tokens(self.dialect, &default)[..]
            && function.eq_ignore_ascii_case("nextval")
        {
            let name = name.clone();
            return Generated::Sequence(SequenceName { schema: self.schema.clone(), name });
        }
        // MySQL omits the quotes of a plain text.
        let is_plain = !self.is_mariadb && !extra.contains("default_generated");
        let is_word = default.parse::<f64>().is_err() && !default.starts_with("CURRENT_TIMESTAMP");
        let quoted = is_plain && is_word;
        Generated::Default(if quoted { self.dialect.text_literal(&default) } else { default })
    }

    /// Returns an expression as it was written.
    fn plain(&self, expression: &str) -> String {
        if self.is_mariadb { expression.to_owned() } else { unescaped(expression) }
    }

    fn indexes(&self, session: &mut Session, tables: &mut [Table]) -> Result<()> {
        let sql = format!(
            "SELECT table_name, index_name, CAST(non_unique AS CHAR), \
             CONCAT(IF(index_type IN ('BTREE', 'HASH'), '', CONCAT(index_type, ' ')), \
             COALESCE(column_name, '(expression)'), \
             COALESCE(CONCAT('(', sub_part, ')'), ''), IF(collation = 'D', ' DESC', '')) FROM information_schema.statistics WHERE {} \
             ORDER BY table_name, index_name, seq_in_index",
            self.condition("")
        );
        for mut row in ask(session, &sql)? {
            let table = row.text();
            let Some(table) = table_named(self.dialect, tables, &self.schema, &table) else {
                continue;
            };
            let (name, unique, column) = (row.text(), !row.flag(), row.text());
            if name == "PRIMARY" {
                table.key.push(column);
                table.key_name = Some(name);
                continue;
            }
            let (columns, condition) = (Vec::new(), None);
            let index = Index {
                name,
                columns,
                unique,
                condition,
                constraint: unique,
                nulls_not_distinct: false,
                sql: None,
            };
            add_to_index(table, column, index);
        }
        Ok(())
    }

    fn references(
        &self,
        session: &mut Session,
        wanted: &Catalog,
        tables: &mut [Table],
    ) -> Result<()> {
        let sql = format!(
            "SELECT k.table_name, k.constraint_name, k.column_name, k.referenced_table_schema, \
             CAST(k.referenced_table_schema = DATABASE() AS CHAR), k.referenced_table_name, \
             k.referenced_column_name, r.delete_rule, r.update_rule FROM information_schema.key_column_usage k \
             JOIN information_schema.referential_constraints r ON \
             r.constraint_schema = {} AND r.table_name = k.table_name AND \
             r.constraint_name = k.constraint_name WHERE {} AND \
             k.referenced_table_name IS NOT NULL ORDER BY k.table_name, k.constraint_name, \
             k.ordinal_position",
            self.literal,
            self.condition("k.")
        );
        for mut row in ask(session, &sql)? {
            let table = row.text();
            let Some(table) = table_named(self.dialect, tables, &self.schema, &table) else {
                continue;
            };
            let Some(like) = wanted.table(self.dialect, table) else { continue };
            let (name, column) = (row.text(), row.text());
            let (schema, is_own, target, to) = (row.text(), row.flag(), row.text(), row.text());
            let reference = ForeignKey {
                name,
                columns: Vec::new(),
                schema: target_schema(like, &target, schema, is_own),
                table: target,
                target: Vec::new(),
                on_delete: action(&row.text()),
                on_update: action(&row.text()),
                constraint: true,
                ..ForeignKey::default()
            };
            add_to_reference(table, column, to, reference);
        }
        Ok(())
    }

    fn checks(&self, session: &mut Session, tables: &mut [Table]) -> Result<()> {
        let sql = if self.is_mariadb {
            format!(
                "SELECT table_name, constraint_name, CAST(check_clause AS CHAR), level FROM \
                 information_schema.check_constraints WHERE constraint_schema = {} AND \
                 table_name IN ({}) ORDER BY table_name, constraint_name",
                self.literal, self.names
            )
        } else {
            format!(
                "SELECT t.table_name, t.constraint_name, CAST(c.check_clause AS CHAR), 'Table' FROM \
                 information_schema.table_constraints t JOIN information_schema.check_constraints c \
                 ON c.constraint_schema = t.constraint_schema AND \
                 c.constraint_name = t.constraint_name WHERE {} AND \
                 t.constraint_type = 'CHECK' ORDER BY t.table_name, t.constraint_name",
                self.condition("t.")
            )
        };
        for mut row in ask(session, &sql)? {
            let table = row.text();
            let Some(table) = table_named(self.dialect, tables, &self.schema, &table) else {
                continue;
            };
            let (name, condition) = (row.text(), self.plain(&row.text()));
            let of_column = row.text() == "Column";
            let is_json = condition == format!("json_valid(`{name}`)");
            let column = table.columns.iter_mut().find(|column| column.name == name);
            match column {
                // MariaDB's representation of JSON.
                Some(column) if is_json && column.sql_type == "LONGTEXT" => {
                    column.sql_type = "JSON".to_owned();
                    column.collation = None;
                }
                _ => {
                    let at = table.columns.iter().position(|column| column.name == name);
                    let column = at.filter(|_| of_column);
                    table.checks.push(Check { column, ..check(name, condition) });
                }
            }
        }
        Ok(())
    }
}

/// Removes the backslash that MySQL shows before each quote and each backslash in expressions.
pub(super) fn unescaped(expression: &str) -> String {
    let mut plain = String::with_capacity(expression.len());
    let mut chars = expression.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = chars.next_if(|&next| c == '\\' && matches!(next, '\\' | '\''));
        plain.push(escaped.unwrap_or(c));
    }
    plain
}

#[test]
fn an_expression_of_mysql_is_read_as_it_was_written() {
    assert_eq!(unescaped(r"_utf8mb4\'it\\\'s\'"), r"_utf8mb4'it\'s'");
    assert_eq!(unescaped(r"\d"), r"\d");
}
