//! References that prevent a change of a column's type.

use super::super::compare::{Change, What};
use super::{Phase, Plan};
use crate::ddl::alter;
use crate::ddl::table::{ForeignKey, Table};

impl Plan<'_> {
    /// Drops references before a change, and adds them again afterwards, if the type of a column
    /// cannot be changed while a reference uses it.
    pub(super) fn free_references(&mut self, changed: &Table, own: &[&Change<'_>]) {
        if !self.dialect.definitions().references_hold_types {
            return;
        }
        for change in own {
            let (What::ColumnType(column, _) | What::Collation(column, _)) = change.what else {
                continue;
            };
            for table in &self.found.tables {
                for reference in &table.foreign_keys {
                    let uses = std::ptr::eq(table, changed)
                        && reference.columns.contains(&column.name)
                        || reference.table == changed.name
                            && reference.target.contains(&column.name);
                    if uses && !self.is_changed(reference) {
                        self.free_reference(change, table, reference);
                    }
                }
            }
        }
    }

    pub(super) fn is_changed(&self, reference: &ForeignKey) -> bool {
        self.changes.iter().any(|change| match change.what {
            What::ReferenceDiffers(_, found) | What::ReferenceAdditional(found) => {
                std::ptr::eq(found, reference)
            }
            _ => false,
        })
    }

    fn free_reference(&mut self, change: &Change<'_>, table: &Table, reference: &ForeignKey) {
        let drop = alter::drop_reference(self.dialect, table, reference, false);
        if self.entries.iter().any(|entry| entry.step.sql.contains(&drop)) {
            return;
        }
        self.add(Phase::DropRules, change, false, vec![drop]);
        let again = alter::add_reference(self.dialect, table, reference);
        self.add(Phase::References, change, false, vec![again]);
    }
}
