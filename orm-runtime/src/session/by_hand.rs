//! What the user's hands have done on the session's connection, past the session.

use diesel::QueryResult;
use diesel::connection::Instrumentation;

use super::Session;
use crate::backend::{Ended, EndedByHand, SqlFragment};
use crate::error::{DatabaseError, DatabaseErrorKind};
use crate::map::Written;

const REPLACED: &str = "set_instrumentation() on the connection has replaced the session's own, so that nobody knows \
     what was sent since; call Session::set_instrumentation() instead";
const ROLLED_BACK: &str =
    "a ROLLBACK was sent on its connection past the session, which has rollback() for that";
const BEGUN: &str = "COMMIT and BEGIN were sent on its connection past the session: what was flushed before \
     COMMIT is stored, and what was sent after BEGIN is undone";

impl Session {
    /// Lets an instrumentation of Diesel's see what is sent over the session's connection, beside what
    /// the session sees itself. It stays when the session [reconnects](Self::reconnect), and takes the
    /// place of one that was set before. No SQL.
    ///
    /// Setting it on the [connection](Self::connection) would take away the session's eyes: a
    /// transaction in which that happens is undone, and its end is [`Error::TransactionLost`](
    /// crate::Error::TransactionLost).
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// use diesel::connection::InstrumentationEvent;
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// session.set_instrumentation(|event: InstrumentationEvent<'_>| {
    ///     if let InstrumentationEvent::StartQuery { query, .. } = event {
    ///         eprintln!("{query}");
    ///     }
    /// });
    /// # Ok(()) }
    /// ```
    pub fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.connection.observe_again();
        if let Some(observer) = self.connection.observer() {
            observer.next = Some(Box::new(instrumentation));
        }
    }

    /// Sends a statement of the user's, which may end the transaction.
    pub(super) fn send_for_user(&mut self, statement: &dyn SqlFragment) -> QueryResult<usize> {
        if let Some(observer) = self.connection.observer() {
            observer.by_user = true;
        }
        let sent = self.connection.execute(statement);
        if let Some(observer) = self.connection.observer() {
            observer.by_user = false;
        }
        sent
    }

    /// Settles what was sent past the session: a failure whose error nobody passed on, or the end of
    /// the session's transaction.
    pub(super) fn settle_foreign(&mut self) {
        self.connection.observe_again();
        if std::mem::take(&mut self.connection.unseen) {
            self.note_written(Written::PastMap);
            self.transaction_gone(&by_hand(REPLACED));
            return;
        }
        let Some(observer) = self.connection.observer() else { return };
        let (failure, ended) = (observer.foreign_failure.take(), observer.ended.take());
        if std::mem::take(&mut observer.foreign) > 0 {
            // It may have written.
            self.note_written(Written::PastMap);
        }
        // PostgreSQL answers the COMMIT of a transaction that has failed by a rollback.
        let failed = self.dialect().capabilities().errors_end_transactions() && failure.is_some();
        if let Some(ended) = ended.filter(|_| self.transaction.is_open())
            && !(ended.perhaps && !ended.begun && self.is_still_open())
        {
            self.note_written(Written::PastMap);
            match ended.how {
                Ended::Committed if !failed => self.committed_by_hand(ended),
                _ => self.transaction_gone(&by_hand(ROLLED_BACK)),
            }
        } else if let Some((_, error)) = failure {
            self.settle(&error);
        }
    }

    /// The server has stored what was flushed and sent before. The savepoints that are running know
    /// nothing of that: what they do from here on is undone with them.
    fn committed_by_hand(&mut self, ended: EndedByHand) {
        let _ = self.abandon();
        self.transaction.store_by_hand(ended.begun.then(|| by_hand(BEGUN)));
        let savepoints = self.transaction.savepoints();
        for _ in 0..savepoints {
            self.map.release_undo_log();
        }
        self.map.commit(self.options.expire_on_commit);
        for _ in 0..savepoints {
            self.map.begin_undo_log();
        }
    }

    /// Whether the server has a transaction open: without one there is nothing to be released.
    fn is_still_open(&mut self) -> bool {
        if self.dialect().capabilities().refuses_second_begin {
            return self.refuses_begin();
        }
        let mut sent = 0;
        let open = ["SAVEPOINT orm_probe", "RELEASE SAVEPOINT orm_probe"].iter().all(|sql| {
            sent += 1;
            self.connection.batch(sql).is_ok()
        });
        if let Some(observer) = self.connection.observer() {
            observer.seen.count_control(sent);
        }
        open
    }
}

fn by_hand(what: &str) -> DatabaseError {
    DatabaseError::plain(DatabaseErrorKind::Other, what)
}
