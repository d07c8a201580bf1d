//! The predicted effect of a flush on the rows: what is written, what is deleted along with a row,
//! and what is refused.

use std::collections::{BTreeMap, BTreeSet};

use crate::tables::*;
use crate::work::{Fault, Outcome, Shown, Waiting, differs, owners, references};

impl Outcome {
    /// Returns an outcome with these rows and no faults.
    pub(crate) fn of(rows: Rows) -> Self {
        Outcome { rows, faults: Vec::new(), doubts: Vec::new(), either: BTreeMap::new() }
    }

    /// Adds a fault if a changed key has references that do not follow it.
    pub(crate) fn keep_key(&mut self, view: &Rows, n: u32, waiting: &Waiting) {
        let edit = waiting.edits.get(&0).filter(|it| it.before.as_ref() != Some(&it.now));
        let subject = Remark.at("subject");
        let mut rows = view.rows.values();
        let refers = |it: &Row| it.table == Remark && it.cells[subject] == Cell::Ref(n);
        if edit.is_some() && !waiting.deleting && rows.any(refers) {
            self.faults.push(Fault::Kept(Label, n));
        }
    }

    /// Writes one object.
    pub(crate) fn save(
        &mut self,
        view: &Rows,
        n: u32,
        waiting: &Waiting,
        deleting: &mut BTreeSet<u32>,
    ) {
        let table = waiting.table;
        let edits = waiting.edits.iter().filter(|(_, it)| it.before.as_ref() != Some(&it.now));
        if waiting.new {
            let cells: Vec<Cell> = waiting.edits.values().map(|edit| edit.now.clone()).collect();
            if waiting.left && owners(table).all(|at| cells[at] == Cell::Null) {
                deleting.insert(n);
            }
            self.rows.rows.insert(n, Row { table, cells });
            return;
        }
        if !waiting.deleting && edits.clone().next().is_none() {
            return;
        }
        let version = table.columns().iter().position(|column| column.what == What::Version);
        let mut key = table.key_columns();
        let rekeyed = key.any(|at| waiting.believes[at].as_ref() != view.cell(n, at));
        let Some(row) = self.rows.rows.get_mut(&n).filter(|_| !rekeyed) else {
            // Deleting a row that is already gone has the intended effect.
            let wanted = waiting.deleting && version.is_none() || waiting.is_orphan();
            match wanted {
                // The row has another key now, and is not found by the object's key.
                true if rekeyed && view.rows.contains_key(&n) => {}
                true => drop(deleting.insert(n)),
                false => self.faults.push(Fault::Stale(table, n)),
            }
            let empty = Cell::Val(String::new());
            if table == Person && waiting.edits.values().any(|it| it.now == empty) {
                // An invalid object is found before anything is sent.
                self.doubts.push(Fault::Invalid(table, n));
            }
            for (&column, edit) in waiting.edits.iter() {
                if matches!(edit.now, Cell::Ref(to) if !view.rows.contains_key(&to)) {
                    // A new row may take the key of the target, which is found out first.
                    self.doubts.push(Fault::Nowhere(table, n, table.columns()[column].field));
                }
            }
            return;
        };
        if let Some(version) = version
            && waiting.believes.get(version).cloned().flatten().as_ref() != view.cell(n, version)
        {
            self.faults.push(Fault::Stale(table, n));
        }
        if waiting.deleting {
            deleting.insert(n);
            return;
        }
        for (&column, edit) in edits {
            let orphan = table.columns()[column].reference().is_some_and(|it| it.orphan);
            let stored = &row.cells[column];
            if orphan && edit.now == Cell::Null && edit.before.as_ref() != Some(stored) {
                // The row is not in the collection from which the object was taken.
                self.doubts.push(Fault::Stale(table, n));
                self.either.insert((n, column), stored.clone());
            }
            row.cells[column] = edit.now.clone();
        }
        let left = |column: usize| {
            let edit = waiting.edits.get(&column);
            edit.is_some_and(|it| it.now == Cell::Null && *view.cell(n, column).unwrap() != it.now)
                && !self.either.contains_key(&(n, column))
        };
        if owners(table).any(left) && owners(table).all(|at| row.cells[at] == Cell::Null) {
            deleting.insert(n);
        }
    }

