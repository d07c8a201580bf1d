//! The text of ALTER statements, for databases that support them. Where ALTER is limited, tables
//! are rebuilt.

use super::definitions::{
    check_clause, column_definition, create_index, create_type_as, default_of, foreign_key_clause,
    names, unique_clause,
};
use super::table::{Check, Column, EnumType, ForeignKey, Generated, Index, Table};
use crate::backend::Dialect;
use crate::sql::Text;

/// Writes `ALTER TABLE …`, and what follows.
fn alter(dialect: Dialect, table: &Table, rest: impl FnOnce(&mut Text)) -> String {
    let mut text = Text::new(dialect, "ALTER TABLE ");
    text.qualified(table.schema.as_deref(), &table.name).push(" ");
    rest(&mut text);
    text.finish()
}

/// Adds a column. Some databases fill a column that is NOT NULL with zeros if it has no default.
/// They refuse instead only if the column is added in two steps.
pub(crate) fn add_column(dialect: Dialect, table: &Table, column: &Column) -> Vec<String> {
    let add = |column: &Column| {
        alter(dialect, table, |text| {
            text.push("ADD COLUMN ");
            column_definition(text, column);
        })
    };
    let is_told = column.nullable || column.identity || column.generated.is_some();
    if !dialect.definitions().fills_new_columns || is_told {
        return vec![add(column)];
    }
    vec![add(&Column { nullable: true, ..column.clone() }), modify_column(dialect, table, column)]
}

pub(crate) fn drop_column(dialect: Dialect, table: &Table, name: &str) -> String {
    alter(dialect, table, |text| {
        text.push("DROP COLUMN ").name(name);
    })
}

/// Repeats the whole definition of a column.
pub(crate) fn modify_column(dialect: Dialect, table: &Table, column: &Column) -> String {
    alter(dialect, table, |text| {
        text.push("MODIFY COLUMN ");
        column_definition(text, column);
    })
}

/// Changes one property of a column.
pub(crate) fn alter_column(dialect: Dialect, table: &Table, column: &Column, rest: &str) -> String {
    alter(dialect, table, |text| {
        text.push("ALTER COLUMN ").name(&column.name).push(" ").push(rest);
    })
}

/// Adds a column by its definition in the text of its table.
pub(crate) fn add_column_as(dialect: Dialect, table: &Table, definition: &str) -> String {
    alter(dialect, table, |text| {
        text.push("ADD COLUMN ").push(definition);
    })
}

/// Adds an index by its definition in the text of its table.
pub(crate) fn add_index_as(dialect: Dialect, table: &Table, definition: &str) -> String {
    alter(dialect, table, |text| {
        text.push("ADD ").push(definition);
    })
}

/// Repeats the whole definition of a column, unchanged except for the differences.
pub(crate) fn modify_column_to(dialect: Dialect, table: &Table, definition: &str) -> String {
    alter(dialect, table, |text| {
        text.push("MODIFY COLUMN ").push(definition);
    })
}

