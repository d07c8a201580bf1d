//! Recovery from a failed flush: the database is as it was before, and the error names the row.

use super::write::{Batching, Stop};
use crate::backend::TransactionControl;
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Violation};
use crate::plan::{Action, FlushPlan, Step};
use crate::session::Session;
use crate::session::flush::Undo;
use crate::sql;

impl Session {
    /// Undoes a flush that was interrupted by a panic, for instance in a conversion of the user:
    /// the transaction is rolled back.
    pub(in crate::session) fn undo_flush_on_unwind(&mut self) {
        let error = DatabaseError::plain(DatabaseErrorKind::Other, "a panic interrupted a flush");
        self.map_mut().revert_prepared();
        self.transaction_gone(&error);
    }

    /// Undoes what the flush has done to the database, and returns the error for its caller.
    pub(in crate::session) fn undo_flush(
        &mut self,
        plan: &FlushPlan,
        undo: Undo,
        stop: Stop,
    ) -> Error {
        let cause = stop.database_error();
        match undo {
            Undo::Transaction => self.end_unwritten(),
            // Only reads are lost, and what they saw is out of date.
            _ if !self.server().state().wrote()
                && !self.server().state().locks()
                && self.is_outdated(&stop, cause.as_ref()) =>
            {
                self.end_unwritten();
            }
            Undo::Savepoint => {
                if let Err(error) = self.sender().control(TransactionControl::Rollback) {
                    let error = cause.clone().unwrap_or_else(|| DatabaseError::of(&error));
                    if error.kind == DatabaseErrorKind::Disconnected {
                        self.settle(&error);
                        return Error::Disconnected(error);
                    }
                    self.transaction_gone(&error);
                    return Error::TransactionLost(error);
                }
            }
            Undo::Statement => match (&cause, &stop) {
                (Some(error), _) => {
                    self.settle(error);
                    if !self.in_transaction() {
                        return self.server().named(error.clone());
                    }
                }
                // The row may be written, and only a rollback of the transaction can undo it.
                (None, Stop::Other(error)) => {
                    let error = DatabaseError::plain(DatabaseErrorKind::Other, &error.to_string());
                    self.transaction_gone(&error);
                }
                (None, _) => {}
            },
        }
        if let Some(error) = &cause
            && error.kind == DatabaseErrorKind::Disconnected
        {
            self.settle(error);
            return Error::Disconnected(error.clone());
        }
        match stop {
            Stop::Other(error) => error,
            Stop::Missed { step } => self.name_stale(&plan.steps[step]),
            Stop::Statement { step, slots, error } => match cause {
                Some(cause) if cause.kind.is_constraint() => {
                    let slot = match slots[..] {
                        [slot] => Some(slot),
                        _ => self.find_violating(plan, step),
                    };
                    self.violation(&plan.steps[step], slot, cause)
                }
                Some(cause) => self.server().named(cause),
                None => self.unstorable(&plan.steps[step], &slots, error),
            },
        }
    }

    /// Returns `true` if the transaction sees an outdated state of the database, so that it would
    /// fail again. MySQL keeps its first snapshot even of a row that an UPDATE did not match.
    fn is_outdated(&self, stop: &Stop, cause: Option<&DatabaseError>) -> bool {
        let missed =
            matches!(stop, Stop::Missed { .. }) && self.dialect().capabilities().keeps_first_look;
        missed || cause.is_some_and(|error| error.kind.is_retryable())
    }

    fn violation(&self, step: &Step, slot: Option<u32>, error: DatabaseError) -> Error {
        let key = slot.and_then(|slot| self.map().arena_dyn(step.entity)?.key_text(slot));
        let object =
            slot.and_then(|slot| Some((step.entity, self.map().raw_handle(step.entity, slot)?)));
        let entity = self.name_of(step, slot);
        Error::Constraint(Box::new(Violation {
            entity,
            key,
            object,
            ..Violation::of(step.meta, error)
        }))
    }

    /// Returns the entity name of an object. The entity of the step may be only the base of its
    /// hierarchy.
    pub(in crate::session) fn name_of(&self, step: &Step, slot: Option<u32>) -> &'static str {
        let name = |slot| Some(self.map().arena_dyn(step.entity)?.name(slot));
        slot.and_then(name).unwrap_or(step.meta.name)
    }

    /// Finds out which row of a batch violates a constraint. Runs the flush again, with the rows of
    /// the failed batch one by one, and undoes it again.
    fn find_violating(&mut self, plan: &FlushPlan, step: usize) -> Option<u32> {
        self.begin_flush().ok()?;
        self.sender().control(TransactionControl::Begin).ok()?;
        let result = self.run(plan, Batching::OneByOneAt(step));
        self.map_mut().revert_keys();
        if self.sender().control(TransactionControl::Rollback).is_err() {
            let error = DatabaseError::plain(
                DatabaseErrorKind::Other,
                "the search for a violating row could not be undone",
            );
            self.transaction_gone(&error);
        }
        match result {
            Err(Stop::Statement { step: failed, slots, .. }) if failed == step => {
                (slots.len() == 1).then(|| slots[0])
            }
            _ => None,
        }
    }

    /// Returns an error that names the rows that someone else has changed or deleted.
    fn name_stale(&mut self, step: &Step) -> Error {
        let slots = match &step.action {
            Action::RowSwitch { old, .. } => std::slice::from_ref(old),
            _ => &step.slots,
        };
        let found = self
            .keys_there(step.entity, step.meta, slots, sql::identity(step.meta).collect())
            .unwrap_or_default();
        let all: Vec<String> = slots
            .iter()
            .filter_map(|&slot| self.map().arena_dyn(step.entity)?.key_text(slot))
            .collect();
        let entity = self.name_of(step, slots.first().copied());
        let (mut gone, there): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|key| !found.contains(key));
        if gone.is_empty() && self.dialect().capabilities().keeps_first_look {
            // A SELECT sees the rows as they were when the transaction began, an UPDATE sees them
            // as they are now.
            gone = there;
        } else if gone.is_empty() {
            return Error::InvalidState {
                entity,
                key: Some(there.join(", ")),
                action: "updated",
                reason: "the row is as it was read, but the database does not count it as changed: a \
                         trigger refuses the change, or the entity is a view with an INSTEAD OF \
                         trigger, whose changes SQLite does not count; write to the table of the \
                         view",
            };
        }
        let expected = slots.len();
        let keys = gone;
        Error::StaleRow { entity, expected, matched: expected - keys.len(), keys }
    }
}
