//! PostgreSQL's catalogue.

use super::{Facts, action, add_to_index, add_to_reference, ask, check, literals, target_schema};
use crate::backend::{Dialect, TableName};
use crate::ddl::table::{
    Catalog, Column, EnumType, ForeignKey, Generated, Index, SequenceName, Table, View,
};
use crate::error::Result;
use crate::schema::same_types::normal_type;
use crate::session::Session;

pub(super) fn read(session: &mut Session, wanted: &Catalog) -> Result<Catalog> {
    let mut tables: Vec<Option<Table>> = wanted.tables.iter().map(|_| None).collect();
    if !wanted.tables.is_empty() {
        columns(session, wanted, &mut tables)?;
        constraints(session, wanted, &mut tables)?;
        indexes(session, wanted, &mut tables)?;
    }
    Ok(Catalog {
        tables: tables.into_iter().flatten().collect(),
        types: types(session, wanted)?,
        sequences: sequences(session, wanted)?,
        is_mariadb: false,
    })
}

pub(super) fn existing(session: &mut Session, wanted: &Catalog) -> Result<Catalog> {
    let sql = format!(
        "{} SELECT n::text FROM wanted WHERE oid IS NOT NULL ORDER BY n",
        wanted_tables(session.dialect(), wanted)
    );
    let rows = ask(session, &sql)?;
    let tables = rows.filter_map(|mut row| wanted.tables.get(row.number()).cloned()).collect();
    Ok(Catalog { tables, ..Catalog::default() })
}

/// Returns the numbers of the tables, as the search path finds them.
fn wanted_tables(dialect: Dialect, wanted: &Catalog) -> String {
    let names = wanted.tables.iter().map(|table| (table.schema.as_deref(), table.name.as_str()));
    format!("WITH wanted (n, oid) AS ({})", numbered(dialect, names))
}

fn numbered<'a>(
    dialect: Dialect,
    names: impl Iterator<Item = (Option<&'a str>, &'a str)>,
) -> String {
    let rows = names.enumerate().map(|(n, (schema, name))| {
        let quoted = TableName { schema, name }.quoted(dialect);
        format!("({n}, to_regclass({})::oid)", dialect.text_literal(&quoted))
    });
    format!("VALUES {}", rows.collect::<Vec<_>>().join(", "))
}

fn columns(session: &mut Session, wanted: &Catalog, tables: &mut [Option<Table>]) -> Result<()> {
    // The name of an enumeration is always quoted, as the mapping writes it.
    let sql = format!(
        "{} SELECT w.n::text, obj_description(w.oid, 'pg_class'), a.attname::text, \
         CASE WHEN t.typtype = 'e' THEN '\"' || replace(t.typname, '\"', '\"\"') || '\"' \
         WHEN e.typtype = 'e' THEN '\"' || replace(e.typname, '\"', '\"\"') || '\"[]' \
         ELSE format_type(a.atttypid, a.atttypmod) END, \
         a.attnotnull::text, (a.attidentity <> '')::text, (a.attgenerated <> '')::text, \
         pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum), \
         CASE WHEN a.attcollation <> t.typcollation THEN (SELECT quote_ident(o.collname) FROM \
         pg_collation o WHERE o.oid = a.attcollation) END, \
         CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN' \
         WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END, \
         CASE to_jsonb(a) ->> 'attcompression' WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END, \
         (a.attacl IS NOT NULL)::text, \
         (r.relkind IN ('v', 'm'))::text FROM wanted w JOIN pg_class r ON r.oid = w.oid JOIN pg_attribute a ON a.attrelid = w.oid AND a.attnum > 0 AND \
         NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type e ON \
         e.oid = t.typelem AND t.typcategory = 'A' LEFT JOIN pg_attrdef d ON \
         d.adrelid = a.attrelid AND d.adnum = a.attnum ORDER BY w.n, a.attnum",
        wanted_tables(session.dialect(), wanted)
    );
    let dialect = session.dialect();
    for mut row in ask(session, &sql)? {
        let (n, comment) = (row.number(), row.maybe());
        let (Some(table), Some(like)) = (tables.get_mut(n), wanted.tables.get(n)) else { continue };
        let table = table.get_or_insert_with(|| Table {
            schema: like.schema.clone(),
            name: like.name.clone(),
            comment,
            ..Table::default()
        });
        table.columns.push(column(dialect, &mut row));
        table.view = row.flag().then(View::default);
    }
    Ok(())
}

