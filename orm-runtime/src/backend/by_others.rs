//! Statements that others send over the session's connection, and the counts of all statements.

use std::sync::Arc;

use diesel::QueryResult;
use diesel::connection::Instrumentation;

use super::{Connection, EndedByHand, Seen, SqlFragment};
use crate::error::DatabaseError;

/// What others have done on a connection since the session last checked.
#[derive(Default)]
pub(crate) struct WorkOfOthers {
    /// A statement that failed, which nobody undid.
    pub(crate) failure: Option<DatabaseError>,
    /// A statement that ended the session's transaction.
    pub(crate) ended: Option<EndedByHand>,
    /// Whether there was any statement.
    pub(crate) sent: bool,
}

impl Connection {
    /// Returns the counts and records of what was sent.
    pub(crate) fn seen(&self) -> &Arc<Seen> {
        &self.seen
    }

    /// Returns how often another instrumentation has taken the observer's place.
    pub(crate) fn replaced(&self) -> u32 {
        self.replaced
    }

    /// Counts statements that began or ended a transaction without the observer's knowledge.
    pub(crate) fn count_control(&mut self, statements: u64) {
        if let Some(observer) = self.observer() {
            observer.seen.count_control(statements);
        }
    }

    /// Lets another instrumentation see what is sent.
    pub(crate) fn instrument(&mut self, instrumentation: impl Instrumentation) {
        self.observe_again();
        if let Some(observer) = self.observer() {
            observer.next = Some(Box::new(instrumentation));
        }
    }

    /// Returns Diesel's connection, for statements that the session does not send itself.
    pub(crate) fn for_others(&mut self) -> &mut dyn std::any::Any {
        if let Some(observer) = self.observer() {
            observer.own = false;
        }
        self.as_any()
    }

    /// Sends a statement of the user's, which may end the transaction.
    pub(crate) fn execute_for_user(&mut self, statement: &dyn SqlFragment) -> QueryResult<usize> {
        if let Some(observer) = self.observer() {
            observer.by_user = true;
        }
        let sent = self.execute(statement);
        if let Some(observer) = self.observer() {
            observer.by_user = false;
        }
        sent
    }

    /// Returns once whether statements may have been sent that nobody has seen.
    pub(crate) fn take_unseen(&mut self) -> bool {
        std::mem::take(&mut self.unseen)
    }

    /// Returns `true` if others have sent statements since the session last checked.
    pub(crate) fn sent_by_others(&mut self) -> bool {
        self.observer().is_some_and(|observer| observer.foreign > 0)
    }

    /// Returns what others have done since the session last checked.
    pub(crate) fn take_work_of_others(&mut self) -> WorkOfOthers {
        let Some(observer) = self.observer() else { return WorkOfOthers::default() };
        WorkOfOthers {
            failure: observer.foreign_failure.take().map(|(_, error)| error),
            ended: observer.ended.take(),
            sent: std::mem::take(&mut observer.foreign) > 0,
        }
    }

    /// Forgets a failure of others that a rollback undoes.
    pub(crate) fn forget_foreign_failure(&mut self) {
        if let Some(observer) = self.observer() {
            observer.foreign_failure = None;
        }
    }
}
