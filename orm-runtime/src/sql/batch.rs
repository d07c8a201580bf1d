//! How many rows share a statement.

use crate::backend::Dialect;

/// Rows that share one statement at the most: beyond it a longer text gains nothing.
const MAX_ROWS: usize = 500;

/// PostgreSQL gets the rows as arrays, one value a column, whatever their number.
const MAX_ROWS_AS_ARRAYS: usize = 10_000;

/// MySQL compares each row with every key of the statement.
const MAX_ROWS_COMPARED: usize = 100;

/// Servers refuse statements that are too long: MySQL by default those over 16 MiB.
const MAX_BYTES: usize = 4 << 20;

/// Cuts rows into batches, by number, by bound values and by size.
///
/// The first batches of a long list all have the same length, so that their statement is prepared
/// once.
pub(crate) fn batches<'a>(
    dialect: Dialect,
    slots: &'a [u32],
    binds_per_row: usize,
    compared: bool,
    payload: impl Fn(u32) -> usize + 'a,
) -> impl Iterator<Item = &'a [u32]> {
    let by_number = match dialect {
        Dialect::Postgres => MAX_ROWS_AS_ARRAYS,
        Dialect::Mysql if compared => MAX_ROWS_COMPARED,
        Dialect::Sqlite | Dialect::Mysql => {
            MAX_ROWS.min(dialect.max_binds() / binds_per_row.max(1)).max(1)
        }
    };
    let mut rest = slots;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut bytes = 0;
        let fitting = rest.iter().take(by_number).take_while(|&&slot| {
            bytes += payload(slot);
            bytes <= MAX_BYTES
        });
        // A row that is too long by itself goes alone; the server decides.
        let (batch, others) = rest.split_at(fitting.count().max(1));
        rest = others;
        Some(batch)
    })
}

/// Whether the text of a batch of this length comes again, so that it is worth to keep it prepared.
pub(crate) const fn is_full(rows: usize) -> bool {
    rows == MAX_ROWS || rows <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(dialect: Dialect, rows: u32, binds: usize, bytes: usize) -> Vec<usize> {
        let slots: Vec<u32> = (0..rows).collect();
        batches(dialect, &slots, binds, false, |_| bytes).map(<[u32]>::len).collect()
    }

    #[test]
    fn batches_stay_below_every_limit() {
        assert_eq!(lengths(Dialect::Sqlite, 1_001, 2, 0), [500, 500, 1]);
        assert_eq!(lengths(Dialect::Sqlite, 700, 100, 0), [327, 327, 46]);
        assert_eq!(lengths(Dialect::Postgres, 10_001, 100, 0), [10_000, 1]);
        assert_eq!(lengths(Dialect::Mysql, 3, 1, 3 << 20), [1, 1, 1]);
        assert_eq!(lengths(Dialect::Mysql, 2, 1, 1 << 30), [1, 1], "too long alone goes alone");
    }
}
