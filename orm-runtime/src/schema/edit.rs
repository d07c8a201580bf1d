//! Edits the text of a table to remove its differences: everything that the mapping does not
//! describe stays in it.

use super::clauses::{Clause, Definition, Kind};
use super::compare::What;
use super::same_types::has_collation;
use super::table_text::TableText;
use super::tokens::pieces;
use crate::backend::{Dialect, Identity, character_set};
use crate::ddl;
use crate::ddl::table::{
    Check, Column, ForeignKey, Generated, Index, Table, same_name, same_names,
};
use crate::sql::Text;

/// Returns the text of the table without its differences. Returns `None` if a constraint is not
/// found in the text, or the text cannot be kept.
pub(super) fn edited(
    dialect: Dialect,
    table: &Table,
    found: &Table,
    changes: &[What<'_>],
) -> Option<TableText> {
    let mut text = TableText::read(dialect, found.sql.as_deref()?)?;
    for change in changes {
        edit(dialect, &mut text, table, change)?;
    }
    Some(text)
}

fn edit(dialect: Dialect, text: &mut TableText, table: &Table, change: &What<'_>) -> Option<()> {
    match change {
        What::ColumnMissing(column) => {
            let mut sql = Text::new(dialect, "");
            ddl::column_definition(&mut sql, column);
            text.add_column(Definition::read(dialect, &sql.finish())?);
        }
        What::ColumnAdditional(column) => text.remove_column(&column.name),
        What::ColumnType(column, _) if column.identity && text.tail.contains("ROWID") => {
            // Such a table has no rowid.
            return None;
        }
        What::ColumnType(column, found)
        | What::Nullability(column, found)
        | What::Generation(column, found)
        | What::Collation(column, found) => {
            edit_column(dialect, text.column_mut(&found.name)?, column, change);
        }
        What::Key(_) => {
            text.remove_all(Kind::PrimaryKey);
            let mut sql = Text::new(dialect, "PRIMARY KEY ");
            ddl::names(&mut sql, &table.key);
            text.add_constraint(Kind::PrimaryKey, sql.finish());
        }
        What::IndexAdditional(index) if index.sql.is_none() => remove_unique(dialect, text, index)?,
        What::CheckMissing(check) => add_check(dialect, text, check),
        What::CheckDiffers(check, found) => {
            remove_check(dialect, text, found)?;
            add_check(dialect, text, check);
        }
        What::CheckAdditional(found) => remove_check(dialect, text, found)?,
        What::ReferenceMissing(reference) => add_reference(dialect, text, reference),
        What::ReferenceDiffers(reference, found) => {
            remove_reference(dialect, text, found)?;
            add_reference(dialect, text, reference);
        }
        What::ReferenceAdditional(found) => remove_reference(dialect, text, found)?,
        _ => {}
    }
    Some(())
}

/// Redefines one property of a column.
pub(super) fn edit_column(
    dialect: Dialect,
    text: &mut Definition,
    column: &Column,
    change: &What<'_>,
) {
    match change {
        What::ColumnType(_, found) => edit_type(dialect, text, column, found),
        What::Nullability(..) => {
            text.remove(Kind::NotNull);
            text.remove(Kind::Null);
            if !column.nullable {
                let is_null = |clause: &Clause| clause.says(dialect, "NULL");
                if text.find(Kind::Default).is_some_and(is_null) {
                    text.remove(Kind::Default);
                }
                text.clauses.push(Clause::new(Kind::NotNull, "NOT NULL"));
            } else if dialect.definitions().says_null && !text.has(Kind::Computed) {
                text.clauses.push(Clause::new(Kind::Null, "NULL"));
            }
        }
        What::Generation(..) => edit_generation(dialect, text, column),
        What::Collation(..) => {
            text.remove(Kind::CharacterSet);
            text.remove(Kind::Collation);
            if let Some(collation) = &column.collation {
                text.clauses
                    .insert(0, Clause::new(Kind::Collation, format!("COLLATE {collation}")));
            }
            let set = character_set(&column.sql_type);
            if let Some(set) = set.filter(|_| character_set(&text.ty).is_none()) {
                let set = format!("CHARACTER SET {set}");
                text.clauses.insert(0, Clause::new(Kind::CharacterSet, set));
            }
        }
        What::ColumnComment(..) => {
            text.remove(Kind::Comment);
            if let Some(comment) = &column.comment {
                let comment = format!("COMMENT {}", dialect.text_literal(comment));
                text.clauses.push(Clause::new(Kind::Comment, comment));
            }
        }
        What::CheckAdditional(_) => text.remove(Kind::Check),
        _ => {}
    }
}

fn edit_type(dialect: Dialect, text: &mut Definition, column: &Column, found: &Column) {
    let (ty, collation) = match column.sql_type.split_once(" COLLATE ") {
        Some((ty, collation)) => (ty, Some(collation)),
        None => (column.sql_type.as_str(), None),
    };
    ty.clone_into(&mut text.ty);
    let is_named = character_set(ty).is_some();
    if is_named || !has_collation(&ty.to_uppercase()) || found.sql_type == "JSON" {
        text.remove(Kind::CharacterSet);
        text.remove(Kind::Collation);
    }
    let forms = dialect.definitions();
    if dialect.comparison().json_by_check && found.sql_type == "JSON" {
        text.remove(Kind::Check);
    }
    if forms.exact_now.is_some() {
        set_precision(text, ty);
    }
    if let Some(collation) = collation {
        text.set_first(Clause::new(Kind::Collation, format!("COLLATE {collation}")));
    }
}

/// Sets the precision of CURRENT_TIMESTAMP to that of its column, or removes it for a type without
/// time.
fn set_precision(text: &mut Definition, ty: &str) {
    let upper = ty.to_uppercase();
    let is_time = upper.starts_with("DATETIME") || upper.starts_with("TIMESTAMP");
    let precision = ty.find('(').map_or("", |open| &ty[open..]);
    text.clauses.retain(|clause| is_time || clause.kind != Kind::OnUpdate);
    for clause in &mut text.clauses {
        let is_now = clause.text.to_uppercase().contains("CURRENT_TIMESTAMP");
        match clause.kind {
            Kind::OnUpdate => clause.text = format!("ON UPDATE CURRENT_TIMESTAMP{precision}"),
            Kind::Default if is_time && is_now => {
                clause.text = format!("DEFAULT CURRENT_TIMESTAMP{precision}");
            }
            _ => {}
        }
    }
}

fn edit_generation(dialect: Dialect, text: &mut Definition, column: &Column) {
    text.remove(Kind::Computed);
    text.remove(Kind::AutoIncrement);
    if column.identity && dialect.definitions().identity == Identity::AutoIncrement {
        text.remove(Kind::Default);
        text.clauses.push(Clause::new(Kind::AutoIncrement, "AUTO_INCREMENT"));
        return;
    }
    match &column.generated {
        Some(Generated::Computed { expression, stored }) => {
            text.remove(Kind::Default);
            let kept = if *stored { "STORED" } else { "VIRTUAL" };
            let computed = format!("GENERATED ALWAYS AS ({expression}) {kept}");
            let behind = [Kind::CharacterSet, Kind::Collation];
            let at = text.clauses.iter().take_while(|it| behind.contains(&it.kind)).count();
            text.clauses.insert(at, Clause::new(Kind::Computed, computed));
        }
        Some(generated) => match ddl::default_of(dialect, generated) {
            Some(default) => text.set(Clause::new(Kind::Default, format!("DEFAULT {default}"))),
            None => text.remove(Kind::Default),
        },
        None => text.remove(Kind::Default),
    }
}

fn remove_unique(dialect: Dialect, text: &mut TableText, index: &Index) -> Option<()> {
    let there = text.clone();
    text.remove(|column, clause| {
        let columns = there.columns_of(column, clause);
        clause.kind == Kind::Unique && same_names(dialect, &columns, &index.columns)
    })
}

fn remove_check(dialect: Dialect, text: &mut TableText, check: &Check) -> Option<()> {
    text.remove(|_, clause| {
        clause.kind == Kind::Check
            && clause.name.as_deref().unwrap_or_default() == check.name
            && clause.inside(dialect) == Some(&check.condition)
    })
}

fn add_check(dialect: Dialect, text: &mut TableText, check: &Check) {
    let mut sql = Text::new(dialect, "");
    ddl::check_clause(&mut sql, check);
    text.add_constraint(Kind::Check, sql.finish());
}

fn remove_reference(dialect: Dialect, text: &mut TableText, reference: &ForeignKey) -> Option<()> {
    let there = text.clone();
    text.remove(|column, clause| {
        clause.kind == Kind::References
            && same_names(dialect, &there.columns_of(column, clause), &reference.columns)
            && target(dialect, clause).is_some_and(|it| same_name(dialect, &it, &reference.table))
    })
}

/// Returns the table that a reference points to.
pub(super) fn target(dialect: Dialect, clause: &Clause) -> Option<String> {
    let pieces = pieces(dialect, &clause.text);
    let word = pieces.iter().position(|piece| piece.is("REFERENCES"))?;
    pieces.get(word + 1)?.name().map(str::to_owned)
}

fn add_reference(dialect: Dialect, text: &mut TableText, reference: &ForeignKey) {
    let mut sql = Text::new(dialect, "");
    ddl::foreign_key_clause(&mut sql, reference);
    text.add_constraint(Kind::References, sql.finish());
}
