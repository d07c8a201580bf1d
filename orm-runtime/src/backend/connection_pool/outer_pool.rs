//! A transaction that the program owns: a pool of one connection, on which a transaction is open
//! that no session ends.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::lent::Lent;
use super::pool_settings::{OnReturn, PoolSettings};
use super::pool_state::{Idle, PoolState};
use super::pooled::{Pool, Pooled};
use crate::backend::TransactionControl;
use crate::backend::transport::Transport;
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};

/// A savepoint of its own shows at the end whether the transaction is still the same: a deadlock on
/// MySQL, for one, ends it without a word.
const SET_MARK: &str = "SAVEPOINT orm_outer";
const FIND_MARK: &str = "RELEASE SAVEPOINT orm_outer";

/// The end of a transaction that the program owns.
pub(crate) trait Outer: Send {
    /// Commits, or rolls back. No session can begin in the transaction after that.
    fn end(&mut self, commit: bool, wait: Duration) -> Result<()>;
}

/// The pool of the connection alone, and the end of its transaction.
type Begun<C> = (Arc<Pool<C>>, Box<dyn Outer>);

/// Begins a transaction on a connection. Returns a pool of this connection alone.
pub(super) fn begin<C: Pooled>(mut lent: Lent<C>, begin: &str) -> Result<Begun<C>> {
    // If it fails, the connection goes back and is rolled back there.
    Transport::begin_with(&mut *lent, begin)?;
    Transport::batch(&mut *lent, SET_MARK)?;
    let (parent, id, connection) = lent.into_parts();
    let mut state = PoolState::default();
    if let Some(connection) = connection {
        state.keep(connection);
    }
    let inner = Arc::new(Pool {
        url: parent.url.clone(),
        settings: PoolSettings {
            size: 1,
            overflow: 0,
            min_idle: 0,
            check_after: None,
            lifetime: None,
            idle_timeout: None,
            on_return: OnReturn::Rollback,
            ..parent.settings.clone()
        },
        setup: parent.setup,
        lend: parent.lend,
        depth: 1,
        state: Mutex::new(state),
        quiet: Condvar::new(),
        upkeep: None,
    });
    let outer = Box::new(OuterEnd { parent, id, inner: Some(Arc::clone(&inner)) });
    Ok((inner, outer))
}

struct OuterEnd<C: Pooled> {
    parent: Arc<Pool<C>>,
    /// The number of the loan.
    id: u64,
    /// `None` after the end.
    inner: Option<Arc<Pool<C>>>,
}

impl<C: Pooled> Outer for OuterEnd<C> {
    fn end(&mut self, commit: bool, wait: Duration) -> Result<()> {
        let Some(inner) = self.inner.take() else { return Ok(()) };
        let connection = inner.take_last(wait);
        let Some(mut idle) = connection else {
            let is_lost = inner.lock().in_use() == 0;
            // Or a session has it. When it is dropped, the connection is closed and the server
            // rolls back.
            let mut state = self.parent.lock();
            state.give_up(self.id);
            state.wake_next();
            if is_lost {
                let why = "its connection was lost, or a session could not roll back on it";
                let lost = DatabaseError::plain(DatabaseErrorKind::Other, why);
                return Err(Error::TransactionLost(lost));
            }
            return Err(Error::Configuration(
                "a session is still in the transaction, so it is rolled back; drop the sessions \
                 before the transaction ends"
                    .to_owned(),
            ));
        };
        let ended = end_transaction(&mut *idle.connection, commit);
        self.parent.give_back(self.id, idle);
        ended
    }
}

impl<C: Pooled> Drop for OuterEnd<C> {
    fn drop(&mut self) {
        // A failure cannot be reported here. The server rolls back by itself if the connection
        // ends.
        let _ = self.end(false, Duration::ZERO);
    }
}

impl<C: Pooled> Pool<C> {
    /// Closes a pool of one connection, and takes the connection out of it. Returns `None` if it is
    /// still in use.
    fn take_last(&self, wait: Duration) -> Option<Idle<C>> {
        let since = std::time::Instant::now();
        let mut state = self.lock();
        state.drain();
        while state.in_use() > 0 {
            let left = wait.saturating_sub(since.elapsed());
            if left.is_zero() {
                break;
            }
            state = match self.quiet.wait_timeout(state, left) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        let idle = state.take_idle(self.settings.reuse);
        state.close();
        idle
    }
}

fn end_transaction<C: Transport>(connection: &mut C, commit: bool) -> Result<()> {
    if !commit {
        return Ok(Transport::control(connection, TransactionControl::Rollback)?);
    }
    if let Err(error) = Transport::batch(connection, FIND_MARK) {
        let error = DatabaseError::of(&error);
        let _ = Transport::control(connection, TransactionControl::Rollback);
        return Err(match error.kind {
            DatabaseErrorKind::Disconnected => Error::Disconnected(error),
            _ => Error::TransactionLost(error),
        });
    }
    Transport::control(connection, TransactionControl::Commit).map_err(|error| {
        let error = DatabaseError::of(&error);
        match error.kind {
            DatabaseErrorKind::Disconnected => Error::CommitUnknown(error),
            _ => Error::of_database(error),
        }
    })
}
