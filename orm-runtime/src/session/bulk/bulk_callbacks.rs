//! The closures of the caller of bulk work: its progress, and the rows that were refused.

use crate::error::Error;

/// A closure that takes the number of a refused row, the row, and why it was refused.
type Rejects<'c, T> = Box<dyn FnMut(usize, T, Error) + 'c>;

/// The closures of the caller, and how many rows were written.
pub(super) struct BulkCallbacks<'c, T> {
    pub(super) progress: Option<Box<dyn FnMut(usize) + 'c>>,
    pub(super) rejects: Option<Rejects<'c, T>>,
    written: usize,
}

impl<T> Default for BulkCallbacks<'_, T> {
    fn default() -> Self {
        BulkCallbacks { progress: None, rejects: None, written: 0 }
    }
}

impl<T> BulkCallbacks<'_, T> {
    /// Returns `true` if refused rows are handed to the caller instead of failing the call.
    pub(super) fn rejects(&self) -> bool {
        self.rejects.is_some()
    }

    /// Returns how many rows were written so far.
    pub(super) fn written(&self) -> usize {
        self.written
    }

    /// Counts rows that a statement has written, and tells the caller.
    pub(super) fn wrote(&mut self, rows: usize) {
        self.written += rows;
        if let Some(progress) = &mut self.progress {
            progress(self.written);
        }
    }

    /// Hands a refused row to the caller.
    pub(super) fn reject(&mut self, number: usize, row: T, error: Error) {
        if let Some(rejects) = &mut self.rejects {
            rejects(number, row, error);
        }
    }
}
