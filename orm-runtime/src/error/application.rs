//! Errors of the program, which pass through the closures and listeners of a session.

use std::error::Error as StdError;

use super::Error;

impl Error {
    /// Wraps an error of your program, or a text, so that a closure of
    /// [`transaction`](crate::Session::transaction) or a listener can return it. The call that runs
    /// the closure returns it unchanged. An [`Error`] in a box is returned as it is. Sends no SQL.
    ///
    /// [`is_retryable`](Self::is_retryable) looks at the causes of the error: an error of your own
    /// whose [`source`](StdError::source) is a conflict is retried.
    ///
    /// A program whose functions return their own error type calls
    /// [`transaction_with`](crate::Session::transaction_with) instead, which needs no wrapping.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Account { id: i64, balance: i64 }
    /// #[derive(Debug, PartialEq)]
    /// struct Overdrawn;
    ///
    /// impl std::fmt::Display for Overdrawn {
    ///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    ///         f.write_str("the account has too little money")
    ///     }
    /// }
    /// impl std::error::Error for Overdrawn {}
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Account].create_all(&mut session)?;
    /// # session.add(Account { id: 1, balance: 10 });
    /// # session.commit()?;
    /// let error = session
    ///     .transaction(|session| {
    ///         let account = session.get_one::<Account>(1)?;
    ///         session[account].balance -= 30;
    ///         if session[account].balance < 0 {
    ///             return Err(Error::application(Overdrawn));
    ///         }
    ///         Ok(())
    ///     })
    ///     .unwrap_err();
    /// assert_eq!(error.downcast_ref(), Some(&Overdrawn));
    /// assert_eq!(error.to_string(), "the account has too little money");
    /// # Ok(()) }
    /// ```
    pub fn application(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        match error.into().downcast::<Error>() {
            Ok(error) => *error,
            Err(error) => Error::Application(error),
        }
    }

    /// Returns the program's error of [`Error::Application`] if it is an `E`, or `None`.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        match self {
            Error::Application(error) => error.downcast_ref(),
            _ => None,
        }
    }
}

/// Returns `true` if a test holds for an [`Error`] among the causes of a program's error.
pub(super) fn is_any(error: &(dyn StdError + 'static), test: fn(&Error) -> bool) -> bool {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.filter_map(|cause| cause.downcast_ref::<Error>()).any(test)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{DatabaseError, DatabaseErrorKind};

    #[derive(Debug)]
    struct Failed(Error);

    impl std::fmt::Display for Failed {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("failed")
        }
    }

    impl StdError for Failed {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn an_error_of_this_crate_is_found_among_the_causes() {
        let of = |kind| Failed(Error::of_database(DatabaseError::plain(kind, "no")));
        let busy = Error::application(of(DatabaseErrorKind::Busy));
        assert!(busy.is_retryable() && !busy.is_disconnect());
        assert!(busy.downcast_ref::<Failed>().is_some());
        let lost = Error::application(of(DatabaseErrorKind::Disconnected));
        assert!(lost.is_disconnect() && !lost.is_retryable());
        assert!(!Error::application("too late").is_retryable());
    }

    #[test]
    fn an_error_of_this_crate_in_a_box_is_itself() {
        let boxed: Box<dyn StdError + Send + Sync> = Error::Connection("no".to_owned()).into();
        assert!(matches!(Error::application(boxed), Error::Connection(_)));
    }
}
