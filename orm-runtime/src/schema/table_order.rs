//! The order of tables: a referenced table comes before those that reference it.

use std::iter;

use crate::backend::Dialect;
use crate::ddl::table::{ForeignKey, Table, same_schema};

/// Tables in the order in which they can be created.
#[derive(Debug)]
pub(super) struct Order {
    /// The positions of the tables. Without dependencies they keep the given order.
    pub(super) tables: Vec<usize>,
    /// The references that close a cycle, by table and position in it: they point to a table that
    /// comes later.
    pub(super) late: Vec<(usize, usize)>,
}

impl Order {
    pub(super) fn of(dialect: Dialect, tables: &[Table]) -> Self {
        let mut order = Order { tables: Vec::new(), late: Vec::new() };
        let mut seen = vec![Seen::No; tables.len()];
        for table in 0..tables.len() {
            order.visit(dialect, tables, table, &mut seen);
        }
        order
    }

    /// Adds a table after all tables that it references.
    fn visit(&mut self, dialect: Dialect, tables: &[Table], table: usize, seen: &mut [Seen]) {
        if seen[table] != Seen::No {
            return;
        }
        seen[table] = Seen::OnTheWay;
        for (place, reference) in tables[table].foreign_keys.iter().enumerate() {
            if !reference.constraint {
                continue;
            }
            let Some(target) = tables.iter().position(|to| leads_to(dialect, reference, to)) else {
                continue;
            };
            // A subtype's table stays after its base's table, even if the base's table references
            // it.
            let mut lineage = iter::successors(Some(target), |&at| base_of(dialect, tables, at));
            if target != table && lineage.any(|at| seen[at] == Seen::OnTheWay) {
                self.late.push((table, place));
            } else {
                self.visit(dialect, tables, target, seen);
            }
        }
        seen[table] = Seen::Done;
        self.tables.push(table);
    }
}

/// Returns the table of the base of a subtype's table.
fn base_of(dialect: Dialect, tables: &[Table], kind: usize) -> Option<usize> {
    let reference = tables[kind].foreign_keys.iter().find(|reference| reference.of_kind)?;
    tables.iter().position(|to| leads_to(dialect, reference, to))
}

/// Returns `true` if a reference points to this table.
pub(super) fn leads_to(dialect: Dialect, reference: &ForeignKey, table: &Table) -> bool {
    reference.table == table.name
        && same_schema(dialect, reference.schema.as_deref(), table.schema.as_deref())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    No,
    OnTheWay,
    Done,
}
