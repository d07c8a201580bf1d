//! The order of the tables: a table comes before the tables that reference it.

use crate::map::{ErasedArena, IdentityMap};

/// Tables that reference each other, or a single table.
#[derive(Debug)]
pub(super) struct Group {
    /// The numbers of the entities.
    pub(super) entities: Vec<usize>,
}

/// Returns the tables with pending changes, in groups: each group after the groups that it
/// references. Independent groups are in the order of first use.
///
/// Tables without pending changes need no position, because their rows exist.
pub(super) fn groups(map: &IdentityMap) -> Vec<Group> {
    let tables: Vec<_> = map.arenas().filter(|(_, table)| !table.is_clean()).collect();
    if let [(entity, _)] = tables[..] {
        return vec![Group { entities: vec![entity] }];
    }
    let mut search = Search { tables, ..Search::default() };
    search.marks = vec![Mark::default(); search.tables.len()];
    for table in 0..search.tables.len() {
        search.visit(table);
    }
    search.groups
}

/// Tarjan's search for strongly connected components. Its recursion is as deep as there are
/// entities.
#[derive(Default)]
struct Search<'m> {
    tables: Vec<(usize, &'m dyn ErasedArena)>,
    marks: Vec<Mark>,
    count: usize,
    open: Vec<usize>,
    /// Entities in the order in which they were left.
    left: Vec<usize>,
    groups: Vec<Group>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    /// The number of its visit, from 1.
    reached: usize,
    /// The earliest table that can be reached from it.
    root: usize,
    is_open: bool,
}

impl Search<'_> {
    fn visit(&mut self, table: usize) {
        if self.marks[table].reached > 0 {
            return;
        }
        self.count += 1;
        self.marks[table] = Mark { reached: self.count, root: self.count, is_open: true };
        self.open.push(table);
        for target in self.targets(table) {
            if self.marks[target].reached == 0 {
                self.visit(target);
                self.marks[table].root = self.marks[table].root.min(self.marks[target].root);
            } else if self.marks[target].is_open {
                self.marks[table].root = self.marks[table].root.min(self.marks[target].reached);
            }
        }
        self.left.push(table);
        if self.marks[table].root != self.marks[table].reached {
            return;
        }
        let from = self.open.iter().position(|&open| open == table).unwrap_or_default();
        let members = self.open.split_off(from);
        for &member in &members {
            self.marks[member].is_open = false;
        }
        // Inside a group too, a table is after the tables that it references, except for one
        // reference of a cycle.
        let entities = self.left.iter().filter(|table| members.contains(table));
        let entities = entities.map(|&table| self.tables[table].0).collect();
        self.groups.push(Group { entities });
    }

    /// Returns the tables that a table references, by references and by plain columns.
    fn targets(&self, table: usize) -> Vec<usize> {
        let references = self.tables[table].1.meta().foreign_keys;
        let position = |entity| self.tables.iter().position(|(other, _)| *other == entity);
        references
            .iter()
            .filter_map(|reference| position((reference.target)().entity.index()))
            .collect()
    }
}