/// Gives a column another type, and converts its values. A default of the old type would prevent
/// that. The collation is stated again, because it changes with the type.
pub(crate) fn change_type(
    dialect: Dialect,
    table: &Table,
    column: &Column,
    found: &Column,
    keeps_default: bool,
) -> Vec<String> {
    let name = dialect.quoted(&column.name);
    let ty = &column.sql_type;
    // The expression of a computed column was dropped before.
    let computed = |column: &Column| matches!(column.generated, Some(Generated::Computed { .. }));
    let is_computed = computed(found) && computed(column);
    let is_enum = |ty: &str| ty.starts_with('"');
    let array = if ty.ends_with("[]") { "[]" } else { "" };
    let using = match (found.sql_type.as_str(), ty.as_str()) {
        _ if is_computed => String::new(),
        (from, to) if is_enum(from) || is_enum(to) => {
            format!(" USING {name}::TEXT{array}::{ty}")
        }
        // There is no conversion between booleans and small or large numbers either.
        ("BOOLEAN", _) if !ty.contains("CHAR") && ty != "TEXT" => {
            format!(" USING {name}::INTEGER::{ty}")
        }
        (_, "BOOLEAN") => format!(" USING {name}::TEXT::BOOLEAN"),
        _ => format!(" USING {name}::{ty}"),
    };
    let characters = ["VARCHAR", "TEXT", "CHAR"].iter().any(|name| ty.starts_with(name));
    let collation = found.collation.as_ref().filter(|_| characters);
    let collation = collation.map_or(String::new(), |name| format!(" COLLATE {name}"));
    let change = alter_column(dialect, table, column, &format!("TYPE {ty}{collation}{using}"));
    let varies = characters || ["BYTEA", "NUMERIC", "JSONB"].iter().any(|it| ty.starts_with(it));
    let settings = found.settings.iter().filter(|_| varies && !is_computed);
    let settings = settings.map(|setting| alter_column(dialect, table, column, setting));
    let default = found.generated.as_ref().filter(|_| !computed(found) && !found.identity);
    let drop = default.map(|_| alter_column(dialect, table, column, "DROP DEFAULT"));
    // A different default is a separate change, which comes next.
    let kept = default.filter(|_| keeps_default);
    let set = kept.map(|found| column.generated.as_ref().unwrap_or(found)).and_then(|wanted| {
        let default = default_of(dialect, wanted)?;
        Some(alter_column(dialect, table, column, &format!("SET DEFAULT {default}")))
    });
    drop.into_iter().chain([change]).chain(settings).chain(set).collect()
}

/// Gives a column the default collation of its type.
pub(crate) fn change_collation(dialect: Dialect, table: &Table, column: &Column) -> String {
    alter_column(dialect, table, column, &format!("TYPE {}", column.sql_type))
}

/// Changes whether a column may be NULL.
pub(crate) fn change_nullability(dialect: Dialect, table: &Table, column: &Column) -> String {
    alter_column(
        dialect,
        table,
        column,
        if column.nullable { "DROP NOT NULL" } else { "SET NOT NULL" },
    )
}

/// Changes how the value is generated, unless it is computed.
pub(crate) fn change_generation(
    dialect: Dialect,
    table: &Table,
    column: &Column,
    found: &Column,
) -> Vec<String> {
    let change = |rest: &str| alter_column(dialect, table, column, rest);
    let mut statements = Vec::new();
    if found.identity {
        statements.push(change("DROP IDENTITY"));
    }
    match &found.generated {
        Some(Generated::Computed { .. }) => statements.push(change("DROP EXPRESSION")),
        Some(_) => statements.push(change("DROP DEFAULT")),
        None => {}
    }
    if column.identity {
        statements.push(change("ADD GENERATED BY DEFAULT AS IDENTITY"));
        statements.push(count_on(dialect, table, column));
    } else if let Some(wanted) = &column.generated
        && let Some(default) = default_of(dialect, wanted)
    {
        statements.push(change(&format!("SET DEFAULT {default}")));
    }
    statements
}

/// Advances the numbers beyond the existing ones.
fn count_on(dialect: Dialect, table: &Table, column: &Column) -> String {
    let name = table.table_name().quoted(dialect);
    let mut text = Text::new(dialect, "SELECT setval(pg_get_serial_sequence(");
    text.push(&dialect.text_literal(&name)).push(", ");
    text.push(&dialect.text_literal(&column.name)).push("), coalesce(max(").name(&column.name);
    text.push("), 0) + 1, false) FROM ").push(&name);
    text.finish()
}

/// Gives a table another primary key; the database may have named the old one.
pub(crate) fn change_key(dialect: Dialect, table: &Table, found: &Table) -> String {
    alter(dialect, table, |text| {
        match (&found.key_name, dialect.definitions().names_keys) {
            (Some(name), true) => {
                text.push("DROP CONSTRAINT ").name(name).push(", ");
            }
            (Some(_), _) => {
                text.push("DROP PRIMARY KEY, ");
            }
            (None, _) => {}
        }
        text.push("ADD PRIMARY KEY ");
        names(text, &table.key);
    })
}

