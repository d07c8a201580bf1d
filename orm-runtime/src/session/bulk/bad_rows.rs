//! The first row of a failed statement that the database refuses, found by halving the rows.

use super::bulk_callbacks::BulkCallbacks;
use super::chunk::Chunk;
use crate::error::{Error, Result};
use crate::mapping::Concrete;
use crate::session::Session;

/// Sends some rows of a chunk.
pub(super) type Send<'s, T> = dyn FnMut(&mut Session, &mut Chunk<T>, &[u32]) -> Result<()> + 's;

impl Session {
    /// Sends the rows of a statement. If one of them is refused, it is handed to the caller, and
    /// the others are written; or the error names it. With `late`, an error may come after rows
    /// were written.
    pub(super) fn send_batch<T: Concrete>(
        &mut self,
        chunk: &mut Chunk<T>,
        callbacks: &mut BulkCallbacks<'_, T>,
        batch: &[u32],
        late: bool,
        send: &mut Send<'_, T>,
    ) -> Result<()> {
        let ends = self.dialect().capabilities().errors_end_transactions();
        // A listener has pending changes, which a savepoint would flush. Its failure fails the
        // flush around it.
        let can_undo = !self.in_listener();
        let guarded = can_undo && (callbacks.rejects() || batch.len() > 1 && (ends || late));
        let mut rest = batch;
        while !rest.is_empty() {
            let error = match self.attempt(chunk, rest, guarded, send) {
                Ok(()) => {
                    callbacks.wrote(rest.len());
                    return Ok(());
                }
                Err(error) => error,
            };
            if !error.is_about_row() {
                return Err(error);
            }
            if let [slot] = rest {
                return chunk.reject(*slot, error, callbacks);
            }
            if !can_undo || !self.in_transaction() {
                return Err(error);
            }
            if !callbacks.rejects() {
                return Err(self.name_first_refused(chunk, rest, error, send));
            }
            let (before, refused) = self.find_refused(chunk, rest, send)?;
            if before > 0 {
                callbacks.wrote(before);
            }
            rest = &rest[before..];
            if let (Some(error), [slot, others @ ..]) = (refused, rest) {
                chunk.reject(*slot, error, callbacks)?;
                rest = others;
            }
        }
        Ok(())
    }

    fn attempt<T: Concrete>(
        &mut self,
        chunk: &mut Chunk<T>,
        rows: &[u32],
        guarded: bool,
        send: &mut Send<'_, T>,
    ) -> Result<()> {
        match guarded {
            true => self.savepoint(|session| send(session, chunk, rows)),
            false => send(self, chunk, rows),
        }
    }

    /// Returns the error of the first refused row, with its number. Undoes the search.
    fn name_first_refused<T: Concrete>(
        &mut self,
        chunk: &mut Chunk<T>,
        rows: &[u32],
        error: Error,
        send: &mut Send<'_, T>,
    ) -> Error {
        let mut named = None;
        let undone: Result<()> = self.savepoint(|session| {
            if let (before, Some(error)) = session.find_refused(chunk, rows, send)?
                && let Some(&slot) = rows.get(before)
            {
                named = Some(error.of_bulk_row(chunk.number(slot)));
            }
            Err(Error::Diesel(diesel::result::Error::RollbackTransaction))
        });
        match undone {
            Err(lost) if lost.is_disconnect() => lost,
            _ => named.unwrap_or(error),
        }
    }

    /// Writes the rows before the first refused one. Returns their number and the error of the
    /// refused row, or no error if each row is accepted by itself.
    fn find_refused<T: Concrete>(
        &mut self,
        chunk: &mut Chunk<T>,
        rows: &[u32],
        send: &mut Send<'_, T>,
    ) -> Result<(usize, Option<Error>)> {
        // The rows before `written` are written. The rows from there to `failed` are refused.
        let (mut written, mut failed, mut refused) = (0, rows.len(), None);
        while failed - written > 1 || refused.is_none() && failed > written {
            let middle = written + (failed - written).div_ceil(2);
            match self.attempt(chunk, &rows[written..middle], true, send) {
                Ok(()) => (written, refused) = (middle, None),
                Err(error) if error.is_about_row() => {
                    refused = Some(error).filter(|_| middle - written == 1);
                    failed = middle;
                }
                Err(error) => return Err(error),
            }
        }
        Ok((written, refused))
    }
}
