//! Slow statements, reported while they still wait and after they ended.

use std::backtrace::Backtrace;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crate::backend::{Event, FinishedStatement, ObservedStatement, Origin, Plan, SessionObserver};
use crate::error::{Error, Result};

/// An observer that reports slow statements to a closure.
///
/// A statement that takes longer than the limit is reported when it has ended. With
/// [`while_waiting`](Self::while_waiting), it is also reported while it still waits, by a thread of
/// the watch: that finds a statement that never gets its lock.
///
/// ```
/// # use orm_runtime::prelude::*;
/// use std::time::Duration;
///
/// use orm_runtime::observe::{SlowWatch, Stack};
///
/// # fn main() -> Result<()> {
/// # let session = Session::open("sqlite://:memory:")?;
/// let watch = SlowWatch::new(Duration::from_millis(200), |slow| eprintln!("{slow}"))
///     .while_waiting(Stack::Captured)?;
/// session.observe(watch);
/// # Ok(()) }
/// ```
pub struct SlowWatch {
    shared: Arc<Shared>,
}

/// Whether a slow statement is reported with the stack of the thread that sent it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stack {
    /// Without the stack. The origin of the statement names the call in the program.
    #[default]
    Omitted,
    /// With the stack, which is captured before each statement and costs some microseconds.
    Captured,
}

/// A slow statement.
#[derive(Debug)]
#[non_exhaustive]
pub struct SlowStatement<'a> {
    /// The number of the session in this process.
    pub session: u64,
    /// The number of the statement in the session.
    pub number: u64,
    /// The SQL text, with placeholders.
    pub sql: &'a str,
    /// Where the statement comes from.
    pub origin: &'a Origin,
    /// The time since the start of the statement.
    pub time: Duration,
    /// Whether the statement still waits. It is reported again when it has ended.
    pub waits: bool,
    /// How many rows were returned or changed, if the statement has ended.
    pub rows: Option<usize>,
    /// The error, if the statement has failed.
    pub error: Option<&'a str>,
    /// The name of the thread that sent the statement.
    pub thread: Option<&'a str>,
    /// The stack of that thread, if it is captured.
    pub stack: Option<&'a Backtrace>,
    /// How the database runs the statement, if the watch asks for it and the statement has ended.
    pub plan: Option<&'a Plan>,
}

