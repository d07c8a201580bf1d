//! Tasks in the queue of a pool: they wait as threads do, in the same order, without a thread.

use std::panic::Location;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::pool_state::{Idle, Wakes};
use super::pooled::{Pool, Pooled};
use crate::backend::AnyConnection;
use crate::error::{Error, Result};

/// The place of a task in the queue of a pool. Dropping it leaves the queue.
pub(crate) trait PoolQueue: Send {
    /// Returns a place in the pool when it is the task's turn.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Box<dyn PoolPlace>>>;

    /// Returns how long the task may wait for its turn.
    fn patience(&self) -> Duration;

    /// Leaves the queue because it took too long, and returns the error.
    fn give_up(&mut self) -> Error;
}

/// A place in a pool, with a connection or for one. Dropping it gives it back.
pub(crate) trait PoolPlace: Send {
    /// Returns the connection. Checks it or opens it, which blocks the thread.
    fn connection(self: Box<Self>) -> Result<AnyConnection>;
}

/// Joins the queue of a pool at the first poll.
pub(super) fn queue<C: Pooled>(
    pool: Arc<Pool<C>>,
    place: &'static Location<'static>,
) -> Box<dyn PoolQueue> {
    Box::new(Queued { pool, place, turn: None, since: Instant::now() })
}

struct Queued<C: Pooled> {
    pool: Arc<Pool<C>>,
    place: &'static Location<'static>,
    /// The number of the turn, while the task is in the queue.
    turn: Option<u64>,
    since: Instant,
}

impl<C: Pooled> PoolQueue for Queued<C> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Box<dyn PoolPlace>>> {
        let mut state = self.pool.lock();
        let turn = *self
            .turn
            .get_or_insert_with(|| state.join_queue(Wakes::Task(context.waker().clone())));
        let taken = match self.pool.take_place(&mut state, turn, self.place) {
            Ok(None) => {
                state.wake_by(turn, context.waker());
                return Poll::Pending;
            }
            Ok(Some((id, idle))) => Ok((id, idle)),
            Err(error) => Err(error),
        };
        self.turn = None;
        drop(state);
        let reserved = |(id, idle)| Reserved { pool: Arc::clone(&self.pool), id: Some(id), idle };
        Poll::Ready(taken.map(|taken| Box::new(reserved(taken)) as Box<dyn PoolPlace>))
    }

    fn patience(&self) -> Duration {
        self.pool.settings.timeout
    }

    fn give_up(&mut self) -> Error {
        let mut state = self.pool.lock();
        if let Some(turn) = self.turn.take() {
            state.leave_queue(turn);
        }
        state.exhausted(self.since.elapsed())
    }
}

impl<C: Pooled> Drop for Queued<C> {
    fn drop(&mut self) {
        if let Some(turn) = self.turn.take() {
            self.pool.lock().leave_queue(turn);
        }
    }
}

struct Reserved<C: Pooled> {
    pool: Arc<Pool<C>>,
    /// The number of the loan, until it is used.
    id: Option<u64>,
    idle: Option<Idle<C>>,
}

impl<C: Pooled> PoolPlace for Reserved<C> {
    fn connection(mut self: Box<Self>) -> Result<AnyConnection> {
        let (id, idle) = (self.id.take(), self.idle.take());
        let id = id.ok_or(Error::PoolClosed)?;
        Ok((self.pool.lend)(self.pool.make_usable(idle, id)?))
    }
}

impl<C: Pooled> Drop for Reserved<C> {
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            self.pool.give_back_unused(id, self.idle.take());
        }
    }
}
