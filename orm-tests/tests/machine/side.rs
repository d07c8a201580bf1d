//! The machine's model of one session: its pending changes, what its transaction sees, and what its
//! objects show.

use std::collections::{BTreeMap, BTreeSet};

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;

use crate::collections::{By, COLLECTIONS, Collection};
use crate::op::Options;
use crate::pieces::{Held, Look, Obj, Piece, each};
use crate::read::{Found, Numbers};
use crate::tables::*;
use crate::work::{Edit, Waiting, Work};

/// The expected state of one of the sessions.
#[derive(Debug)]
pub(crate) struct Side {
    pub(crate) options: Options,
    pub(crate) work: Work,
    /// The rows that the open transaction sees.
    pub(crate) view: Option<Found>,
    /// The transaction has written.
    pub(crate) wrote: bool,
    /// The rows that the transaction saw at the beginning of each savepoint.
    pub(crate) marks: Vec<Found>,
    /// The live objects, and what they show.
    pub(crate) live: BTreeMap<u32, Obj>,
    /// The objects in memory when the transaction first wrote outside the objects.
    pub(crate) written_past: Option<BTreeSet<u32>>,
    /// Objects that were first read after that, in a scope that was undone. Their rows may be
    /// different ones.
    pub(crate) unproven: BTreeSet<u32>,
    /// New objects that were rolled back before they were written.
    pub(crate) lost: BTreeMap<u32, Waiting>,
    /// Targets of references of stored objects at that time, whose rows may have been undone. They
    /// come back with them.
    pub(crate) lost_targets: BTreeSet<u32>,
    /// Connections that were undone with them.
    pub(crate) lost_ties: BTreeSet<(u32, u32)>,
    /// Objects that may show earlier values of their rows.
    pub(crate) stale: BTreeSet<u32>,
    pub(crate) shown: BTreeMap<u32, Vec<Option<Cell>>>,
    /// Collections that were loaded in this transaction, by owner and index in `COLLECTIONS`.
    pub(crate) believed: BTreeSet<(u32, usize)>,
    /// Objects that were not in a collection when it was loaded, by owner and index, although they
    /// were shown to reference the owner. If such an object comes back to the collection, it is in
    /// it after the next load.
    pub(crate) disproved: BTreeSet<(u32, usize, u32)>,
    /// Without expiry: the other session has committed since.
    pub(crate) outdated: bool,
    /// What it knows about one row is now true of another.
    pub(crate) misled: bool,
    /// It has been cleared since the last call.
    pub(crate) cleared: bool,
    /// Objects that need not know about changes outside them.
    pub(crate) excused: BTreeSet<u32>,
}

/// A description of a fault.
pub(crate) type Wrong = String;

/// Returns a fault if a condition does not hold.
macro_rules! hold {
    ($condition:expr, $($what:tt)*) => {
        if !$condition {
            return Err(format!($($what)*));
        }
    };
}
pub(crate) use hold;

impl Side {
    pub(crate) fn new(options: Options) -> Self {
        Side {
            options,
            work: Work::default(),
            view: None,
            wrote: false,
            marks: Vec::new(),
            live: BTreeMap::new(),
            stale: BTreeSet::new(),
            written_past: None,
            unproven: BTreeSet::new(),
            lost: BTreeMap::new(),
            lost_targets: BTreeSet::new(),
            lost_ties: BTreeSet::new(),
            shown: BTreeMap::new(),
            believed: BTreeSet::new(),
            disproved: BTreeSet::new(),
            outdated: false,
            misled: false,
            cleared: false,
            excused: BTreeSet::new(),
        }
    }

    /// Returns the rows as the session sees them.
    pub(crate) fn found<'a>(&'a self, committed: &'a Found) -> &'a Found {
        self.view.as_ref().unwrap_or(committed)
    }

    /// Returns the stored objects in memory that are not marked as deleted, and new objects, in the
    /// order of their numbers.
    pub(crate) fn objects(&self, of: impl Fn(Table) -> bool) -> Vec<(u32, Obj)> {
        let live = self.live.iter().map(|(&n, &object)| (n, object));
        live.filter(|&(_, object)| of(table_of(object))).collect()
    }

    /// Returns `true` if pending changes reference a row.
    pub(crate) fn work_refers_to(&self, n: u32) -> bool {
        let mut edits = self.work.objects.values().flat_map(|it| it.edits.values());
        let mut ties = self.work.ties.keys();
        edits.any(|edit| edit.now == Cell::Ref(n)) || ties.any(|it| it.0 == n || it.1 == n)
    }

