//! Detects changes that lose something.

use super::super::compare::{Change, What};
use super::super::same_types::{holds, normal_type};
use super::Plan;
use crate::ddl::names::is_made_of_a_condition;
use crate::ddl::table::{Column, Generated, Index, Table};

impl Plan<'_> {
    /// Returns `true` if a change loses values, or removes something that is not in the mapping.
    pub(super) fn is_destructive(&self, change: &Change<'_>) -> bool {
        let mut own = self.changes.iter().filter(|other| std::ptr::eq(other.table, change.table));
        match change.what {
            What::ColumnAdditional(found) => {
                !matches!(found.generated, Some(Generated::Computed { .. }))
            }
            What::ColumnType(column, found) => {
                let wanted = normal_type(self.dialect, &column.sql_type);
                !holds(self.dialect, &wanted, &found.sql_type)
            }
            What::Generation(column, found) => {
                let computed =
                    |column: &Column| matches!(column.generated, Some(Generated::Computed { .. }));
                computed(column) && !computed(found)
            }
            // Not if another one of its name replaces it, unless the mapping has no words for it.
            What::IndexAdditional(index) => !self.is_over_columns(change.table, index)
                || !own.any(
                    |other| matches!(other.what, What::IndexMissing(new) if new.name == index.name),
                ),
            What::CheckAdditional(check) => {
                !(is_made_of_a_condition(&change.table.name, &check.name)
                    && own.any(|other| matches!(other.what, What::CheckMissing(_))))
            }
            What::ReferenceAdditional(_) => true,
            // The mapping does not describe when a reference is checked.
            What::ReferenceDiffers(_, found) => found.deferrable.is_some(),
            What::Collation(_, found) => found.collation.is_some(),
            What::TypeDiffers(_, wanted, found) => {
                found.codes.iter().any(|code| !wanted.codes.contains(code))
            }
            _ => false,
        }
    }

    /// Returns `true` if the mapping could declare the index: it is over columns, and not over an
    /// expression, in another order, or of another kind, such as GIN or FULLTEXT.
    fn is_over_columns(&self, table: &Table, index: &Index) -> bool {
        let found = self.found.table(self.dialect, table);
        let is_column = |name: &String| {
            found.is_some_and(|found| found.columns.iter().any(|column| column.name == *name))
        };
        index.columns.iter().all(is_column)
    }
}
