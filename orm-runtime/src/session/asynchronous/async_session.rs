//! A session that travels: between awaits it is at hand, during an await it works on a thread.

use std::any::Any;
use std::fmt;
use std::mem::replace;
use std::ops::{Index, IndexMut};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle as Runtime;
use tokio::sync::oneshot;

use super::work::{Awaited, unanswered};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::IdentityMap;
use crate::mapping::{Concrete, Entity, Writable};
use crate::session::Session;

/// A [`Session`] for asynchronous code. Its calls that send SQL are awaited, and run on a thread
/// that may block. Between the calls its objects are at hand: `session[handle].name` reads and
/// writes a field, without an await and without SQL.
///
/// Each awaited call moves the session to a thread and back. For work without awaits of other
/// things in between, [`transact`](super::AsyncSessionFactory::transact) is one move for all of it,
/// and needs no commit.
///
/// # A call whose future is dropped
///
/// The call is stopped: it sends no further statement, and what runs is cancelled where the server
/// can do so. The session is away until it has ended. It says so: every call is an error, until
/// [`settle`](Self::settle) has brought the session back, or [`rollback`](Self::rollback), which
/// settles first. Dropping the session rolls back, on a thread of the runtime.
///
/// ```
/// use orm_runtime::prelude::*;
///
/// #[derive(Entity)]
/// struct User {
///     id: Auto<i64>,
///     name: String,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let url = "sqlite://async-session?mode=memory&cache=shared";
/// let db = AsyncSessionFactory::open(url, |_| {}).await?;
/// # db.session().await?.run(|session| schema![User].create_all(session)).await?;
/// let mut session = db.session().await?;
/// let ada = session.add(User::builder().name("ada").build())?;
/// session.commit().await?;
///
/// session[ada].name = "Ada".to_owned();
/// let found = session.query::<User>().filter(user::name.eq("Ada")).one().await?;
/// assert_eq!(found, ada); // the query has flushed the change
/// session.commit().await?;
///
/// // Any number of statements in one await.
/// let names = session
///     .run(|session| {
///         let users = session.query::<User>().order_by(user::name).all()?;
///         Ok(users.into_iter().map(|user| session[user].name.clone()).collect::<Vec<_>>())
///     })
///     .await?;
/// assert_eq!(names, ["Ada"]);
/// # Ok(()) }
/// ```
pub struct AsyncSession {
    place: Place,
    runtime: Runtime,
    limit: Option<Duration>,
}

/// Where the session is.
enum Place {
    Home(Box<Session>),
    /// On a thread, for a call.
    Away(oneshot::Receiver<Return>),
    /// It has ended.
    Gone,
}

/// How a session comes back from its thread.
enum Return {
    Home { session: Box<Session>, is_done: bool },
    Panicked(Box<dyn Any + Send>),
}

/// What became of the call whose future was dropped: [`AsyncSession::settle`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Settled {
    /// There was none: the session was at hand.
    Nothing,
    /// The call had ended with `Ok` all the same: a commit is stored.
    Done,
    /// The call was stopped, or has failed: a commit is not stored, unless the session says
    /// [`Error::CommitUnknown`].
    Failed,
}

impl AsyncSession {
    pub(super) fn new(session: Box<Session>, runtime: Runtime, limit: Option<Duration>) -> Self {
        AsyncSession { place: Place::Home(session), runtime, limit }
    }

