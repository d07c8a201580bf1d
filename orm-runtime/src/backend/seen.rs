//! What was sent over a connection: written by its observer, read by its session.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::StatementRecord;

/// Counts of statements, and their records if they are kept.
///
/// The observer belongs to Diesel's connection, which is reached only through `&mut`. Only the
/// thread that sends writes here, so nothing waits for a lock.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// All statements.
    all: AtomicU64,
    /// The statements that began or ended a transaction or a savepoint.
    control: AtomicU64,
    recording: AtomicBool,
    records: Mutex<Vec<StatementRecord>>,
}

impl Seen {
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

    pub(crate) fn is_recording(&self) -> bool {
        self.recording.load(Relaxed)
    }

    /// Starts or stops keeping records; earlier records are dropped.
    pub(crate) fn keep_records(&self, on: bool) {
        self.recording.store(on, Relaxed);
        self.records().clear();
    }

    pub(super) fn record(&self, record: StatementRecord) {
        self.records().push(record);
    }

    /// Changes the record of the last statement, if there are records.
    pub(super) fn amend(&self, change: impl FnOnce(&mut StatementRecord)) {
        if self.is_recording()
            && let Some(last) = self.records().last_mut()
        {
            change(last);
        }
    }

    pub(crate) fn take_records(&self) -> Vec<StatementRecord> {
        std::mem::take(&mut *self.records())
    }

    /// Continues with records that were kept before, or without any.
    pub(crate) fn resume_records(&self, earlier: Option<Vec<StatementRecord>>) {
        self.recording.store(earlier.is_some(), Relaxed);
        *self.records() = earlier.unwrap_or_default();
    }

    fn records(&self) -> MutexGuard<'_, Vec<StatementRecord>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