struct Shared {
    limit: Duration,
    /// Set if statements are reported while they wait.
    stack: OnceLock<Stack>,
    plans: AtomicBool,
    report: Box<dyn Fn(&SlowStatement<'_>) + Send + Sync>,
    running: Mutex<HashMap<(u64, u64), Running>>,
    /// Notified when a statement starts, and when the watch is dropped.
    changed: Condvar,
}

/// A statement that has started and not ended.
struct Running {
    sql: String,
    origin: Origin,
    started: Instant,
    /// It was reported as waiting.
    reported: bool,
    thread: Option<String>,
    stack: Option<Backtrace>,
}

impl SlowWatch {
    /// Creates a watch that reports statements which take longer than a limit.
    pub fn new(
        limit: Duration,
        report: impl Fn(&SlowStatement<'_>) + Send + Sync + 'static,
    ) -> Self {
        SlowWatch {
            shared: Arc::new(Shared {
                limit,
                stack: OnceLock::new(),
                plans: AtomicBool::new(false),
                report: Box::new(report),
                running: Mutex::default(),
                changed: Condvar::new(),
            }),
        }
    }

    /// Reports how the database runs a slow statement, too. Sends one EXPLAIN after each.
    #[must_use]
    pub fn with_plans(self) -> Self {
        self.shared.plans.store(true, Relaxed);
        self
    }

    /// Reports statements while they still wait, too, once each. Starts a thread, which ends when
    /// the watch and all its sessions are gone. The closure is called in that thread.
    ///
    /// # Errors
    /// Returns [`Error::Configuration`] if the thread cannot be started.
    pub fn while_waiting(self, stack: Stack) -> Result<Self> {
        if self.shared.stack.set(stack).is_err() {
            // The thread runs already.
            return Ok(self);
        }
        let watched = Arc::downgrade(&self.shared);
        let thread = thread::Builder::new().name("orm-slow-watch".to_owned());
        match thread.spawn(move || watch(&watched)) {
            Ok(_) => Ok(self),
            Err(error) => {
                let why = format!("the thread of the slow watch cannot be started: {error}");
                Err(Error::Configuration(why))
            }
        }
    }
}

/// Reports the statements that wait, until the watch is dropped.
fn watch(watched: &Weak<Shared>) {
    while let Some(shared) = watched.upgrade() {
        let next = shared.report_waiting();
        let running = shared.running();
        // The watch holds itself for at most this long, so that it can be dropped.
        let pause = next.min(Duration::from_millis(100)).max(Duration::from_millis(1));
        let waited = shared.changed.wait_timeout(running, pause);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Shared {
    fn running(&self) -> MutexGuard<'_, HashMap<(u64, u64), Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reports statements over the limit that were not reported. Returns the time until the next.
    fn report_waiting(&self) -> Duration {
        let mut running = self.running();
        let mut next = self.limit;
        for (&(session, number), statement) in running.iter_mut() {
            let time = statement.started.elapsed();
            if statement.reported {
                continue;
            }
            if time < self.limit {
                next = next.min(self.limit - time);
                continue;
            }
            statement.reported = true;
            (self.report)(&SlowStatement {
                session,
                number,
                sql: &statement.sql,
                origin: &statement.origin,
                time,
                waits: true,
                rows: None,
                error: None,
                thread: statement.thread.as_deref(),
                stack: statement.stack.as_ref(),
                plan: None,
            });
        }
        next
    }

    fn start(&self, statement: &ObservedStatement<'_>) {
        let Some(&stack) = self.stack.get() else { return };
        let running = Running {
            sql: statement.sql.to_owned(),
            origin: statement.origin.clone(),
            started: Instant::now(),
            reported: false,
            thread: thread::current().name().map(str::to_owned),
            stack: (stack == Stack::Captured).then(Backtrace::force_capture),
        };
        self.running().insert((statement.session, statement.number), running);
        self.changed.notify_one();
    }

    fn finish(&self, finished: &FinishedStatement<'_>) {
        let statement = finished.statement;
        let running = match self.stack.get() {
            Some(_) => self.running().remove(&(statement.session, statement.number)),
            None => None,
        };
        if finished.time < self.limit {
            return;
        }
        (self.report)(&SlowStatement {
            session: statement.session,
            number: statement.number,
            sql: statement.sql,
            origin: statement.origin,
            time: finished.time,
            waits: false,
            rows: finished.rows,
            error: finished.error,
            thread: thread::current().name(),
            stack: running.as_ref().and_then(|running| running.stack.as_ref()),
            plan: finished.plan,
        });
    }
}

impl SessionObserver for SlowWatch {
    fn on_event(&self, event: &Event<'_>) {
        match event {
            Event::StatementStarted(statement) => self.shared.start(statement),
            Event::StatementFinished(finished) => self.shared.finish(finished),
            _ => {}
        }
    }

    fn wants_plan(&self, finished: &FinishedStatement<'_>) -> bool {
        self.shared.plans.load(Relaxed) && finished.time >= self.shared.limit
    }
}

impl fmt::Debug for SlowWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlowWatch")
            .field("limit", &self.shared.limit)
            .field("while_waiting", &self.shared.stack)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for SlowStatement<'_> {
    /// Writes the statement in one line, and then the stack if it is captured.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.waits { "waits since" } else { "took" };
        write!(f, "slow statement {word} {:.1?}", self.time)?;
        match (self.error, self.rows) {
            (Some(error), _) => write!(f, ", failed ({error})")?,
            (None, Some(rows)) => write!(f, ", {rows} rows")?,
            (None, None) => {}
        }
        write!(f, ", {}", self.origin)?;
        if let Some(thread) = self.thread {
            write!(f, ", in thread {thread}")?;
        }
        write!(f, ": {}", self.sql)?;
        if let Some(plan) = self.plan {
            write!(f, "\n{plan}")?;
        }
        match self.stack {
            Some(stack) => write!(f, "\n{stack}"),
            None => Ok(()),
        }
    }
}
