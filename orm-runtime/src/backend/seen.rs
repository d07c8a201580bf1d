//! What was sent over a connection: counted, and reported to observers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::{Dialect, Event, Origin, SessionObserver, StatementRecord};

/// The most statements that a session's log holds. Older ones are dropped.
const MOST_RECORDS: usize = 100_000;

/// Counts of statements, and who observes them.
///
/// The observer on Diesel's connection is reached only through `&mut`, and a session reads here
/// through `&self`. Only the thread that sends writes here, so nothing waits for a lock.
pub(crate) struct Seen {
    /// The number of the session in this process.
    session: u64,
    /// The database, once there is a connection.
    dialect: OnceLock<Dialect>,
    /// All statements.
    all: AtomicU64,
    /// The statements that began or ended a transaction or a savepoint.
    control: AtomicU64,
    /// Something observes, so that a statement must be reported.
    watched: AtomicBool,
    watch: Mutex<Watch>,
}

/// Who observes, and where what is sent comes from.
#[derive(Default)]
struct Watch {
    observers: Arc<[Arc<dyn SessionObserver>]>,
    /// An observer wants the parts of each statement's time.
    times_rows: bool,
    /// An observer wants the bound values.
    parameters: bool,
    log: Option<Vec<StatementRecord>>,
    /// How many statements the log has dropped.
    dropped: u64,
    origin: Origin,
    /// How many scopes of the origin are open.
    depth: u32,
    /// How many statements were reported.
    reported: u64,
}

impl Default for Seen {
    fn default() -> Self {
        static SESSIONS: AtomicU64 = AtomicU64::new(0);
        Seen {
            session: SESSIONS.fetch_add(1, Relaxed) + 1,
            dialect: OnceLock::new(),
            all: AtomicU64::default(),
            control: AtomicU64::default(),
            watched: AtomicBool::default(),
            watch: Mutex::default(),
        }
    }
}

/// The counts.
impl Seen {
    /// Returns the number of the session in this process.
    pub(crate) fn session(&self) -> u64 {
        self.session
    }

    /// Notes the database, which stays the same if the session reconnects.
    pub(super) fn note_dialect(&self, dialect: Dialect) {
        let _ = self.dialect.set(dialect);
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect.get().copied().unwrap_or(Dialect::ALL[0])
    }

    /// Returns the number of statements other than transaction control.
    pub(crate) fn statements(&self) -> u64 {
        self.all.load(Relaxed).saturating_sub(self.control.load(Relaxed))
    }

    pub(crate) fn transaction_statements(&self) -> u64 {
        self.control.load(Relaxed)
    }

    pub(super) fn count(&self) {
        self.all.store(self.all.load(Relaxed) + 1, Relaxed);
    }

    pub(crate) fn count_control(&self, statements: u64) {
        self.control.store(self.control.load(Relaxed) + statements, Relaxed);
    }
}

/// The observers.
impl Seen {
    /// Returns `true` if something observes.
    #[inline]
    pub(crate) fn is_watched(&self) -> bool {
        self.watched.load(Relaxed)
    }

    pub(crate) fn observe(&self, observer: Arc<dyn SessionObserver>) {
        let mut watch = self.watch();
        watch.times_rows |= observer.times_rows();
        watch.parameters |= observer.wants_parameters();
        watch.observers = watch.observers.iter().cloned().chain([observer]).collect();
        self.watched.store(true, Relaxed);
    }

    pub(super) fn times_rows(&self) -> bool {
        self.watch().times_rows
    }

    /// Returns `true` if an observer wants the plan of a statement.
    pub(super) fn wants_plan(&self, finished: &super::FinishedStatement<'_>) -> bool {
        let observers = Arc::clone(&self.watch().observers);
        // All are asked, because an observer may keep what it was asked about.
        observers.iter().filter(|observer| observer.wants_plan(finished)).count() > 0
    }

    pub(super) fn wants_parameters(&self) -> bool {
        self.watch().parameters
    }

    /// Returns the number of the next statement that is reported.
    pub(super) fn next_number(&self) -> u64 {
        let mut watch = self.watch();
        watch.reported += 1;
        watch.reported
    }

    /// Tells all observers. No lock is held while they run.
    pub(crate) fn report(&self, event: &Event<'_>) {
        let observers = Arc::clone(&self.watch().observers);
        for observer in observers.iter() {
            observer.on_event(event);
        }
        if let Event::StatementFinished(finished) = event {
            self.record(finished);
        }
    }

    /// Returns where what is sent now comes from.
    pub(crate) fn origin(&self) -> Origin {
        self.watch().origin.clone()
    }

    /// Changes the entity for which is sent.
    #[cold]
    pub(crate) fn change_entity(&self, entity: &'static str) {
        self.watch().origin.entity = Some(entity);
    }

    /// Changes where what is sent comes from, and how many scopes are open.
    pub(super) fn change_origin<A>(&self, change: impl FnOnce(&mut Origin, &mut u32) -> A) -> A {
        let watch = &mut *self.watch();
        change(&mut watch.origin, &mut watch.depth)
    }

    fn watch(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The log of the session.
impl Seen {
    fn record(&self, finished: &super::FinishedStatement<'_>) {
        let Watch { log: Some(log), dropped, .. } = &mut *self.watch() else { return };
        if log.len() == MOST_RECORDS {
            // The older half, so that dropping does not cost for each statement.
            log.drain(..MOST_RECORDS / 2);
            *dropped += MOST_RECORDS as u64 / 2;
        }
        log.push(StatementRecord {
            sql: finished.statement.sql.to_owned(),
            rows: finished.rows,
            time: finished.time,
            failed: finished.error.is_some(),
            origin: finished.statement.origin.clone(),
        });
    }

    /// Starts or stops keeping records; earlier records are dropped.
    pub(crate) fn keep_records(&self, on: bool) {
        self.resume_records(on.then(Vec::new));
    }

    /// Takes the records, if there is a log.
    pub(crate) fn take_records(&self) -> Option<Vec<StatementRecord>> {
        let mut watch = self.watch();
        watch.dropped = 0;
        watch.log.as_mut().map(std::mem::take)
    }

    /// Returns how many records were dropped since they were last taken.
    pub(crate) fn dropped_records(&self) -> u64 {
        self.watch().dropped
    }

    /// Continues with records that were kept before, or without any.
    pub(crate) fn resume_records(&self, earlier: Option<Vec<StatementRecord>>) {
        let mut watch = self.watch();
        self.watched.store(earlier.is_some() || !watch.observers.is_empty(), Relaxed);
        watch.log = earlier;
        watch.dropped = 0;
    }
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seen")
            .field("session", &self.session)
            .field("statements", &self.statements())
            .field("observers", &self.watch().observers.len())
            .finish_non_exhaustive()
    }
}