    /// Handles a new row that may have the key of a deleted one. This proves that the old row is
    /// gone, so nothing is left to delete.
    pub(crate) fn take_key(
        &mut self,
        view: &Rows,
        n: u32,
        objects: &BTreeMap<u32, Waiting>,
        deleting: &mut BTreeSet<u32>,
    ) {
        let waiting = &objects[&n];
        let new = |it: &Waiting| it.new && it.table == waiting.table;
        if waiting.deleting && !view.rows.contains_key(&n) && objects.values().any(new) {
            let stale = Fault::Stale(waiting.table, n);
            if self.faults.contains(&stale) {
                self.believe_perhaps(|fault| *fault == stale);
                deleting.insert(n);
            }
        }
    }

    /// Turns faults into doubts: the call may fail or succeed.
    pub(crate) fn believe_perhaps(&mut self, which: impl Fn(&Fault) -> bool) {
        self.doubts.extend(self.faults.extract_if(.., |fault| which(fault)));
    }

    /// Deletes rows, and applies the cascade.
    pub(crate) fn delete(
        &mut self,
        view: &Rows,
        mut deleting: BTreeSet<u32>,
        shown: &Shown,
        objects: &BTreeMap<u32, Waiting>,
    ) {
        let is_new = |n: u32| objects.get(&n).is_some_and(|it| it.new);
        let mut unmade = BTreeMap::new();
        while let Some(target) = deleting.pop_first() {
            match self.rows.rows.get_mut(&target) {
                Some(row)
                    if row.table == Doc && !objects.get(&target).is_some_and(|it| it.purged) =>
                {
                    row.cells[Doc.at("deleted_at")] = Cell::Val("yes".to_owned());
                    continue;
                }
                // Even if the row is already gone, the cascade applies to the object.
                _ => drop(self.rows.rows.remove(&target)),
            }
            self.rows.ties.retain(|&(org, label)| org != target && label != target);
            self.follows(view, target, objects, &mut unmade);
            for (&n, row) in &mut self.rows.rows {
                for (column, reference) in references(row.table) {
                    // An object that only seems to reference it does not decide anything.
                    let believed = shown.get(&n).and_then(|cells| cells[column].clone());
                    let refers = row.cells[column] == Cell::Ref(target);
                    if (believed == Some(Cell::Ref(target)) || refers)
                        && shown.get(&n).is_some_and(|cells| differs(cells, view, n))
                    {
                        self.doubts.push(Fault::Stale(row.table, n));
                    }
                    match reference.on_delete {
                        _ if !refers => {}
                        // A stored object is not lost because of one that was never stored.
                        OnDelete::Cascade if is_new(target) && !is_new(n) => {}
                        OnDelete::Cascade => drop(deleting.insert(n)),
                        OnDelete::Nullify => row.cells[column] = Cell::Null,
                    }
                }
            }
        }
    }

