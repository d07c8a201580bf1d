//! The order of rows that reference each other, as numbers: which rows come first, and which
//! references need a separate statement.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// The most statements for each table that are sent only for the sake of the order. Deeper
/// references, and references in a cycle, are set by one more UPDATE if they may be NULL.
pub(super) const MOST_LAYERS: u32 = 8;

/// A row that must wait for another one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dependency {
    /// The waiting row.
    pub(super) from: u32,
    /// The row that it waits for.
    pub(super) to: u32,
    /// `true` if the dependency can be left out, because the reference may be NULL for a while.
    pub(super) optional: bool,
    /// `true` if both rows can be in one statement, as long as they are in order.
    pub(super) together: bool,
    /// The number of the reference in its table. A reference is left out for all rows of a table,
    /// or for none.
    pub(super) reference: usize,
}

/// Rows in order.
#[derive(Debug, Default)]
pub(super) struct Layers {
    /// Layer and row.
    pub(super) rows: Vec<(u32, u32)>,
    /// The dependencies that are left out, by position.
    pub(super) postponed: Vec<usize>,
}

const NOT_YET: u32 = u32::MAX;

/// Orders rows, each after the rows that it waits for. Rows of one layer need no statement between
/// them. Within a layer they keep their order, table by table, if the dependencies allow it.
///
/// `referring` returns the row of a dependency that has the reference. The error is a cycle of
/// dependencies that are not optional.
pub(super) fn layers(
    tables: &[usize],
    dependencies: &[Dependency],
    referring: fn(&Dependency) -> u32,
) -> Result<Layers, Vec<usize>> {
    let mut sorting = Sorting::new(tables.len(), dependencies);
    sorting.run(|_| true, 0, MOST_LAYERS);
    while !sorting.is_done() && sorting.do_without_one(tables, referring) {
        sorting.begin_again();
        sorting.run(|_| true, 0, MOST_LAYERS);
    }
    if !sorting.is_done() {
        let next = sorting.next_layer();
        sorting.run(|dependency| !dependency.optional, next, NOT_YET);
    }
    if !sorting.is_done() {
        return Err(sorting.circle());
    }
    Ok(sorting.finish(tables))
}

struct Sorting<'a> {
    dependencies: &'a [Dependency],
    /// The dependencies that are left out because of cycles between tables; empty as long as there
    /// is no such cycle.
    without: Vec<bool>,
    /// The dependencies by the row that is waited for, and where the dependencies of each row
    /// begin.
    by_target: Vec<u32>,
    begins: Vec<u32>,
    /// By row: the layer. As long as a row has no position, this is the lowest layer that it can
    /// have.
    layer: Vec<u32>,
    /// By row: the position among all rows.
    place: Vec<u32>,
    placed: u32,
}

impl<'a> Sorting<'a> {
    fn new(rows: usize, dependencies: &'a [Dependency]) -> Self {
        let mut begins = vec![0_u32; rows + 1];
        for dependency in dependencies {
            begins[dependency.to as usize + 1] += 1;
        }
        for row in 0..rows {
            begins[row + 1] += begins[row];
        }
        let mut next = begins.clone();
        let mut by_target = vec![0_u32; dependencies.len()];
        for (n, dependency) in (0_u32..).zip(dependencies) {
            let at = &mut next[dependency.to as usize];
            by_target[*at as usize] = n;
            *at += 1;
        }
        let (layer, place) = (vec![0; rows], vec![NOT_YET; rows]);
        Sorting { dependencies, without: Vec::new(), by_target, begins, layer, place, placed: 0 }
    }

    fn is_kept(&self, dependency: usize) -> bool {
        !self.without.get(dependency).is_some_and(|&without| without)
    }

    fn begin_again(&mut self) {
        self.layer.fill(0);
        self.place.fill(NOT_YET);
        self.placed = 0;
    }

    fn is_placed(&self, row: u32) -> bool {
        self.place[row as usize] != NOT_YET
    }

    fn is_done(&self) -> bool {
        self.placed as usize == self.place.len()
    }

    fn next_layer(&self) -> u32 {
        let placed = (0_u32..).zip(&self.layer).filter(|(row, _)| self.is_placed(*row));
        placed.map(|(_, layer)| layer + 1).max().unwrap_or(0)
    }

