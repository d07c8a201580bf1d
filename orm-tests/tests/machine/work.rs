//! What waits in a session, as the machine has asked for it, and what a flush makes of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::pieces::Obj;
use crate::tables::*;

/// What waits in a session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Work {
    pub(crate) objects: BTreeMap<u32, Waiting>,
    /// Rows of the association that are to come or to go.
    pub(crate) ties: BTreeMap<(u32, u32), bool>,
}

/// What waits of one object.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) table: Table,
    pub(crate) object: Obj,
    pub(crate) new: bool,
    pub(crate) doomed: bool,
    /// The fields that were set, by column: what they are now, and what they were before.
    pub(crate) edits: BTreeMap<usize, Edit>,
    /// What a stored object showed when it was changed first: what it believes.
    pub(crate) believes: Vec<Option<Cell>>,
    /// A new object was in a collection that deletes what leaves it, and left.
    pub(crate) left: bool,
    /// Its row goes for good.
    pub(crate) purged: bool,
}

impl Waiting {
    /// Whether the object differs from its row, as far as it knows that.
    pub(crate) fn is_dirty(&self) -> bool {
        let mut edits = self.edits.values();
        self.new || edits.any(|edit| edit.before.as_ref() != Some(&edit.now))
    }

    /// Whether a column is not what it was.
    pub(crate) fn is_edited(&self, column: usize) -> bool {
        let edit = self.edits.get(&column);
        edit.is_some_and(|edit| edit.before.as_ref() != Some(&edit.now))
    }