    /// Applies the cascade to objects whose rows are gone. An object is deleted along with the
    /// target of its edited reference, and the missing row is not a fault. If the edit set a
    /// reference that was NULL, the edit is discarded.
    fn follows(
        &mut self,
        view: &Rows,
        target: u32,
        objects: &BTreeMap<u32, Waiting>,
        unmade: &mut BTreeMap<u32, BTreeSet<usize>>,
    ) {
        for (&n, waiting) in objects.iter().filter(|(_, it)| !it.new && !it.deleting) {
            let there = references(waiting.table).filter(|(at, reference)| {
                let edit = waiting.edits.get(at);
                edit.is_some_and(|it| it.before == Some(Cell::Null) && it.now == Cell::Ref(target))
                    && matches!(reference.on_delete, OnDelete::Nullify)
            });
            for (at, _) in there {
                unmade.entry(n).or_default().insert(at);
                self.either.extend(view.cell(n, at).map(|cell| ((n, at), cell.clone())));
            }
            let left = |at: &usize| unmade.get(&n).is_some_and(|unmade| !unmade.contains(at));
            if unmade.contains_key(&n)
                && !waiting.edits.keys().any(|at| left(at) && waiting.is_edited(*at))
            {
                self.faults.retain(|fault| *fault != Fault::Stale(waiting.table, n));
            }
        }
        let gone = |n: u32| !view.rows.contains_key(&n);
        for (&n, waiting) in objects.iter().filter(|(n, waiting)| !waiting.new && gone(**n)) {
            let cascades = references(waiting.table).any(|(at, reference)| {
                let edited = waiting.edits.get(&at).is_some_and(|it| it.now == Cell::Ref(target));
                edited && matches!(reference.on_delete, OnDelete::Cascade)
            });
            if cascades {
                self.faults.retain(|fault| *fault != Fault::Stale(waiting.table, n));
            }
        }
    }

    /// Adds faults for what the database or a hook refuses.
    pub(crate) fn check(&mut self, view: &Rows, shown: &Shown, objects: &BTreeMap<u32, Waiting>) {
        let mut unique: Vec<(&'static str, Vec<Cell>, u32)> = Vec::new();
        for (&n, row) in &self.rows.rows {
            let columns = row.table.columns();
            let waits = objects.get(&n).is_some_and(|it| it.new || !it.edits.is_empty());
            for (column, cell) in columns.iter().zip(&row.cells) {
                match column.what {
                    What::Slot => unique.push((column.field, vec![cell.clone()], n)),
                    What::Ref(reference) => {
                        if reference.unique {
                            unique.push((column.field, vec![cell.clone()], n));
                        }
                        if *cell == Cell::Null && reference.required {
                            self.faults.push(Fault::Unset(row.table, n));
                        }
                        if let Cell::Ref(to) = cell
                            && !self.rows.rows.contains_key(to)
                        {
                            self.faults.push(Fault::Nowhere(row.table, n, column.field));
                        }
                    }
                    _ if waits && column.field == "text" && *cell == Cell::Val(String::new()) => {
                        self.faults.push(Fault::Invalid(row.table, n));
                    }
                    _ => {}
                }
            }
            if row.table == Member {
                unique.push(("key", row.cells[2..].to_vec(), n));
            }
        }
        let mut taken: BTreeMap<(Table, &str, Vec<Cell>), u32> = BTreeMap::new();
        for (field, cells, n) in
            unique.into_iter().filter(|(_, cells, _)| !cells.contains(&Cell::Null))
        {
            let table = self.rows.rows[&n].table;
            let at = table.columns().iter().position(|column| column.field == field);
            if let Some(at) = at
                && view.cell(n, at) != cells.first()
                && is_held_unseen(view, shown, (table, at, &cells[0]))
            {
                self.doubts.push(Fault::Taken(table, n, field));
            }
            if let Some(other) = taken.insert((table, field, cells), n) {
                self.faults.push(Fault::Taken(table, n, field));
                self.faults.push(Fault::Taken(table, other, field));
            }
        }
        for &(org, label) in &self.rows.ties {
            for n in [org, label] {
                if !self.rows.rows.contains_key(&n) {
                    self.faults.push(Fault::Nowhere(Org, n, "tie"));
                }
            }
        }
    }
}

/// Returns `true` if a row has a value that its object does not know, so that the object does not
/// release it before another row takes it.
fn is_held_unseen(view: &Rows, shown: &Shown, (table, at, value): (Table, usize, &Cell)) -> bool {
    let mut rows = view.rows.iter().filter(|(_, row)| row.table == table);
    rows.any(|(n, row)| {
        let believed = shown.get(n).and_then(|cells| cells[at].as_ref());
        row.cells[at] == *value && believed != Some(value)
    })
}
