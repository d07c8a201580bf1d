//! Units of work that are awaited.

use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::async_session::AsyncSession;
use super::work::{Awaited, unanswered};
use crate::backend::{PoolPlace, PoolStatus};
use crate::error::{Error, Result};
use crate::session::transaction::frames::Retryable;
use crate::session::{PoolOptions, Session, SessionFactory, SessionOptions};

/// Runs units of work for asynchronous code, with sessions of a pool. Create it once, where the
/// program starts, and clone it where it is needed.
///
/// What is awaited is the unit of work, not the statement: [`transact`](Self::transact) runs a
/// closure with an ordinary [`Session`] in a transaction, on a thread of the tokio runtime that may
/// block. Whoever waits for a connection waits in the queue of the pool, in order, and occupies no
/// thread. The futures are `Send`, and run on runtimes of one thread as well. The runtime must have
/// its time enabled, as `#[tokio::main]` and `#[tokio::test]` do.
///
/// # A future that is dropped
///
/// A future that is dropped, by a time-out, `select!`, an aborted task or a client that has gone,
/// leaves nothing half done: no further statement is sent, the statement that is running is
/// cancelled where the server can do so (PostgreSQL, MySQL, MariaDB), and the transaction is rolled
/// back; or it was committed as a whole, if COMMIT had already been sent. The thread then gives the
/// connection back to the pool.
///
/// ```
/// use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let url = "sqlite://async-factory?mode=memory&cache=shared";
/// let db = AsyncSessionFactory::open(url, |options| options.size = 4).await?;
/// # db.session().await?.run(|session| schema![User].create_all(session)).await?;
/// let id = db
///     .transact(|session| {
///         let ada = session.add(User::builder().name("ada").build());
///         session.flush()?;
///         Ok(session[ada].id.get())
///     })
///     .await?;
/// assert_eq!(id, Some(1));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct AsyncSessionFactory {
    sessions: SessionFactory,
    limit: Option<Duration>,
}

