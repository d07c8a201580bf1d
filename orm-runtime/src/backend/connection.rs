//! The connection of a session: sends statements, reads rows, begins and ends transactions.

use std::sync::Arc;

use diesel::QueryResult;
use diesel::connection::{
    AnsiTransactionManager, Connection as _, Instrumentation, LoadConnection, SimpleConnection,
    TransactionDepthChange, TransactionManager, TransactionManagerStatus,
};

use diesel::query_builder::QueryId;

#[cfg(feature = "sqlite")]
use super::Statement;
use super::any_connection::{AnyConnection, Inner};
use super::cursor::Cursor;
use super::known_keys::KeyOrders;
use super::row::RawRow;
use super::{AnySendable, Dialect, Observer, Row, Seen, Sendable, SqlFragment, Typed};
use crate::error::{Error, Result};

/// A connection with the observer on it.
pub(crate) struct Connection {
    pub(super) inner: Inner,
    /// What the observer on it has seen.
    pub(crate) seen: Arc<Seen>,
    /// How the UUIDs that were read are written.
    #[cfg(all(feature = "uuid", any(feature = "sqlite", feature = "mysql")))]
    pub(super) spellings: super::spelling::Spellings,
    /// How often another instrumentation has taken the observer's place.
    pub(crate) replaced: u32,
    /// It has, and the session has not drawn its conclusions.
    pub(crate) unseen: bool,
    pub(crate) key_orders: KeyOrders,
}

/// Runs the same code on the connection of each database.
macro_rules! on_connection {
    ($inner:expr, $c:ident => $body:expr) => {
        match $inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite($c) => {
                let $c: &mut diesel::SqliteConnection = &mut *$c;
                $body
            }
            #[cfg(feature = "postgres")]
            Inner::Postgres($c) => {
                let $c: &mut diesel::PgConnection = &mut *$c;
                $body
            }
            #[cfg(feature = "mysql")]
            Inner::Mysql($c) => {
                let $c: &mut diesel::MysqlConnection = &mut *$c;
                $body
            }
        }
    };
}

/// Why the rows of a statement could not all be read.
pub(crate) enum Fault {
    /// The statement failed, or the connection did.
    Sql(diesel::result::Error),
    /// A row could not be used.
    Row(Error),
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Sql(error) => error.into(),
            Fault::Row(error) => error,
        }
    }
}

/// A step in the life of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransactionControl {
    /// BEGIN, or a savepoint where a transaction is open.
    Begin,
    /// COMMIT, or the release of the innermost savepoint.
    Commit,
    /// ROLLBACK, or to the innermost savepoint.
    Rollback,
}

