//! The layout of each subtype: its base, the columns of its objects, and where the columns begin in
//! a row.

use super::same;
use crate::mapping::{ColumnSet, SubtypeMeta, SubtypePiece};

/// Returns the index of the base of a subtype, which is before it in its lineage.
const fn base_of(
    lineages: &[&[SubtypePiece]],
    pieces: &[SubtypePiece],
    path: &str,
) -> Option<usize> {
    let mut lineage = 0;
    while lineage < lineages.len() {
        let subtypes = lineages[lineage];
        let mut n = 1;
        while n < subtypes.len() {
            if same(subtypes[n].shape.path, path) {
                let mut base = 0;
                while base < pieces.len() {
                    if same(pieces[base].shape.path, subtypes[n - 1].shape.path) {
                        return Some(base);
                    }
                    base += 1;
                }
            }
            n += 1;
        }
        lineage += 1;
    }
    None
}

/// Returns, for a query for each subtype, where the columns of each subtype begin in a row.
/// Subtypes that the query does not read have `u16::MAX`.
pub const fn layouts<const L: usize>(
    lineages: &[&[SubtypePiece]],
    pieces: &[SubtypePiece],
) -> [[u16; L]; L] {
    let mut all = [[u16::MAX; L]; L];
    let mut of = 0;
    while of < L {
        let (mut next, mut subtype) = (0, 0);
        while subtype < L {
            if is_seen(lineages, pieces, subtype, of) {
                all[of][subtype] = next;
                let columns = pieces[subtype].shape.columns;
                let mut n = 0;
                while n < columns.len() {
                    next += !columns[n].deferred as u16;
                    n += 1;
                }
            }
            subtype += 1;
        }
        of += 1;
    }
    all
}

/// Returns `true` if one subtype is another one or builds on it.
const fn is(
    lineages: &[&[SubtypePiece]],
    pieces: &[SubtypePiece],
    subtype: usize,
    of: usize,
) -> bool {
    let mut next = Some(subtype);
    while let Some(subtype) = next {
        if subtype == of {
            return true;
        }
        next = base_of(lineages, pieces, pieces[subtype].shape.path);
    }
    false
}

const fn is_seen(
    lineages: &[&[SubtypePiece]],
    pieces: &[SubtypePiece],
    subtype: usize,
    of: usize,
) -> bool {
    is(lineages, pieces, subtype, of) || is(lineages, pieces, of, subtype)
}

/// Returns the metadata of the subtypes.
pub const fn subtypes<const L: usize>(
    lineages: &[&[SubtypePiece]],
    pieces: &'static [SubtypePiece; L],
    layouts: &'static [[u16; L]; L],
) -> [SubtypeMeta; L] {
    let mut all = [SubtypeMeta {
        name: "",
        base: None,
        table: 0,
        own: ColumnSet::EMPTY,
        lineage: ColumnSet::EMPTY,
        seen: ColumnSet::EMPTY,
        indexes: &[],
        checks: &[],
        foreign_keys: &[],
        comment: None,
        layout: &[],
    }; L];
    let (mut first, mut tables, mut n) = (0, 0, 0);
    while n < L {
        let piece = &pieces[n];
        let base = base_of(lineages, pieces, piece.shape.path);
        let table = match (piece.table, base) {
            (Some(_), _) => {
                tables += 1;
                tables - 1
            }
            (None, Some(base)) => all[base].table,
            (None, None) => 0,
        };
        let own = ColumnSet::first(piece.shape.columns.len()).behind(first);
        first += piece.shape.columns.len();
        let lineage = match base {
            Some(base) => own.or(all[base].lineage),
            None => own,
        };
        all[n] = SubtypeMeta {
            name: piece.name,
            base,
            table,
            own,
            lineage,
            seen: lineage,
            indexes: piece.indexes,
            checks: piece.checks,
            foreign_keys: piece.foreign_keys,
            comment: piece.comment,
            layout: &layouts[n],
        };
        n += 1;
    }
    n = 0;
    while n < L {
        let mut other = 0;
        while other < L {
            if is(lineages, pieces, other, n) {
                all[n].seen = all[n].seen.or(all[other].own);
            }
            other += 1;
        }
        n += 1;
    }
    all
}
