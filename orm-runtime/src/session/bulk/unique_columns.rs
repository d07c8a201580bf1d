//! Columns that a call names: those of a unique set, and those to write.

use diesel::{AppearsOnTable, Column};

use crate::error::{Error, Result};
use crate::mapping::{ColumnSet, Entity, EntityMeta, UniqueSet};

/// A column or a tuple of columns, as [`Bulk::on`](super::bulk_builder::Bulk::on) and
/// [`Bulk::set`](super::bulk_builder::Bulk::set) accept.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column or a tuple of columns of `{T}`",
    note = "write a column, as in `.on(user::name)`, or a tuple of columns, as in `.on((price::shop, price::code))`"
)]
pub trait ColumnNames<T: Entity, M> {
    /// Returns the names of the columns.
    fn names(self) -> Vec<&'static str>;
}

/// A single column.
#[doc(hidden)]
#[derive(Debug)]
pub struct One;

/// A tuple of columns.
#[doc(hidden)]
#[derive(Debug)]
pub struct Several;

impl<T: Entity, C: Column + AppearsOnTable<T::From>> ColumnNames<T, One> for C {
    fn names(self) -> Vec<&'static str> {
        vec![C::NAME]
    }
}

macro_rules! tuples {
    ($(($($column:ident),*))*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: Entity, $($column: Column + AppearsOnTable<T::From>),*> ColumnNames<T, Several>
            for ($($column,)*)
        {
            fn names(self) -> Vec<&'static str> {
                vec![$($column::NAME),*]
            }
        }
    )*};
}

tuples! {
    (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H) (A, B, C, D, E, F, G, H, I) (A, B, C, D, E, F, G, H, I, J)
    (A, B, C, D, E, F, G, H, I, J, K) (A, B, C, D, E, F, G, H, I, J, K, L)
}

/// Finds the unique set of these columns. Without names it is the key. `action` is what cannot be
/// done otherwise.
pub(super) fn unique_set(
    meta: &EntityMeta,
    names: Option<&[&'static str]>,
    action: &str,
) -> Result<UniqueSet> {
    let tables = meta.all_tables();
    if tables.len() > 1 {
        return Err(Error::Configuration(format!(
            "the rows of {} are in {} tables, and cannot be {action} by one statement: use merge() instead",
            meta.name,
            tables.len()
        )));
    }
    let sets = meta.unique_sets();
    let Some(names) = names else {
        return Ok(UniqueSet { columns: meta.key.to_vec(), condition: None });
    };
    let is_meant = |set: &&UniqueSet| {
        let mut columns = set.columns.iter().map(|&column| meta.columns[column].name);
        set.columns.len() == names.len() && columns.all(|column| names.contains(&column))
    };
    let meant: Vec<_> = sets.iter().filter(is_meant).collect();
    // A set without a condition holds for all rows.
    let whole = meant.iter().copied().find(|set| set.condition.is_none());
    let text = |sets: &[&UniqueSet]| {
        let sets: Vec<_> = sets.iter().map(|set| meta.unique_set_text(set)).collect();
        sets.join(", ")
    };
    let (entity, wanted) = (meta.name, names.join(", "));
    let only = || meant.first().copied().filter(|_| meant.len() == 1);
    if let Some(set) = whole.or_else(only) {
        return Ok(set.clone());
    }
    Err(Error::Configuration(match meant.is_empty() {
        true => format!(
            "rows of {entity} cannot be {action} by ({wanted}), which is not a unique set; \
             its unique sets are {}",
            text(&sets.iter().collect::<Vec<_>>())
        ),
        false => format!(
            "rows of {entity} cannot be {action} by ({wanted}), which several unique indexes have: {}",
            text(&meant)
        ),
    }))
}

/// Returns the columns with these names, which `call` names.
///
/// # Errors
/// [`Error::Configuration`] for a column that no such call can write: one by which rows are found,
/// the version, and the discriminator.
pub(super) fn written_columns(
    meta: &EntityMeta,
    names: &[&'static str],
    found_by: &[usize],
    call: &str,
) -> Result<ColumnSet> {
    let mut columns = ColumnSet::EMPTY;
    for (position, column) in meta.columns.iter().enumerate() {
        if !names.contains(&column.name) {
            continue;
        }
        let why = if found_by.contains(&position) || meta.key.contains(&position) {
            "rows are found by it"
        } else if meta.version == Some(position) {
            "a version grows by itself"
        } else if meta.hierarchy.is_some_and(|hierarchy| hierarchy.discriminator == position) {
            "it says of which subtype a row is"
        } else {
            columns = columns.with(position, true);
            continue;
        };
        return Err(Error::Configuration(format!(
            "{call}() cannot name {} of {}: {why}; leave it out",
            column.name, meta.name
        )));
    }
    Ok(columns)
}
