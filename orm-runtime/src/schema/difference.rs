//! The text of differences.

use std::fmt;

use super::compare::{Change, What, same_on_update};
use super::same_types::normal_type;
use crate::backend::{Dialect, character_set};
use crate::ddl::table::{Action, Check, Column, ForeignKey, Generated, Index, Table};

/// A difference between the database and the mapping; see
/// [`Schema::verify`](crate::Schema::verify).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    entity: &'static str,
    field: Option<&'static str>,
    table: String,
    kind: DifferenceKind,
    words: String,
}

/// How database and mapping differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DifferenceKind {
    /// It is in the mapping, but not in the database.
    Missing,
    /// It is in the database, but not in the mapping.
    Additional,
    /// It is in both, but not the same.
    Different,
    /// It was [accepted](crate::Schema::accept), but no longer exists.
    Outdated,
}

impl Difference {
    /// Returns the entity.
    pub fn entity(&self) -> &'static str {
        self.entity
    }

    /// Returns the field, if the difference concerns a single one.
    pub fn field(&self) -> Option<&'static str> {
        self.field
    }

    /// Returns the table, with its schema if it has one.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Returns how database and mapping differ.
    pub fn kind(&self) -> DifferenceKind {
        self.kind
    }

    /// Creates the difference for a column whose points in time are not in the program's format.
    pub(super) fn of_form(table: &Table, column: &Column, format: &str) -> Self {
        let name = &column.name;
        Difference {
            entity: column.entity,
            field: column.field,
            table: table.label(),
            kind: Different,
            words: format!(
                "the column {name} has points in time in a format other than 2024-02-29 \
                 12:30:00.500000+00:00, which are compared as text; convert them with UPDATE {} \
                 SET {name} = strftime({format}, {name})",
                table.label()
            ),
        }
    }

    /// Creates the difference for a reference to a table that does not exist.
    pub(super) fn unfound(
        dialect: Dialect,
        table: &Table,
        reference: &ForeignKey,
        target: &Table,
    ) -> Self {
        let column = reference.columns.first().and_then(|name| table.column(dialect, name));
        let field = reference.field.or(column.and_then(|column| column.field));
        let (entity, target) = (reference.entity, target.label());
        Difference {
            entity: column.map_or(table.entity, |column| column.entity),
            field,
            table: table.label(),
            kind: Missing,
            words: format!(
                "the referenced entity {entity} is not in the schema, and its table {target} is not \
                 in the database; add {entity} to schema![…]"
            ),
        }
    }

    /// Creates the difference for an accepted difference that no longer exists.
    pub(super) fn outdated(accepted: &str, entity: &'static str, table: String) -> Self {
        Difference {
            entity,
            field: None,
            table,
            kind: DifferenceKind::Outdated,
            words: format!("this accepted difference no longer exists: “{accepted}”"),
        }
    }

    pub(super) fn of(dialect: Dialect, change: &Change<'_>) -> Self {
        let table = change.table;
        let (kind, column, words) = words(dialect, table, &change.what);
        Difference {
            entity: column.map_or(table.entity, |column| column.entity),
            field: column.and_then(|column| column.field),
            table: table.label(),
            kind,
            words,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.entity)?;
        if let Some(field) = self.field {
            write!(f, ".{field}")?;
        }
        write!(f, ": {}", self.words)
    }
}

use DifferenceKind::{Additional, Different, Missing};

