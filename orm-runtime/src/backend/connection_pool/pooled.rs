//! The connections of one type in a pool: opened, lent, taken back and looked after.

use std::panic::Location;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::lent::Lent;
use super::pool_settings::{OnReturn, PoolSettings};
use super::pool_state::{Idle, PoolState, Wakes};
use super::upkeep::{self, Upkeep};
use crate::backend::transport::Transport;
use crate::backend::{
    AnyConnection, ConnectionSetup, DatabaseUrl, TransactionControl, open_connection,
};
use crate::error::{Error, Result};

/// A connection that a pool can keep.
pub(super) trait Pooled: Transport + diesel::Connection + Send {}

impl<C: Transport + diesel::Connection + Send> Pooled for C {}

/// A pool of connections of one type.
pub(super) struct Pool<C: Pooled> {
    pub(super) url: DatabaseUrl,
    pub(super) settings: PoolSettings,
    pub(super) setup: ConnectionSetup,
    pub(super) lend: fn(Lent<C>) -> AnyConnection,
    /// How many transactions are open on a connection that nobody uses: 1 if the program owns one.
    pub(super) depth: u32,
    pub(super) state: Mutex<PoolState<C>>,
    /// Notified when a connection comes back to a pool that is being closed.
    pub(super) quiet: Condvar,
    pub(super) upkeep: Option<Upkeep>,
}