impl Connection {
    /// Takes a connection and puts the observer on it.
    pub(crate) fn new(connection: AnyConnection, mut observer: Observer) -> Self {
        let mut inner = connection.0;
        match &mut inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(c) => super::sqlite::sqlite_setup::teach(c),
            #[cfg(any(feature = "postgres", feature = "mysql"))]
            _ => {}
        }
        if observer.next.is_none() {
            observer.next = diesel::connection::get_default_instrumentation();
        }
        let seen = Arc::clone(&observer.seen);
        on_connection!(&mut inner, c => c.set_instrumentation(observer));
        Connection {
            inner,
            seen,
            #[cfg(all(feature = "uuid", any(feature = "sqlite", feature = "mysql")))]
            spellings: Default::default(),
            replaced: 0,
            unseen: false,
            key_orders: KeyOrders::default(),
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Inner::Postgres(_) => Dialect::Postgres,
            #[cfg(feature = "mysql")]
            Inner::Mysql(_) => Dialect::Mysql,
        }
    }

    /// What was seen on the connection.
    pub(crate) fn observer(&mut self) -> Option<&mut Observer> {
        let instrumentation: &mut dyn Instrumentation =
            on_connection!(&mut self.inner, c => c.instrumentation());
        instrumentation.downcast_mut::<Observer>()
    }

    /// Puts the observer back where another instrumentation has taken its place. What was sent
    /// meanwhile, nobody knows.
    pub(crate) fn observe_again(&mut self) {
        if self.observer().is_none() {
            let observer = Observer::of(Arc::clone(&self.seen));
            on_connection!(&mut self.inner, c => c.set_instrumentation(observer));
            self.replaced += 1;
            self.unseen = true;
        }
    }

    /// The connection as Diesel's type, if it is of that type.
    pub(crate) fn as_any(&mut self) -> &mut dyn std::any::Any {
        on_connection!(&mut self.inner, c => c)
    }

    /// Sends a statement that returns no rows; answers how many it changed.
    pub(crate) fn execute(&mut self, statement: &dyn SqlFragment) -> QueryResult<usize> {
        let changed = self.sending(|inner| {
            on_connection!(inner, c => c.execute_returning_count(&Sendable::Borrowed(statement)))
        })?;
        self.seen.amend(|record| record.rows = Some(changed));
        Ok(changed)
    }

    /// Sends a statement and hands over its rows one by one.
    pub(crate) fn load(
        &mut self,
        statement: &dyn SqlFragment,
        each: &mut dyn FnMut(&mut Row<'_, '_>) -> Result<()>,
    ) -> Result<(), Fault> {
        self.load_sendable(Sendable::Borrowed(statement), each)
    }

    /// The same for a statement of a type of its own.
    pub(crate) fn load_one<F: SqlFragment + QueryId>(
        &mut self,
        statement: &F,
        each: &mut dyn FnMut(&mut Row<'_, '_>) -> Result<()>,
    ) -> Result<(), Fault> {
        self.load_sendable(Typed(statement), each)
    }

    fn load_sendable<S: AnySendable>(
        &mut self,
        statement: S,
        each: &mut dyn FnMut(&mut Row<'_, '_>) -> Result<()>,
    ) -> Result<(), Fault> {
        let mut rows = 0;
        let mut each = |row: &mut Row<'_, '_>| {
            rows += 1;
            each(row)
        };
        self.sending(|inner| match inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(c) => {
                let c: &mut diesel::SqliteConnection = &mut *c;
                for row in LoadConnection::load(c, statement).map_err(Fault::Sql)? {
                    let row = row.map_err(Fault::Sql)?;
                    each(&mut Row::new(RawRow::Sqlite(&row))).map_err(Fault::Row)?;
                }
                Ok(())
            }
            #[cfg(feature = "postgres")]
            Inner::Postgres(c) => {
                use diesel::connection::DefaultLoadingMode as Mode;
                let c: &mut diesel::PgConnection = &mut *c;
                let rows = LoadConnection::<Mode>::load(c, statement);
                for row in rows.map_err(Fault::Sql)? {
                    let row = row.map_err(Fault::Sql)?;
                    each(&mut Row::new(RawRow::Pg(&row))).map_err(Fault::Row)?;
                }
                Ok(())
            }
            #[cfg(feature = "mysql")]
            Inner::Mysql(c) => {
                let c: &mut diesel::MysqlConnection = &mut *c;
                for row in LoadConnection::load(c, statement).map_err(Fault::Sql)? {
                    let row = row.map_err(Fault::Sql)?;
                    each(&mut Row::new(RawRow::Mysql(&row))).map_err(Fault::Row)?;
                }
                Ok(())
            }
        })
        .map_err(|mut fault| {
            match &mut fault {
                // Where a statement fails at its first row, Diesel has reported it as done.
                Fault::Sql(_) => self.seen.amend(|record| record.failed = true),
                Fault::Row(error) => error.of_row(rows),
            }
            fault
        })?;
        self.seen.amend(|record| record.rows = Some(rows));
        Ok(())
    }

    /// The text of a statement or of a part of one.
    pub(crate) fn text(&self, fragment: &dyn SqlFragment) -> QueryResult<String> {
        use diesel::query_builder::{QueryBuilder, QueryFragment};
        let fragment = Sendable::Borrowed(fragment);
        Ok(match self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(_) => {
                let mut text = diesel::sqlite::SqliteQueryBuilder::new();
                fragment.to_sql(&mut text, &diesel::sqlite::Sqlite)?;
                text.finish()
            }
            #[cfg(feature = "postgres")]
            Inner::Postgres(_) => {
                let mut text = diesel::pg::PgQueryBuilder::new();
                fragment.to_sql(&mut text, &diesel::pg::Pg)?;
                text.finish()
            }
            #[cfg(feature = "mysql")]
            Inner::Mysql(_) => {
                let mut text = diesel::mysql::MysqlQueryBuilder::new();
                fragment.to_sql(&mut text, &diesel::mysql::Mysql)?;
                text.finish()
            }
        })
    }

    /// Sends a statement and leaves its rows at the server until they are asked for. A failure on
    /// the way is one that nobody has settled.
    pub(crate) fn cursor<'c>(
        &'c mut self,
        statement: Box<dyn SqlFragment + 'c>,
    ) -> QueryResult<Cursor<'c>> {
        if let Some(observer) = self.observer() {
            observer.own = true;
            observer.streams = true;
        }
        let statement = Sendable::Owned(statement);
        Ok(match &mut self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(c) => {
                let c: &mut diesel::SqliteConnection = &mut *c;
                Cursor::Sqlite(LoadConnection::load(c, statement)?)
            }
            #[cfg(feature = "postgres")]
            Inner::Postgres(c) => {
                let c: &mut diesel::PgConnection = &mut *c;
                Cursor::Pg(LoadConnection::<diesel::pg::PgRowByRowLoadingMode>::load(c, statement)?)
            }
            #[cfg(feature = "mysql")]
            Inner::Mysql(c) => {
                let c: &mut diesel::MysqlConnection = &mut *c;
                Cursor::Mysql(LoadConnection::load(c, statement)?)
            }
        })
    }

    /// Sends rows by PostgreSQL's COPY; `None` on the other databases, which have none.
    pub(crate) fn copy<'b>(
        &mut self,
        _target: impl FnOnce() -> String,
        _fields: usize,
        _rows: &[u32],
        _bind: &dyn Fn(u32, &mut super::SqlWriter<'_, 'b>) -> QueryResult<()>,
    ) -> Option<QueryResult<usize>> {
        self.sending(|inner| match inner {
            #[cfg(feature = "postgres")]
            Inner::Postgres(c) => {
                Some(super::postgres::pg_copy::copy_rows(&mut *c, _target(), _fields, _rows, _bind))
            }
            #[cfg(any(feature = "sqlite", feature = "mysql"))]
            _ => None,
        })
    }

    /// Sends SQL text without values, several statements at once if need be.
    pub(crate) fn batch(&mut self, sql: &str) -> QueryResult<()> {
        self.sending(|inner| on_connection!(inner, c => c.batch_execute(sql)))
    }

    /// Begins a transaction with the database's own words, such as `BEGIN IMMEDIATE`.
    pub(crate) fn begin_with(&mut self, sql: &str) -> QueryResult<()> {
        if let Some(result) = self.prepared_control(sql, TransactionDepthChange::IncreaseDepth) {
            return result;
        }
        self.sending(|inner| {
            on_connection!(inner, c => AnsiTransactionManager::begin_transaction_sql(c, sql))
        })
    }

    /// Begins or ends a transaction or a savepoint, through Diesel's transaction manager, so that
    /// a user's own `connection.transaction(…)` nests in it.
    pub(crate) fn control(&mut self, control: TransactionControl) -> QueryResult<()> {
        if control == TransactionControl::Commit
            && self.depth() == Some(1)
            && let Some(result) =
                self.prepared_control("COMMIT", TransactionDepthChange::DecreaseDepth)
        {
            return result;
        }
        self.sending(|inner| {
            on_connection!(inner, c => match control {
                TransactionControl::Begin => AnsiTransactionManager::begin_transaction(c),
                TransactionControl::Commit => AnsiTransactionManager::commit_transaction(c),
                TransactionControl::Rollback => AnsiTransactionManager::rollback_transaction(c),
            })
        })
    }

    /// Diesel has SQLite parse BEGIN and COMMIT anew each time, which is a tenth of a small request.
    /// Here they are prepared like any statement, and Diesel's transaction manager is told. `None` on
    /// the other databases, where they are a round trip either way.
    fn prepared_control(
        &mut self,
        _sql: &str,
        _change: TransactionDepthChange,
    ) -> Option<QueryResult<()>> {
        match self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(_) => Some(self.prepared_control_on_sqlite(_sql, _change)),
            #[cfg(any(feature = "postgres", feature = "mysql"))]
            _ => None,
        }
    }

    #[cfg(feature = "sqlite")]
    fn prepared_control_on_sqlite(
        &mut self,
        sql: &str,
        change: TransactionDepthChange,
    ) -> QueryResult<()> {
        let statement = Statement { sql, values: &(), cached: true };
        self.sending(|inner| {
            on_connection!(inner, c => c.execute_returning_count(&Sendable::Borrowed(&statement)))
        })?;
        if let Some(observer) = self.observer() {
            observer.note_control(change);
        }
        on_connection!(&mut self.inner, c => {
            match AnsiTransactionManager::transaction_manager_status_mut(c) {
                TransactionManagerStatus::Valid(status) => status.change_transaction_depth(change),
                TransactionManagerStatus::InError => {
                    Err(diesel::result::Error::BrokenTransactionManager)
                }
            }
        })
    }

    /// How many transactions and savepoints are open, as Diesel knows it; `None` when the
    /// connection is broken.
    pub(crate) fn depth(&mut self) -> Option<u32> {
        let status = on_connection!(
            &mut self.inner, c => AnsiTransactionManager::transaction_manager_status_mut(c)
        );
        Some(status.transaction_depth().ok()?.map_or(0, std::num::NonZeroU32::get))
    }

    /// Ends whatever transaction there is, known or not. The error says that the connection is lost.
    pub(crate) fn abandon(&mut self) -> QueryResult<()> {
        let result = self.batch("ROLLBACK");
        on_connection!(&mut self.inner, c => {
            let status = AnsiTransactionManager::transaction_manager_status_mut(c);
            if !matches!(status, TransactionManagerStatus::InError) {
                *status = TransactionManagerStatus::default();
            }
        });
        if let Some(observer) = self.observer() {
            observer.seen.count_control(1);
            observer.foreign_failure = None;
            observer.ended = None;
        }
        result
    }

    /// Marks what the observer sees as the session's own.
    fn sending<T>(&mut self, send: impl FnOnce(&mut Inner) -> T) -> T {
        if let Some(observer) = self.observer() {
            observer.own = true;
            observer.streams = false;
        }
        #[cfg(all(feature = "uuid", any(feature = "sqlite", feature = "mysql")))]
        let _scope = super::spelling::Scope::enter(&mut self.spellings);
        send(&mut self.inner)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // A pooled connection goes back without the session's observer.
        match &mut self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(c) => super::sqlite::sqlite_setup::mark(c),
            #[cfg(feature = "postgres")]
            Inner::Postgres(c) => c.set_instrumentation(None::<Box<dyn Instrumentation>>),
            #[cfg(feature = "mysql")]
            Inner::Mysql(c) => c.set_instrumentation(None::<Box<dyn Instrumentation>>),
        }
    }
}
