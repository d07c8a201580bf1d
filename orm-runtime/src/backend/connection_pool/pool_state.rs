//! The state of a pool: which connections are idle and which are lent, and who waits.

use std::collections::{BTreeMap, VecDeque};
use std::panic::Location;
use std::sync::{Arc, Condvar, OnceLock};
#[cfg(feature = "tokio")]
use std::task::Waker;
use std::time::{Duration, Instant};

use super::pool_settings::Reuse;
use crate::error::{Error, PoolHolder};

/// The most holders that an error names.
const NAMED: usize = 3;

/// The figures of a pool at one moment: [`SessionFactory::status`](crate::SessionFactory::status).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatus {
    /// The connections that sessions use.
    pub in_use: u32,
    /// The connections that nobody uses.
    pub idle: u32,
    /// The calls that wait for a connection.
    pub waiting: u32,
    /// How many connections were opened since the pool exists.
    pub opened: u64,
    /// How many connections were closed since the pool exists.
    pub closed: u64,
    /// How many calls have waited in vain since the pool exists.
    pub timeouts: u64,
    /// The connections in use, beginning with the one that is used longest.
    pub holders: Vec<PoolHolder>,
    /// Whether the pool was closed.
    pub is_closed: bool,
}

/// A connection that nobody uses.
pub(super) struct Idle<C> {
    pub(super) connection: Box<C>,
    opened: Instant,
    since: Instant,
    /// The server's number of the connection, once it was asked for.
    number: Arc<OnceLock<i64>>,
}

impl<C> Idle<C> {
    pub(super) fn new(connection: Box<C>) -> Self {
        let now = Instant::now();
        Idle { connection, opened: now, since: now, number: Arc::default() }
    }

    /// Returns where the server's number of the connection is kept.
    pub(super) fn number(&self) -> Arc<OnceLock<i64>> {
        Arc::clone(&self.number)
    }

    /// Records that the connection has come back now.
    pub(super) fn returned(&mut self) {
        self.since = Instant::now();
    }

    pub(super) fn age(&self) -> Duration {
        self.opened.elapsed()
    }

    pub(super) fn idles_for(&self) -> Duration {
        self.since.elapsed()
    }
}

/// A call in the queue for a connection.
struct Waiting {
    turn: u64,
    wakes: Wakes,
}

/// How a call in the queue is told that it may be its turn.
pub(super) enum Wakes {
    Thread(Arc<Condvar>),
    #[cfg(feature = "tokio")]
    Task(Waker),
}

impl Wakes {
    fn wake(&self) {
        match self {
            Wakes::Thread(turn) => turn.notify_one(),
            #[cfg(feature = "tokio")]
            Wakes::Task(task) => task.wake_by_ref(),
        }
    }
}

/// The state of a pool.
pub(super) struct PoolState<C> {
    /// In the order in which they came back.
    idle: VecDeque<Idle<C>>,
    /// By the number of the loan: when it began, and where in the program.
    lent: BTreeMap<u64, (Instant, &'static Location<'static>)>,
    /// Those who wait, in their order.
    queue: VecDeque<Waiting>,
    next_turn: u64,
    next_id: u64,
    opened: u64,
    closed: u64,
    timeouts: u64,
    is_closed: bool,
    /// Connections that come back are kept even so.
    drains: bool,
}

impl<C> Default for PoolState<C> {
    fn default() -> Self {
        PoolState {
            idle: VecDeque::new(),
            lent: BTreeMap::new(),
            queue: VecDeque::new(),
            next_turn: 0,
            next_id: 0,
            opened: 0,
            closed: 0,
            timeouts: 0,
            is_closed: false,
            drains: false,
        }
    }
}

/// Connections.
impl<C> PoolState<C> {
    /// Returns the number of connections, those that are being opened included.
    pub(super) fn total(&self) -> u32 {
        count(self.idle.len() + self.lent.len())
    }

    pub(super) fn in_use(&self) -> u32 {
        count(self.lent.len())
    }

    pub(super) fn idle(&self) -> u32 {
        count(self.idle.len())
    }

    pub(super) fn take_idle(&mut self, reuse: Reuse) -> Option<Idle<C>> {
        match reuse {
            Reuse::LastReturned => self.idle.pop_back(),
            Reuse::FirstReturned => self.idle.pop_front(),
        }
    }

    /// Keeps a connection that nobody uses.
    pub(super) fn keep(&mut self, idle: Idle<C>) {
        self.idle.push_back(idle);
    }

