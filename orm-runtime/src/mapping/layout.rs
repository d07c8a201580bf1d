//! Puts the subtypes of a hierarchy together at compile time: each derive sees one struct, and the
//! compiler combines their consts.

mod shared_columns;
mod subtype_layout;

pub use subtype_layout::{layouts, subtypes};

use super::hierarchy_meta::{At, SubtypePiece, SubtypeShape};
use super::meta::ColumnMeta;
use super::{
    CheckMeta, EntityMeta, ForeignKeyMeta, IndexMeta, OnDelete, RelationshipKind, RelationshipMeta,
};
use crate::types::{Code, ColumnType, EnumMeta};

/// The lengths of the arrays for a hierarchy.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    pub tables: usize,
    pub foreign_keys: usize,
    pub relationships: usize,
    pub indexes: usize,
    pub checks: usize,
}

/// Compares two strings in a const.
pub(super) const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut n = 0;
    while n < a.len() {
        if a[n] != b[n] {
            return false;
        }
        n += 1;
    }
    true
}

/// Returns the code of a variant. If there is no such variant, compilation fails with the message.
pub const fn code(meta: &EnumMeta, variant: &str, message: &'static str) -> Code {
    if meta.variants.is_empty() {
        // The discriminator is missing, and another error says so.
        return Code::Integer(0);
    }
    let mut n = 0;
    while n < meta.variants.len() {
        if same(meta.variants[n].name, variant) {
            return meta.variants[n].code;
        }
        n += 1;
    }
    panic!("{}", message)
}

/// Returns the lineage of a struct: the lineage of its base, then the struct.
pub const fn behind<T: Copy, const N: usize>(base: &[T], own: T) -> [T; N] {
    let mut all = [own; N];
    let mut n = 0;
    while n < base.len() {
        all[n] = base[n];
        n += 1;
    }
    all
}

const NO_SHAPE: SubtypeShape =
    SubtypeShape { path: "", table: false, columns: &[], foreign_keys: 0, relationships: 0 };

/// Stands for any struct, so that an error of the enum of the subtypes causes no second one.
pub const ANY: SubtypeShape = SubtypeShape { path: "*", ..NO_SHAPE };

const NO_PIECE: SubtypePiece = SubtypePiece {
    shape: NO_SHAPE,
    name: "",
    table: None,
    key: &[],
    indexes: &[],
    checks: &[],
    foreign_keys: &[],
    relationships: &[],
    comment: None,
};

/// The most subtypes of a hierarchy. More could not have a column each.
const MOST: usize = 128;

/// Merges some lineages. Returns their subtypes, each once and after its base, and the number of
/// subtypes.
const fn merge_shapes(lineages: &[&[SubtypeShape]]) -> ([SubtypeShape; MOST], usize) {
    let mut all = [NO_SHAPE; MOST];
    let (mut count, mut lineage) = (0, 0);
    while lineage < lineages.len() {
        let mut n = 0;
        while n < lineages[lineage].len() {
            let shape = lineages[lineage][n];
            let mut known = 0;
            while known < count && !same(all[known].path, shape.path) {
                known += 1;
            }
            if known == count {
                assert!(count < MOST, "a hierarchy has at most 128 subtypes");
                all[count] = shape;
                count += 1;
            }
            n += 1;
        }
        lineage += 1;
    }
    (all, count)
}

/// Counts the subtypes of a hierarchy, from the lineages of its concrete subtypes.
pub const fn count_subtypes(lineages: &[&[SubtypeShape]]) -> usize {
    merge_shapes(lineages).1
}

/// Returns the subtypes of a hierarchy, each once and after its base.
pub const fn shapes<const N: usize>(lineages: &[&[SubtypeShape]]) -> [SubtypeShape; N] {
    let (all, _) = merge_shapes(lineages);
    let mut first = [NO_SHAPE; N];
    let mut n = 0;
    while n < N {
        first[n] = all[n];
        n += 1;
    }
    first
}

/// Returns everything that is known of these subtypes.
pub const fn pieces<const N: usize>(
    lineages: &[&[SubtypePiece]],
    shapes: &[SubtypeShape],
) -> [SubtypePiece; N] {
    let mut all = [NO_PIECE; N];
    let mut lineage = 0;
    while lineage < lineages.len() {
        let mut n = 0;
        while n < lineages[lineage].len() {
            let piece = lineages[lineage][n];
            all[at(shapes, piece.shape.path, AMONG_ALL).subtype] = piece;
            n += 1;
        }
        lineage += 1;
    }
    all
}

/// A message that is never shown.
const AMONG_ALL: &str = "every lineage is among those of all subtypes";

/// Returns the position of a subtype. If the struct is not among the subtypes, compilation fails
/// with the message.
pub const fn at(shapes: &[SubtypeShape], path: &str, message: &'static str) -> At {
    let mut at = At { subtype: 0, column: 0, foreign_key: 0, relationship: 0 };
    while at.subtype < shapes.len() {
        let shape = shapes[at.subtype];
        if same(shape.path, path) || same(shape.path, ANY.path) {
            return at;
        }
        at.column += shape.columns.len();
        at.foreign_key += shape.foreign_keys;
        at.relationship += shape.relationships;
        at.subtype += 1;
    }
    panic!("{}", message)
}

