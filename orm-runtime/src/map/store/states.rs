//! The states of an object, and every change of them: one table, tested without a database.
//!
//! An object begins as *pending* where a user adds it, and as *persistent* where its row is read.
//! What an event does beside the change (the key index, snapshots, undo logs) is up to the arena.

/// The state of an object, as SQLAlchemy and Hibernate name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ObjectState {
    /// Known to the session and readable, but neither stored nor about to be: its INSERT was rolled
    /// back. [`Session::add_again`](crate::Session::add_again) makes it pending once more.
    Transient,
    /// Added; the next flush inserts it.
    Pending,
    /// Stored.
    Persistent,
    /// Deleted; the next flush removes the row, or has removed it in a transaction that is still
    /// open.
    Deleted,
    /// Not in this session, or not any more.
    Detached,
}

/// The state inside the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// No object.
    Vacant = 0,
    Transient = 1,
    Pending = 2,
    Persistent = 3,
    /// The next flush deletes the row.
    DeletePending = 4,
    /// The row is deleted, in a transaction that may yet be rolled back.
    Deleted = 5,
}

/// What happens to an object, or to its row.
///
/// | event                     | transient | pending    | persistent     | delete pending | deleted        |
/// |---------------------------|-----------|------------|----------------|----------------|----------------|
/// | `AddAgain`                | pending   |            |                | persistent     |                |
/// | `Delete`                  |           | transient  | delete pending |                |                |
/// | `RowInserted`             | persistent, from every state                                      |||||
/// | `RowDeleted`              | deleted, from every state                                         |||||
/// | `RowMissing`              | transient, from every state                                       |||||
/// | `SoftDeletedRowRead`      |           |            |                |                | persistent     |
/// | `AddRolledBack`           |           | transient  |                |                |                |
/// | `DeleteRolledBack`        |           |            |                | persistent     |                |
/// | `InsertedRowRolledBack`   | transient, from every state                                       |||||
/// | `DeletedRowRolledBack`    |           |            |                |                | persistent     |
/// | `SoftDeletedReadRolledBack` | deleted, from every state                                       |||||
/// | `InsertReverted`          | pending   | pending    | pending        | transient      | transient      |
/// | `DeleteReverted`          |           |            |                |                | delete pending |
///
/// An empty cell: the state stays. The last two are of flushes that are made undone while the edits
/// stay; the five above them put objects back to the beginning of a transaction or savepoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// The user adds the object again, or does not want it deleted any more.
    AddAgain,
    /// The user, or a cascade, deletes the object.
    Delete,
    /// A flush has inserted its row.
    RowInserted,
    /// Its row is deleted: by a statement of the session, or by the database.
    RowDeleted,
    /// Its row was looked for, and is not there.
    RowMissing,
    /// Its row, which is marked as deleted and kept, was read again.
    SoftDeletedRowRead,
    /// It was added after the beginning of what is rolled back.
    AddRolledBack,
    /// It was to be deleted by the next flush.
    DeleteRolledBack,
    /// Its row was inserted after the beginning of what is rolled back.
    InsertedRowRolledBack,
    /// Its row was deleted after that.
    DeletedRowRolledBack,
    /// Its row was deleted before that, and read again after it.
    SoftDeletedReadRolledBack,
    /// The flush that has inserted its row is made undone.
    InsertReverted,
    /// The flush that has deleted its row is made undone.
    DeleteReverted,
}

impl State {
    /// Returns the state after an event, or `None` where the event changes nothing.
    #[inline]
    pub(super) const fn after(self, event: Event) -> Option<State> {
        use State::{DeletePending, Deleted, Pending, Persistent, Transient, Vacant};
        Some(match (event, self) {
            (_, Vacant) => return None,
            (Event::AddAgain, Transient) => Pending,
            (Event::AddAgain, DeletePending) => Persistent,
            (Event::Delete, Pending) => Transient,
            (Event::Delete, Persistent) => DeletePending,
            (Event::RowInserted, _) => Persistent,
            (Event::RowDeleted, _) => Deleted,
            (Event::RowMissing, _) => Transient,
            (Event::SoftDeletedRowRead, Deleted) => Persistent,
            (Event::AddRolledBack, Pending) => Transient,
            (Event::DeleteRolledBack, DeletePending) => Persistent,
            (Event::InsertedRowRolledBack, _) => Transient,
            (Event::DeletedRowRolledBack, Deleted) => Persistent,
            (Event::SoftDeletedReadRolledBack, _) => Deleted,
            (Event::InsertReverted, DeletePending | Deleted) => Transient,
            (Event::InsertReverted, _) => Pending,
            (Event::DeleteReverted, Deleted) => DeletePending,
            (
                Event::AddAgain
                | Event::Delete
                | Event::SoftDeletedRowRead
                | Event::AddRolledBack
                | Event::DeleteRolledBack
                | Event::DeletedRowRolledBack
                | Event::DeleteReverted,
                _,
            ) => return None,
        })
    }