    /// Returns `true` if it would confuse an earlier row with the new row that has its key: pending
    /// changes reference the earlier row, or without expiry the row is still in memory.
    pub(crate) fn is_misled_by(&self, before: u32) -> bool {
        self.work_refers_to(before) || !self.options.expire && self.knows(before)
    }

    /// Records that the transaction has written outside its objects.
    pub(crate) fn write_past(&mut self) {
        self.written_past.get_or_insert_with(|| self.live.keys().copied().collect());
    }

    /// Records that an object leaves the session, and that its row is read again after the write.
    pub(crate) fn comes_again(&mut self, n: u32) {
        if let Some(before) = &mut self.written_past {
            before.remove(&n);
        }
    }

    /// Records which objects are shown to be in a collection that was loaded, and are not in it.
    pub(crate) fn disprove(&mut self, owner: u32, at: usize, rows: &Rows) {
        let By::Reference(field) = COLLECTIONS[at].by else { return };
        self.disproved.retain(|&(of, place, _)| (of, place) != (owner, at));
        let column = COLLECTIONS[at].members.at(field);
        let refers = |cell: Option<&Cell>| cell == Some(&Cell::Ref(owner));
        let of = self.live.iter().filter(|&(_, &it)| table_of(it) == COLLECTIONS[at].members);
        let gone = of.map(|(&n, _)| n).filter(|&n| {
            let shown = self.shown.get(&n).and_then(|cells| cells[column].as_ref());
            refers(shown) && !refers(rows.cell(n, column))
        });
        self.disproved.extend(gone.map(|n| (owner, at, n)));
    }

    /// Records the same if rows of the association in memory show it.
    pub(crate) fn disprove_ties(
        &mut self,
        session: &Session,
        owner: u32,
        at: usize,
        found: &Found,
    ) {
        let By::Ties { from_org } = COLLECTIONS[at].by else { return };
        self.disproved.retain(|&(of, place, _)| (of, place) != (owner, at));
        let shown = tied(&Side::known_ties(session, &found.numbers), owner, from_org);
        let there = tied(&found.rows.ties, owner, from_org);
        self.disproved.extend(shown.difference(&there).map(|&n| (owner, at, n)));
    }

    /// Records that the transaction, or one of its savepoints, was undone. Objects deleted in it
    /// are back.
    pub(crate) fn undone(&mut self, session: &Session) {
        let Some(before) = &self.written_past else { return };
        for table in Table::ALL {
            each!(table, T => {
                let there = session.handles::<T>().into_iter();
                let numbers = there.map(|handle| number(session[handle].name()));
                self.unproven.extend(numbers.filter(|n| !before.contains(n)));
            });
        }
    }

    /// Returns `true` if something in memory belongs to a row or references it.
    pub(crate) fn knows(&self, n: u32) -> bool {
        let mut shown = self.shown.values().flatten();
        self.live.contains_key(&n)
            || self.work.objects.contains_key(&n)
            || shown.any(|cell| *cell == Some(Cell::Ref(n)))
            || self.work_refers_to(n)
    }

    pub(crate) fn is_new(&self, n: u32) -> bool {
        self.work.objects.get(&n).is_some_and(|it| it.new)
    }

    /// Returns the members of a collection by their references: those in memory, or else those in
    /// the rows.
    pub(crate) fn members(
        &self,
        owner: u32,
        collection: &Collection,
        rows: &Rows,
    ) -> BTreeSet<u32> {
        let mut members: BTreeSet<u32> = match collection.by {
            By::Reference(field) => {
                let column = collection.members.at(field);
                let waiting = self.work.objects.iter().map(|(&n, it)| (n, it.table));
                let stored = rows.rows.iter().map(|(&n, row)| (n, row.table));
                let of = waiting.chain(stored).filter(|(_, table)| *table == collection.members);
                // A reference that was set to its previous value follows its row.
                let edited = |n: &u32| {
                    self.work.objects.get(n).is_some_and(|it| it.new || it.is_edited(column))
                };
                let refers = |n: &u32| {
                    let cell = match edited(n) {
                        true => self.work.cell(rows, *n, column),
                        false => rows.cell(*n, column),
                    };
                    cell == Some(&Cell::Ref(owner))
                };
                of.map(|(n, _)| n).filter(refers).collect()
            }
            By::Ties { from_org } => {
                let gone = |tie: &&(u32, u32)| self.work.ties.get(tie) != Some(&false);
                let new = self.work.ties.iter().filter(|(_, there)| **there).map(|(tie, _)| tie);
                tied(rows.ties.iter().filter(gone).chain(new), owner, from_org)
            }
        };
        // A linked object stays in the collection, whatever happened to its row.
        let came = |it: &Waiting| match collection.by {
            By::Reference(field) => it.is_edited(collection.members.at(field)),
            By::Ties { .. } => it.is_dirty(),
        };
        let tied = |n: u32| {
            [(owner, n), (n, owner)].iter().any(|it| self.work.ties.get(it) == Some(&true))
        };
        let by_ties = matches!(collection.by, By::Ties { .. });
        members.retain(|&n| {
            let edited = self.work.objects.get(&n).is_some_and(|it| it.new || came(it));
            let waits = edited || by_ties && tied(n);
            !self.work.is_deleting(n) && (waits || rows.shows(n))
        });
        members
    }