/// Returns the number of the struct at the end of a lineage.
pub const fn subtype_of_shape(shapes: &[SubtypeShape], lineage: &[SubtypeShape]) -> usize {
    let last = lineage[lineage.len() - 1].path;
    at(shapes, last, AMONG_ALL).subtype
}

/// Returns the lengths of the arrays.
pub const fn sizes(pieces: &[SubtypePiece]) -> Sizes {
    let mut sizes = Sizes { tables: 0, foreign_keys: 0, relationships: 0, indexes: 0, checks: 0 };
    let mut n = 0;
    while n < pieces.len() {
        let piece = &pieces[n];
        sizes.tables += piece.table.is_some() as usize;
        sizes.foreign_keys += piece.foreign_keys.len();
        sizes.relationships += piece.relationships.len();
        sizes.indexes += piece.indexes.len();
        sizes.checks += piece.checks.len();
        n += 1;
    }
    sizes
}

/// Defines a function that joins the lists of all subtypes.
macro_rules! concatenate {
    ($(#[$doc:meta])* $name:ident, $field:ident: $item:ty, $nothing:expr) => {
        $(#[$doc])*
        pub const fn $name<const N: usize>(pieces: &[SubtypePiece]) -> [$item; N] {
            let mut all = [$nothing; N];
            let (mut count, mut piece) = (0, 0);
            while piece < pieces.len() {
                let mut n = 0;
                while n < pieces[piece].$field.len() {
                    all[count] = pieces[piece].$field[n];
                    count += 1;
                    n += 1;
                }
                piece += 1;
            }
            all
        }
    };
}

const NO_META: fn() -> &'static EntityMeta =
    || unreachable!("the lists have no more room than items");
const NO_FOREIGN_KEY: ForeignKeyMeta = ForeignKeyMeta::new(&[], NO_META, OnDelete::Restrict);
const NO_RELATIONSHIP: RelationshipMeta = RelationshipMeta {
    name: "",
    kind: RelationshipKind::ManyToOne,
    source: NO_META,
    target: NO_META,
    foreign_key: 0,
    association: None,
    order: &[],
    filter: None,
    delete_orphan: false,
};

concatenate!(
    /// Returns the references of all subtypes.
    foreign_keys, foreign_keys: ForeignKeyMeta, NO_FOREIGN_KEY
);
concatenate!(
    /// Returns the relationships of all subtypes.
    relationships, relationships: RelationshipMeta, NO_RELATIONSHIP
);
concatenate!(
    /// Returns the indexes of all subtypes.
    indexes, indexes: IndexMeta,
    IndexMeta { name: None, columns: &[], unique: false, condition: None }
);
concatenate!(
    /// Returns the checks of all subtypes.
    checks, checks: CheckMeta, CheckMeta { name: None, condition: "" }
);

/// Returns the columns of all subtypes. A subtype without a separate table has columns that are
/// NULL in the rows of other subtypes.
pub const fn columns<const N: usize>(shapes: &[SubtypeShape]) -> [ColumnMeta; N] {
    let mut all = [ColumnMeta::new("", "", ColumnType::Bool); N];
    let (mut count, mut subtype) = (0, 0);
    while subtype < shapes.len() {
        let mut n = 0;
        while n < shapes[subtype].columns.len() {
            all[count] = shapes[subtype].columns[n];
            all[count].nullable |= !shapes[subtype].table;
            count += 1;
            n += 1;
        }
        subtype += 1;
    }
    all
}

/// Counts the columns of all subtypes.
pub const fn count_columns(shapes: &[SubtypeShape]) -> usize {
    let (mut columns, mut subtype) = (0, 0);
    while subtype < shapes.len() {
        columns += shapes[subtype].columns.len();
        subtype += 1;
    }
    assert!(columns <= 128, "a hierarchy has at most 128 columns, counted over all subtypes");
    columns
}

/// Returns the columns with their names in each table. Only the key may have different names.
pub const fn columns_by_table<const T: usize, const N: usize>(
    pieces: &[SubtypePiece],
    columns: [ColumnMeta; N],
    key: &[usize],
) -> [[ColumnMeta; N]; T] {
    let mut all = [columns; T];
    let (mut table, mut piece) = (0, 0);
    while piece < pieces.len() {
        if pieces[piece].table.is_some() {
            let mut part = 0;
            while part < pieces[piece].key.len() && part < key.len() {
                all[table][key[part]].name = pieces[piece].key[part];
                part += 1;
            }
            table += 1;
        }
        piece += 1;
    }
    all
}

/// Returns the tables: the metadata of the enum with the names of each table.
pub const fn tables<const T: usize, const N: usize>(
    pieces: &[SubtypePiece],
    columns: &'static [[ColumnMeta; N]; T],
    meta: EntityMeta,
) -> [EntityMeta; T] {
    let mut all = [meta; T];
    let (mut table, mut piece) = (0, 0);
    while piece < pieces.len() {
        if let Some((schema, name)) = pieces[piece].table {
            all[table].schema = schema;
            all[table].table = name;
            all[table].columns = &columns[table];
            all[table].comment = pieces[piece].comment;
            if table > 0 {
                // These are columns of the base, and only its table has them.
                all[table].auto_key = false;
                all[table].version = None;
                all[table].soft_delete = None;
            }
            table += 1;
        }
        piece += 1;
    }
    all
}
