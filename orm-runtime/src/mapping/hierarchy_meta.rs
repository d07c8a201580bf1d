//! A hierarchy as data: its subtypes, its concrete subtypes, its tables.

use super::{
    CheckMeta, ColumnMeta, ColumnSet, EntityMeta, ForeignKeyMeta, IndexMeta, RelationshipMeta,
};
use crate::types::Code;

/// A hierarchy: its subtypes and their tables.
#[derive(Debug, Clone, Copy)]
pub struct HierarchyMeta {
    /// The position of the discriminator column.
    pub discriminator: usize,
    /// The structs, each after the struct that it builds on; the first is the base of all.
    pub subtypes: &'static [SubtypeMeta],
    /// The variants of the enum, in order.
    pub concrete: &'static [ConcreteMeta],
    /// The tables, each after the table whose key it shares. Each is the metadata of the enum with
    /// the names of this table and of its key.
    pub tables: &'static [EntityMeta],
}

/// A struct of a hierarchy, and what it adds to its base.
#[derive(Debug, Clone, Copy)]
pub struct SubtypeMeta {
    /// The name of the struct.
    pub name: &'static str,
    /// The subtype that it builds on.
    pub base: Option<usize>,
    /// The table of its columns, by its position in [`HierarchyMeta::tables`].
    pub table: usize,
    /// The columns that it adds.
    pub own: ColumnSet,
    /// The columns that it and its bases add: the columns of an object that is exactly this
    /// subtype.
    pub lineage: ColumnSet,
    /// The columns of [`lineage`](Self::lineage) and of all subtypes that build on it: what a query
    /// for it reads.
    pub seen: ColumnSet,
    /// The indexes of the columns that it adds.
    pub indexes: &'static [IndexMeta],
    /// The checks that it adds.
    pub checks: &'static [CheckMeta],
    /// The references that it adds.
    pub foreign_keys: &'static [ForeignKeyMeta],
    /// The comment on its table, if it has a separate table.
    pub comment: Option<&'static str>,
    /// Where the columns of each subtype begin in a row of a query for this one.
    #[doc(hidden)]
    pub layout: &'static [u16],
}

/// A concrete subtype: a variant of the enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConcreteMeta {
    /// The name of the variant.
    pub name: &'static str,
    /// The subtype of its struct.
    pub subtype: usize,
    /// The value of the discriminator.
    pub code: Code,
}

impl HierarchyMeta {
    /// Returns `true` if a subtype is `of` or builds on it.
    pub const fn is(&self, subtype: usize, of: usize) -> bool {
        let mut next = Some(subtype);
        while let Some(subtype) = next {
            if subtype == of {
                return true;
            }
            next = self.subtypes[subtype].base;
        }
        false
    }

    /// Returns the concrete subtypes that are this subtype or build on it.
    pub fn concrete_of(&self, subtype: usize) -> impl Iterator<Item = &'static ConcreteMeta> {
        let (kinds, hierarchy) = (self.concrete, *self);
        kinds.iter().filter(move |kind| hierarchy.is(kind.subtype, subtype))
    }

    /// Returns the tables in which an object of this subtype has rows, each after the table whose
    /// key it shares.
    pub fn tables_of(&self, subtype: usize) -> Vec<usize> {
        let mut tables = Vec::new();
        let mut next = Some(subtype);
        while let Some(subtype) = next {
            let SubtypeMeta { base, table, .. } = self.subtypes[subtype];
            if tables.last() != Some(&table) {
                tables.push(table);
            }
            next = base;
        }
        tables.reverse();
        tables
    }

    /// Returns `true` if an object of this subtype has a row in a table.
    pub fn has_table(&self, subtype: usize, table: usize) -> bool {
        let mut subtypes = self.subtypes.iter().enumerate();
        subtypes.any(|(of, it)| it.table == table && self.is(subtype, of))
    }

    /// Returns the table of a column.
    pub fn table_of_column(&self, column: usize) -> usize {
        let subtype = self.subtypes.iter().find(|subtype| subtype.own.contains(column));
        subtype.map_or(0, |subtype| subtype.table)
    }

    /// Returns the columns of a table, without the key that it shares.
    pub fn columns_of_table(&self, table: usize) -> ColumnSet {
        let subtypes = self.subtypes.iter().filter(|subtype| subtype.table == table);
        subtypes.fold(ColumnSet::EMPTY, |columns, subtype| columns.or(subtype.own))
    }
}

impl EntityMeta {
    /// Returns its subtype, if it is part of a hierarchy.
    pub fn subtype_meta(&self) -> Option<&'static SubtypeMeta> {
        self.hierarchy.map(|hierarchy| &hierarchy.subtypes[self.subtype])
    }

    /// Returns the columns that a query for it reads, deferred columns included.
    pub fn seen(&self) -> ColumnSet {
        self.subtype_meta().map_or(ColumnSet::first(self.columns.len()), |subtype| subtype.seen)
    }

    /// Returns the columns that a query reads by default.
    pub(crate) fn visible(&self) -> impl Iterator<Item = usize> + use<> {
        let columns = self.columns;
        self.seen().iter().filter(move |&column| !columns[column].deferred)
    }

    /// Returns `true` if an object of a subtype of its hierarchy has a column.
    pub(crate) fn has(&self, subtype: usize, column: usize) -> bool {
        self.hierarchy.is_none_or(|hierarchy| hierarchy.subtypes[subtype].lineage.contains(column))
    }

    /// Returns which table of its hierarchy holds the columns that its struct adds.
    pub(crate) fn own_table(&self) -> usize {
        self.subtype_meta().map_or(0, |subtype| subtype.table)
    }

    /// Returns the metadata of the table of a column.
    pub fn table_with(&self, column: usize) -> &EntityMeta {
        match self.hierarchy {
            Some(hierarchy) => &hierarchy.tables[hierarchy.table_of_column(column)],
            None => self,
        }
    }
}

/// The columns of a subtype, and the number of other things that it adds. The rest may name other
/// subtypes of the hierarchy, and for these the compiler has to know the columns of all subtypes.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct SubtypeShape {
    /// The path of the struct, which identifies it.
    pub path: &'static str,
    /// `true` if it has a separate table.
    pub table: bool,
    pub columns: &'static [ColumnMeta],
    pub foreign_keys: usize,
    pub relationships: usize,
}

/// What a subtype adds.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct SubtypePiece {
    pub shape: SubtypeShape,
    pub name: &'static str,
    /// Its schema and table, if it has a separate one.
    pub table: Option<(Option<&'static str>, &'static str)>,
    /// The names of the key's columns in that table, if they differ from those in the base.
    pub key: &'static [&'static str],
    pub indexes: &'static [IndexMeta],
    pub checks: &'static [CheckMeta],
    pub foreign_keys: &'static [ForeignKeyMeta],
    pub relationships: &'static [RelationshipMeta],
    pub comment: Option<&'static str>,
}

/// The position of a subtype among all subtypes, and the positions of what it adds.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    pub subtype: usize,
    pub column: usize,
    pub foreign_key: usize,
    pub relationship: usize,
}