impl AsyncSessionFactory {
    /// Opens a pool by URL, as [`SessionFactory::new`] does, on a thread that may block. To open it
    /// by other parts, use `AsyncSessionFactory::from(SessionFactory::connect(…)?)`.
    ///
    /// # Errors
    /// Returns the errors of [`SessionFactory::new`].
    pub async fn open(
        url: &str,
        configure: impl FnOnce(&mut PoolOptions) + Send + 'static,
    ) -> Result<Self> {
        let url = url.to_owned();
        let open = move || SessionFactory::new(&url, configure);
        match tokio::task::spawn_blocking(open).await {
            Ok(sessions) => sessions.map(Self::from),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(_) => Err(unanswered()),
            },
        }
    }

    /// Returns a factory over the same pool whose work must end within a limit, which begins with
    /// the call and includes the wait for a connection. Sends no SQL.
    ///
    /// At the deadline the work is stopped as if its future were dropped, but the future waits
    /// until it has ended, so that the result is true: `Ok` if it was committed, an error such as
    /// [`Error::Stopped`] if it was rolled back. For a limit that does not wait for the end, put
    /// `tokio::time::timeout` around the future.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// use std::time::Duration;
    ///
    /// use orm_runtime::error::StopReason;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let url = "sqlite://async-deadline?mode=memory&cache=shared";
    /// # let db = AsyncSessionFactory::open(url, |_| {}).await?;
    /// let hasty = db.with_deadline(Duration::from_millis(50));
    /// let late = hasty.transact(|session| {
    ///     std::thread::sleep(Duration::from_millis(60));
    ///     session.begin()
    /// });
    /// assert!(matches!(late.await, Err(Error::Stopped(StopReason::Deadline))));
    /// # Ok(()) }
    /// ```
    pub fn with_deadline(&self, limit: Duration) -> Self {
        AsyncSessionFactory { limit: Some(limit), ..self.clone() }
    }

    /// Returns a factory with other options for its sessions, over the same pool, as
    /// [`SessionFactory::configured`] does. Sends no SQL.
    ///
    /// # Errors
    /// Returns the errors of [`SessionFactory::configured`].
    pub fn configured(&self, change: impl FnOnce(&mut SessionOptions)) -> Result<Self> {
        Ok(AsyncSessionFactory { sessions: self.sessions.configured(change)?, limit: self.limit })
    }

    /// Returns the factory of sessions for threads that may block. Its sessions wait in the same
    /// queue for the same connections. Sends no SQL.
    pub fn sessions(&self) -> &SessionFactory {
        &self.sessions
    }

    /// Returns the figures of the pool, as [`SessionFactory::status`] does, in which tasks count as
    /// other calls do. Sends no SQL.
    pub fn status(&self) -> PoolStatus {
        self.sessions.status()
    }

    /// Runs a closure in a transaction: takes a session, runs
    /// [`Session::transaction`] on a thread that may block, and gives the session back before the
    /// future has its result. Objects and handles stay in the closure; return plain values, such as
    /// those of [`Session::detach`].
    ///
    /// Sends what `Session::transaction` sends. On PostgreSQL, MySQL and MariaDB, the first work on
    /// a connection of the pool costs one SELECT more, for the number by which the server cancels
    /// statements.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Account { id: i64, balance: i64 }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let url = "sqlite://async-transact?mode=memory&cache=shared";
    /// # let db = AsyncSessionFactory::open(url, |_| {}).await?;
    /// # db.session().await?.run(|session| schema![Account].create_all(session)).await?;
    /// # db.transact(|session| {
    /// #     session.add(Account { id: 1, balance: 10 });
    /// #     Ok(())
    /// # }).await?;
    /// let balance = db
    ///     .transact(|session| {
    ///         let account = session.get_one::<Account>(1)?;
    ///         session[account].balance -= 3;
    ///         Ok(session[account].balance)
    ///     })
    ///     .await?;
    /// assert_eq!(balance, 7);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`SessionFactory::session`] and of [`Session::transaction`], and
    /// [`Error::Stopped`] after the deadline.
    ///
    /// # Panics
    /// Resumes a panic of the closure, whose transaction is rolled back and whose connection is
    /// closed.
    #[track_caller]
    pub fn transact<T: Send + 'static, W>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<T>> + Send + use<T, W>
    where
        W: FnOnce(&mut Session) -> Result<T> + Send + 'static,
    {
        self.transact_with(work)
    }

    /// Runs a closure in a transaction, as [`transact`](Self::transact) does, with your own error
    /// type. If the closure does not determine the type, write `transact_with::<_, MyError, _>(…)`.
    ///
    /// # Errors
    /// Returns the errors of [`transact`](Self::transact).
    #[track_caller]
    pub fn transact_with<T: Send + 'static, E: From<Error> + Send + 'static, W>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<T, E>> + Send + use<T, E, W>
    where
        W: FnOnce(&mut Session) -> Result<T, E> + Send + 'static,
    {
        let caller = Location::caller();
        self.work(caller, move |session| session.transaction_from(caller, work))
    }

    /// Runs a closure in a transaction, as [`transact`](Self::transact) does, and runs it again if
    /// the transaction was in conflict with another one, as [`Session::retry`] does.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Account { id: i64, balance: i64 }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let url = "sqlite://async-retry?mode=memory&cache=shared";
    /// # let db = AsyncSessionFactory::open(url, |_| {}).await?;
    /// # db.session().await?.run(|session| schema![Account].create_all(session)).await?;
    /// # db.transact(|session| {
    /// #     session.add(Account { id: 1, balance: 10 });
    /// #     Ok(())
    /// # }).await?;
    /// db.retry(5, |session| {
    ///     let account = session.get_one::<Account>(1)?;
    ///     session[account].balance -= 3;
    ///     Ok(())
    /// })
    /// .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`transact`](Self::transact), of the last run.
    #[track_caller]
    pub fn retry<T: Send + 'static, W>(
        &self,
        attempts: u32,
        work: W,
    ) -> impl Future<Output = Result<T>> + Send + use<T, W>
    where
        W: FnMut(&mut Session) -> Result<T> + Send + 'static,
    {
        self.retry_with(attempts, work)
    }

    /// Runs a closure in a transaction and runs it again after a conflict, as
    /// [`retry`](Self::retry) does, with your own error type.
    ///
    /// # Errors
    /// Returns the errors of [`retry`](Self::retry).
    #[track_caller]
    pub fn retry_with<T: Send + 'static, E, W>(
        &self,
        attempts: u32,
        work: W,
    ) -> impl Future<Output = Result<T, E>> + Send + use<T, E, W>
    where
        E: From<Error> + Retryable + Send + 'static,
        W: FnMut(&mut Session) -> Result<T, E> + Send + 'static,
    {
        let caller = Location::caller();
        self.work(caller, move |session| session.retry_from(caller, attempts, work))
    }

    /// Returns a session for several awaits: between them its objects are at hand, as plain fields.
    /// Costs what [`SessionFactory::session`] costs.
    ///
    /// # Errors
    /// Returns the errors of [`SessionFactory::session`].
    #[track_caller]
    pub fn session(&self) -> impl Future<Output = Result<AsyncSession>> + Send + use<> {
        let (factory, caller) = (self.clone(), Location::caller());
        async move {
            let (runtime, limit) = (Handle::current(), factory.limit);
            let open = move |mut session: Session| {
                session.obey_nothing();
                Ok(AsyncSession::new(Box::new(session), runtime, limit))
            };
            factory.begin(caller, open).await
        }
    }

    /// Runs work with a session, which ends with it.
    pub(super) fn work<T: Send + 'static, E: From<Error> + Send + 'static, W>(
        &self,
        caller: &'static Location<'static>,
        work: W,
    ) -> impl Future<Output = Result<T, E>> + Send + use<T, E, W>
    where
        W: FnOnce(&mut Session) -> Result<T, E> + Send + 'static,
    {
        self.clone().begin(caller, |mut session: Session| work(&mut session))
    }

    /// Waits for a place in the pool, and hands a session to work on a thread that may block. The
    /// answer comes after the work has dropped the session, if it does.
    async fn begin<T: Send + 'static, E: From<Error> + Send + 'static>(
        self,
        caller: &'static Location<'static>,
        work: impl FnOnce(Session) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let asked = Instant::now();
        let mut awaited = Awaited::new(self.limit);
        let place = awaited.place(&self.sessions, caller).await;
        let waited = asked.elapsed();
        let place = place.inspect_err(|error| self.sessions.report_refused(waited, error))?;
        let (answer, mut arrives) = oneshot::channel();
        let (flag, sessions) = (awaited.flag(), self.sessions);
        tokio::task::spawn_blocking(move || {
            let run = move || {
                let mut session = session_at(&sessions, place, waited)?;
                session.obey(&flag)?;
                work(session)
            };
            // Nobody may be there to hear it.
            let _ = answer.send(catch_unwind(AssertUnwindSafe(run)));
        });
        match awaited.answer(&mut arrives).await {
            Some(Ok(result)) => result,
            Some(Err(panic)) => resume_unwind(panic),
            None => Err(unanswered().into()),
        }
    }
}

/// Takes a session at a place in the pool.
fn session_at(
    sessions: &SessionFactory,
    place: Box<dyn PoolPlace>,
    waited: Duration,
) -> Result<Session> {
    sessions.session_on(place.connection(), waited)
}

impl From<SessionFactory> for AsyncSessionFactory {
    /// Creates a factory over the pool of another one. Sends no SQL.
    fn from(sessions: SessionFactory) -> Self {
        AsyncSessionFactory { sessions, limit: None }
    }
}