fn column(dialect: Dialect, row: &mut Facts) -> Column {
    let name = row.text();
    let sql_type = normal_type(dialect, &row.text());
    let nullable = !row.flag();
    let (identity, computed) = (row.flag(), row.flag());
    let counted_by = |expression: &str| (dialect.comparison().counted_by?)(expression);
    let generated = row.maybe().map(|expression| match counted_by(&expression) {
        _ if computed => Generated::Computed { expression, stored: true },
        Some((schema, name)) => Generated::Sequence(SequenceName { schema, name }),
        None => Generated::Default(expression),
    });
    let (comment, collation) = (row.maybe(), row.maybe());
    let storage = row.maybe().map(|storage| format!("SET STORAGE {storage}"));
    let compression = row.maybe().map(|method| format!("SET COMPRESSION {method}"));
    let settings = storage.into_iter().chain(compression).collect();
    Column {
        name,
        sql_type,
        nullable,
        identity,
        generated,
        comment,
        collation,
        settings,
        granted: row.flag(),
        ..Column::default()
    }
}

fn constraints(
    session: &mut Session,
    wanted: &Catalog,
    tables: &mut [Option<Table>],
) -> Result<()> {
    let sql = format!(
        "{} SELECT w.n::text, c.contype::text, c.conname::text, a.attname::text, \
         CASE WHEN s.nspname LIKE 'pg\\_temp\\_%' THEN 'pg_temp' ELSE s.nspname::text END, \
         r.relname::text, pg_table_is_visible(r.oid)::text, f.attname::text, \
         c.confdeltype::text, c.confupdtype::text, CASE WHEN c.condeferrable THEN c.condeferred::text END, CASE WHEN c.contype = 'c' THEN pg_get_expr(c.conbin, c.conrelid) END \
         FROM wanted w JOIN pg_constraint c ON c.conrelid = w.oid AND c.contype IN ('p', 'f', 'c') \
         LEFT JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY k (own, target, place) \
         ON c.contype <> 'c' LEFT JOIN pg_attribute a ON a.attrelid = c.conrelid AND \
         a.attnum = k.own LEFT JOIN pg_class r ON r.oid = c.confrelid LEFT JOIN pg_namespace s ON \
         s.oid = r.relnamespace LEFT JOIN pg_attribute f ON f.attrelid = c.confrelid AND \
         f.attnum = k.target ORDER BY w.n, c.conname, k.place",
        wanted_tables(session.dialect(), wanted)
    );
    for mut row in ask(session, &sql)? {
        let n = row.number();
        let (Some(Some(table)), Some(like)) = (tables.get_mut(n), wanted.tables.get(n)) else {
            continue;
        };
        let (kind, name, column) = (row.text(), row.text(), row.text());
        let (schema, target, visible) = (row.text(), row.text(), row.flag());
        match kind.as_str() {
            "p" => {
                table.key.push(column);
                table.key_name = Some(name);
            }
            "f" => {
                let (to, on_delete, on_update) = (row.text(), row.text(), row.text());
                let reference = ForeignKey {
                    name,
                    columns: Vec::new(),
                    schema: target_schema(like, &target, schema, visible),
                    table: target,
                    target: Vec::new(),
                    on_delete: action(&on_delete),
                    on_update: action(&on_update),
                    deferrable: row.maybe().map(|deferred| deferred == "true"),
                    constraint: true,
                    ..ForeignKey::default()
                };
                add_to_reference(table, column, to, reference);
            }
            _ => {
                let _ = (row.maybe(), row.maybe(), row.maybe(), row.maybe());
                table.checks.push(check(name, row.text()));
            }
        }
    }
    Ok(())
}

