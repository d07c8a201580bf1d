//! The expected state of one session while the transactions of both are open.

use std::collections::{BTreeMap, BTreeSet};

use super::outcome::applied;
use super::rows::{Cell, Kind, OF_PAGE, Obj, Row, Rows};

/// What happens to a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    Insert(Row),
    Edit(BTreeMap<usize, Cell>),
    Delete,
}

/// The expected state of one session.
#[derive(Debug, Default)]
pub(crate) struct Side {
    pub(crate) objects: BTreeMap<u32, Obj>,
    /// What the next flush writes.
    pub(crate) pending: BTreeMap<u32, Change>,
    /// What the open transaction has written.
    pub(crate) own: BTreeMap<u32, Change>,
    pub(crate) is_open: bool,
    /// The rows as the open transaction first saw them, if it sees no others.
    pub(crate) view: Option<Rows>,
    /// Another transaction has been committed since then.
    pub(crate) is_outdated: bool,
    /// What was read of objects in the open transaction, which they show.
    pub(crate) read: Rows,
    /// The values that the session knows of the rows of pending edits. A value that is set back to
    /// it is not an edit.
    pub(crate) before: BTreeMap<(u32, usize), Cell>,
    /// Rows that the open transaction has only set to the values that they had. MariaDB locks such
    /// a row, and does not write it, so that the transaction goes on to see it as it first did.
    pub(crate) unwritten: BTreeSet<u32>,
    /// The open transaction has tried to write.
    pub(crate) tried: bool,
}

impl Side {
    /// The transaction has ended.
    pub(super) fn end(&mut self) {
        self.own.clear();
        self.unwritten.clear();
        self.read.clear();
        (self.is_open, self.view, self.tried) = (false, None, false);
        self.is_outdated = false;
    }

    /// Forgets the pending changes.
    pub(super) fn forget_pending(&mut self) {
        self.pending.clear();
        self.before.clear();
    }

    /// Returns the rows that the open transaction sees.
    pub(super) fn visible(&self, committed: &Rows) -> Rows {
        let mut rows = self.view.as_ref().unwrap_or(committed).clone();
        let mut own = self.own.clone();
        own.retain(|n, _| !self.unwritten.contains(n));
        // A row that it has written is the newest one, with its values.
        for (n, change) in &own {
            if let (Change::Edit(_), Some(row)) = (change, committed.get(n)) {
                rows.insert(*n, row.clone());
            }
        }
        let mut rows = applied(rows, &own);
        // Under repeatable read a note may still be seen, and its page is deleted.
        let pages: Vec<i64> = rows.keys().map(|&n| n.into()).collect();
        for row in rows.values_mut().filter(|row| row.kind == Kind::Note) {
            row.cells[OF_PAGE] = row.cells[OF_PAGE].filter(|page| pages.contains(page));
        }
        rows
    }

    pub(super) fn of(&self, kinds: &[Kind]) -> Vec<(u32, Obj)> {
        let objects = self.objects.iter().map(|(&n, &object)| (n, object));
        objects.filter(|(_, object)| kinds.contains(&object.kind())).collect()
    }
}

/// Adds changes to earlier ones of the same transaction.
pub(super) fn merge(own: &mut BTreeMap<u32, Change>, changes: BTreeMap<u32, Change>) {
    for (n, change) in changes {
        match (own.get_mut(&n), change) {
            (Some(Change::Insert(row)), Change::Edit(edits)) => {
                edits.into_iter().for_each(|(column, cell)| row.cells[column] = cell);
            }
            (Some(Change::Edit(before)), Change::Edit(edits)) => before.extend(edits),
            (Some(Change::Insert(_)), Change::Delete) => drop(own.remove(&n)),
            (_, change) => drop(own.insert(n, change)),
        }
    }
}
