//! The mapping, converted to the contents that one database should have.

use super::definitions::{self, has_counters};
use super::names::{conditional_name, object_name, shorten};
use super::table::{
    Action, Catalog, Check, Column, EnumType, ForeignKey, Generated, Index, SequenceName, Table,
    View, same_schema,
};
use super::table_parts::{Part, own_table, parts};
use crate::backend::{Dialect, Instants, NativeEnums, clipped};
use crate::mapping::{ColumnMeta, EntityMeta, ForeignKeyMeta, GeneratedBy, IndexMeta, OnDelete};
use crate::types::{ColumnType, EnumMeta, EnumStorage};

/// Returns what a database should contain for these entities, the tables in the order of the list.
pub(crate) fn wanted(dialect: Dialect, entities: &[&'static EntityMeta]) -> Catalog {
    let mut catalog = Catalog::default();
    for part in entities.iter().flat_map(|meta| parts(meta)) {
        enter(dialect, &mut catalog.tables, table(dialect, &part));
        for column in part.columns() {
            let column = &part.meta.columns[column];
            if let Some(GeneratedBy::Sequence(name)) = column.generated {
                let sequence = sequence_of(&part.meta, name);
                if !catalog.sequences.contains(&sequence) {
                    catalog.sequences.push(sequence);
                }
            }
            if let Some(ty) = native_enum(dialect, column.kind)
                && !catalog.types.iter().any(|other| other.name == ty.name)
            {
                catalog.types.push(ty);
            }
        }
    }
    catalog
}

/// Adds a table. Several entities may share a table, each with some of its columns.
fn enter(dialect: Dialect, tables: &mut Vec<Table>, table: Table) {
    let shared = tables.iter_mut().find(|other| {
        other.name == table.name
            && same_schema(dialect, other.schema.as_deref(), table.schema.as_deref())
    });
    let Some(shared) = shared else { return tables.push(table) };
    for check in table.checks {
        let column = check.column.map(|column| &table.columns[column].name);
        let column = column.and_then(|name| {
            // A column that only this entity has comes after the existing ones.
            let known = shared.columns.iter().position(|other| &other.name == name);
            let new = table
                .columns
                .iter()
                .filter(|column| !shared.columns.iter().any(|other| other.name == column.name));
            known.or_else(|| {
                Some(
                    shared.columns.len()
                        + new.map(|column| &column.name).position(|n| n == name)?,
                )
            })
        });
        if !shared.checks.iter().any(|other| other.name == check.name) {
            shared.checks.push(Check { column, ..check });
        }
    }
    for column in table.columns {
        if !shared.columns.iter().any(|other| other.name == column.name) {
            shared.columns.push(column);
        }
    }
    for trigger in table.triggers {
        if !shared.triggers.contains(&trigger) {
            shared.triggers.push(trigger);
        }
    }
    for index in table.indexes {
        if !shared.indexes.contains(&index) {
            shared.indexes.push(index);
        }
    }
    for reference in table.foreign_keys {
        if !shared.foreign_keys.iter().any(|other| other.is_same(&reference)) {
            shared.foreign_keys.push(reference);
        }
    }
}

fn table(dialect: Dialect, part: &Part) -> Table {
    let meta = &part.meta;
    let columns = part.key().chain(part.columns());
    let mut table = Table {
        schema: meta.schema.map(str::to_owned),
        name: meta.table.to_owned(),
        entity: meta.name,
        columns: columns.map(|at| column(dialect, part, at)).collect(),
        key: names(meta, meta.key),
        comment: meta.comment.map(str::to_owned),
        view: meta.view.map(|view| View { query: view.query }),
        ..Table::default()
    };
    let references = meta.foreign_keys.iter().map(|it| reference(dialect, meta, it));
    if meta.view.is_some() {
        // These references have no constraint in the database.
        let unbound = |it| ForeignKey { constraint: false, ..it };
        table.foreign_keys = references.map(unbound).collect();
        return table;
    }
    for at in part.columns() {
        let column = &meta.columns[at];
        if column.unique {
            table.indexes.push(index_of_column(meta, at, true));
        }
        if column.index {
            table.indexes.push(index_of_column(meta, at, false));
        }
        table.checks.extend(codes_check(dialect, &table, meta, at));
    }
    for index in meta.indexes {
        add_index(dialect, &mut table, meta, index);
    }
    for check in meta.checks {
        let made = || conditional_name(&format!("{}_check", meta.table), check.condition);
        table.checks.push(Check {
            name: check.name.map_or_else(made, str::to_owned),
            condition: check.condition.to_owned(),
            codes: None,
            column: None,
        });
    }
    table.checks.extend(one_of_checks(dialect, part));
    table.foreign_keys.extend(part.base.map(|base| key_reference(meta, base)));
    table.foreign_keys.extend(references);
    if has_counters(dialect) {
        table.triggers = triggers(dialect, part, &table);
    }
    table
}

/// Returns the reference of a subtype's row to its base's row, with which it is created and
/// deleted.
fn key_reference(meta: &EntityMeta, base: &EntityMeta) -> ForeignKey {
    ForeignKey {
        name: object_name(meta, meta.key, "fkey"),
        columns: names(meta, meta.key),
        schema: base.schema.map(str::to_owned),
        table: base.table.to_owned(),
        entity: base.name,
        target: names(base, base.key),
        on_delete: Action::Cascade,
        on_update: if counts_key(meta) { Action::Refuse } else { Action::Cascade },
        to_counted: counts_key(meta),
        constraint: true,
        of_kind: true,
        ..ForeignKey::default()
    }
}

fn reference(dialect: Dialect, meta: &EntityMeta, reference: &ForeignKeyMeta) -> ForeignKey {
    let counted = counts_key((reference.target)());
    let target = own_table((reference.target)());
    let limited = dialect.definitions().limits_cascades;
    let is_checked = limited && reference.one_of.is_some();
    let is_within = limited && target.table == meta.table;
    let follows_key = reference.field.is_some() && !counted && !is_checked && !is_within;
    ForeignKey {
        name: object_name(meta, reference.columns, "fkey"),
        columns: names(meta, reference.columns),
        schema: target.schema.map(str::to_owned),
        table: target.table.to_owned(),
        field: reference.field,
        entity: (reference.target)().name,
        target: names(target, target.key),
        on_delete: match reference.on_delete.in_database() {
            OnDelete::Nullify if is_checked => Action::Refuse,
            OnDelete::Nullify => Action::SetNull,
            OnDelete::Cascade | OnDelete::Database => Action::Cascade,
            OnDelete::Restrict => Action::Refuse,
        },
        on_update: if follows_key { Action::Cascade } else { Action::Refuse },
        to_counted: counted,
        constraint: reference.constraint && target.view.is_none(),
        ..ForeignKey::default()
    }
}

/// Returns `true` if the database generates the key, possibly in the table of the base.
fn counts_key(meta: &EntityMeta) -> bool {
    meta.hierarchy.map_or(meta.auto_key, |hierarchy| hierarchy.tables[0].auto_key)
}

fn names(meta: &EntityMeta, columns: &[usize]) -> Vec<String> {
    columns.iter().map(|&column| meta.columns[column].name.to_owned()).collect()
}

fn column(dialect: Dialect, part: &Part, at: usize) -> Column {
    let (meta, column) = (&part.meta, &part.meta.columns[at]);
    let is_given = part.base.is_some() && meta.key.contains(&at);
    let identity = meta.auto_column() == Some(at);
    let generated = column.generated.filter(|_| !is_given);
    let generated = generated.map(|by| generated_by(dialect, meta, by, column));
    // A trigger fills the column of a counter after the row was inserted.
    let fills_later = match generated {
        Some(Generated::Computed { .. }) => !dialect.definitions().computed_not_null,
        Some(Generated::Sequence(_)) => has_counters(dialect),
        _ => false,
    };
    let typed = of_target(meta, at);
    let sql_type = match identity || is_given && counts_key(meta) {
        true => dialect.counted_type_name(column),
        false => dialect.type_name(&typed, part.is_keyed(at)),
    };
    let collation = sql_type.split_once(" COLLATE ").map(|(_, collation)| collation.to_owned());
    Column {
        name: column.name.to_owned(),
        entity: meta.name,
        field: Some(column.field),
        sql_type,
        named_type: typed.db_type.is_some_and(|names| names.on(dialect).is_some()),
        collation,
        nullable: column.nullable || fills_later,
        instant: instants(dialect, column.kind).is_some(),
        identity,
        generated,
        comment: column.comment.map(str::to_owned),
        ..Column::default()
    }
}

/// Returns the column with the type and the length of the key that it references, unless they are
/// given.
fn of_target(meta: &EntityMeta, at: usize) -> ColumnMeta {
    let mut column = meta.columns[at];
    let (mut meta, mut at) = (*meta, at);
    // A key may be a reference itself; a circle of references has no end.
    for _ in 0..8 {
        let known = column.length.is_some() || column.digits.is_some() || column.db_type.is_some();
        let mut references = meta.foreign_keys.iter();
        let part = references.find_map(|reference| {
            let part = reference.columns.iter().position(|&own| own == at)?;
            let target = (reference.target)();
            Some((*own_table(target), *target.key.get(part)?))
        });
        let Some((target, key)) = part.filter(|_| !known) else { break };
        column.length = target.columns[key].length;
        column.digits = target.columns[key].digits;
        column.db_type = target.columns[key].db_type;
        (meta, at) = (target, key);
    }
    column
}

fn generated_by(
    dialect: Dialect,
    meta: &EntityMeta,
    by: GeneratedBy,
    column: &ColumnMeta,
) -> Generated {
    match by {
        GeneratedBy::Default(expression) => {
            Generated::Default(default_expression(dialect, expression, column))
        }
        GeneratedBy::Computed(expression) => {
            Generated::Computed { expression: expression.to_owned(), stored: true }
        }
        GeneratedBy::Sequence(name) => Generated::Sequence(sequence_of(meta, name)),
    }
}

/// Returns the text of a default. CURRENT_TIMESTAMP may have second precision only, and points in
/// time and decimals may be stored as text.
fn default_expression(dialect: Dialect, expression: &str, column: &ColumnMeta) -> String {
    let kind = column.kind;
    if let Some(default_of) = dialect.definitions().decimal_default
        && matches!(kind, ColumnType::Decimal)
    {
        return default_of(expression, column.digits.map(|(_, scale)| scale));
    }
    if let Some(instants) = instants(dialect, kind) {
        return (instants.default_of)(expression);
    }
    let is_time = matches!(kind, ColumnType::Timestamp | ColumnType::TimestampTz);
    let is_now = expression.trim().eq_ignore_ascii_case("CURRENT_TIMESTAMP");
    match dialect.definitions().exact_now {
        Some(now) if is_time && is_now => now.to_owned(),
        _ => expression.to_owned(),
    }
}

/// Returns the format of a column's values, if they are points in time stored as text.
fn instants(dialect: Dialect, kind: ColumnType) -> Option<&'static Instants> {
    let instants = dialect.definitions().instants.as_ref();
    instants.filter(|_| matches!(kind, ColumnType::TimestampTz))
}