    /// Gives positions to all rows that wait only for rows with positions, the first rows first, up
    /// to a layer.
    fn run(&mut self, counts: impl Fn(&Dependency) -> bool, first: u32, end: u32) {
        let dependencies = self.dependencies;
        let mut waits_for = vec![0_u32; self.place.len()];
        for (n, dependency) in
            dependencies.iter().enumerate().filter(|(_, dependency)| counts(dependency))
        {
            if self.is_kept(n) && !self.is_placed(dependency.from) && !self.is_placed(dependency.to)
            {
                waits_for[dependency.from as usize] += 1;
            }
        }
        let mut ready = BinaryHeap::new();
        for row in 0..self.place.len() as u32 {
            if !self.is_placed(row) {
                self.layer[row as usize] = first;
                if waits_for[row as usize] == 0 {
                    ready.push(Reverse(row));
                }
            }
        }
        while let Some(Reverse(row)) = ready.pop() {
            let layer = self.layer[row as usize];
            if layer >= end {
                continue;
            }
            self.place[row as usize] = self.placed;
            self.placed += 1;
            let range = self.begins[row as usize] as usize..self.begins[row as usize + 1] as usize;
            for &n in &self.by_target[range] {
                let dependency = &dependencies[n as usize];
                if !counts(dependency)
                    || !self.is_kept(n as usize)
                    || self.is_placed(dependency.from)
                {
                    continue;
                }
                let from = dependency.from as usize;
                self.layer[from] = self.layer[from].max(layer + u32::from(!dependency.together));
                waits_for[from] -= 1;
                if waits_for[from] == 0 {
                    ready.push(Reverse(dependency.from));
                }
            }
        }
    }

    /// Leaves out one reference in the cycles between tables: the reference of the fewest rows, or
    /// else a reference of the smallest table, whose rows are then less likely to be split into
    /// several statements. Returns `false` if there is no such reference.
    ///
    /// Within one table this would cost more: the rows of a cycle would be inserted in several
    /// statements for the sake of a shorter UPDATE.
    fn do_without_one(&mut self, tables: &[usize], referring: fn(&Dependency) -> u32) -> bool {
        if tables.iter().all(|table| Some(table) == tables.first()) {
            return false;
        }
        let circular = self.circular();
        let inside = |dependency: &Dependency| {
            circular[dependency.from as usize] && circular[dependency.to as usize]
        };
        let mut references: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        let mut between_tables = false;
        for (n, dependency) in self.dependencies.iter().enumerate() {
            if !self.is_kept(n) || !inside(dependency) {
                continue;
            }
            between_tables |= tables[dependency.from as usize] != tables[dependency.to as usize];
            if dependency.optional {
                let table = tables[referring(dependency) as usize];
                references.entry((table, dependency.reference)).or_default().push(n);
            }
        }
        let rows = |of: usize| tables.iter().filter(|&&table| table == of).count();
        let least = references.into_iter().min_by_key(|((table, _), of)| (of.len(), rows(*table)));
        let Some((_, least)) = least.filter(|_| between_tables) else { return false };
        self.without.resize(self.dependencies.len(), false);
        least.into_iter().for_each(|n| self.without[n] = true);
        true
    }

    /// Returns the rows without a position that are in cycles, or between two cycles.
    fn circular(&self) -> Vec<bool> {
        let pairs: Vec<(usize, usize)> = self
            .dependencies
            .iter()
            .map(|dependency| (dependency.from as usize, dependency.to as usize))
            .collect();
        let left = self.place.iter().map(|&place| place == NOT_YET).collect();
        circular(left, &pairs, &|n| self.is_kept(n))
    }

    /// Returns a cycle among the rows that have no position.
    fn circle(&self) -> Vec<usize> {
        let mut waits_by = vec![usize::MAX; self.place.len()];
        for (n, dependency) in self.dependencies.iter().enumerate().rev() {
            if !dependency.optional
                && !self.is_placed(dependency.from)
                && !self.is_placed(dependency.to)
            {
                waits_by[dependency.from as usize] = n;
            }
        }
        let Some(start) = waits_by.iter().position(|&n| n != usize::MAX) else { return Vec::new() };
        let mut seen_at = vec![usize::MAX; self.place.len()];
        let (mut row, mut way) = (start, Vec::new());
        while seen_at[row] == usize::MAX && waits_by[row] != usize::MAX {
            seen_at[row] = way.len();
            way.push(waits_by[row]);
            row = self.dependencies[waits_by[row]].to as usize;
        }
        way.split_off(seen_at[row].min(way.len()))
    }

    fn finish(self, tables: &[usize]) -> Layers {
        let mut rows: Vec<u32> = (0..self.place.len() as u32).collect();
        rows.sort_unstable_by_key(|&row| {
            let row = row as usize;
            (self.layer[row], tables[row], self.place[row])
        });
        let is_late = |dependency: &Dependency| {
            let (from, to) = (dependency.from as usize, dependency.to as usize);
            let before = self.layer[to] < self.layer[from];
            let beside = dependency.together && self.layer[to] == self.layer[from];
            !(before || beside && self.place[to] < self.place[from])
        };
        let postponed =
            (0..self.dependencies.len()).filter(|&n| is_late(&self.dependencies[n])).collect();
        let rows = rows.into_iter().map(|row| (self.layer[row as usize], row)).collect();
        Layers { rows, postponed }
    }
}

