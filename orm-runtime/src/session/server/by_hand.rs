//! What the user's hands have done on the session's connection, past the session.

use diesel::QueryResult;

use super::{Outcome, Server};
use crate::backend::{Ended, EndedByHand, SqlFragment};
use crate::error::{DatabaseError, DatabaseErrorKind};
use crate::map::Written;

const REPLACED: &str = "set_instrumentation() on the connection has replaced the session's own, so that nobody knows \
     what was sent since; call Session::set_instrumentation() instead";
const ROLLED_BACK: &str =
    "a ROLLBACK was sent on its connection past the session, which has rollback() for that";
const BEGUN: &str = "COMMIT and BEGIN were sent on its connection past the session: what was flushed before \
     COMMIT is stored, and what was sent after BEGIN is undone";

impl Server {
    /// Sends a statement of the user's, which may end the transaction.
    pub(in crate::session) fn send_for_user(
        &mut self,
        statement: &dyn SqlFragment,
    ) -> QueryResult<usize> {
        self.connection.execute_for_user(statement)
    }

    /// Whether something was written in the innermost scope, by the session or past it.
    pub(in crate::session) fn may_have_written(&mut self) -> bool {
        self.connection.observe_again();
        let unseen = self.connection.take_unseen();
        unseen || self.connection.sent_by_others() || self.state.wrote_innermost()
    }

    /// Settles what was sent past the session: a failure whose error nobody passed on, or the end of
    /// the session's transaction.
    pub(in crate::session) fn settle_foreign(&mut self) {
        self.connection.observe_again();
        if self.connection.take_unseen() {
            self.note_written(Written::PastMap);
            self.transaction_gone(&by_hand(REPLACED));
            return;
        }
        let others = self.connection.take_work_of_others();
        let (failure, ended) = (others.failure, others.ended);
        if others.sent {
            // It may have written.
            self.note_written(Written::PastMap);
        }
        // PostgreSQL answers the COMMIT of a transaction that has failed by a rollback.
        let failed = self.dialect().capabilities().errors_end_transactions() && failure.is_some();
        if let Some(ended) = ended.filter(|_| self.state.is_open())
            && !(ended.perhaps && !ended.begun && self.is_still_open())
        {
            self.note_written(Written::PastMap);
            match ended.how {
                Ended::Committed if !failed => self.committed_by_hand(ended),
                _ => self.transaction_gone(&by_hand(ROLLED_BACK)),
            }
        } else if let Some(error) = failure {
            self.settle(&error);
        }
    }

    /// The server has stored what was flushed and sent before. The savepoints that are running know
    /// nothing of that: what they do from here on is undone with them.
    fn committed_by_hand(&mut self, ended: EndedByHand) {
        let _ = self.abandon();
        self.state.store_by_hand(ended.begun.then(|| by_hand(BEGUN)));
        let savepoints = self.state.savepoints();
        self.outcomes.push(Outcome::CommittedByHand { savepoints });
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
        self.connection.count_control(sent);
        open
    }
}

fn by_hand(what: &str) -> DatabaseError {
    DatabaseError::plain(DatabaseErrorKind::Other, what)
}
