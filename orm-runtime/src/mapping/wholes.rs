//! Fields of several columns: value objects, enums of references, references to keys of several
//! columns.

use super::{ColumnSet, EntityMeta, GeneratedBy};

/// The columns of each field that has several columns. Such a field is one value: if one of its
/// columns changes, all are written. So a row never has half of a value that one session wrote, and
/// half of a value that another one wrote.
#[derive(Debug)]
pub(crate) struct Wholes(Vec<ColumnSet>);

impl Wholes {
    /// Finds these fields of an entity. It leaves out columns of the key, because they find the
    /// row, and computed columns.
    pub(crate) fn of(meta: &EntityMeta) -> Self {
        let computed =
            |n: &usize| matches!(meta.columns[*n].generated, Some(GeneratedBy::Computed(_)));
        let written = |n: &usize| !meta.key.contains(n) && !computed(n);
        let mut wholes: Vec<ColumnSet> = Vec::new();
        let mut enter = |columns: &mut dyn Iterator<Item = usize>| {
            let columns: ColumnSet = columns.filter(written).collect();
            if columns.len() > 1 && !wholes.contains(&columns) {
                wholes.push(columns);
            }
        };
        // The path of a column in a value object begins with the field of the entity.
        let outer = |n: usize| meta.columns[n].field.split_once('.').map(|(outer, _)| outer);
        for n in 0..meta.columns.len() {
            if let Some(field) = outer(n) {
                enter(&mut (0..meta.columns.len()).filter(|&other| outer(other) == Some(field)));
            }
        }
        for n in 0..meta.foreign_keys.len() {
            let references = meta.alternatives(n);
            enter(&mut references.flat_map(|n| meta.foreign_keys[n].columns.iter().copied()));
        }
        Wholes(wholes)
    }

    /// Returns the columns that are written if some columns changed: these, and the other columns
    /// of their fields that the object has.
    pub(crate) fn with(&self, changed: ColumnSet, has: impl Fn() -> ColumnSet) -> ColumnSet {
        let concerned = self.0.iter().filter(|whole| !whole.and(changed).is_empty());
        concerned.fold(changed, |columns, whole| columns.or(whole.and(has())))
    }
}