    /// Removes the idle connections that are too old, or that idle for too long and are more than
    /// the least number.
    pub(super) fn take_expired(
        &mut self,
        lifetime: Option<Duration>,
        idle_timeout: Option<Duration>,
        least: u32,
    ) -> Vec<Idle<C>> {
        let mut kept = count(self.idle.len());
        let mut expired = Vec::new();
        for idle in std::mem::take(&mut self.idle) {
            let old = lifetime.is_some_and(|most| idle.age() >= most);
            let unused = idle_timeout.is_some_and(|most| idle.idles_for() >= most);
            if old || unused && kept > least {
                kept -= 1;
                expired.push(idle);
            } else {
                self.idle.push_back(idle);
            }
        }
        self.count_closed(expired.len());
        expired
    }

    /// Lends a connection, or the place of one that is being opened.
    pub(super) fn lend(&mut self, place: &'static Location<'static>) -> u64 {
        self.next_id += 1;
        self.lent.insert(self.next_id, (Instant::now(), place));
        self.next_id
    }

    /// Ends a loan. Returns `false` if the connection was detached before.
    pub(super) fn give_up(&mut self, id: u64) -> bool {
        self.lent.remove(&id).is_some()
    }

    pub(super) fn count_opened(&mut self) {
        self.opened += 1;
    }

    pub(super) fn count_closed(&mut self, connections: usize) {
        self.closed += connections as u64;
    }
}

/// Those who wait.
impl<C> PoolState<C> {
    /// Joins the queue. Returns the number of the turn.
    pub(super) fn join_queue(&mut self, wakes: Wakes) -> u64 {
        self.next_turn += 1;
        self.queue.push_back(Waiting { turn: self.next_turn, wakes });
        self.next_turn
    }

    /// Sets how a call in the queue is woken from now on.
    #[cfg(feature = "tokio")]
    pub(super) fn wake_by(&mut self, turn: u64, task: &Waker) {
        let waiting = self.queue.iter_mut().find(|waiting| waiting.turn == turn);
        match waiting.map(|waiting| &mut waiting.wakes) {
            Some(Wakes::Task(known)) => known.clone_from(task),
            Some(wakes) => *wakes = Wakes::Task(task.clone()),
            None => {}
        }
    }

    /// Leaves the queue, and wakes the next in it, who may find a connection.
    pub(super) fn leave_queue(&mut self, turn: u64) {
        self.queue.retain(|other| other.turn != turn);
        self.wake_next();
    }

    pub(super) fn is_next(&self, turn: u64) -> bool {
        self.queue.front().is_some_and(|first| first.turn == turn)
    }

    /// Returns `true` if somebody waits for a connection.
    pub(super) fn is_wanted(&self) -> bool {
        !self.queue.is_empty()
    }

    pub(super) fn wake_next(&self) {
        if let Some(first) = self.queue.front() {
            first.wakes.wake();
        }
    }

    /// Counts a call that has waited in vain, and returns its error.
    pub(super) fn exhausted(&mut self, waited: Duration) -> Error {
        self.timeouts += 1;
        let mut holders = self.holders();
        holders.truncate(NAMED);
        Error::PoolExhausted {
            in_use: self.in_use(),
            waited,
            waiting: count(self.queue.len()),
            holders,
        }
    }

    fn holders(&self) -> Vec<PoolHolder> {
        // The numbers of loans ascend with time.
        let holders = self.lent.values();
        holders.map(|(since, place)| PoolHolder { place, held: since.elapsed() }).collect()
    }
}

/// The whole.
impl<C> PoolState<C> {
    pub(super) fn status(&self) -> PoolStatus {
        PoolStatus {
            in_use: self.in_use(),
            idle: self.idle(),
            waiting: count(self.queue.len()),
            opened: self.opened,
            closed: self.closed,
            timeouts: self.timeouts,
            holders: self.holders(),
            is_closed: self.is_closed,
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Returns `true` if connections that come back are kept.
    pub(super) fn keeps(&self) -> bool {
        !self.is_closed || self.drains
    }

    /// Closes the pool for sessions, and keeps its connections.
    pub(super) fn drain(&mut self) {
        (self.is_closed, self.drains) = (true, true);
        self.queue.iter().for_each(|waiting| waiting.wakes.wake());
    }

    /// Closes the pool. Returns the idle connections, to be closed while the state is free.
    pub(super) fn close(&mut self) -> Vec<Idle<C>> {
        (self.is_closed, self.drains) = (true, false);
        self.queue.iter().for_each(|waiting| waiting.wakes.wake());
        let idle: Vec<_> = self.idle.drain(..).collect();
        self.count_closed(idle.len());
        idle
    }
}

fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}
