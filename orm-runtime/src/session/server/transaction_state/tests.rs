//! The table of states, and the state of the scopes, without a database.

use super::{Loss, Standing, TransactionState};
use crate::error::{DatabaseError, DatabaseErrorKind};

fn why(text: &str) -> DatabaseError {
    DatabaseError::plain(DatabaseErrorKind::Other, text)
}

fn open() -> TransactionState {
    let mut state = TransactionState::default();
    state.begin(0);
    state
}

/// Returns a state of each kind, in the order of the table.
fn all_states() -> [TransactionState; 4] {
    let mut states = [open(), open(), open(), open()];
    states[0].store();
    states[2].disconnect(why("lost"));
    states[3].leave_unanswered(why("lost"), Some(7));
    states
}

fn name(state: &TransactionState) -> &'static str {
    match state.standing {
        Standing::Closed => "closed",
        Standing::Open => "open",
        Standing::Broken(_) => "broken",
        Standing::CommitUnknown(..) => "commit unknown",
    }
}

#[test]
fn events_lead_where_the_table_says() {
    type Event = fn(&mut TransactionState);
    let table: [(&str, Event, [&str; 4]); 7] = [
        ("begin", |state| state.begin(0), ["open"; 4]),
        ("store", TransactionState::store, ["closed"; 4]),
        ("end", |state| _ = state.end(), ["closed", "closed", "broken", "commit unknown"]),
        ("disconnect", |state| state.disconnect(why("lost")), ["broken"; 4]),
        (
            "leave_unanswered",
            |state| state.leave_unanswered(why("lost"), None),
            ["commit unknown"; 4],
        ),
        (
            "give_up_commit",
            TransactionState::give_up_commit,
            ["closed", "open", "broken", "broken"],
        ),
        ("reconnect", |state| _ = state.reconnect(), ["closed"; 4]),
    ];
    for (event, apply, expected) in table {
        for (mut state, expected) in all_states().into_iter().zip(expected) {
            let before = name(&state);
            apply(&mut state);
            assert_eq!(name(&state), expected, "{event} in a state that is {before}");
        }
    }
}

#[test]
fn statements_are_refused_while_the_connection_is_lost() {
    let refused = all_states().map(|state| state.broken().is_some());
    assert_eq!(refused, [false, false, true, true]);
    let unknown = all_states().map(|state| state.unknown_commit());
    assert_eq!(unknown, [None, None, None, Some(Some(7))]);
}

#[test]
fn a_new_connection_loses_what_was_open_or_unanswered() {
    let lost = all_states().map(|mut state| state.reconnect());
    assert_eq!(lost, [false, true, false, true]);
}

#[test]
fn a_transaction_that_the_database_ends_loses_every_scope_that_wrote() {
    let mut state = open();
    state.write();
    state.enter_savepoint();
    state.enter_savepoint();
    state.write();
    state.end_by_database(Some(&why("full disk")));
    assert!(!state.is_open() && !state.wrote() && state.is_lost());
    // The innermost scope has its turn first; the one around it wrote nothing.
    assert!(state.take_gone() && !state.take_gone());
    assert!(matches!(state.take_loss(), Some(Loss::Transaction(_))));
    state.drop_savepoint();
    assert!(!state.take_gone() && state.take_loss().is_none());
    state.drop_savepoint();
    assert!(state.take_gone());
    assert_eq!(state.take_lost_transaction().map(|why| why.message), Some("full disk".into()));
    assert!(state.take_lost_transaction().is_none());
}

#[test]
fn nothing_is_lost_where_nothing_was_written() {
    let mut state = open();
    state.end_by_database(Some(&why("full disk")));
    assert!(!state.is_lost() && !state.take_gone());
}

#[test]
fn a_savepoint_can_be_lost_alone() {
    let mut state = open();
    state.write();
    state.enter_savepoint();
    state.write();
    state.lose_savepoint(&why("unique"));
    assert!(state.is_open() && state.wrote() && !state.is_lost());
    assert!(matches!(state.take_loss(), Some(Loss::Savepoint(_))));
    assert!(state.wrote_innermost(), "the map still shows it");
    state.roll_back();
    assert!(!state.wrote_innermost() && state.wrote());
}

#[test]
fn the_first_reason_is_the_one_to_tell() {
    let mut state = open();
    state.write();
    state.end_by_database(Some(&why("first")));
    state.begin(0);
    state.write();
    state.end_by_database(Some(&why("second")));
    assert_eq!(state.take_lost_transaction().map(|why| why.message), Some("first".into()));
}

#[test]
fn a_kept_savepoint_has_written_in_what_is_around_it() {
    let mut state = open();
    state.enter_savepoint();
    state.write();
    assert_eq!(state.depth(), 2);
    state.keep_savepoint();
    assert!(state.wrote_innermost());
    assert_eq!(state.depth(), 1);
    state.enter_savepoint();
    state.write();
    state.roll_back();
    state.drop_savepoint();
    assert!(state.wrote(), "the first savepoint was kept");
}

#[test]
fn a_commit_by_hand_stores_all_scopes() {
    let mut state = open();
    state.write();
    state.enter_savepoint();
    state.write();
    state.store_by_hand(Some(why("begun")));
    assert!(!state.is_open() && !state.wrote() && state.is_lost());
    assert_eq!(state.savepoints(), 1, "the running code is still inside it");
}