    /// Runs a closure with the session, on a thread that may block. All methods of [`Session`] are
    /// there, `transaction` and `commit` included. Handles that it returns are valid afterwards.
    ///
    /// # Errors
    /// Returns the error of the closure, [`Error::Configuration`] if a call whose future was
    /// dropped has not been [settled](Self::settle), and [`Error::Stopped`] after the deadline.
    ///
    /// # Panics
    /// Resumes a panic of the closure. The session has ended then, and its connection is closed.
    pub fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Session) -> Result<T> + Send + 'static,
    ) -> impl Future<Output = Result<T>> + Send {
        self.run_with(work)
    }

    /// Runs a closure with the session, as [`run`](Self::run) does, with your own error type.
    ///
    /// # Errors
    /// Returns the errors of [`run`](Self::run).
    ///
    /// # Panics
    /// Resumes a panic of the closure.
    pub async fn run_with<T: Send + 'static, E: From<Error> + Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Session) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let mut session = self.leave()?;
        let mut awaited = Awaited::new(self.limit);
        let flag = awaited.flag();
        let result = Arc::new(Mutex::new(None));
        let put = Arc::clone(&result);
        let run = move || {
            let obeyed = session.obey(&flag).map_err(E::from);
            let answer = obeyed.and_then(|()| work(&mut session));
            session.obey_nothing();
            let is_done = answer.is_ok();
            *put.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
            Return::Home { session, is_done }
        };
        let (answer, arrives) = oneshot::channel();
        self.place = Place::Away(arrives);
        self.runtime.spawn_blocking(move || {
            let returned = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(Return::Panicked);
            // If nobody waits, the session ends here, on a thread that may block.
            let _ = answer.send(returned);
        });
        if let Some(panic) = self.come_home(&mut awaited).await? {
            resume_unwind(panic);
        }
        let result = result.lock().unwrap_or_else(PoisonError::into_inner).take();
        result.unwrap_or_else(|| Err(unanswered().into()))
    }

    /// Waits until a call whose future was dropped has ended, and brings the session back. Sends no
    /// SQL by itself. The objects are as the call has left them, and the transaction may be open:
    /// go on, or roll back.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// use std::time::Duration;
    ///
    /// use orm_runtime::asynchronous::Settled;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let url = "sqlite://async-settle?mode=memory&cache=shared";
    /// # let db = AsyncSessionFactory::open(url, |_| {}).await?;
    /// # db.session().await?.run(|session| schema![User].create_all(session)).await?;
    /// let mut session = db.session().await?;
    /// let slow = session.run(|session| {
    ///     std::thread::sleep(Duration::from_millis(200));
    ///     session.query::<User>().count()
    /// });
    /// assert!(tokio::time::timeout(Duration::from_millis(5), slow).await.is_err());
    ///
    /// assert!(matches!(session.flush().await, Err(Error::Configuration(_))));
    /// assert_eq!(session.settle().await?, Settled::Failed);
    /// assert_eq!(session.query::<User>().count().await?, 0);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Returns [`Error::Configuration`] if the call has panicked, and [`Error::Stopped`] if the
    /// runtime shuts down. The session has ended then.
    pub async fn settle(&mut self) -> Result<Settled> {
        let Place::Away(_) = self.place else {
            return self.home().map(|_| Settled::Nothing);
        };
        let mut awaited = Awaited::new(None);
        let before = self.is_done(&mut awaited).await?;
        match before {
            Ok(true) => Ok(Settled::Done),
            Ok(false) => Ok(Settled::Failed),
            Err(_) => Err(gone()),
        }
    }

    /// Waits for the session. Returns the panic of the call, if it has panicked.
    async fn come_home(&mut self, awaited: &mut Awaited) -> Result<Option<Box<dyn Any + Send>>> {
        Ok(self.is_done(awaited).await?.err())
    }

    /// Waits for the session. Returns whether the call has ended with `Ok`, or its panic.
    async fn is_done(
        &mut self,
        awaited: &mut Awaited,
    ) -> Result<Result<bool, Box<dyn Any + Send>>> {
        let Place::Away(arrives) = &mut self.place else { return Err(gone()) };
        let returned = awaited.answer(arrives).await;
        self.place = Place::Gone;
        match returned {
            Some(Return::Home { session, is_done }) => {
                self.place = Place::Home(session);
                Ok(Ok(is_done))
            }
            Some(Return::Panicked(panic)) => Ok(Err(panic)),
            None => Err(unanswered()),
        }
    }

    /// Takes the session, for a thread.
    fn leave(&mut self) -> Result<Box<Session>> {
        self.home()?;
        match replace(&mut self.place, Place::Gone) {
            Place::Home(session) => Ok(session),
            Place::Away(_) | Place::Gone => Err(gone()),
        }
    }

    fn home(&self) -> Result<&Session> {
        match &self.place {
            Place::Home(session) => Ok(session),
            Place::Away(_) => Err(away()),
            Place::Gone => Err(gone()),
        }
    }

    fn home_mut(&mut self) -> Result<&mut Session> {
        match &mut self.place {
            Place::Home(session) => Ok(session),
            Place::Away(_) => Err(away()),
            Place::Gone => Err(gone()),
        }
    }
}

