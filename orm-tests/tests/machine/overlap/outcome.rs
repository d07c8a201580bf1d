//! What a flush may do while the transaction of another session is open: the rows that it writes,
//! and why it must or may fail.

use std::collections::{BTreeMap, BTreeSet};

use orm_runtime::Dialect;

use super::rows::{Kind, OF_PAGE, PLACE, Row, Rows, VERSION};
use super::state::{Change, Side};

/// Why a flush fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// The other transaction has written, or locked, what the flush writes.
    Conflict,
    /// A row was changed or deleted by a transaction that has been committed.
    Stale,
    /// A place is taken.
    Taken,
    /// A page is gone.
    Nowhere,
}

/// The predicted result of a flush.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// What it does to each row, if it succeeds.
    pub(crate) changes: BTreeMap<u32, Change>,
    /// If there are any, it must fail for one of them, or for one of `may`.
    pub(crate) must: BTreeSet<Cause>,
    pub(crate) may: BTreeSet<Cause>,
}

/// Returns the rows with changes.
pub(crate) fn applied(mut rows: Rows, changes: &BTreeMap<u32, Change>) -> Rows {
    for (&n, change) in changes {
        match change {
            Change::Insert(row) => drop(rows.insert(n, row.clone())),
            Change::Delete => drop(rows.remove(&n)),
            Change::Edit(edits) => {
                let Some(row) = rows.get_mut(&n) else { continue };
                edits.iter().for_each(|(&column, &cell)| row.cells[column] = cell);
            }
        }
    }
    rows
}

/// Returns the page of a note.
fn page_of(row: &Row) -> Option<u32> {
    let of = row.cells[OF_PAGE].filter(|_| row.kind == Kind::Note)?;
    u32::try_from(of).ok()
}

impl Outcome {
    /// Predicts a flush. `versions` are the versions that deeds in memory show.
    pub(crate) fn of(
        dialect: Dialect,
        committed: &Rows,
        mine: &Side,
        other: &Side,
        versions: &BTreeMap<u32, i64>,
    ) -> Outcome {
        // The rows as statements that write meet them.
        let now = applied(committed.clone(), &mine.own);
        let mut outcome = Outcome::default();
        for (&n, change) in &mine.pending {
            outcome.write(&now, n, change, mine, versions);
        }
        outcome.delete_along(&now);
        if outcome.changes.is_empty() && outcome.must.is_empty() {
            if mine.pending.values().any(|change| *change == Change::Delete) {
                // The DELETE of a row that is gone needs the lock of a writer, or locks a gap.
                outcome.may.insert(Cause::Conflict);
            }
            return outcome;
        }
        outcome.take_places(&now);
        match dialect {
            Dialect::Sqlite => outcome.wait_for_writer(committed, mine, other),
            _ => outcome.wait_for_rows(dialect, &now, other),
        }
        outcome
    }

    fn write(
        &mut self,
        now: &Rows,
        n: u32,
        change: &Change,
        mine: &Side,
        versions: &BTreeMap<u32, i64>,
    ) {
        let row = now.get(&n);
        let version = row.filter(|row| row.kind == Kind::Deed).map(|row| row.cells[VERSION]);
        let has_version = versions.contains_key(&n);
        let outdated = has_version && version != Some(versions.get(&n).copied());
        let mut change = change.clone();
        match &mut change {
            Change::Insert(_) => {}
            Change::Delete if outdated => drop(self.must.insert(Cause::Stale)),
            // Deleting a row that is already gone has the intended effect.
            Change::Delete if row.is_none() => return,
            Change::Delete => {}
            Change::Edit(edits) => {
                edits.retain(|&column, cell| mine.before.get(&(n, column)) != Some(&*cell));
                if edits.is_empty() {
                    return;
                }
                let known = mine.read.get(&n).or_else(|| mine.view.as_ref()?.get(&n));
                let page = known.and_then(page_of);
                if row.is_none()
                    && page.is_some_and(|page| mine.pending.get(&page) == Some(&Change::Delete))
                {
                    // As far as its transaction knows, the note is deleted with its page.
                    self.may.insert(Cause::Stale);
                    return;
                }
                if row.is_none() || outdated {
                    self.must.insert(Cause::Stale);
                }
                if let Some(version) = versions.get(&n) {
                    edits.insert(VERSION, Some(version + 1));
                }
            }
        }
        self.changes.insert(n, change);
    }

    /// Deletes the notes of deleted pages: those whose rows belong to the page now, and those that
    /// this flush moves to it.
    fn delete_along(&mut self, now: &Rows) {
        let after = applied(now.clone(), &self.changes);
        for (&n, row) in &after {
            let Some(page) = page_of(row) else { continue };
            if matches!(self.changes.get(&page), Some(Change::Delete)) {
                self.changes.insert(n, Change::Delete);
            } else if !after.contains_key(&page) {
                self.must.insert(Cause::Nowhere);
            }
        }
    }

