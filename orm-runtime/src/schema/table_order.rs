//! The order of the tables: one that is referred to comes before those that refer to it.

use std::iter;

use crate::backend::Dialect;
use crate::ddl::table::{ForeignKey, Table, same_schema};

/// Tables in the order in which they can be made.
#[derive(Debug)]
pub(super) struct Order {
    /// Positions of the tables. Where nothing depends, they are as they were given.
    pub(super) tables: Vec<usize>,
    /// The references that close a cycle, by table and place in it: they lead to a table that comes
    /// later.
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

    /// Enters a table behind all that it refers to.
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
            // A kind's table stays behind its base's, be that the one that refers to it.
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

/// The table that a kind's table builds on.
fn base_of(dialect: Dialect, tables: &[Table], kind: usize) -> Option<usize> {
    let reference = tables[kind].foreign_keys.iter().find(|reference| reference.of_kind)?;
    tables.iter().position(|to| leads_to(dialect, reference, to))
}

/// Whether a reference leads to this table.
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
