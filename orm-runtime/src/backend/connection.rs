//! The connection of a session: sends statements, reads rows, begins and ends transactions, and
//! records what it sent. A [transport](super::transport) knows how to reach the database.

use std::sync::Arc;

use diesel::QueryResult;
use diesel::query_builder::QueryId;

use super::any_connection::{AnyConnection, Inner};
use super::cursor::WatchedCursor;
use super::known_keys::KeyOrders;
use super::rewriting::{TextChanges, as_sent};
use super::statement_values::debug_values;
use super::transport::{Transport, fragment_text, on_transport};
use super::watched_statement::WatchedStatement;
use super::{
    AnySendable, Dialect, Explained, Fault, Observer, Origin, OriginScope, Plan, QueryName, Row,
    Seen, Sendable, SqlFragment, TransactionControl, Typed,
};
use crate::error::{DatabaseError, Result};

/// A connection with its observer.
pub(crate) struct Connection {
    pub(super) inner: Inner,
    /// What its observer has seen.
    pub(super) seen: Arc<Seen>,
    /// The spellings of the UUIDs that were read.
    #[cfg(all(feature = "uuid", any(feature = "sqlite", feature = "mysql")))]
    pub(super) spellings: super::spelling::Spellings,
    /// How often another instrumentation has replaced the observer.
    pub(super) replaced: u32,
    /// The observer was replaced, and the session has not reacted yet.
    pub(super) unseen: bool,
    pub(super) key_orders: KeyOrders,
    /// What changes the texts of statements, if anything does.
    pub(super) changes: Option<Box<TextChanges>>,
    /// Says whether the session must stop.
    #[cfg(feature = "tokio")]
    pub(super) stop: Option<Arc<super::StopFlag>>,
}

