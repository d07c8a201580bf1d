//! The tables of objects: one table, or the tables of a subtype, which share their key.

use crate::map::ErasedArena;
use crate::mapping::{ColumnSet, EntityMeta};

/// Returns how many tables an entity has.
pub(crate) fn count(meta: &EntityMeta) -> usize {
    meta.hierarchy.map_or(1, |hierarchy| hierarchy.tables.len())
}

/// Returns the columns among these that are in one of the tables.
pub(super) fn part(meta: &EntityMeta, table: usize, columns: ColumnSet) -> ColumnSet {
    meta.hierarchy.map_or(columns, |hierarchy| columns.and(hierarchy.columns_of_table(table)))
}

/// Returns all columns that are in one of the tables.
pub(super) fn part_of(meta: &EntityMeta, table: usize) -> ColumnSet {
    part(meta, table, ColumnSet::first(meta.columns.len()))
}

/// Returns the columns that a new object writes in one of the tables, or `None` if it has no row
/// there.
pub(crate) fn given(arena: &dyn ErasedArena, slot: u32, table: usize) -> Option<ColumnSet> {
    let meta = arena.meta();
    let columns = part(meta, table, arena.insert_columns(slot));
    match table {
        0 => Some(columns),
        _ if has_row(arena, slot, table) => Some(columns.or(meta.key.iter().copied().collect())),
        _ => None,
    }
}

/// Groups rows by their columns. Rows with the same columns share a statement. The groups are in
/// the order of their first row.
pub(crate) fn shapes(rows: Vec<(u32, ColumnSet)>) -> Vec<(ColumnSet, Vec<u32>)> {
    let mut shapes: Vec<(ColumnSet, Vec<u32>)> = Vec::new();
    for (slot, columns) in rows {
        match shapes.iter_mut().find(|(shape, _)| *shape == columns) {
            Some((_, slots)) => slots.push(slot),
            None => shapes.push((columns, vec![slot])),
        }
    }
    shapes
}

/// Returns `true` if an object has a row in one of the tables.
pub(super) fn has_row(arena: &dyn ErasedArena, slot: u32, table: usize) -> bool {
    let hierarchy = arena.meta().hierarchy.filter(|_| table > 0);
    hierarchy.map_or(table == 0, |hierarchy| hierarchy.has_table(arena.subtype(slot), table))
}

/// Returns the columns of some objects that are in one of the tables.
pub(crate) fn parts(
    meta: &EntityMeta,
    table: usize,
    rows: &[(u32, ColumnSet)],
) -> Vec<(u32, ColumnSet)> {
    let rows = rows.iter().map(|&(slot, columns)| (slot, part(meta, table, columns)));
    rows.filter(|(_, columns)| !columns.is_empty()).collect()
}

/// Returns the changes of some objects in one of the tables. The version is in the base, and is
/// incremented by a change in any table.
pub(super) fn changes(
    meta: &EntityMeta,
    table: usize,
    rows: &[(u32, ColumnSet)],
) -> Vec<(u32, ColumnSet)> {
    if table > 0 || meta.version.is_none() {
        return parts(meta, table, rows);
    }
    rows.iter().map(|&(slot, columns)| (slot, part(meta, table, columns))).collect()
}

/// Returns `true` if a row that references itself can be inserted with its reference. In a
/// hierarchy this fails if the table of the target comes after the table of the reference.
pub(super) fn refers_back(meta: &EntityMeta, foreign_key: usize) -> bool {
    ends(meta, foreign_key).is_none_or(|(from, to)| from >= to)
}

/// Returns `true` if a row that references itself prevents its deletion. In a hierarchy it does not
/// if the table of the reference comes after the table of the target, because the row with the
/// reference is deleted first.
pub(super) fn holds_itself(meta: &EntityMeta, foreign_key: usize) -> bool {
    ends(meta, foreign_key).is_none_or(|(from, to)| from <= to)
}

/// Returns the table of a reference inside a hierarchy, and the table of its target.
fn ends(meta: &EntityMeta, foreign_key: usize) -> Option<(usize, usize)> {
    let hierarchy = meta.hierarchy?;
    let reference = &meta.foreign_keys[foreign_key];
    let from = reference.columns.first().map_or(0, |&it| hierarchy.table_of_column(it));
    Some((from, hierarchy.subtypes[(reference.target)().subtype].table))
}

/// Returns `true` if the columns in which two objects differ show that they are of different
/// subtypes.
pub(super) fn other_kind(meta: &EntityMeta, differing: ColumnSet) -> bool {
    meta.hierarchy.is_some_and(|hierarchy| differing.contains(hierarchy.discriminator))
}