/// Returns the triggers that fill columns from counters, where counters replace sequences.
fn triggers(dialect: Dialect, part: &Part, table: &Table) -> Vec<(String, String)> {
    let sequences = part.columns().filter_map(|at| {
        let column = &part.meta.columns[at];
        let Some(GeneratedBy::Sequence(name)) = column.generated else { return None };
        let body = definitions::sequence_trigger(dialect, table, column.name, name);
        Some((object_name(&part.meta, &[at], "seq"), body))
    });
    sequences.collect()
}

fn sequence_of(meta: &EntityMeta, name: &str) -> SequenceName {
    SequenceName { schema: meta.schema.map(str::to_owned), name: name.to_owned() }
}

fn index_of_column(meta: &EntityMeta, at: usize, unique: bool) -> Index {
    Index {
        name: object_name(meta, &[at], if unique { "key" } else { "idx" }),
        columns: names(meta, &[at]),
        unique,
        condition: None,
        constraint: unique,
        nulls_not_distinct: false,
        sql: None,
    }
}

fn add_index(dialect: Dialect, table: &mut Table, meta: &EntityMeta, index: &IndexMeta) {
    let made = || {
        let name = object_name(meta, index.columns, if index.unique { "key" } else { "idx" });
        index.condition.map_or(name.clone(), |condition| conditional_name(&name, condition))
    };
    let mut wanted = Index {
        name: index.name.map_or_else(made, str::to_owned),
        columns: names(meta, index.columns),
        unique: index.unique,
        condition: index.condition.map(str::to_owned),
        constraint: index.unique && index.condition.is_none(),
        nulls_not_distinct: false,
        sql: None,
    };
    // Without partial indexes, a full index finds the same rows. For a unique index, a column that
    // is NULL in the rows outside the condition excludes these from the comparison.
    if !dialect.definitions().partial_indexes
        && let Some(condition) = wanted.condition.take()
        && wanted.unique
    {
        let name = shorten(format!("{}_holds", wanted.name));
        table.columns.push(Column {
            name: name.clone(),
            entity: meta.name,
            sql_type: "TINYINT".to_owned(),
            nullable: true,
            generated: Some(Generated::Computed {
                expression: format!("CASE WHEN {condition} THEN 1 END"),
                stored: false,
            }),
            ..Column::default()
        });
        wanted.columns.push(name);
        wanted.constraint = true;
    }
    table.indexes.push(wanted);
}

