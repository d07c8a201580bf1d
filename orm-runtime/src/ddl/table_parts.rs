//! What each struct of a hierarchy adds to its table. An entity outside hierarchies adds all of its
//! columns.

use crate::mapping::{ColumnSet, EntityMeta};

/// A struct, and what it adds to its table.
pub(super) struct Part {
    /// The metadata with the names of this table and of its key. Its indexes, conditions and
    /// references are those that this struct adds; its columns are all columns.
    pub(super) meta: EntityMeta,
    /// The columns that it adds.
    columns: ColumnSet,
    /// The table whose key it shares, if it has a separate table that joins another one.
    pub(super) base: Option<&'static EntityMeta>,
    /// Whether it is a subtype without a separate table.
    pub(super) shares_table: bool,
}

/// Returns the structs of an entity's hierarchy, each after its base; otherwise the entity itself.
pub(super) fn parts(meta: &'static EntityMeta) -> Vec<Part> {
    let Some(hierarchy) = meta.hierarchy else {
        let columns = ColumnSet::first(meta.columns.len());
        return vec![Part { meta: *meta, columns, base: None, shares_table: false }];
    };
    let subtypes = hierarchy.subtypes.iter().map(|subtype| {
        let base = subtype.base.map(|base| hierarchy.subtypes[base].table);
        Part {
            meta: EntityMeta {
                name: subtype.name,
                indexes: subtype.indexes,
                checks: subtype.checks,
                foreign_keys: subtype.foreign_keys,
                hierarchy: meta.hierarchy,
                ..hierarchy.tables[subtype.table]
            },
            columns: subtype.own,
            shares_table: base == Some(subtype.table),
            base: base.filter(|base| *base != subtype.table).map(|base| &hierarchy.tables[base]),
        }
    });
    subtypes.collect()
}

/// Returns the metadata of an entity's table; for a subtype without a separate table, of its
/// base's.
pub(super) fn own_table(meta: &'static EntityMeta) -> &'static EntityMeta {
    match meta.hierarchy {
        Some(hierarchy) => &hierarchy.tables[hierarchy.subtypes[meta.subtype].table],
        None => meta,
    }
}

impl Part {
    /// Returns the positions of the columns that it adds.
    pub(super) fn columns(&self) -> impl Iterator<Item = usize> {
        self.columns.iter()
    }

    /// Returns the positions of the key's columns, if it shares them with the table of its base.
    pub(super) fn key(&self) -> impl Iterator<Item = usize> {
        let key = self.base.map_or(&[][..], |_| self.meta.key);
        key.iter().copied()
    }

    /// Returns `true` if a column is part of a key, an index or a reference, for which MySQL needs
    /// a length.
    pub(super) fn is_keyed(&self, at: usize) -> bool {
        // An index of a subtype may contain columns of its base.
        let all = self.meta.hierarchy.map_or(&self.meta, |hierarchy| &hierarchy.tables[0]);
        let column = &all.columns[at];
        column.unique
            || column.index
            || all.key.contains(&at)
            || all.indexes.iter().any(|index| index.columns.contains(&at))
            || all.foreign_keys.iter().any(|reference| reference.columns.contains(&at))
    }
}
