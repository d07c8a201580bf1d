//! How many rows share a statement.

use crate::backend::Dialect;
use crate::mapping::{ColumnSet, EntityMeta};
use crate::types::ColumnType;

/// The most rows of one statement: a longer text gains nothing.
const MAX_ROWS: usize = 500;

/// The most rows of one statement that sends them as arrays, one value for each column.
pub(super) const MAX_ROWS_AS_ARRAYS: usize = 10_000;

/// The most rows of a statement with CASE, which compares each row with every key.
pub(super) const MAX_ROWS_COMPARED: usize = 100;

/// Servers refuse statements that are too long: MySQL by default those over 16 MiB.
const MAX_BYTES: usize = 4 << 20;

/// Returns the most rows of a statement that has a placeholder for each value.
pub(super) fn max_rows_as_values(dialect: Dialect, binds_per_row: usize) -> usize {
    MAX_ROWS.min(dialect.max_binds() / binds_per_row.max(1)).max(1)
}

/// Returns `true` if these columns of many rows can be sent to the database as one array for each
/// column. An array of arrays would become one long array of their elements.
pub(super) fn fit_in_arrays(dialect: Dialect, meta: &EntityMeta, columns: ColumnSet) -> bool {
    dialect.forms().arrays
        && !columns.iter().any(|column| matches!(meta.columns[column].kind, ColumnType::Array(_)))
}

/// Splits rows into batches, by number and by size.
///
/// The first batches of a long list all have the same length, so that their statement is prepared
/// once.
pub(crate) fn batches(
    max_rows: usize,
    slots: &[u32],
    payload: impl Fn(u32) -> usize,
) -> impl Iterator<Item = &[u32]> {
    let mut rest = slots;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut bytes = 0;
        let fitting = rest.iter().take(max_rows).take_while(|&&slot| {
            bytes += payload(slot);
            bytes <= MAX_BYTES
        });
        // A row that is too long by itself is sent alone; the server decides.
        let (batch, others) = rest.split_at(fitting.count().max(1));
        rest = others;
        Some(batch)
    })
}

/// Returns `true` if the text of a batch of this length is used again, so that it is worth keeping
/// it prepared.
pub(crate) const fn is_full(rows: usize) -> bool {
    rows == MAX_ROWS || rows <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(max_rows: usize, rows: u32, bytes: usize) -> Vec<usize> {
        let slots: Vec<u32> = (0..rows).collect();
        batches(max_rows, &slots, |_| bytes).map(<[u32]>::len).collect()
    }

    #[test]
    fn batches_stay_below_every_limit() {
        let values = |binds| max_rows_as_values(Dialect::Sqlite, binds);
        assert_eq!(lengths(values(2), 1_001, 0), [500, 500, 1]);
        assert_eq!(lengths(values(100), 700, 0), [327, 327, 46]);
        assert_eq!(lengths(MAX_ROWS_AS_ARRAYS, 10_001, 0), [10_000, 1]);
        assert_eq!(lengths(MAX_ROWS_COMPARED, 3, 3 << 20), [1, 1, 1]);
        assert_eq!(lengths(MAX_ROWS_COMPARED, 2, 1 << 30), [1, 1], "too long alone goes alone");
    }
}