impl Connection {
    /// Takes a connection and installs the observer.
    pub(crate) fn new(connection: AnyConnection, mut observer: Observer) -> Self {
        let mut inner = connection.0;
        on_transport!(&mut inner, c => c.take_over());
        if observer.next.is_none() {
            observer.next = diesel::connection::get_default_instrumentation();
        }
        let seen = Arc::clone(&observer.seen);
        seen.note_dialect(inner.dialect());
        on_transport!(&mut inner, c => c.observe(observer));
        Connection {
            inner,
            seen,
            #[cfg(all(feature = "uuid", any(feature = "sqlite", feature = "mysql")))]
            spellings: Default::default(),
            replaced: 0,
            unseen: false,
            key_orders: KeyOrders::default(),
            changes: None,
            #[cfg(feature = "tokio")]
            stop: None,
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.inner.dialect()
    }

    /// Returns the observer of the connection.
    pub(crate) fn observer(&mut self) -> Option<&mut Observer> {
        on_transport!(&mut self.inner, c => c.observer())
    }

    /// Reinstalls the observer after another instrumentation replaced it. What was sent in the
    /// meantime is not known.
    pub(crate) fn observe_again(&mut self) {
        if self.observer().is_none() {
            let observer = Observer::of(Arc::clone(&self.seen));
            on_transport!(&mut self.inner, c => c.observe(observer));
            self.replaced += 1;
            self.unseen = true;
        }
    }

    /// Returns the connection as Diesel's type, if it is of that type.
    pub(crate) fn as_any(&mut self) -> &mut dyn std::any::Any {
        on_transport!(&mut self.inner, c => c)
    }

    /// Sends a statement that returns no rows, and returns how many it changed.
    pub(crate) fn execute(&mut self, statement: &dyn SqlFragment) -> QueryResult<usize> {
        self.may_send()?;
        let rewritten = self.rewritten(statement)?;
        let statement = as_sent(statement, rewritten.as_ref());
        let watched = self.watch(statement, false);
        let reported = watched.is_some();
        let sent = self
            .sending(reported, |inner| on_transport!(inner, c => Transport::execute(c, statement)));
        if let Some(watched) = watched {
            let (rows, error) = (sent.as_ref().ok().copied(), sent.as_ref().err());
            let error = error.map(|error| DatabaseError::of(error).to_string());
            watched.finish_explained(rows, error.as_deref(), &mut || self.explain(statement).ok());
        }
        sent
    }

    /// Returns how the database runs a statement. Sends an EXPLAIN, which is not reported.
    pub(crate) fn explain(&mut self, statement: &dyn SqlFragment) -> Result<Plan, Fault> {
        let explains = self.dialect().forms().explains;
        let explained = Explained { prefix: explains.prefix, statement };
        let mut lines = Vec::new();
        let mut each = |row: &mut Row<'_, '_>| {
            row.skip(explains.column);
            lines.push(row.get_text()?.unwrap_or_default());
            Ok(())
        };
        let statement = Sendable::Borrowed(&explained);
        self.sending(
            true,
            |inner| on_transport!(inner, c => Transport::load(c, statement, &mut each)),
        )?;
        Ok(explains.plan(&lines))
    }

    /// Sends a statement and passes on its rows one by one.
    pub(crate) fn load(
        &mut self,
        statement: &dyn SqlFragment,
        each: &mut dyn FnMut(&mut Row<'_, '_>) -> Result<()>,
    ) -> Result<(), Fault> {
        let rewritten = self.rewritten(statement).map_err(Fault::Sql)?;
        let statement = as_sent(statement, rewritten.as_ref());
        self.load_sendable(Sendable::Borrowed(statement), statement, each)
    }

    /// Sends a statement that has its own type, and passes on its rows one by one.
    pub(crate) fn load_one<F: SqlFragment + QueryId>(
        &mut self,
        statement: &F,
        each: &mut dyn FnMut(&mut Row<'_, '_>) -> Result<()>,
    ) -> Result<(), Fault> {
        if self.changes.is_some() {
            return self.load(statement, each);
        }
        self.load_sendable(Typed(statement), statement, each)
    }

    fn load_sendable<S: AnySendable>(
        &mut self,
        statement: S,
        fragment: &dyn SqlFragment,
        each: &mut dyn FnMut(&mut Row<'_, '_>) -> Result<()>,
    ) -> Result<(), Fault> {
        self.may_send().map_err(Fault::Sql)?;
        let mut watched = self.watch(fragment, true);
        let reported = watched.is_some();
        #[cfg(feature = "tokio")]
        let stop = self.stop.clone();
        let mut rows = 0;
        let mut each = |row: &mut Row<'_, '_>| {
            rows += 1;
            // Not every database can cancel a statement.
            #[cfg(feature = "tokio")]
            if rows % 64 == 0
                && let Some(reason) = stop.as_ref().and_then(|flag| flag.reason())
            {
                return Err(crate::error::Error::Stopped(reason));
            }
            match &mut watched {
                None => each(row),
                Some(watched) => watched.row(row, &mut *each),
            }
        };
        let loaded = self.sending(
            reported,
            |inner| on_transport!(inner, c => Transport::load(c, statement, &mut each)),
        );
        let loaded = loaded.map_err(|mut fault| {
            if let Fault::Row(error) = &mut fault {
                error.of_row(rows);
            }
            fault
        });
        if let Some(watched) = watched {
            self.finish_rows(watched, rows, loaded.as_ref().err(), fragment);
        }
        loaded
    }

    /// Sends a statement and leaves its rows at the server until they are read. A failure while
    /// reading counts as not yet handled.
    pub(crate) fn cursor<'c>(
        &'c mut self,
        statement: Box<dyn SqlFragment + 'c>,
    ) -> QueryResult<WatchedCursor<'c>> {
        self.may_send()?;
        let statement = self.rewritten_box(statement)?;
        let watched = self.watch(&*statement, true);
        let reported = watched.is_some();
        if let Some(observer) = self.observer() {
            observer.own = true;
            observer.streams = true;
            observer.reported = reported;
        }
        match on_transport!(&mut self.inner, c => Transport::cursor(c, statement)) {
            Ok(cursor) => Ok(WatchedCursor::new(cursor, watched)),
            Err(error) => {
                if let Some(watched) = watched {
                    watched.finish(None, Some(&DatabaseError::of(&error).to_string()));
                }
                Err(error)
            }
        }
    }

    /// Sends rows in bulk, or returns `None` if the database has no special protocol for it.
    pub(crate) fn copy<'b>(
        &mut self,
        target: impl FnOnce() -> String,
        fields: usize,
        rows: &[u32],
        bind: &dyn Fn(u32, &mut super::SqlWriter<'_, 'b>) -> QueryResult<()>,
    ) -> Option<QueryResult<usize>> {
        if let Err(stopped) = self.may_send() {
            return Some(Err(stopped));
        }
        self.sending(false, |inner| on_transport!(inner, c => c.copy(target, fields, rows, bind)))
    }

    /// Sends SQL text without values, which may be several statements.
    pub(crate) fn batch(&mut self, sql: &str) -> QueryResult<()> {
        self.sending(false, |inner| on_transport!(inner, c => c.batch(sql)))
    }

    /// Begins a transaction with SQL of the database, such as `BEGIN IMMEDIATE`.
    pub(crate) fn begin_with(&mut self, sql: &str) -> QueryResult<()> {
        self.may_send()?;
        self.sending(false, |inner| on_transport!(inner, c => c.begin_with(sql)))
    }

    /// Begins or ends a transaction or a savepoint, through Diesel's transaction manager, so that a
    /// user's own `connection.transaction(…)` nests in it.
    pub(crate) fn control(&mut self, control: TransactionControl) -> QueryResult<()> {
        let ends = control != TransactionControl::Begin;
        if ends {
            self.hold_cancels();
        }
        let sent = self.sending(false, |inner| on_transport!(inner, c => c.control(control)));
        if ends {
            self.resume_cancels();
        }
        sent
    }

    /// Returns how many transactions and savepoints are open according to Diesel; `None` if the
    /// connection is broken.
    pub(crate) fn depth(&mut self) -> Option<u32> {
        on_transport!(&mut self.inner, c => c.depth())
    }

    /// Ends any open transaction, known or not. An error means that the connection is lost.
    pub(crate) fn abandon(&mut self) -> QueryResult<()> {
        self.hold_cancels();
        let result = self.batch("ROLLBACK");
        self.resume_cancels();
        on_transport!(&mut self.inner, c => c.forget_transactions());
        if let Some(observer) = self.observer() {
            observer.seen.count_control(1);
            observer.foreign_failure = None;
            observer.ended = None;
        }
        result
    }

    /// Begins a question to the server, until the result is dropped.
    pub(crate) fn asking(&self) -> Option<OriginScope> {
        self.seen.is_watched().then(|| OriginScope::part(&self.seen, Origin::ask))
    }

    /// Reports that a statement is about to be sent, if something observes.
    #[inline]
    fn watch(&self, statement: &dyn SqlFragment, has_rows: bool) -> Option<WatchedStatement> {
        match self.seen.is_watched() {
            true => Some(self.start_watching(statement, has_rows)),
            false => None,
        }
    }

    #[cold]
    fn start_watching(&self, statement: &dyn SqlFragment, has_rows: bool) -> WatchedStatement {
        // A statement whose text cannot be written fails when it is sent.
        let sql = fragment_text(self.dialect(), statement).unwrap_or_default();
        let mut origin = self.seen.origin();
        origin.name = statement.name().map(QueryName::shared);
        let parameters = match self.seen.wants_parameters() {
            true => debug_values(self.dialect(), statement).unwrap_or_default(),
            false => Vec::new(),
        };
        WatchedStatement::start(&self.seen, sql, origin, parameters, has_rows)
    }

    /// Reports the end of a statement with rows.
    #[cold]
    fn finish_rows(
        &mut self,
        watched: WatchedStatement,
        rows: usize,
        fault: Option<&Fault>,
        statement: &dyn SqlFragment,
    ) {
        let error = fault.map(|fault| match fault {
            Fault::Sql(error) => DatabaseError::of(error).to_string(),
            Fault::Row(error) => error.to_string(),
        });
        let rows = error.is_none().then_some(rows);
        watched.finish_explained(rows, error.as_deref(), &mut || self.explain(statement).ok());
    }

    /// Marks what the observer sees as sent by the session. `reported` says whether the session
    /// reports the statement itself.
    fn sending<T>(&mut self, reported: bool, send: impl FnOnce(&mut Inner) -> T) -> T {
        if let Some(observer) = self.observer() {
            observer.own = true;
            observer.streams = false;
            observer.reported = reported;
        }
        #[cfg(all(feature = "uuid", any(feature = "sqlite", feature = "mysql")))]
        let _scope = super::spelling::Scope::enter(&mut self.spellings);
        send(&mut self.inner)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // A pooled connection is returned without the session's observer.
        on_transport!(&mut self.inner, c => c.give_back());
    }
}