/// Returns the remaining rows that are in cycles of kept pairs, or between two cycles. Each pair is
/// a row and the row that it waits for.
pub(super) fn circular(
    mut left: Vec<bool>,
    pairs: &[(usize, usize)],
    kept: &dyn Fn(usize) -> bool,
) -> Vec<bool> {
    // First remove the rows that do not wait for a cycle, then the rows that no cycle waits for.
    for turned in [false, true] {
        let inside = |&n: &usize| kept(n) && left[pairs[n].0] && left[pairs[n].1];
        let inside: Vec<usize> = (0..pairs.len()).filter(inside).collect();
        let ends = |n: usize| if turned { (pairs[n].1, pairs[n].0) } else { pairs[n] };
        let mut next: Vec<Vec<usize>> = vec![Vec::new(); left.len()];
        let mut waits_for = vec![0_u32; left.len()];
        for (from, to) in inside.into_iter().map(ends) {
            waits_for[from] += 1;
            next[to].push(from);
        }
        let mut free: Vec<usize> =
            (0..left.len()).filter(|&row| left[row] && waits_for[row] == 0).collect();
        while let Some(row) = free.pop() {
            left[row] = false;
            for &from in &next[row] {
                waits_for[from] -= 1;
                if waits_for[from] == 0 {
                    free.push(from);
                }
            }
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Orders new rows, which wait for the rows that they reference.
    fn layers(tables: &[usize], dependencies: &[Dependency]) -> Result<Layers, Vec<usize>> {
        super::layers(tables, dependencies, |dependency| dependency.from)
    }

    fn dependency(from: u32, to: u32) -> Dependency {
        Dependency { from, to, optional: true, together: false, reference: 0 }
    }

    fn needed(from: u32, to: u32) -> Dependency {
        Dependency { optional: false, ..dependency(from, to) }
    }

    #[test]
    fn rows_come_behind_those_they_wait_for() {
        let dependencies = [dependency(0, 2), dependency(1, 2), dependency(3, 0)];
        let layers = layers(&[0; 4], &dependencies).expect("no circle");
        assert_eq!(layers.rows, [(0, 2), (1, 0), (1, 1), (2, 3)]);
        assert!(layers.postponed.is_empty());
    }

    #[test]
    fn rows_with_keys_need_no_layers() {
        let together = |from, to| Dependency { together: true, ..needed(from, to) };
        let layers = layers(&[0; 3], &[together(0, 1), together(1, 2)]).expect("no circle");
        assert_eq!(layers.rows, [(0, 2), (0, 1), (0, 0)]);
    }

    #[test]
    fn circles_and_depths_are_connected_later() {
        let circle = layers(&[0, 1], &[dependency(0, 1), needed(1, 0)]).expect("one may wait");
        assert_eq!(circle.rows, [(0, 0), (1, 1)]);
        assert_eq!(circle.postponed, [0]);

        let chain: Vec<_> = (1..100_000).map(|row| dependency(row, row - 1)).collect();
        let chain = layers(&vec![0; 100_000], &chain).expect("no circle");
        assert_eq!(chain.rows[7..10], [(7, 7), (8, 8), (8, 9)]);
        assert_eq!(chain.postponed.len(), 100_000 - 9);

        let needed: Vec<_> = (1..20).map(|row| needed(row, row - 1)).collect();
        let deep = layers(&[0; 20], &needed).expect("no circle");
        assert_eq!(deep.rows[19], (19, 19));
        assert!(deep.postponed.is_empty());
    }

    #[test]
    fn a_circle_between_tables_does_without_the_fewest_rows() {
        let of_ball = |row| dependency(row, 0);
        let mut dependencies = vec![of_ball(1), dependency(0, 1), of_ball(2), of_ball(3)];
        let circle = layers(&[0, 1, 1, 1], &dependencies).expect("one may wait");
        assert_eq!(circle.rows, [(0, 0), (1, 1), (1, 2), (1, 3)]);
        assert_eq!(circle.postponed, [1]);

        // The other reference of the same row stays, and so do references outside the cycle.
        dependencies.extend([Dependency { reference: 1, ..dependency(0, 4) }, dependency(5, 6)]);
        let circle = layers(&[0, 1, 1, 1, 1, 0, 1], &dependencies).expect("one may wait");
        assert_eq!(circle.postponed, [1]);

        // Inside one table, one UPDATE sets the references of all rows in the cycle.
        let circle = layers(&[0, 0], &[dependency(0, 1), dependency(1, 0)]).expect("both may wait");
        assert_eq!(circle.rows, [(0, 0), (0, 1)]);
        assert_eq!(circle.postponed, [0, 1]);
    }

    #[test]
    fn a_circle_in_which_none_can_wait_is_named() {
        let dependencies = [needed(0, 1), needed(1, 2), needed(2, 1), dependency(2, 0)];
        assert_eq!(layers(&[0, 1, 2], &dependencies).err(), Some(vec![1, 2]));
        assert_eq!(layers(&[0], &[needed(0, 0)]).err(), Some(vec![0]));
    }
}