/// Calls that send no SQL, and so are not awaited.
impl AsyncSession {
    /// Returns the session's objects, to read collections and the states of objects. Sends no SQL.
    ///
    /// # Errors
    /// Returns [`Error::Configuration`] if a call whose future was dropped has not been
    /// [settled](Self::settle), or has panicked.
    pub fn map(&self) -> Result<&IdentityMap> {
        self.home().map(Session::map)
    }

    /// Adds an object, as [`Session::add`] does. Sends no SQL.
    ///
    /// # Errors
    /// Returns the errors of [`map`](Self::map).
    pub fn add<T: Concrete + Writable>(&mut self, object: T) -> Result<Handle<T>> {
        Ok(self.home_mut()?.add(object))
    }

    /// Marks an object for deletion, as [`Session::delete`] does. Sends no SQL.
    ///
    /// # Errors
    /// Returns the errors of [`map`](Self::map) and of [`Session::delete`].
    pub fn delete<T: Writable>(&mut self, handle: Handle<T>) -> Result<()> {
        self.home_mut()?.delete(handle)
    }

    /// Takes an object out of the session, as [`Session::detach`] does. Sends no SQL.
    ///
    /// # Errors
    /// Returns the errors of [`map`](Self::map) and of [`Session::detach`].
    pub fn detach<T: Entity>(&mut self, handle: Handle<T>) -> Result<T> {
        self.home_mut()?.detach(handle)
    }
}

impl<T: Entity> Index<Handle<T>> for AsyncSession {
    type Output = T;

    /// Returns the object of a handle. Sends no SQL.
    ///
    /// # Panics
    /// Panics if the object is gone or the handle belongs to another session, and if a call whose
    /// future was dropped has not been [settled](AsyncSession::settle); `session.map()?` returns an
    /// error instead.
    fn index(&self, handle: Handle<T>) -> &T {
        match self.home() {
            Ok(session) => &session[handle],
            Err(error) => panic!("{error}"),
        }
    }
}

impl<T: Writable> IndexMut<Handle<T>> for AsyncSession {
    /// Returns the object of a handle, to change it. Sends no SQL: the next flush writes the
    /// columns that differ.
    ///
    /// # Panics
    /// Panics as reading an object by index does.
    fn index_mut(&mut self, handle: Handle<T>) -> &mut T {
        match self.home_mut() {
            Ok(session) => &mut session[handle],
            Err(error) => panic!("{error}"),
        }
    }
}

impl fmt::Debug for AsyncSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("AsyncSession");
        match &self.place {
            Place::Home(session) => debug.field("session", session),
            Place::Away(_) => debug.field("session", &"at work"),
            Place::Gone => debug.field("session", &"ended"),
        };
        debug.finish()
    }
}

impl Drop for AsyncSession {
    fn drop(&mut self) {
        let session = match replace(&mut self.place, Place::Gone) {
            Place::Home(session) => session,
            Place::Away(mut arrives) => {
                arrives.close();
                // Otherwise it ends on its thread.
                let Ok(Return::Home { session, .. }) = arrives.try_recv() else { return };
                session
            }
            Place::Gone => return,
        };
        // The end of a session may send a ROLLBACK, and here nothing may block.
        self.runtime.spawn_blocking(move || drop(session));
    }
}

fn away() -> Error {
    Error::Configuration(
        "the session is at work for a call whose future was dropped; await settle() or rollback() \
         before anything else"
            .to_owned(),
    )
}

fn gone() -> Error {
    Error::Configuration(
        "the session has ended, because a call has panicked or the runtime shuts down; take \
         another one from the factory"
            .to_owned(),
    )
}