impl<C: Pooled> Pool<C> {
    pub(super) fn open(
        url: DatabaseUrl,
        settings: PoolSettings,
        setup: ConnectionSetup,
        lend: fn(Lent<C>) -> AnyConnection,
    ) -> Result<Arc<Self>> {
        let upkeep = upkeep::interval(&settings).map(Upkeep::new);
        let first = settings.min_idle.clamp(1, settings.size.max(1)).min(settings.size);
        let pool = Arc::new(Pool {
            url,
            settings,
            setup,
            lend,
            depth: 0,
            state: Mutex::default(),
            quiet: Condvar::new(),
            upkeep,
        });
        if first == 0 {
            // Nothing is kept, and a wrong URL is detected early all the same.
            drop(pool.establish()?);
            pool.lock().count_closed(1);
        }
        // More connections are opened on demand.
        for _ in 0..first {
            let connection = pool.establish()?;
            pool.lock().keep(Idle::new(connection));
        }
        if let Some(upkeep) = &pool.upkeep {
            let pool = Arc::downgrade(&pool);
            upkeep.start(move || pool.upgrade().is_some_and(|pool| pool.look_after()))?;
        }
        Ok(pool)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, PoolState<C>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn most(&self) -> u32 {
        self.settings.size.saturating_add(self.settings.overflow)
    }

    /// Opens a connection and sets it up. The error does not contain the URL.
    pub(super) fn establish(&self) -> Result<Box<C>> {
        let mut connection = Box::new(open_connection::establish::<C>(&self.url)?);
        self.lock().count_opened();
        self.set_up(&mut connection).inspect_err(|_| self.lock().count_closed(1))?;
        Ok(connection)
    }

    fn set_up(&self, connection: &mut C) -> Result<()> {
        Transport::prepare(connection, &self.setup)
            .map_err(|error| Error::Connection(Error::from(error).to_string()))?;
        self.settings.on_connect.call(connection)
    }

    /// Takes a connection: waits for its turn, and then for a connection, as long as the settings
    /// say.
    pub(super) fn take(self: &Arc<Self>, place: &'static Location<'static>) -> Result<Lent<C>> {
        let since = Instant::now();
        let wakes = Arc::new(Condvar::new());
        let mut state = self.lock();
        let turn = state.join_queue(Wakes::Thread(Arc::clone(&wakes)));
        loop {
            if let Some((id, idle)) = self.take_place(&mut state, turn, place)? {
                drop(state);
                return self.make_usable(idle, id);
            }
            let left = self.settings.timeout.saturating_sub(since.elapsed());
            if left.is_zero() {
                state.leave_queue(turn);
                return Err(state.exhausted(since.elapsed()));
            }
            state = match wakes.wait_timeout(state, left) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// Leaves the queue if it is the call's turn and there is a place for it. Returns the number of
    /// the loan, and an idle connection if there is one.
    pub(super) fn take_place(
        &self,
        state: &mut PoolState<C>,
        turn: u64,
        place: &'static Location<'static>,
    ) -> Result<Option<(u64, Option<Idle<C>>)>> {
        if state.is_closed() {
            state.leave_queue(turn);
            return Err(Error::PoolClosed);
        }
        if !state.is_next(turn) {
            return Ok(None);
        }
        let idle = state.take_idle(self.settings.reuse);
        // A pool of one transaction has no other connection.
        if idle.is_none() && (self.depth > 0 || state.total() >= self.most()) {
            return Ok(None);
        }
        // The loan begins first, so that whoever is woken sees it.
        let id = state.lend(place);
        state.leave_queue(turn);
        Ok(Some((id, idle)))
    }

    /// Checks an idle connection, or opens one in its place.
    pub(super) fn make_usable(self: &Arc<Self>, idle: Option<Idle<C>>, id: u64) -> Result<Lent<C>> {
        // Gives the place back if opening fails or panics.
        let place = Place { pool: self, id };
        let idle = idle.and_then(|idle| self.if_alive(idle));
        let idle = match idle {
            Some(idle) => idle,
            None => Idle::new(self.establish()?),
        };
        std::mem::forget(place);
        Ok(Lent::new(Arc::clone(self), id, idle))
    }

    /// Returns the connection if it is young and works, and closes it otherwise.
    fn if_alive(&self, mut idle: Idle<C>) -> Option<Idle<C>> {
        let checks = self.settings.check_after.is_some_and(|after| idle.idles_for() >= after);
        let old = self.settings.lifetime.is_some_and(|most| idle.age() >= most);
        // A statement that does nothing.
        if old || (checks && Transport::batch(&mut *idle.connection, "SELECT 1").is_err()) {
            self.lock().count_closed(1);
            return None;
        }
        Some(idle)
    }

    /// Takes a connection back, and gives it to the next who waits.
    pub(super) fn give_back(&self, id: u64, mut idle: Idle<C>) {
        // The protocol may be in the middle of an answer.
        let usable = !std::thread::panicking() && self.reset(&mut idle.connection);
        let old = self.settings.lifetime.is_some_and(|most| idle.age() >= most);
        idle.returned();
        let mut state = self.lock();
        let detached = !state.give_up(id);
        let surplus = state.total() >= self.settings.size && !state.is_wanted();
        let keeps = usable && !old && !detached && !surplus && state.keeps();
        let close = if keeps {
            state.keep(idle);
            None
        } else {
            state.count_closed(1);
            Some(idle)
        };
        state.wake_next();
        drop(state);
        self.quiet.notify_all();
        // Closing may send something, so nobody waits for it.
        drop(close);
    }

    /// Takes back a place that nobody has used, with its connection if it has one.
    #[cfg(feature = "tokio")]
    pub(super) fn give_back_unused(&self, id: u64, idle: Option<Idle<C>>) {
        let mut state = self.lock();
        state.give_up(id);
        let close = match idle {
            Some(idle) if state.keeps() => {
                state.keep(idle);
                None
            }
            Some(idle) => {
                state.count_closed(1);
                Some(idle)
            }
            None => None,
        };
        state.wake_next();
        drop(state);
        self.quiet.notify_all();
        drop(close);
    }

    /// Closes what has expired, and opens what is missing. Returns `false` if the pool is closed.
    fn look_after(&self) -> bool {
        let PoolSettings { size, min_idle, lifetime, idle_timeout, .. } = self.settings;
        let expired = self.lock().take_expired(lifetime, idle_timeout, min_idle);
        drop(expired);
        loop {
            let state = self.lock();
            if state.idle() >= min_idle || state.total() >= size || state.is_closed() {
                return !state.is_closed();
            }
            drop(state);
            // A session that needs a connection reports why it cannot be opened.
            let Ok(connection) = self.establish() else { return true };
            let idle = Idle::new(connection);
            let mut state = self.lock();
            if state.total() >= size || state.is_closed() {
                state.count_closed(1);
                drop(state);
                drop(idle);
                return true;
            }
            state.keep(idle);
            state.wake_next();
        }
    }

    /// Rolls back what is still open, and resets the settings. Returns `false` if the connection
    /// cannot be used again.
    fn reset(&self, connection: &mut C) -> bool {
        let Some(depth) = Transport::depth(connection) else { return false };
        if self.depth > 0 {
            return (self.depth..depth)
                .all(|_| Transport::control(connection, TransactionControl::Rollback).is_ok());
        }
        if depth > 0 {
            let rolled_back = Transport::batch(connection, "ROLLBACK");
            Transport::forget_transactions(connection);
            if rolled_back.is_err() {
                return false;
            }
        }
        match (self.settings.on_return, C::DIALECT.capabilities().resets_settings) {
            (OnReturn::Rollback, _) => true,
            (OnReturn::ResetSettings, None) => false,
            (OnReturn::ResetSettings, Some(reset)) => {
                Transport::batch(connection, reset).is_ok() && self.set_up(connection).is_ok()
            }
        }
    }
}

impl<C: Pooled> Drop for Pool<C> {
    fn drop(&mut self) {
        if let Some(upkeep) = &self.upkeep {
            upkeep.stop();
        }
    }
}

/// The place of a connection that is being opened.
struct Place<'p, C: Pooled> {
    pool: &'p Pool<C>,
    id: u64,
}

impl<C: Pooled> Drop for Place<'_, C> {
    fn drop(&mut self) {
        let mut state = self.pool.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.give_up(self.id);
        state.wake_next();
        drop(state);
        self.pool.quiet.notify_all();
    }
}