    /// Reads all objects in memory, and returns what is wrong with them.
    pub(crate) fn observe(&mut self, session: &Session, committed: &Found) -> Result<(), Wrong> {
        let found = self.view.as_ref().unwrap_or(committed).clone();
        self.forget_same(session, &found.rows);
        self.live.clear();
        self.stale.clear();
        self.shown.clear();
        for table in Table::ALL {
            each!(table, T => self.observe_all::<T>(session, &found)?);
        }
        for (n, waiting) in &mut self.work.objects {
            let there = self.live.contains_key(n);
            if waiting.deleting {
                // Objects marked as deleted are read again like any others.
                let shown = cells(session, waiting.object, &found.numbers);
                for (column, shown) in shown.into_iter().enumerate() {
                    if !waiting.edits.contains_key(&column) {
                        waiting.believes[column] = shown;
                    }
                }
            }
            hold!(!waiting.new || there, "new {:?} {n} has vanished", waiting.table);
        }
        self.collections(session, &found)
    }

    /// Forgets edits that set a field to its previous value: when the row is read again, the field
    /// shows the row's value.
    pub(crate) fn forget_same(&mut self, session: &Session, rows: &Rows) {
        for (n, waiting) in self.work.objects.iter_mut().filter(|(_, it)| !it.new) {
            let stale = each!(waiting.table, T => session.is_stale(T::take(waiting.object)));
            let Some(row) = rows.rows.get(n).filter(|_| !stale && !self.excused.contains(n)) else {
                continue;
            };
            let is_edit = |&at: &usize, it: &mut Edit| {
                it.before.as_ref() != Some(&it.now) || row.cells[at] == it.now
            };
            waiting.edits.retain(is_edit);
        }
    }

    /// Forgets the edits of an object that need not have been read, and has been: it is not dirty,
    /// because its row has the same values.
    fn forget_read(&mut self, n: u32, rows: &Rows) {
        let (Some(waiting), Some(row)) = (self.work.objects.get_mut(&n), rows.rows.get(&n)) else {
            return;
        };
        for (&column, edit) in waiting.edits.iter_mut().filter(|_| !waiting.new) {
            if row.cells[column] == edit.now {
                edit.before = Some(edit.now.clone());
            }
        }
    }

    fn observe_all<T: Piece>(&mut self, session: &Session, found: &Found) -> Result<(), Wrong> {
        let look = Look { map: session.map(), numbers: &found.numbers };
        for handle in session.handles::<T>() {
            let n = number(session[handle].name());
            let cells = session[handle].cells(&look);
            let stale = session.is_stale(handle);
            if let Some(&other) = self.live.get(&n) {
                // The row was given another key by the other session, and one of the keys is
                // outdated.
                let other = T::take(other);
                let both = stale || session.is_stale(other) || self.excused.contains(&n);
                hold!(both, "{:?} {n} is in memory twice: {handle:?} {other:?}", T::TABLE);
                if stale {
                    continue;
                }
            }
            self.live.insert(n, T::wrap(handle));
            if stale {
                self.excused.remove(&n);
            }
            if stale || self.excused.contains(&n) {
                self.stale.insert(n);
            }
            if !stale {
                self.unproven.remove(&n);
            }
            if self.excused.contains(&n) && !session.is_dirty(handle) {
                self.forget_read(n, &found.rows);
            }
            self.judge::<T>(session, handle, n, &cells, found)?;
            let dirty = self.work.objects.get(&n).is_some_and(Waiting::is_dirty);
            hold!(session.is_dirty(handle) == dirty, "{:?} {n}: is it dirty? {dirty}", T::TABLE);
            self.shown.insert(n, cells);
            if !stale
                && !dirty
                && let Some(key) = session.key(handle)
            {
                let found = session.find::<T>(key);
                hold!(found == Some(handle), "{:?} {n} is not found by its key", T::TABLE);
            }
        }
        Ok(())
    }

