//! The tables of objects: one, or those of a subtype, which share their key.

use crate::map::ErasedArena;
use crate::mapping::{ColumnSet, EntityMeta};

/// How many tables an entity has.
pub(crate) fn count(meta: &EntityMeta) -> usize {
    meta.hierarchy.map_or(1, |hierarchy| hierarchy.tables.len())
}

/// Those of some columns that are in one of the tables.
pub(super) fn part(meta: &EntityMeta, table: usize, columns: ColumnSet) -> ColumnSet {
    meta.hierarchy.map_or(columns, |hierarchy| columns.and(hierarchy.columns_of_table(table)))
}

/// All columns that are in one of the tables.
pub(super) fn part_of(meta: &EntityMeta, table: usize) -> ColumnSet {
    part(meta, table, ColumnSet::first(meta.columns.len()))
}

/// The columns that the row of a new object gives in one of the tables, if it has one there.
pub(crate) fn given(arena: &dyn ErasedArena, slot: u32, table: usize) -> Option<ColumnSet> {
    let meta = arena.meta();
    let columns = part(meta, table, arena.insert_columns(slot));
    match table {
        0 => Some(columns),
        _ if has_row(arena, slot, table) => Some(columns.or(meta.key.iter().copied().collect())),
        _ => None,
    }
}

/// Rows of one shape share a statement; shapes come in the order of their first row.
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

/// Whether an object has a row in one of the tables.
pub(super) fn has_row(arena: &dyn ErasedArena, slot: u32, table: usize) -> bool {
    let hierarchy = arena.meta().hierarchy.filter(|_| table > 0);
    hierarchy.map_or(table == 0, |hierarchy| hierarchy.has_table(arena.subtype(slot), table))
}

/// The columns of some objects that are in one of the tables.
pub(crate) fn parts(
    meta: &EntityMeta,
    table: usize,
    rows: &[(u32, ColumnSet)],
) -> Vec<(u32, ColumnSet)> {
    let rows = rows.iter().map(|&(slot, columns)| (slot, part(meta, table, columns)));
    rows.filter(|(_, columns)| !columns.is_empty()).collect()
}

/// The changes of some objects in one of the tables. A version, which is in the base, grows whatever has
/// changed.
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

/// Whether a row that refers to itself can be inserted as it is: in a hierarchy the table that is referred
/// to must not come behind the one that refers.
pub(super) fn refers_back(meta: &EntityMeta, foreign_key: usize) -> bool {
    ends(meta, foreign_key).is_none_or(|(from, to)| from >= to)
}

/// Whether a row that refers to itself is in the way of its own DELETE: not in a hierarchy where the table
/// that refers is behind the one that is referred to, for then its row goes before.
pub(super) fn holds_itself(meta: &EntityMeta, foreign_key: usize) -> bool {
    ends(meta, foreign_key).is_none_or(|(from, to)| from <= to)
}

/// The tables of a hierarchy between which a reference leads inside it.
fn ends(meta: &EntityMeta, foreign_key: usize) -> Option<(usize, usize)> {
    let hierarchy = meta.hierarchy?;
    let reference = &meta.foreign_keys[foreign_key];
    let from = reference.columns.first().map_or(0, |&it| hierarchy.table_of_column(it));
    Some((from, hierarchy.subtypes[(reference.target)().subtype].table))
}

/// Whether the columns in which two objects differ say that they are of different subtypes.
pub(super) fn other_kind(meta: &EntityMeta, differing: ColumnSet) -> bool {
    meta.hierarchy.is_some_and(|hierarchy| differing.contains(hierarchy.discriminator))
}
