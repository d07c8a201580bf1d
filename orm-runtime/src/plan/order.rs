//! The order of the tables: one that is referred to comes before those that refer to it.

use crate::map::{ErasedArena, IdentityMap};

/// Tables that refer to each other, or one by itself.
#[derive(Debug)]
pub(super) struct Group {
    /// The numbers of the entities.
    pub(super) entities: Vec<usize>,
}

/// The tables with something to write, in groups: each group behind those that it refers to, as they
/// were used first where nothing depends.
///
/// Tables that have nothing to write need no place: their rows are there.
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

/// Tarjan's search for strongly connected components; it is as deep as there are entities.
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
    /// When it was reached, from 1.
    reached: usize,
    /// The earliest table to which a way leads.
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
        // Inside a group too, a table is behind those it leads to, but for one reference of a circle.
        let entities = self.left.iter().filter(|table| members.contains(table));
        let entities = entities.map(|&table| self.tables[table].0).collect();
        self.groups.push(Group { entities });
    }

    /// The tables to which one refers, by references and by plain columns.
    fn targets(&self, table: usize) -> Vec<usize> {
        let references = self.tables[table].1.meta().foreign_keys;
        let position = |entity| self.tables.iter().position(|(other, _)| *other == entity);
        references
            .iter()
            .filter_map(|reference| position((reference.target)().entity.index()))
            .collect()
    }
}