pub(crate) fn add_index(dialect: Dialect, table: &Table, index: &Index) -> String {
    if !index.constraint || !dialect.definitions().unique_constraints {
        return create_index(dialect, table, index);
    }
    alter(dialect, table, |text| {
        text.push("ADD ");
        unique_clause(text, index);
    })
}

pub(crate) fn drop_index(dialect: Dialect, table: &Table, index: &Index) -> String {
    let forms = dialect.definitions();
    if forms.indexes_in_tables {
        return alter(dialect, table, |text| {
            text.push("DROP INDEX ").name(&index.name);
        });
    }
    if forms.unique_constraints && index.constraint {
        return drop_constraint(dialect, table, &index.name);
    }
    let mut text = Text::new(dialect, "DROP INDEX ");
    text.qualified(table.schema.as_deref(), &index.name);
    text.finish()
}

pub(crate) fn drop_constraint(dialect: Dialect, table: &Table, name: &str) -> String {
    alter(dialect, table, |text| {
        text.push("DROP CONSTRAINT ").name(name);
    })
}

pub(crate) fn add_check(dialect: Dialect, table: &Table, check: &Check) -> String {
    alter(dialect, table, |text| {
        text.push("ADD ");
        check_clause(text, check);
    })
}

pub(crate) fn add_reference(dialect: Dialect, table: &Table, reference: &ForeignKey) -> String {
    alter(dialect, table, |text| {
        text.push("ADD ");
        foreign_key_clause(text, reference);
    })
}

/// Drops a reference. A database may keep the index that it created for the reference, unless told
/// otherwise.
pub(crate) fn drop_reference(
    dialect: Dialect,
    table: &Table,
    reference: &ForeignKey,
    for_good: bool,
) -> String {
    if !dialect.definitions().references_bring_indexes {
        return drop_constraint(dialect, table, &reference.name);
    }
    alter(dialect, table, |text| {
        text.push("DROP FOREIGN KEY ").name(&reference.name);
        if reference.brought_index && for_good {
            text.push(", DROP INDEX ").name(&reference.name);
        }
    })
}

/// Changes the comment of a table.
pub(crate) fn comment_table(dialect: Dialect, table: &Table) -> String {
    alter(dialect, table, |text| {
        let comment = dialect.text_literal(table.comment.as_deref().unwrap_or_default());
        text.push("COMMENT = ").push(&comment);
    })
}

/// Adds new codes to a type, each after its predecessor. Returns `None` if codes must be removed or
/// moved, for which there is no statement.
pub(crate) fn add_codes(dialect: Dialect, ty: &EnumType, found: &EnumType) -> Option<Vec<String>> {
    let mut there = found.codes.iter();
    let mut next = there.next();
    let mut statements = Vec::new();
    for (at, code) in ty.codes.iter().enumerate() {
        if next == Some(code) {
            next = there.next();
            continue;
        }
        let mut text = Text::new(dialect, "ALTER TYPE ");
        text.name(&ty.name).push(" ADD VALUE IF NOT EXISTS ");
        text.push(&dialect.text_literal(code));
        match (at.checked_sub(1).and_then(|before| ty.codes.get(before)), next) {
            (Some(before), _) => {
                text.push(" AFTER ").push(&dialect.text_literal(before));
            }
            (None, Some(next)) => {
                text.push(" BEFORE ").push(&dialect.text_literal(next));
            }
            (None, None) => {}
        }
        statements.push(text.finish());
    }
    next.is_none().then_some(statements)
}

/// Creates a type again, and gives it to the columns that have the old one.
pub(crate) fn rebuild_type(
    dialect: Dialect,
    ty: &EnumType,
    columns: &[(&Table, &Column)],
) -> Vec<String> {
    let old = format!("orm_old_{}", ty.name);
    let mut rename = Text::new(dialect, "ALTER TYPE ");
    rename.name(&ty.name).push(" RENAME TO ").name(&old);
    let mut statements = vec![rename.finish(), create_type_as(dialect, &ty.name, &ty.codes)];
    for (table, column) in columns {
        statements.extend(change_type(dialect, table, column, column, true));
    }
    let mut drop = Text::new(dialect, "DROP TYPE ");
    drop.name(&old);
    statements.push(drop.finish());
    statements
}