    /// Finds places that several pages would have.
    fn take_places(&mut self, now: &Rows) {
        let after = applied(now.clone(), &self.changes);
        let place = |row: &Row| (row.kind == Kind::Page).then(|| row.cells[PLACE]).flatten();
        for (n, row) in &after {
            let Some(wanted) = place(row) else { continue };
            if now.get(n).is_some_and(|row| place(row) == Some(wanted)) {
                continue;
            }
            let has = |(other, row): (&u32, &Row)| other != n && place(row) == Some(wanted);
            if after.iter().any(has) {
                self.must.insert(Cause::Taken);
            }
            if now.iter().any(has) {
                // The object of that row may not know that it has the place, and so does not give
                // it up first.
                self.may.insert(Cause::Taken);
            }
        }
    }

    /// SQLite has one writer, and it writes to the newest state or not at all.
    fn wait_for_writer(&mut self, committed: &Rows, mine: &Side, other: &Side) {
        let outdated = mine.view.as_ref().is_some_and(|view| view != committed);
        let has_lock = !mine.own.is_empty();
        if outdated && !has_lock || !other.own.is_empty() {
            // Nothing else can be found out first.
            self.must = BTreeSet::from([Cause::Conflict]);
            self.may.clear();
        } else if mine.is_outdated && !has_lock || other.is_open && other.tried {
            // The other transaction may have written and left everything as it was.
            self.may.insert(Cause::Conflict);
        }
    }

    /// The servers lock rows.
    fn wait_for_rows(&mut self, dialect: Dialect, now: &Rows, other: &Side) {
        let (mine, theirs) = (Locks::of(now, &self.changes), Locks::of(now, &other.own));
        let must = !mine.written.is_disjoint(&theirs.written)
            || !mine.keyed.is_disjoint(&theirs.shared)
            || !mine.shared.is_disjoint(&theirs.keyed);
        let same_row =
            !mine.written.is_disjoint(&theirs.shared) || !mine.shared.is_disjoint(&theirs.written);
        if must
            || same_row && dialect == Dialect::Mysql
            || mine.takes.iter().any(|place| theirs.places.contains(place))
        {
            self.must.insert(Cause::Conflict);
        }
        // A place that a locked page keeps is taken, or waited for.
        let kept = |place: &i64| {
            let has = |n: &u32| {
                now.get(n)
                    .is_some_and(|row| row.kind == Kind::Page && row.cells[PLACE] == Some(*place))
            };
            theirs.written.iter().any(has)
        };
        if mine.takes.iter().any(kept) {
            self.may.insert(Cause::Conflict);
        }
        // PostgreSQL checks the reference of a row again that is updated twice in a transaction.
        let pages = |changes: &BTreeMap<u32, Change>| -> BTreeSet<u32> {
            changes.keys().filter_map(|n| page_of(now.get(n)?)).collect()
        };
        if !pages(&self.changes).is_disjoint(&theirs.keyed)
            || !mine.keyed.is_disjoint(&pages(&other.own))
        {
            self.may.insert(Cause::Conflict);
        }
        if dialect == Dialect::Mysql && other.is_open && other.tried {
            // InnoDB locks gaps, and keeps the locks of statements that failed.
            self.may.insert(Cause::Conflict);
        }
    }
}

/// The locks of a transaction.
struct Locks {
    /// Rows that it has inserted, changed or deleted.
    written: BTreeSet<u32>,
    /// Rows among them that were deleted, or whose unique columns have changed.
    keyed: BTreeSet<u32>,
    /// Pages that it has referenced.
    shared: BTreeSet<u32>,
    /// Places that it takes, and places that it takes or gives up.
    takes: BTreeSet<i64>,
    places: BTreeSet<i64>,
}

impl Locks {
    fn of(now: &Rows, changes: &BTreeMap<u32, Change>) -> Self {
        let mut locks = Locks {
            written: changes.keys().copied().collect(),
            keyed: BTreeSet::new(),
            shared: BTreeSet::new(),
            takes: BTreeSet::new(),
            places: BTreeSet::new(),
        };
        for (&n, change) in changes {
            let before = now.get(&n);
            let is_page = match change {
                Change::Insert(row) => row.kind == Kind::Page,
                _ => before.is_some_and(|row| row.kind == Kind::Page),
            };
            let (edited, page): (BTreeMap<usize, _>, _) = match change {
                Change::Insert(row) => {
                    (row.cells.iter().copied().enumerate().collect(), page_of(row))
                }
                Change::Edit(edits) => {
                    let of = edits.get(&OF_PAGE).copied().flatten();
                    let is_note = before.is_some_and(|row| row.kind == Kind::Note);
                    (edits.clone(), of.filter(|_| is_note).and_then(|of| u32::try_from(of).ok()))
                }
                Change::Delete => (BTreeMap::from([(PLACE, None)]), None),
            };
            locks.shared.extend(page);
            if matches!(change, Change::Delete) {
                locks.keyed.insert(n);
            }
            if let Some(&place) = edited.get(&PLACE).filter(|_| is_page) {
                locks.keyed.insert(n);
                locks.takes.extend(place);
                locks.places.extend(place);
                locks.places.extend(before.and_then(|row| row.cells[PLACE]));
            }
        }
        locks
    }
}
