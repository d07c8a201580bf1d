//! The rows of a call, chunk by chunk: all of them are written, or none.

use super::bulk_callbacks::BulkCallbacks;
use super::chunk::{Chunk, Incoming, Prepare};
use crate::error::Result;
use crate::mapping::Concrete;
use crate::session::Session;

/// What is done with the rows of a call.
pub(super) trait Writing<T: Concrete> {
    /// Returns how rows are prepared.
    fn prepare(&self) -> Prepare;

    /// Decides how rows are sent, by the first of them. Returns `true` if there may be something to
    /// undo when a statement fails.
    fn begin(&mut self, session: &Session, first: &Chunk<T>, more: bool, rejects: bool) -> bool;

    /// Sends the rows of a chunk.
    fn send(
        &mut self,
        session: &mut Session,
        chunk: &mut Chunk<T>,
        callbacks: &mut BulkCallbacks<'_, T>,
    ) -> Result<()>;
}

impl Session {
    /// Writes all rows of a call, after pending changes. Returns the number of rows that were
    /// written.
    pub(super) fn write_all<T: Concrete>(
        &mut self,
        rows: impl Iterator<Item = T>,
        callbacks: &mut BulkCallbacks<'_, T>,
        work: &mut impl Writing<T>,
    ) -> Result<usize> {
        if callbacks.rejects() {
            self.not_in_listener("reject_into")?;
        }
        self.flush_first()?;
        self.begin_write()?;
        let mut incoming = Incoming::new(rows);
        let Some(first) = self.next_chunk(&mut incoming, work.prepare(), callbacks)? else {
            return Ok(0);
        };
        let more = incoming.has_more();
        let undoes = work.begin(self, &first, more, callbacks.rejects()) || more;
        let send_all = |session: &mut Session| {
            let mut next = Some(first);
            while let Some(mut chunk) = next {
                work.send(session, &mut chunk, callbacks)?;
                next = session.next_chunk(&mut incoming, work.prepare(), callbacks)?;
            }
            Ok(callbacks.written())
        };
        // A listener has pending changes, which a savepoint would flush.
        match undoes && !self.in_listener() {
            true => self.savepoint(send_all),
            false => send_all(self),
        }
    }
}
