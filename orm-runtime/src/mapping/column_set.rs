//! A set of columns of one entity, by position.

use std::fmt;

/// A set of columns of one entity, each by its position in [`EntityMeta::columns`].
///
/// The set has room for 128 columns, the most that a Diesel table can have.
///
/// [`EntityMeta::columns`]: crate::metadata::EntityMeta::columns
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnSet(u128);

impl ColumnSet {
    /// The empty set.
    pub const EMPTY: Self = ColumnSet(0);

    /// Returns the set of the first `columns` columns.
    pub const fn first(columns: usize) -> Self {
        match columns {
            0 => Self::EMPTY,
            128.. => ColumnSet(u128::MAX),
            _ => ColumnSet(u128::MAX >> (128 - columns)),
        }
    }

    /// Returns the set with `column` if `present` is `true`, and the same set otherwise.
    #[inline]
    #[must_use]
    pub const fn with(self, column: usize, present: bool) -> Self {
        ColumnSet(self.0 | ((present as u128) << column))
    }

    /// Returns the set without one column.
    #[must_use]
    pub const fn without(self, column: usize) -> Self {
        ColumnSet(self.0 & !(1 << column))
    }

    /// Returns `true` if the column is in the set.
    pub const fn contains(self, column: usize) -> bool {
        self.0 >> column & 1 == 1
    }

    /// Returns `true` if the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the number of columns in the set.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Returns the columns that are in both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        ColumnSet(self.0 & other.0)
    }

    /// Returns the columns that are in at least one of the sets.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        ColumnSet(self.0 | other.0)
    }

    /// Returns the set with every position increased by `columns`: the columns of a value object as
    /// positions in its entity.
    #[must_use]
    pub const fn behind(self, columns: usize) -> Self {
        ColumnSet(self.0 << columns)
    }

    /// Returns the positions in ascending order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let next = (rest != 0).then_some(rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(next)
        })
    }
}

impl FromIterator<usize> for ColumnSet {
    fn from_iter<I: IntoIterator<Item = usize>>(columns: I) -> Self {
        columns.into_iter().fold(Self::EMPTY, |set, column| set.with(column, true))
    }
}

impl fmt::Debug for ColumnSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
