//! A transaction that the program owns, for all sessions of a factory.

use std::fmt;
use std::time::Duration;

use super::SessionFactory;
use crate::backend::Outer;
use crate::error::Result;

/// How long the end of a transaction waits for a session that another thread is dropping.
const PATIENCE: Duration = Duration::from_secs(1);

/// A transaction that the program owns: [`SessionFactory::begin_outer`]. Sessions work in it, and
/// the program ends it. Dropping it rolls back.
///
/// To a session the transaction is a savepoint: [`commit`](crate::Session::commit) releases the
/// savepoint, and what it has stored is stored when the program commits. There is one connection,
/// so one session at a time; others wait for it, as for any pool.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
/// /// What the program does in a request, and commits.
/// fn sign_up(sessions: &SessionFactory, name: &str) -> Result<()> {
///     sessions.session()?.transaction(|session| {
///         session.add(User::builder().name(name).build());
///         Ok(())
///     })
/// }
///
/// # fn main() -> Result<()> {
/// # let url = "sqlite://outer-transaction?mode=memory&cache=shared";
/// let sessions = SessionFactory::new(url, |_| {})?;
/// schema![User].create_all(&mut sessions.session()?)?;
///
/// // A test that leaves nothing behind.
/// let outer = sessions.begin_outer()?;
/// sign_up(outer.sessions(), "ada")?;
/// assert_eq!(outer.sessions().session()?.query::<User>().count()?, 1);
/// outer.rollback()?;
///
/// assert_eq!(sessions.session()?.query::<User>().count()?, 0);
/// # Ok(()) }
/// ```
pub struct OuterTransaction {
    sessions: SessionFactory,
    end: Box<dyn Outer>,
}

impl OuterTransaction {
    pub(super) fn new(sessions: SessionFactory, end: Box<dyn Outer>) -> Self {
        OuterTransaction { sessions, end }
    }

    /// Returns the factory of the sessions in the transaction. Clones of it can be passed on; they
    /// are closed when the transaction ends. Sends no SQL.
    pub fn sessions(&self) -> &SessionFactory {
        &self.sessions
    }

    /// Commits. Sends RELEASE and COMMIT.
    ///
    /// # Errors
    /// - [`Error::Configuration`](crate::Error::Configuration) if a session is still in the
    ///   transaction, which is then rolled back.
    /// - [`Error::TransactionLost`](crate::Error::TransactionLost) if the database has ended the
    ///   transaction before.
    /// - [`Error::CommitUnknown`](crate::Error::CommitUnknown) if the connection broke before the
    ///   server answered.
    /// - Any other error of COMMIT.
    pub fn commit(mut self) -> Result<()> {
        self.end.end(true, PATIENCE)
    }

    /// Rolls back. Sends ROLLBACK.
    ///
    /// # Errors
    /// Returns [`Error::Configuration`](crate::Error::Configuration) if a session is still in the
    /// transaction. The transaction is then rolled back when the session is dropped.
    pub fn rollback(mut self) -> Result<()> {
        self.end.end(false, PATIENCE)
    }
}

impl fmt::Debug for OuterTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OuterTransaction").field("sessions", &self.sessions).finish()
    }
}
