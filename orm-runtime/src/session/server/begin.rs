//! The beginning of a transaction: its options, and the settings of the connection that they need.

use super::{Outcome, Server};
use crate::backend::{Settings, TransactionChange, TransactionControl, TransactionOptions};
use crate::error::{Error, Result};
use crate::session::options::{BeginMode, Reads, SessionOptions};

/// How transactions begin.
#[derive(Debug, Clone, Copy)]
pub(in crate::session) struct Begins {
    mode: BeginMode,
    transaction: TransactionOptions,
    reads: Reads,
}

impl Begins {
    pub(in crate::session) fn of(options: &SessionOptions) -> Self {
        let SessionOptions { begin, transaction, reads, .. } = *options;
        Begins { mode: begin, transaction, reads }
    }
}

/// Settings that the session has changed on its connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChangedSettings {
    original: Settings,
    now: Settings,
}

impl Server {
    /// Sets how transactions begin from now on.
    pub(in crate::session) fn set_begins(&mut self, begins: Begins) {
        self.begins = begins;
    }

    /// Prepares for a statement that reads: begins the transaction, or lets the statement run
    /// without one, as the options say.
    pub(in crate::session) fn begin_read(&mut self) -> Result<()> {
        if !self.reads_alone() {
            let decides = self.state.decides();
            return self.begin(decides && self.begins.reads == Reads::Autocommit);
        }
        self.settle_foreign();
        self.check_connected()?;
        self.bring_settings(&TransactionOptions::default())?;
        self.read_alone = true;
        self.outcomes.push(Outcome::ReadAlone);
        Ok(())
    }

    /// Returns `true` if the next read runs without a transaction.
    fn reads_alone(&mut self) -> bool {
        self.begins.reads == Reads::Autocommit
            && self.begins.transaction.is_default()
            && !self.state.is_open()
            && !self.state.in_frame()
            && !self.state.decides()
            && self.state.savepoints() == 0
            // An error would end a transaction that somebody else has begun.
            && self.connection.depth() == Some(0)
    }

    /// Begins the transaction if reads begin none, because what is read next decides a write.
    pub(in crate::session) fn begin_decision(&mut self) -> Result<()> {
        if self.begins.reads == Reads::Autocommit { self.begin(true) } else { Ok(()) }
    }

    /// Begins the transaction unless it is open. `writes` says whether the next statement writes.
    pub(in crate::session) fn begin(&mut self, writes: bool) -> Result<()> {
        if self.state.is_open() {
            self.settle_foreign();
            if self.state.is_open() {
                return Ok(());
            }
        }
        let after_reads = std::mem::take(&mut self.read_alone);
        if after_reads {
            // A failure of what was read alone does not concern the transaction.
            self.settle_foreign();
        }
        self.check_connected()?;
        self.connection.may_send()?;
        let options = self.begins.transaction;
        options.check(self.dialect())?;
        let base = self.connection.depth().unwrap_or_default();
        if base > 0 && !options.is_default() {
            return Err(Error::Configuration(
                "the transaction's options: the connection has a transaction open that began \
                 outside the session, and its options were set then; begin it with these options, \
                 and leave SessionOptions::transaction as it is by default"
                    .to_owned(),
            ));
        }
        self.bring_settings(&options)?;
        let begun = if base > 0 {
            self.connection.control(TransactionControl::Begin)
        } else {
            let text = self.begin_text(writes);
            self.connection.begin_with(&text)
        };
        match begun {
            Ok(()) => self.state.begin(base),
            Err(error) => {
                let error = self.statement_failed(error);
                if !options.is_default() && !self.state.is_broken() {
                    // The transaction may have begun before one of its options was refused.
                    let _ = self.abandon();
                }
                return Err(error);
            }
        }
        self.report(TransactionChange::Began);
        if after_reads {
            self.outcomes.push(Outcome::BegunAfterReads);
        }
        // The database has ended the transaction inside savepoints that are still running. Set them
        // again, so that later statements are undone with them.
        for _ in 0..self.state.savepoints() {
            self.set_savepoint()?;
        }
        Ok(())
    }

    fn begin_text(&self, writes: bool) -> std::borrow::Cow<'static, str> {
        let database = self.dialect().capabilities();
        if database.row_locks.is_some() {
            let options = &self.begins.transaction;
            if options.is_default() {
                return "BEGIN".into();
            }
            return (database.begins.begin)(options).into();
        }
        let text = match self.begins.mode {
            // It takes no lock for a write that is refused.
            _ if self.begins.transaction.read_only => "BEGIN",
            BeginMode::Auto if writes || self.state.repeats() => "BEGIN IMMEDIATE",
            BeginMode::Auto | BeginMode::Deferred => "BEGIN",
            BeginMode::Immediate => "BEGIN IMMEDIATE",
            BeginMode::Exclusive => "BEGIN EXCLUSIVE",
        };
        text.into()
    }

    /// Sets the settings of the connection that the options need, and restores those that they do
    /// not need any more. Sends nothing if they are as they should be.
    fn bring_settings(&mut self, options: &TransactionOptions) -> Result<()> {
        if self.settings.is_none() && options.is_default() {
            return Ok(());
        }
        let Some(forms) = self.dialect().capabilities().begins.settings else { return Ok(()) };
        let _asking = self.connection.asking();
        let settings = match self.settings {
            Some(settings) => settings,
            None => {
                let read = self.connection.read_numbers(forms.read);
                self.connection.count_control(1);
                let original = read.map_err(|fault| self.fault(fault))?;
                ChangedSettings { original, now: original }
            }
        };
        let wanted = (forms.wanted)(options, settings.original);
        if wanted != settings.now {
            let set = self.connection.batch(&(forms.set)(wanted));
            self.connection.count_control(1);
            set.map_err(|error| self.statement_failed(error))?;
        }
        self.settings = (wanted != settings.original)
            .then_some(ChangedSettings { original: settings.original, now: wanted });
        Ok(())
    }

    /// Restores the settings of the connection before it is returned. A failure means that the
    /// connection is lost.
    pub(in crate::session) fn put_back_settings(&mut self) {
        let forms = self.dialect().capabilities().begins.settings;
        let _asking = self.connection.asking();
        if let Some((settings, forms)) = self.settings.take().zip(forms)
            && !self.state.is_broken()
        {
            let _ = self.connection.batch(&(forms.set)(settings.original));
            self.connection.count_control(1);
        }
    }
}