    /// Checks what an object shows: its edits and, if it is current, the values of its row.
    fn judge<T: Piece>(
        &mut self,
        session: &Session,
        handle: Handle<T>,
        n: u32,
        cells: &[Option<Cell>],
        found: &Found,
    ) -> Result<(), Wrong> {
        let state = session.state(handle);
        let new = self.is_new(n);
        hold!((state == ObjectState::Pending) == new, "{:?} {n} is {state:?}", T::TABLE);
        let row = found.rows.rows.get(&n);
        let current = !new && !session.is_stale(handle) && !self.excused.contains(&n);
        hold!(!current || row.is_some(), "{:?} {n} is current, and has no row", T::TABLE);
        for (column, shown) in cells.iter().enumerate() {
            let field = T::TABLE.columns()[column].field;
            let what = format!("{}.{field} of {n}", T::TABLE.sql());
            let edit = self.work.objects.get(&n).and_then(|it| it.edits.get(&column));
            if let Some(edit) = edit {
                // The key of a row that the other session has deleted has no meaning.
                let gone = matches!(edit.now, Cell::Ref(to) if !found.rows.rows.contains_key(&to));
                let unknown = gone && shown.as_ref() == Some(&Cell::Ref(0));
                // The row of an object may be undone, and its key may now belong to another row.
                let itself = || {
                    let look = Look { map: session.map(), numbers: &Numbers::new() };
                    session[handle].cell(field, &look).as_ref() == Some(&edit.now)
                };
                // Setting the previous value is not an edit, so the field may have been read again.
                let same = edit.before.as_ref() == Some(&edit.now);
                let read =
                    same && row.is_some_and(|row| shown.as_ref() == Some(&row.cells[column]));
                let now = unknown || read || shown.as_ref() == Some(&edit.now) || itself();
                hold!(now, "{what} was set to {:?}, and shows {shown:?}", edit.now);
            } else if let (true, Some(shown), Some(row)) = (current, shown, row) {
                let stored = &row.cells[column];
                hold!(shown == stored, "{what} shows {shown:?}, and its row has {stored:?}");
            }
        }
        if let Some(waiting) = self.work.objects.get_mut(&n)
            && !waiting.new
        {
            // The value that it was compared with is as old as the object.
            for (column, shown) in cells.iter().enumerate() {
                match waiting.edits.get_mut(&column) {
                    Some(edit) if current => {
                        edit.before = row.map(|row| row.cells[column].clone());
                    }
                    Some(_) => {}
                    None => waiting.believes[column].clone_from(shown),
                }
            }
        }
        Ok(())
    }
}

/// Returns the connections of an owner.
pub(crate) fn tied<'a>(
    ties: impl IntoIterator<Item = &'a (u32, u32)>,
    owner: u32,
    from_org: bool,
) -> BTreeSet<u32> {
    let other = |&(org, label): &(u32, u32)| match from_org {
        true => (org == owner).then_some(label),
        false => (label == owner).then_some(org),
    };
    ties.into_iter().filter_map(other).collect()
}

/// Returns the table of an object.
pub(crate) fn table_of(object: Obj) -> Table {
    match object {
        Obj::Org(_) => Org,
        Obj::Person(_) => Person,
        Obj::Team(_) => Team,
        Obj::Thing(_) => Thing,
        Obj::Badge(_) => Badge,
        Obj::Label(_) => Label,
        Obj::Member(_) => Member,
        Obj::Seat(_) => Seat,
        Obj::Ticket(_) => Ticket,
        Obj::Gear(_) => Gear,
        Obj::Remark(_) => Remark,
        Obj::Doc(_) => Doc,
    }
}

/// Returns the number of an object.
pub(crate) fn name(session: &Session, object: Obj) -> u32 {
    each!(table_of(object), T => number(session[T::take(object)].name()))
}

/// Returns what an object shows now.
pub(crate) fn cells(session: &Session, object: Obj, numbers: &Numbers) -> Vec<Option<Cell>> {
    let look = Look { map: session.map(), numbers };
    each!(table_of(object), T => session[T::take(object)].cells(&look))
}
