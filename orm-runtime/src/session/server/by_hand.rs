//! What the user sent on the session's connection, outside the session.

use diesel::QueryResult;

use super::{Outcome, Server};
use crate::backend::{Ended, EndedByHand, SqlFragment};
use crate::error::{DatabaseError, DatabaseErrorKind};
use crate::map::Written;

const REPLACED: &str = "set_instrumentation() on the connection has replaced the session's \
     instrumentation, so the session does not know what was sent since; call \
     Session::set_instrumentation() instead";
const ROLLED_BACK: &str =
    "a ROLLBACK was sent on the session's connection; call Session::rollback() instead";
const PREPARED: &str = "PREPARE TRANSACTION was sent on the session's connection: what is prepared \
     must be ended by COMMIT PREPARED or ROLLBACK PREPARED";
const BEGUN: &str = "COMMIT and BEGIN were sent on the session's connection: what was \
     flushed before COMMIT is stored, and what was sent after BEGIN is rolled back";

impl Server {
    /// Sends a statement of the user, which may end the transaction.
    pub(in crate::session) fn send_for_user(
        &mut self,
        statement: &dyn SqlFragment,
    ) -> QueryResult<usize> {
        self.connection.execute_for_user(statement)
    }

    /// Returns `true` if something may have been written in the innermost scope, by the session or
    /// outside it.
    pub(in crate::session) fn may_have_written(&mut self) -> bool {
        self.connection.observe_again();
        let unseen = self.connection.take_unseen();
        unseen || self.connection.sent_by_others() || self.state.wrote_innermost()
    }

    /// Settles what was sent outside the session: a failure whose error did not reach the session,
    /// or the end of the session's transaction.
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
            // The statement may have written.
            self.note_written(Written::PastMap);
        }
        // PostgreSQL answers COMMIT with a rollback if the transaction has failed.
        let failed = self.dialect().capabilities().errors_end_transactions() && failure.is_some();
        if let Some(ended) = ended.filter(|_| self.state.is_open())
            && !(ended.perhaps && !ended.begun && self.is_still_open())
        {
            self.note_written(Written::PastMap);
            match ended.how {
                Ended::Committed if !failed => self.committed_by_hand(ended),
                Ended::Prepared => self.transaction_gone(&by_hand(PREPARED)),
                _ => self.transaction_gone(&by_hand(ROLLED_BACK)),
            }
        } else if let Some(error) = failure {
            self.settle(&error);
        }
    }

    /// Handles a COMMIT sent by the user: what was flushed and sent before it is stored. The
    /// running savepoints are gone at the server and are set again, so that later statements are
    /// undone with them.
    fn committed_by_hand(&mut self, ended: EndedByHand) {
        let _ = self.abandon();
        self.state.store_by_hand(ended.begun.then(|| by_hand(BEGUN)));
        let savepoints = self.state.savepoints();
        self.outcomes.push(Outcome::CommittedByHand { savepoints });
    }

    /// Returns `true` if the server has a transaction open. Without one, RELEASE finds no
    /// savepoint.
    fn is_still_open(&mut self) -> bool {
        if self.dialect().capabilities().refuses_second_begin {
            return self.refuses_begin();
        }
        let _asking = self.connection.asking();
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