    /// Returns `true` for a transient or pending object: it has no row.
    #[inline]
    pub(crate) const fn is_new(self) -> bool {
        matches!(self, State::Transient | State::Pending)
    }

    #[inline]
    pub(crate) const fn is_pending(self) -> bool {
        matches!(self, State::Pending)
    }

    /// Returns `true` if the object has a row, and is to keep it.
    #[inline]
    pub(crate) const fn is_stored(self) -> bool {
        matches!(self, State::Persistent)
    }

    /// Returns `true` if the object has a row, which the next flush may delete.
    #[inline]
    pub(crate) const fn has_row(self) -> bool {
        matches!(self, State::Persistent | State::DeletePending)
    }

    /// Returns `true` if the object is stored, or is to be.
    #[inline]
    pub(crate) const fn is_present(self) -> bool {
        matches!(self, State::Pending | State::Persistent)
    }

    /// Returns `true` if the row of the object is deleted, or is to be.
    #[inline]
    pub(crate) const fn is_deleted(self) -> bool {
        matches!(self, State::DeletePending | State::Deleted)
    }
}

impl From<State> for ObjectState {
    fn from(state: State) -> Self {
        match state {
            State::Vacant => ObjectState::Detached,
            State::Transient => ObjectState::Transient,
            State::Pending => ObjectState::Pending,
            State::Persistent => ObjectState::Persistent,
            State::DeletePending | State::Deleted => ObjectState::Deleted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::State::{DeletePending, Deleted, Pending, Persistent, Transient, Vacant};
    use super::{Event, ObjectState, State};

    /// The table of [`Event`], in the order of its columns.
    const TABLE: [(Event, [Option<State>; 5]); 13] = [
        (Event::AddAgain, [Some(Pending), None, None, Some(Persistent), None]),
        (Event::Delete, [None, Some(Transient), Some(DeletePending), None, None]),
        (Event::RowInserted, [Some(Persistent); 5]),
        (Event::RowDeleted, [Some(Deleted); 5]),
        (Event::RowMissing, [Some(Transient); 5]),
        (Event::SoftDeletedRowRead, [None, None, None, None, Some(Persistent)]),
        (Event::AddRolledBack, [None, Some(Transient), None, None, None]),
        (Event::DeleteRolledBack, [None, None, None, Some(Persistent), None]),
        (Event::InsertedRowRolledBack, [Some(Transient); 5]),
        (Event::DeletedRowRolledBack, [None, None, None, None, Some(Persistent)]),
        (Event::SoftDeletedReadRolledBack, [Some(Deleted); 5]),
        (
            Event::InsertReverted,
            [Some(Pending), Some(Pending), Some(Pending), Some(Transient), Some(Transient)],
        ),
        (Event::DeleteReverted, [None, None, None, None, Some(DeletePending)]),
    ];

    const STATES: [State; 5] = [Transient, Pending, Persistent, DeletePending, Deleted];

    #[test]
    fn events_lead_where_the_table_says() {
        for (event, expected) in TABLE {
            assert_eq!(STATES.map(|state| state.after(event)), expected, "{event:?}");
        }
    }

    #[test]
    fn nothing_happens_to_a_slot_without_an_object() {
        assert!(TABLE.iter().all(|(event, _)| Vacant.after(*event).is_none()));
    }

    #[test]
    fn what_is_deleted_or_inserted_comes_back_with_a_rollback() {
        let through = |state: State, events: &[Event]| {
            events.iter().fold(state, |state, &event| state.after(event).unwrap_or(state))
        };
        let deleted = [Event::Delete, Event::RowDeleted, Event::DeletedRowRolledBack];
        assert_eq!(through(Persistent, &deleted), Persistent);
        let reverted = [Event::Delete, Event::RowDeleted, Event::DeleteReverted];
        assert_eq!(through(Persistent, &reverted), DeletePending);
        let inserted = [Event::RowInserted, Event::InsertedRowRolledBack, Event::AddAgain];
        assert_eq!(through(Pending, &inserted), Pending);
        let both = [Event::RowInserted, Event::Delete, Event::RowDeleted, Event::InsertReverted];
        assert_eq!(through(Pending, &both), Transient);
    }

    #[test]
    fn a_state_is_new_or_has_a_row_or_is_deleted() {
        for state in STATES {
            let is = [state.is_new(), state.is_stored(), state.is_deleted()];
            assert_eq!(is.iter().filter(|is| **is).count(), 1, "{state:?}");
        }
        let shown = STATES.map(ObjectState::from);
        assert_eq!(shown[3], ObjectState::Deleted);
        assert_eq!(ObjectState::from(Vacant), ObjectState::Detached);
    }
}
