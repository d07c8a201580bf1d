//! Options that change after a session was created: for good, or for a block of code.

use super::Session;
use super::options::SessionOptions;
use crate::backend::TransactionOptions;
use crate::error::{Error, Result};

impl Session {
    /// Changes the options of the session. Sends no SQL.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # fn main() -> Result<()> {
    /// let mut session = Session::open("sqlite://:memory:")?;
    /// session.configure(|options| options.expire_on_commit = false)?;
    /// assert!(!session.options().expire_on_commit);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Returns [`Error::Configuration`], and changes nothing, for an option that applies when a
    /// connection is opened (`busy_timeout_ms`, `foreign_keys`, `write_ahead`, `synchronous`), for
    /// options of transactions while a transaction is open, and for options that the database does
    /// not have.
    pub fn configure(&mut self, change: impl FnOnce(&mut SessionOptions)) -> Result<()> {
        let options = self.changed_options(change)?;
        self.replace_options(options);
        Ok(())
    }

    /// Runs a closure with other options, and restores the options when the closure returns or
    /// panics. The change of options sends no SQL.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)]
    /// # struct User { id: Auto<i64>, name: String, posts: HasMany<Post> }
    /// # #[derive(Entity)]
    /// # struct Post { id: Auto<i64>, title: String, user: ForeignKey<User> }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User, Post].create_all(&mut session)?;
    /// # session.add(User::builder().name("ada").build());
    /// # session.commit()?;
    /// use orm_runtime::transaction::Lazy;
    ///
    /// let refused = session.configured(
    ///     |options| options.lazy = Lazy::Raise,
    ///     |session| {
    ///         let user = session.query::<User>().one()?;
    ///         session.load(user, user::posts)
    ///     },
    /// );
    /// assert!(matches!(refused, Err(Error::LazyLoad { .. })));
    /// assert_eq!(session.options().lazy, Lazy::Cohort);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`configure`](Self::configure), without running the closure, and the
    /// error of the closure.
    pub fn configured<T>(
        &mut self,
        change: impl FnOnce(&mut SessionOptions),
        work: impl FnOnce(&mut Session) -> Result<T>,
    ) -> Result<T> {
        self.configured_with(change, work)
    }

    /// Runs a closure with other options, as [`configured`](Self::configured) does, with your own
    /// error type. If the closure does not determine the type, write
    /// `configured_with::<_, MyError>(…)`.
    ///
    /// # Errors
    /// Returns the errors of [`configured`](Self::configured).
    pub fn configured_with<T, E: From<Error>>(
        &mut self,
        change: impl FnOnce(&mut SessionOptions),
        work: impl FnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, E> {
        let options = self.changed_options(change)?;
        self.in_options(options, work)
    }

    /// Runs a closure in which queries do not flush pending changes first. Restores the option when
    /// the closure returns or panics. Sends no SQL by itself.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// session.add(User::builder().name("ada").build());
    /// let stored = session.without_autoflush(|session| session.query::<User>().count())?;
    /// assert_eq!(stored, 0);
    /// assert_eq!(session.query::<User>().count()?, 1);
    /// # Ok(()) }
    /// ```
    pub fn without_autoflush<T>(&mut self, work: impl FnOnce(&mut Session) -> T) -> T {
        let options = SessionOptions { autoflush: false, ..self.options().clone() };
        self.in_options(options, work)
    }

    /// Runs a closure in a transaction with options of its own, as
    /// [`transaction`](Self::transaction) does with the options of the session. The options are
    /// restored after the transaction, also after an error or a panic.
    ///
    /// Sends the options with BEGIN on PostgreSQL. On MySQL and SQLite a time-out, and on SQLite
    /// `read_only`, are settings of the connection: they cost one SELECT and one statement that
    /// sets them, and one that restores them when the next transaction begins or the session ends.
    /// None of these count as [`statements`](Self::statements).
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// use orm_runtime::transaction::{Isolation, TransactionOptions};
    ///
    /// let users = session.transaction_as(Isolation::Serializable, |session| {
    ///     session.query::<User>().count()
    /// })?;
    /// # assert_eq!(users, 0);
    ///
    /// let read_only = TransactionOptions { read_only: true, ..TransactionOptions::default() };
    /// let refused: Result<()> = session.transaction_as(read_only, |session| {
    ///     session.add(User::builder().name("ada").build());
    ///     session.flush()
    /// });
    /// assert_eq!(refused.unwrap_err().database().unwrap().kind, DatabaseErrorKind::ReadOnly);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`transaction`](Self::transaction). Returns [`Error::Configuration`],
    /// without running the closure, for options that the database does not have, and if a
    /// transaction is already open with other options.
    pub fn transaction_as<T>(
        &mut self,
        options: impl Into<TransactionOptions>,
        work: impl FnOnce(&mut Session) -> Result<T>,
    ) -> Result<T> {
        self.transaction_as_with(options, work)
    }

    /// Runs a closure in a transaction with options of its own, as
    /// [`transaction_as`](Self::transaction_as) does, with your own error type. If the closure does
    /// not determine the type, write `transaction_as_with::<_, MyError>(…)`.
    ///
    /// # Errors
    /// Returns the errors of [`transaction_as`](Self::transaction_as).
    pub fn transaction_as_with<T, E: From<Error>>(
        &mut self,
        options: impl Into<TransactionOptions>,
        work: impl FnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, E> {
        let transaction = options.into();
        self.configured_with(
            |options| options.transaction = transaction,
            |session| session.transaction_with(work),
        )
    }

    /// Returns the options after a change, if the change is allowed now.
    fn changed_options(&self, change: impl FnOnce(&mut SessionOptions)) -> Result<SessionOptions> {
        let mut options = self.options().clone();
        change(&mut options);
        options.keeps_connections_of(self.options())?;
        if options.transaction != self.options().transaction {
            options.transaction.check(self.dialect())?;
            if self.in_transaction() || self.in_scope() {
                return Err(Error::Configuration(
                    "the options of a transaction cannot change after it has begun; call commit(), \
                     rollback() or release() first, or set them at the outermost transaction"
                        .to_owned(),
                ));
            }
        }
        Ok(options)
    }

    /// Runs a closure with other options, and restores the options, also after a panic.
    fn in_options<T>(
        &mut self,
        options: SessionOptions,
        work: impl FnOnce(&mut Session) -> T,
    ) -> T {
        let before = self.replace_options(options);
        let guard = Restore { session: self, before: Some(before) };
        work(guard.session)
    }
}

/// Restores the options of a session.
struct Restore<'s> {
    session: &'s mut Session,
    before: Option<SessionOptions>,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        if let Some(before) = self.before.take() {
            self.session.replace_options(before);
        }
    }
}
