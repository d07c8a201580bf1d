//! The states of an object, and every change of them: one table, which is tested without a
//! database.
//!
//! An object begins as *pending* if a user adds it, and as *persistent* if its row is read. The
//! other effects of an event (on the key index, snapshots, undo logs) are up to the arena.

/// The state of an object, with the names of SQLAlchemy and Hibernate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ObjectState {
    /// In memory and readable, but without a row, and not to be inserted: the INSERT was rolled
    /// back. [`Session::add_again`](crate::Session::add_again) makes the object pending again.
    Transient,
    /// Added; the next flush inserts it.
    Pending,
    /// Stored.
    Persistent,
    /// Deleted; the next flush deletes the row, or has deleted it in a transaction that is still
    /// open.
    Deleted,
    /// Not in this session, or no longer in it.
    Detached,
}

/// The state of a slot in the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// The slot holds no object.
    Vacant = 0,
    Transient = 1,
    Pending = 2,
    Persistent = 3,
    /// The next flush deletes the row.
    DeletePending = 4,
    /// The row is deleted, in a transaction that may still be rolled back.
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
/// In an empty cell the state does not change. The last two events undo a flush and keep the edits;
/// the five above them restore objects to the beginning of a transaction or savepoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// The user adds the object again, or cancels its deletion.
    AddAgain,
    /// The user, or a cascade, deletes the object.
    Delete,
    /// A flush has inserted its row.
    RowInserted,
    /// Its row is deleted, by a statement of the session or by the database.
    RowDeleted,
    /// A query for its row has found no row.
    RowMissing,
    /// Its row, which is soft-deleted, was read again.
    SoftDeletedRowRead,
    /// It was added after the beginning of the scope that is rolled back.
    AddRolledBack,
    /// It was marked for deletion by the next flush.
    DeleteRolledBack,
    /// Its row was inserted after the beginning of the scope that is rolled back.
    InsertedRowRolledBack,
    /// Its row was deleted after the beginning of the scope.
    DeletedRowRolledBack,
    /// Its row was deleted before the beginning of the scope, and read again after it.
    SoftDeletedReadRolledBack,
    /// The flush that has inserted its row is undone.
    InsertReverted,
    /// The flush that has deleted its row is undone.
    DeleteReverted,
}

impl State {
    /// Returns the state after an event, or `None` if the event changes nothing.
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

    /// Returns `true` if the object has a row that is not marked for deletion.
    #[inline]
    pub(crate) const fn is_stored(self) -> bool {
        matches!(self, State::Persistent)
    }

    /// Returns `true` if the object has a row, which the next flush may delete.
    #[inline]
    pub(crate) const fn has_row(self) -> bool {
        matches!(self, State::Persistent | State::DeletePending)
    }

    /// Returns `true` if the object is stored, or pending.
    #[inline]
    pub(crate) const fn is_present(self) -> bool {
        matches!(self, State::Pending | State::Persistent)
    }

    /// Returns `true` if the row of the object is deleted, or the next flush deletes it.
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
