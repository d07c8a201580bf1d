//! How a database begins a transaction with options.

use std::time::Duration;

use super::{Dialect, TransactionOptions};
use crate::error::{Error, Result};

/// How a database begins a transaction with options.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BeginForms {
    /// Returns why the database cannot begin a transaction with these options.
    pub(super) refuses: fn(&TransactionOptions) -> Option<&'static str>,
    /// Returns the text that begins a transaction with these options.
    pub(crate) begin: fn(&TransactionOptions) -> String,
    /// The options that are settings of the connection. They outlive the transaction.
    pub(crate) settings: Option<SettingForms>,
}

/// Two settings of a connection, as numbers.
pub(crate) type Settings = (i64, i64);

/// How settings of a connection are read and changed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SettingForms {
    /// Reads the settings.
    pub(crate) read: &'static str,
    /// Returns the settings for these options. Options that are not set keep the original.
    pub(crate) wanted: fn(&TransactionOptions, Settings) -> Settings,
    /// Returns the text that sets them.
    pub(crate) set: fn(Settings) -> String,
}

/// The longest time-out: the databases count milliseconds in 32 bits.
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

impl TransactionOptions {
    /// Checks that the database has all options. Sends no SQL.
    pub(crate) fn check(&self, dialect: Dialect) -> Result<()> {
        let fits = |time: &Duration| !time.is_zero() && *time <= LONGEST;
        let refused = if !self.statement_timeout.iter().chain(&self.lock_timeout).all(fits) {
            Some(
                "a time-out is longer than zero and at most 24 days; leave it `None` to wait as \
                 long as the server says",
            )
        } else {
            (dialect.capabilities().begins.refuses)(self)
        };
        match refused {
            None => Ok(()),
            Some(why) => Err(Error::Configuration(format!("the transaction's options: {why}"))),
        }
    }
}

#[cfg(feature = "pool")]
impl TransactionOptions {
    /// Returns the text that begins a transaction which outlives sessions. Its options cannot be
    /// settings of the connection, because nobody would restore them.
    pub(crate) fn outer_text(&self, dialect: Dialect) -> Result<String> {
        self.check(dialect)?;
        let begins = &dialect.capabilities().begins;
        // No setting is negative.
        let none = (-1, -1);
        if begins.settings.is_some_and(|settings| (settings.wanted)(self, none) != none) {
            return Err(Error::Configuration(
                "the transaction's options: a time-out, or read_only on SQLite, is a setting of the \
                 connection; a transaction of the program cannot have it here"
                    .to_owned(),
            ));
        }
        if dialect.capabilities().row_locks.is_none() {
            // A lock for writing cannot be taken later if others have written since.
            return Ok("BEGIN IMMEDIATE".to_owned());
        }
        Ok((begins.begin)(self))
    }
}

/// Returns a time in milliseconds, at least 1.
pub(super) fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_micros().div_ceil(1000)).unwrap_or(i64::MAX)
}
