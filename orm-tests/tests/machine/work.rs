//! The pending changes of a session as the machine made them, and their effect in a flush.

use std::collections::{BTreeMap, BTreeSet};

use crate::pieces::Obj;
use crate::tables::*;

/// The pending changes of a session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Work {
    pub(crate) objects: BTreeMap<u32, Waiting>,
    /// Rows of the association that will be inserted or deleted.
    pub(crate) ties: BTreeMap<(u32, u32), bool>,
}

/// The pending changes of one object.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) table: Table,
    pub(crate) object: Obj,
    pub(crate) new: bool,
    pub(crate) deleting: bool,
    /// The fields that were set, by column, with their new and previous values.
    pub(crate) edits: BTreeMap<usize, Edit>,
    /// What a stored object showed when it was first changed, which it believes.
    pub(crate) believes: Vec<Option<Cell>>,
    /// A new object was in a collection that deletes orphans, and left it.
    pub(crate) left: bool,
    /// Its row is purged.
    pub(crate) purged: bool,
}

impl Waiting {
    /// Returns `true` if the object differs from its row, by what it knows of the row.
    pub(crate) fn is_dirty(&self) -> bool {
        let mut edits = self.edits.values();
        self.new || edits.any(|edit| edit.before.as_ref() != Some(&edit.now))
    }

    /// Returns `true` if a column has a new value.
    pub(crate) fn is_edited(&self, column: usize) -> bool {
        let edit = self.edits.get(&column);
        edit.is_some_and(|edit| edit.before.as_ref() != Some(&edit.now))
    }

    /// Returns `true` if a stored object was taken out of its last collection that deletes orphans,
    /// by the object's own state.
    pub(crate) fn is_orphan(&self) -> bool {
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

/// Why a flush must fail.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// A row is not as the object believes, or is gone.
    Stale(Table, u32),
    Invalid(Table, u32),
    /// A required reference is not set.
    Unset(Table, u32),
    /// A reference has no row.
    Nowhere(Table, u32, &'static str),
    Taken(Table, u32, &'static str),
    /// A key has references that the database does not update.
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

/// The predicted result of a flush.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The rows afterwards, if it succeeds.
    pub(crate) rows: Rows,
    /// If there are any, it must fail for one of them.
    pub(crate) faults: Vec<Fault>,
    /// It may also fail for one of these, because the deciding value is stale in memory.
    pub(crate) doubts: Vec<Fault>,
    /// Cells that may also have another value.
    pub(crate) either: BTreeMap<(u32, usize), Cell>,
}

impl Work {
    pub(crate) fn is_empty(&self) -> bool {
        self.ties.is_empty()
            && !self.objects.values().any(|it| it.new || it.deleting || !it.edits.is_empty())
    }

    /// Returns `true` if a flush sends something. A field that was set to its previous value is not
    /// written.
    pub(crate) fn is_written(&self) -> bool {
        let differs = |edit: &Edit| edit.before.as_ref() != Some(&edit.now);
        let mut objects = self.objects.values();
        !self.ties.is_empty()
            || objects.any(|it| it.new || it.deleting || it.edits.values().any(differs))
    }

    /// Returns a cell of an object as the session would write it.
    pub(crate) fn cell<'a>(&'a self, view: &'a Rows, n: u32, column: usize) -> Option<&'a Cell> {
        let edited = self.objects.get(&n).and_then(|it| it.edits.get(&column));
        edited.map(|edit| &edit.now).or_else(|| view.cell(n, column))
    }

    pub(crate) fn is_deleting(&self, n: u32) -> bool {
        self.objects.get(&n).is_some_and(|it| it.deleting)
    }

    /// Returns the predicted effect of a flush on the rows. `shown` is what objects in memory show.
    pub(crate) fn flush(&self, view: &Rows, shown: &Shown, passes_on: bool) -> Outcome {
        let mut outcome = Outcome::of(view.clone());
        let mut deleting = BTreeSet::new();
        for (&n, waiting) in &self.objects {
            outcome.save(view, n, waiting, &mut deleting);
            outcome.take_key(view, n, &self.objects, &mut deleting);
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
        outcome.delete(view, deleting, shown, &self.objects);
        outcome.check(view, shown, &self.objects);
        outcome
    }

    /// Adds faults for references by a key that the other session has changed meanwhile, because no
    /// row has that key.
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

/// Returns the references of a table that put its rows into collections that delete orphans.
pub(crate) fn owners(table: Table) -> impl Iterator<Item = usize> {
    references(table).filter(|(_, it)| it.orphan).map(|(at, _)| at)
}

/// Returns `true` if an object shows other values than its row has.
pub(crate) fn differs(shown: &[Option<Cell>], view: &Rows, n: u32) -> bool {
    let Some(row) = view.rows.get(&n) else { return true };
    shown.iter().zip(&row.cells).any(|(shown, cell)| shown.as_ref().is_some_and(|it| it != cell))
}

/// Returns the references of a table, by their columns.
pub(crate) fn references(table: Table) -> impl Iterator<Item = (usize, Ref)> {
    let columns = table.columns().iter().enumerate();
    columns.filter_map(|(n, column)| Some((n, column.reference()?)))
}