    /// Whether a stored object was taken out of the last collection that deletes what leaves it, as far as the
    /// object itself says.
    fn is_orphan(&self) -> bool {
        let edited = |at: usize| self.edits.get(&at);
        let is_null = |at: usize| match edited(at) {
            Some(edit) => edit.now == Cell::Null,
            None => self.believes[at] == Some(Cell::Null),
        };
        let left = |at: usize| edited(at).is_some_and(|it| it.before != Some(Cell::Null));
        owners(self.table).all(is_null) && owners(self.table).any(left)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Edit {
    pub(crate) before: Option<Cell>,
    pub(crate) now: Cell,
}

/// Why a flush has to fail.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    /// A row is not as the object believes, or is gone.
    Stale(Table, u32),
    Invalid(Table, u32),
    /// A required reference is not set.
    Unset(Table, u32),
    /// A reference leads to no row.
    Nowhere(Table, u32, &'static str),
    Taken(Table, u32, &'static str),
    /// A key to which rows refer that the database does not pass on to them.
    Kept(Table, u32),
}

impl Fault {
    pub(crate) fn of(&self) -> (Table, u32) {
        match *self {
            Fault::Stale(table, n)
            | Fault::Invalid(table, n)
            | Fault::Unset(table, n)
            | Fault::Nowhere(table, n, _)
            | Fault::Kept(table, n)
            | Fault::Taken(table, n, _) => (table, n),
        }
    }
}

/// What a flush is to bring about.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The rows afterwards, if it succeeds.
    pub(crate) rows: Rows,
    /// If there are any, it has to fail for one of them.
    pub(crate) faults: Vec<Fault>,
    /// It may as well fail for one of these: what decides it is stale in memory.
    pub(crate) doubts: Vec<Fault>,
    /// Cells which may also be something else.
    pub(crate) either: BTreeMap<(u32, usize), Cell>,
}

impl Work {
    pub(crate) fn is_empty(&self) -> bool {
        self.ties.is_empty()
            && !self.objects.values().any(|it| it.new || it.doomed || !it.edits.is_empty())
    }

    /// Whether a flush sends something: what was set to what it was is not written.
    pub(crate) fn is_written(&self) -> bool {
        let differs = |edit: &Edit| edit.before.as_ref() != Some(&edit.now);
        let mut objects = self.objects.values();
        !self.ties.is_empty()
            || objects.any(|it| it.new || it.doomed || it.edits.values().any(differs))
    }

    /// What a cell of an object is as the session would write it.
    pub(crate) fn cell<'a>(&'a self, view: &'a Rows, n: u32, column: usize) -> Option<&'a Cell> {
        let edited = self.objects.get(&n).and_then(|it| it.edits.get(&column));
        edited.map(|edit| &edit.now).or_else(|| view.cell(n, column))
    }

    pub(crate) fn is_doomed(&self, n: u32) -> bool {
        self.objects.get(&n).is_some_and(|it| it.doomed)
    }

    /// What a flush is to make of the rows. `shown` is what objects in memory show.
    pub(crate) fn flush(&self, view: &Rows, shown: &Shown, passes_on: bool) -> Outcome {
        let mut outcome = Outcome::of(view.clone());
        let mut doomed = BTreeSet::new();
        for (&n, waiting) in &self.objects {
            outcome.save(view, n, waiting, &mut doomed);
            if !passes_on && waiting.table == Label {
                outcome.keep_key(view, n, waiting);
            }
        }
        self.lost_keys(view, shown, &mut outcome);
        for (&tie, &wanted) in &self.ties {
            match wanted {
                true => drop(outcome.rows.ties.insert(tie)),
                false => drop(outcome.rows.ties.remove(&tie)),
            }
        }
        outcome.delete(view, doomed, shown, &self.objects);
        outcome.check(&self.objects);
        outcome
    }

    /// What is written with a key that the database has changed elsewhere meanwhile leads nowhere.
    fn lost_keys(&self, view: &Rows, shown: &Shown, outcome: &mut Outcome) {
        let lost = |n: u32| {
            let waiting = self.objects.get(&n).map(|it| &it.believes);
            let (Some(believes), Some(row)) = (waiting.or(shown.get(&n)), view.rows.get(&n)) else {
                return false;
            };
            row.table.key_columns().any(|at| believes[at].as_ref() != Some(&row.cells[at]))
        };
        for (&n, waiting) in &self.objects {
            for (at, _) in references(waiting.table) {
                let edit = waiting.edits.get(&at).filter(|it| it.before.as_ref() != Some(&it.now));
                let Some(&Edit { now: Cell::Ref(to), .. }) = edit else { continue };
                let unknown = shown.get(&n).and_then(|cells| cells[at].as_ref());
                if lost(to) || view.rows.contains_key(&to) && unknown == Some(&Cell::Ref(0)) {
                    let field = waiting.table.columns()[at].field;
                    outcome.faults.push(Fault::Nowhere(waiting.table, n, field));
                }
            }
        }
        for (&(org, label), _) in self.ties.iter().filter(|(_, there)| **there) {
            if lost(label) {
                outcome.faults.push(Fault::Nowhere(Label, org, "tie"));
            }
        }
    }
}

/// What objects show.
pub(crate) type Shown = BTreeMap<u32, Vec<Option<Cell>>>;

impl Outcome {
    /// Rows as they are to be, where nothing is to fail.
    pub(crate) fn of(rows: Rows) -> Self {
        Outcome { rows, faults: Vec::new(), doubts: Vec::new(), either: BTreeMap::new() }
    }

    /// A key is changed to which rows refer.
    fn keep_key(&mut self, view: &Rows, n: u32, waiting: &Waiting) {
        let edit = waiting.edits.get(&0).filter(|it| it.before.as_ref() != Some(&it.now));
        let subject = Remark.at("subject");
        let mut rows = view.rows.values();
        let refers = |it: &Row| it.table == Remark && it.cells[subject] == Cell::Ref(n);
        if edit.is_some() && !waiting.doomed && rows.any(refers) {
            self.faults.push(Fault::Kept(Label, n));
        }
    }

    /// One object is written.
    fn save(&mut self, view: &Rows, n: u32, waiting: &Waiting, doomed: &mut BTreeSet<u32>) {
        let table = waiting.table;
        let edits = waiting.edits.iter().filter(|(_, it)| it.before.as_ref() != Some(&it.now));
        if waiting.new {
            let cells: Vec<Cell> = waiting.edits.values().map(|edit| edit.now.clone()).collect();
            if waiting.left && owners(table).all(|at| cells[at] == Cell::Null) {
                doomed.insert(n);
            }
            self.rows.rows.insert(n, Row { table, cells });
            return;
        }
        if !waiting.doomed && edits.clone().next().is_none() {
            return;
        }
        let version = table.columns().iter().position(|column| column.what == What::Version);
        let mut key = table.key_columns();
        let rekeyed = key.any(|at| waiting.believes[at].as_ref() != view.cell(n, at));
        let Some(row) = self.rows.rows.get_mut(&n).filter(|_| !rekeyed) else {
            // To delete a row that is gone already is what was wanted.
            let wanted = waiting.doomed && version.is_none() || waiting.is_orphan();
            match wanted {
                // The row has another key now, and is not found by the one that the object has.
                true if rekeyed && view.rows.contains_key(&n) => {}
                true => drop(doomed.insert(n)),
                false => self.faults.push(Fault::Stale(table, n)),
            }
            let empty = Cell::Val(String::new());
            if table == Person && waiting.edits.values().any(|it| it.now == empty) {
                // What is not valid is found before it is sent.
                self.doubts.push(Fault::Invalid(table, n));
            }
            return;
        };
        if let Some(version) = version
            && waiting.believes.get(version).cloned().flatten().as_ref() != view.cell(n, version)
        {
            self.faults.push(Fault::Stale(table, n));
        }
        if waiting.doomed {
            doomed.insert(n);
            return;
        }
        for (&column, edit) in edits {
            let orphan = table.columns()[column].reference().is_some_and(|it| it.orphan);
            let stored = &row.cells[column];
            if orphan && edit.now == Cell::Null && edit.before.as_ref() != Some(stored) {
                // What it was taken out of is not where it is.
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
            doomed.insert(n);
        }
    }

    /// Rows go, and what refers to them follows.
    fn delete(
        &mut self,
        view: &Rows,
        mut doomed: BTreeSet<u32>,
        shown: &Shown,
        objects: &BTreeMap<u32, Waiting>,
    ) {
        let is_new = |n: u32| objects.get(&n).is_some_and(|it| it.new);
        while let Some(target) = doomed.pop_first() {
            match self.rows.rows.get_mut(&target) {
                Some(row)
                    if row.table == Doc && !objects.get(&target).is_some_and(|it| it.purged) =>
                {
                    row.cells[Doc.at("deleted_at")] = Cell::Val("yes".to_owned());
                    continue;
                }
                // Where the row is gone already, what refers to the object follows all the same.
                _ => drop(self.rows.rows.remove(&target)),
            }
            self.rows.ties.retain(|&(org, label)| org != target && label != target);
            self.follows(view, target, objects);
            for (&n, row) in &mut self.rows.rows {
                for (column, reference) in references(row.table) {
                    // What is believed to refer to it and does not decides nothing.
                    let believed = shown.get(&n).and_then(|cells| cells[column].clone());
                    let refers = row.cells[column] == Cell::Ref(target);
                    if (believed == Some(Cell::Ref(target)) || refers)
                        && shown.get(&n).is_some_and(|cells| differs(cells, view, n))
                    {
                        self.doubts.push(Fault::Stale(row.table, n));
                    }
                    match reference.on_delete {
                        _ if !refers => {}
                        // A stored object is not lost for one that never was.
                        OnDelete::Cascade if is_new(target) && !is_new(n) => {}
                        OnDelete::Cascade => drop(doomed.insert(n)),
                        OnDelete::Nullify => row.cells[column] = Cell::Null,
                    }
                }
            }
        }
    }

    /// An object whose row is gone follows the target of its edited reference: that its row is gone is what
    /// was wanted.
    fn follows(&mut self, view: &Rows, target: u32, objects: &BTreeMap<u32, Waiting>) {
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

    /// What the database, or a hook, refuses.
    fn check(&mut self, objects: &BTreeMap<u32, Waiting>) {
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

/// The references of a table along which its rows are in collections that delete what leaves them.
pub(crate) fn owners(table: Table) -> impl Iterator<Item = usize> {
    references(table).filter(|(_, it)| it.orphan).map(|(at, _)| at)
}

/// Whether what is shown of a row is not what is stored.
pub(crate) fn differs(shown: &[Option<Cell>], view: &Rows, n: u32) -> bool {
    let Some(row) = view.rows.get(&n) else { return true };
    shown.iter().zip(&row.cells).any(|(shown, cell)| shown.as_ref().is_some_and(|it| it != cell))
}

/// The references of a table, by their columns.
pub(crate) fn references(table: Table) -> impl Iterator<Item = (usize, Ref)> {
    let columns = table.columns().iter().enumerate();
    columns.filter_map(|(n, column)| Some((n, column.reference()?)))
}