/// Returns the enumeration for a kind, if the database has it as a type.
fn native_enum(dialect: Dialect, kind: ColumnType) -> Option<EnumType> {
    match kind {
        ColumnType::Enum(meta) if dialect.types().native_enums == NativeEnums::Types => {
            (meta.storage == EnumStorage::Native)
                .then(|| EnumType { name: clipped(meta.type_name).to_owned(), codes: codes(meta) })
        }
        ColumnType::Array(element) => native_enum(dialect, *element),
        _ => None,
    }
}

/// Returns the condition that replaces an enumeration if the database has none.
fn codes_check(dialect: Dialect, table: &Table, meta: &EntityMeta, at: usize) -> Option<Check> {
    let column = &meta.columns[at];
    let (values, is_array) = match column.kind {
        ColumnType::Enum(values) => (values, false),
        ColumnType::Array(&ColumnType::Enum(values)) => (values, true),
        _ => return None,
    };
    if values.storage == EnumStorage::Native && dialect.types().native_enums != NativeEnums::No {
        return None;
    }
    let mut condition = String::new();
    dialect.push_name(&mut condition, column.name);
    let literals: Vec<_> = values.codes().map(|code| dialect.literal(code)).collect();
    let literals = literals.join(", ");
    condition += &match is_array {
        true => format!(" <@ ARRAY[{literals}]::{}", dialect.type_name(column, false)),
        false => format!(" IN ({literals})"),
    };
    Some(Check {
        name: object_name(meta, &[at], "check"),
        condition,
        codes: Some(codes(values)),
        column: table.columns.iter().position(|other| other.name == column.name),
    })
}

