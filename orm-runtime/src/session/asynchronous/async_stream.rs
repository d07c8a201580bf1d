//! Results of a unit of work that arrive while it runs.

use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use tokio::sync::mpsc;

use super::async_factory::AsyncSessionFactory;
use crate::error::{Error, Result, StopReason};
use crate::session::Session;

/// The results of a unit of work, as it sends them: [`AsyncSessionFactory::stream`].
///
/// It does nothing until it is polled. After an error there are no further results. Dropping it
/// stops the work, as dropping a future does.
#[must_use = "a stream does nothing unless it is polled"]
pub struct AsyncStream<T> {
    /// `None` after its end.
    work: Option<Pin<Box<dyn Future<Output = Result<()>> + Send>>>,
    error: Option<Error>,
    results: mpsc::Receiver<T>,
}

/// The end of an [`AsyncStream`] at which the work sends its results.
pub struct StreamSender<T>(mpsc::Sender<T>);

impl<T> StreamSender<T> {
    /// Sends a result. Blocks the thread while the stream has as many results as it may have.
    ///
    /// # Errors
    /// Returns [`Error::Stopped`] if the stream was dropped.
    pub fn send(&self, result: T) -> Result<()> {
        self.0.blocking_send(result).map_err(|_| Error::Stopped(StopReason::Dropped))
    }
}

impl AsyncSessionFactory {
    /// Runs a closure in a transaction, as [`transact`](Self::transact) does, and returns what it
    /// sends as a stream of the crate `futures`. The work is at most `ahead` results ahead of
    /// whoever reads them: then its thread waits, with its connection and its transaction. Sends
    /// the statements of the closure, and COMMIT after the last of them.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # async fn next<S: futures_core::Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    /// #     use std::pin::Pin;
    /// #     std::future::poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let url = "sqlite://async-stream?mode=memory&cache=shared";
    /// # let db = AsyncSessionFactory::open(url, |_| {}).await?;
    /// # db.session().await?.run(|session| schema![User].create_all(session)).await?;
    /// # db.transact(|session| {
    /// #     session.add_all((0..250).map(|n| User::builder().name(n.to_string()).build()));
    /// #     Ok(())
    /// # }).await?;
    /// // Lists of up to 100 names, and never more than two of them in memory.
    /// let mut names = db.stream(1, |session, names| {
    ///     session.query::<User>().batches(100, |session, users| {
    ///         names.send(users.iter().map(|user| session[*user].name.clone()).collect::<Vec<_>>())
    ///     })
    /// });
    /// let mut many = 0;
    /// while let Some(names) = next(&mut names).await { // `StreamExt::next` of the crate `futures`
    ///     many += names?.len();
    /// }
    /// assert_eq!(many, 250);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The last item is the error of [`transact`](Self::transact), if there is one: what came
    /// before it was not committed.
    ///
    /// # Panics
    /// The stream resumes a panic of the closure.
    #[track_caller]
    pub fn stream<T: Send + 'static>(
        &self,
        ahead: usize,
        work: impl FnOnce(&mut Session, &StreamSender<T>) -> Result<()> + Send + 'static,
    ) -> AsyncStream<T> {
        let caller = Location::caller();
        let (sender, results) = mpsc::channel(ahead.clamp(1, mpsc_most()));
        let sender = StreamSender(sender);
        let work = self.work(caller, move |session| {
            session.transaction_from(caller, |session| work(session, &sender))
        });
        AsyncStream { work: Some(Box::pin(work)), error: None, results }
    }
}

/// Returns the most results that a channel can hold.
fn mpsc_most() -> usize {
    tokio::sync::Semaphore::MAX_PERMITS
}

impl<T> Stream for AsyncStream<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        if let Some(work) = &mut self.work
            && let Poll::Ready(ended) = work.as_mut().poll(context)
        {
            (self.work, self.error) = (None, ended.err());
        }
        // After the work has ended, this is `None` as soon as all its results are read.
        match self.results.poll_recv(context) {
            Poll::Ready(Some(result)) => Poll::Ready(Some(Ok(result))),
            _ if self.work.is_some() => Poll::Pending,
            _ => Poll::Ready(self.error.take().map(Err)),
        }
    }
}

impl<T> fmt::Debug for AsyncStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncStream").field("has_ended", &self.work.is_none()).finish()
    }
}

impl<T> fmt::Debug for StreamSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamSender")
    }
}