/// Returns the kind of a difference, its column, and its text.
fn words<'a>(
    dialect: Dialect,
    table: &'a Table,
    what: &What<'a>,
) -> (DifferenceKind, Option<&'a Column>, String) {
    let missing = "is missing from the database";
    let additional = "is in the database but not in the mapping";
    let both = |what: String, found: String, wanted: String| {
        format!("{what} {found} in the database and {wanted} in the mapping")
    };
    let name = |column: &Column| format!("the column {}", column.name);
    match *what {
        What::TypeMissing(column, ty) => {
            (Missing, Some(column), format!("the type {} {missing}", ty.name))
        }
        What::TypeDiffers(column, wanted, found) => {
            let codes = |codes: &[String]| codes.join(", ");
            let (found, wanted) = (codes(&found.codes), codes(&wanted.codes));
            let ty = format!("the type {} has the codes", ty_name(column));
            (Different, Some(column), both(ty, found, wanted))
        }
        What::SequenceMissing(column, sequence) => {
            (Missing, Some(column), format!("the sequence {} {missing}", sequence.name))
        }
        What::TableMissing => {
            let kind = if table.view.is_some() { "view" } else { "table" };
            (Missing, None, format!("the {kind} {} {missing}", table.label()))
        }
        What::Relation(found) => {
            let kind = |table: &Table| if table.view.is_some() { "a view" } else { "a table" };
            let words = both(table.label() + " is", kind(found).into(), kind(table).into());
            let cure = match found.view {
                Some(_) => "; use #[entity(view)] for an entity whose rows are only read",
                None => "",
            };
            (Different, None, words + cure)
        }
        What::TableComment(found) => {
            let what = format!("the table {} has", table.label());
            (Different, None, both(what, comment(&found.comment), comment(&table.comment)))
        }
        What::ColumnMissing(column) => {
            (Missing, Some(column), format!("{} {missing}", name(column)))
        }
        What::ColumnAdditional(column) => {
            let kind = if table.view.is_some() { "view" } else { "table" };
            let words = format!("{} of the {kind} {} {additional}", name(column), table.label());
            (Additional, None, words)
        }
        What::ColumnType(column, found) => {
            let mut wanted = normal_type(dialect, &column.sql_type);
            let mut there = found.sql_type.clone();
            if there.is_empty() {
                there = "without a type".to_owned();
            }
            if wanted == there {
                wanted += " (an alias of the rowid)";
            }
            let what = format!("{} is", name(column));
            (Different, Some(column), both(what, there, wanted))
        }
        What::Nullability(column, found) => {
            let what = |column: &Column| if column.nullable { "NULL" } else { "NOT NULL" };
            let is = format!("{} is", name(column));
            (Different, Some(column), both(is, what(found).into(), what(column).into()))
        }
        What::Generation(column, found) => {
            let is = format!("{} is", name(column));
            (Different, Some(column), both(is, generation(found), generation(column)))
        }
        What::Collation(column, found) => {
            let set = character_set(&column.sql_type);
            let of_set = set.as_ref().and(found.own_collation.as_ref());
            let found = &Column {
                collation: found.collation.as_ref().or(of_set).cloned(),
                ..found.clone()
            };
            let what = |it: &Column| match (&it.collation, character_set(&it.sql_type)) {
                (Some(collation), _) => collation.clone(),
                (None, Some(set)) => format!("the default of {set}"),
                (None, None) => "the default".to_owned(),
            };
            let is = format!("the collation of {} is", name(column));
            (Different, Some(column), both(is, what(found), what(column)))
        }
        What::ColumnComment(column, found) => {
            let has = format!("{} has", name(column));
            (Different, Some(column), both(has, comment(&found.comment), comment(&column.comment)))
        }
        What::Key(found) => {
            let is = format!("the primary key of {} is", table.label());
            let key = |table: &Table| format!("({})", table.key.join(", "));
            (Different, None, both(is, key(found), key(table)))
        }
        What::IndexMissing(index) => {
            (Missing, only(dialect, table, &index.columns), format!("{} {missing}", label(index)))
        }
        What::IndexAdditional(index) => {
            let column = only(dialect, table, &index.columns);
            (Additional, column, format!("{} ({}) {additional}", label(index), index.name))
        }
        What::CheckMissing(check) => {
            (Missing, about(table, check), format!("{} {missing}", check_label(check)))
        }
        What::CheckDiffers(check, found) => {
            let is = format!("the check {} is", check.name);
            let (found, wanted) = (found.condition.clone(), check.condition.clone());
            (Different, about(table, check), both(is, found, wanted))
        }
        What::CheckAdditional(check) => {
            (Additional, None, format!("{} {additional}", check_label(check)))
        }
        What::ReferenceMissing(reference) => {
            let column = only(dialect, table, &reference.columns);
            (Missing, column, format!("the reference {} {missing}", arrow(reference)))
        }
        What::ReferenceDiffers(reference, found) => {
            let column = only(dialect, table, &reference.columns);
            // What is not part of the difference is not shown.
            let same = same_on_update(reference, found);
            let on_update = if same { reference.on_update } else { found.on_update };
            let there = ForeignKey { on_update, ..found.clone() };
            (Different, column, both("the reference is".into(), arrow(&there), arrow(reference)))
        }
        What::ReferenceAdditional(reference) => {
            let column = only(dialect, table, &reference.columns);
            (Additional, column, format!("the reference {} {additional}", arrow(reference)))
        }
    }
}

fn ty_name(column: &Column) -> &str {
    column.sql_type.trim_end_matches("[]").trim_matches('"')
}

fn comment(comment: &Option<String>) -> String {
    comment.as_ref().map_or("no comment".to_owned(), |comment| format!("the comment “{comment}”"))
}

fn generation(column: &Column) -> String {
    match &column.generated {
        _ if column.identity => "an identity".to_owned(),
        None => "without a default".to_owned(),
        Some(Generated::Default(expression)) => format!("DEFAULT {expression}"),
        Some(Generated::Computed { expression, stored }) => {
            let kept = if *stored { "STORED" } else { "VIRTUAL" };
            format!("GENERATED ALWAYS AS ({expression}) {kept}")
        }
        Some(Generated::Sequence(sequence)) => format!("filled from {}", sequence.name),
    }
}

fn label(index: &Index) -> String {
    let unique = if index.unique { "unique " } else { "" };
    let condition = index.condition.as_ref();
    let condition = condition.map_or(String::new(), |condition| format!(" where {condition}"));
    let nulls = if index.nulls_not_distinct { " with at most one NULL" } else { "" };
    format!("the {unique}index over ({}){nulls}{condition}", index.columns.join(", "))
}

fn check_label(check: &Check) -> String {
    let name = if check.name.is_empty() { "" } else { " " };
    format!("the check{name}{} ({})", check.name, check.condition)
}

fn arrow(reference: &ForeignKey) -> String {
    let rule = |event: &str, action: Action| {
        action.sql().map(|action| format!(" on {event} {}", action.to_lowercase()))
    };
    let rules = [rule("delete", reference.on_delete), rule("update", reference.on_update)];
    let deferrable = match reference.deferrable {
        Some(true) => " deferrable initially deferred",
        Some(false) => " deferrable",
        None => "",
    };
    let rules: String = rules.into_iter().flatten().collect();
    let columns = reference.columns.join(", ");
    format!("({columns}) → {}{rules}{deferrable}", reference.target_label())
}

/// Returns the column that a list of one names.
fn only<'a>(dialect: Dialect, table: &'a Table, columns: &[String]) -> Option<&'a Column> {
    match columns {
        [only] => table.column(dialect, only),
        _ => None,
    }
}

fn about<'a>(table: &'a Table, check: &Check) -> Option<&'a Column> {
    check.column.and_then(|column| table.columns.get(column))
}