/// Returns the conditions that exactly one reference of an enum is set, or at most one if the field
/// is an `Option` or the table contains rows of other subtypes.
fn one_of_checks(dialect: Dialect, part: &Part) -> Vec<Check> {
    let meta = &part.meta;
    let mut fields: Vec<&str> = meta.foreign_keys.iter().filter_map(|it| it.one_of).collect();
    fields.dedup();
    let check = |field: &str| {
        let one_of = |it: &&ForeignKeyMeta| it.one_of == Some(field);
        let references: Vec<_> = meta.foreign_keys.iter().filter(one_of).collect();
        let case = |set: Option<usize>| {
            let columns = references.iter().enumerate().flat_map(|(n, reference)| {
                reference.columns.iter().map(move |&column| (column, Some(n) == set))
            });
            let mut text = String::new();
            for (column, is_set) in columns {
                text += if text.is_empty() { "" } else { " AND " };
                dialect.push_name(&mut text, meta.columns[column].name);
                text += if is_set { " IS NOT NULL" } else { " IS NULL" };
            }
            format!("({text})")
        };
        let mut cases: Vec<_> = (0..references.len()).map(|n| case(Some(n))).collect();
        if part.shares_table || references.iter().all(|reference| reference.nullable) {
            cases.push(case(None));
        }
        Check {
            name: shorten(format!("{}__{field}_check", meta.table)),
            condition: cases.join(" OR "),
            codes: None,
            column: None,
        }
    };
    fields.into_iter().map(check).collect()
}

fn codes(meta: &EnumMeta) -> Vec<String> {
    meta.codes().map(|code| code.to_string()).collect()
}
