//! The transport to SQLite, through Diesel.

use diesel::connection::{
    AnsiTransactionManager, Connection as _, LoadConnection, SimpleConnection,
    TransactionDepthChange, TransactionManager, TransactionManagerStatus,
};
use diesel::query_builder::QueryFragment;
use diesel::result::Error::BrokenTransactionManager;
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, SqliteConnection};

use super::sqlite_setup;
use crate::backend::diesel_transport;
use crate::backend::row::RawRow;
use crate::backend::transport::Transport;
use crate::backend::{
    AnySendable, ConnectionSetup, Cursor, Dialect, Fault, Observer, Row, Sendable, SqlFragment,
    Statement, TransactionControl,
};
use crate::error::Result;

impl Transport for SqliteConnection {
    const DIALECT: Dialect = Dialect::Sqlite;

    fn prepare(&mut self, setup: &ConnectionSetup) -> QueryResult<()> {
        sqlite_setup::prepare(self, setup)
    }

    fn take_over(&mut self) {
        sqlite_setup::teach(self);
    }

    fn observe(&mut self, observer: Observer) {
        self.set_instrumentation(observer);
    }

    fn observer(&mut self) -> Option<&mut Observer> {
        diesel_transport::observer(self)
    }

    fn give_back(&mut self) {
        sqlite_setup::mark(self);
    }

    fn text(fragment: &dyn SqlFragment) -> QueryResult<String> {
        diesel_transport::text::<Sqlite>(fragment)
    }

    fn check_values(&mut self, statement: &dyn SqlFragment) -> QueryResult<()> {
        let mut values = Default::default();
        Sendable::Borrowed(statement).collect_binds(&mut values, &mut (), &Sqlite)
    }

    fn execute(&mut self, statement: &dyn SqlFragment) -> QueryResult<usize> {
        diesel_transport::execute(self, statement)
    }

    fn load<S: AnySendable>(
        &mut self,
        statement: S,
        each: &mut dyn FnMut(&mut Row<'_, '_>) -> Result<()>,
    ) -> Result<(), Fault> {
        let rows = LoadConnection::load(self, statement);
        for row in rows.map_err(Fault::Sql)? {
            let row = row.map_err(Fault::Sql)?;
            each(&mut Row::new(RawRow::Sqlite(&row))).map_err(Fault::Row)?;
        }
        Ok(())
    }

    fn cursor<'c>(&'c mut self, statement: Box<dyn SqlFragment + 'c>) -> QueryResult<Cursor<'c>> {
        let rows = LoadConnection::load(self, Sendable::Owned(statement))?;
        Ok(Cursor::Sqlite(rows))
    }

    fn batch(&mut self, sql: &str) -> QueryResult<()> {
        self.batch_execute(sql)
    }

    fn begin_with(&mut self, sql: &str) -> QueryResult<()> {
        control_prepared(self, sql, TransactionDepthChange::IncreaseDepth)
    }

    fn control(&mut self, control: TransactionControl) -> QueryResult<()> {
        if control == TransactionControl::Commit && self.depth() == Some(1) {
            return control_prepared(self, "COMMIT", TransactionDepthChange::DecreaseDepth);
        }
        diesel_transport::control(self, control)
    }

    fn depth(&mut self) -> Option<u32> {
        diesel_transport::depth(self)
    }

    fn forget_transactions(&mut self) {
        diesel_transport::forget_transactions(self);
    }
}

/// Runs transaction control as prepared statements. With Diesel, SQLite parses BEGIN and COMMIT
/// each time, which takes a tenth of a small request. Diesel's transaction manager is informed of
/// each. On the servers they take a round trip either way.
fn control_prepared(
    connection: &mut SqliteConnection,
    sql: &str,
    change: TransactionDepthChange,
) -> QueryResult<()> {
    connection.execute(&Statement { sql, values: &(), cached: true })?;
    if let Some(observer) = Transport::observer(connection) {
        observer.note_control(change);
    }
    match AnsiTransactionManager::transaction_manager_status_mut(connection) {
        TransactionManagerStatus::Valid(status) => status.change_transaction_depth(change),
        TransactionManagerStatus::InError => Err(BrokenTransactionManager),
    }
}