fn indexes(session: &mut Session, wanted: &Catalog, tables: &mut [Option<Table>]) -> Result<()> {
    // An index that the mapping cannot declare is distinguished from one over plain columns.
    let sql = format!(
        "{} SELECT w.n::text, i.relname::text, x.indisunique::text, \
         pg_get_expr(x.indpred, x.indrelid), EXISTS (SELECT 1 FROM pg_constraint c WHERE \
         c.conindid = x.indexrelid AND c.contype IN ('u', 'x'))::text, CASE WHEN \
         m.amname = 'btree' THEN coalesce(a.attname::text, pg_get_indexdef(x.indexrelid, k, true)) \
         ELSE m.amname || ' ' || pg_get_indexdef(x.indexrelid, k, true) END || \
         CASE WHEN a.attcollation <> x.indcollation[k - 1] THEN (SELECT ' COLLATE ' || o.collname FROM \
         pg_collation o WHERE o.oid = x.indcollation[k - 1]) ELSE '' END || \
         CASE WHEN p.opcdefault THEN '' ELSE ' ' || p.opcname END || \
         CASE x.indoption[k - 1] WHEN 1 THEN ' DESC NULLS LAST' WHEN 2 THEN ' NULLS FIRST' \
         WHEN 3 THEN ' DESC' ELSE '' END, \
         coalesce(to_jsonb(x) ->> 'indnullsnotdistinct', 'false'), pg_get_indexdef(x.indexrelid) \
         FROM wanted w JOIN \
         pg_index x ON x.indrelid = w.oid AND NOT x.indisprimary JOIN pg_class i ON \
         i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam CROSS JOIN LATERAL \
         generate_series(1, x.indnkeyatts::int) k JOIN pg_opclass p ON \
         p.oid = x.indclass[k - 1] LEFT JOIN pg_attribute a ON \
         a.attrelid = x.indrelid AND a.attnum = x.indkey[k - 1] AND a.attnum > 0 \
         ORDER BY w.n, i.relname, k",
        wanted_tables(session.dialect(), wanted)
    );
    for mut row in ask(session, &sql)? {
        let Some(Some(table)) = tables.get_mut(row.number()) else { continue };
        let (name, unique, condition, constraint) =
            (row.text(), row.flag(), row.maybe(), row.flag());
        let (column, nulls_not_distinct, sql) = (row.text(), row.flag(), row.maybe());
        let columns = Vec::new();
        let index = Index { name, columns, unique, condition, constraint, nulls_not_distinct, sql };
        add_to_index(table, column, index);
    }
    Ok(())
}

fn types(session: &mut Session, wanted: &Catalog) -> Result<Vec<EnumType>> {
    let mut types: Vec<EnumType> = Vec::new();
    if wanted.types.is_empty() {
        return Ok(types);
    }
    let sql = format!(
        "SELECT t.typname::text, e.enumlabel::text FROM pg_type t LEFT JOIN pg_enum e ON \
         e.enumtypid = t.oid WHERE t.typtype = 'e' AND pg_type_is_visible(t.oid) AND \
         t.typname IN ({}) ORDER BY t.typname, e.enumsortorder",
        literals(session.dialect(), wanted.types.iter().map(|ty| ty.name.as_str()))
    );
    for mut row in ask(session, &sql)? {
        let (name, code) = (row.text(), row.maybe());
        if types.last().is_none_or(|last| last.name != name) {
            types.push(EnumType { name, codes: Vec::new() });
        }
        if let Some(last) = types.last_mut() {
            last.codes.extend(code);
        }
    }
    Ok(types)
}

fn sequences(session: &mut Session, wanted: &Catalog) -> Result<Vec<SequenceName>> {
    if wanted.sequences.is_empty() {
        return Ok(Vec::new());
    }
    let names = wanted.sequences.iter().map(|name| (name.schema.as_deref(), name.name.as_str()));
    let dialect = session.dialect();
    let sql = format!(
        "WITH wanted (n, oid) AS ({}) SELECT n::text FROM wanted WHERE oid IS NOT NULL ORDER BY n",
        numbered(dialect, names)
    );
    let rows = ask(session, &sql)?;
    Ok(rows.filter_map(|mut row| wanted.sequences.get(row.number()).cloned()).collect())
}
