//! The transport to PostgreSQL, through Diesel.

use diesel::connection::{
    Connection as _, DefaultLoadingMode, Instrumentation, LoadConnection, SimpleConnection,
};
use diesel::pg::{Pg, PgMetadataLookup, PgRowByRowLoadingMode};
use diesel::query_builder::QueryFragment;
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::{PgConnection, QueryResult};

use super::pg_copy;
use crate::backend::diesel_transport;
use crate::backend::row::RawRow;
use crate::backend::transport::Transport;
use crate::backend::{
    AnySendable, ConnectionSetup, Cursor, Dialect, Fault, Observer, Row, Sendable, SqlFragment,
    SqlWriter, TransactionControl,
};
use crate::error::Result;

impl Transport for PgConnection {
    const DIALECT: Dialect = Dialect::Postgres;

    /// Does nothing: there is nothing to set.
    fn prepare(&mut self, _setup: &ConnectionSetup) -> QueryResult<()> {
        Ok(())
    }

    fn take_over(&mut self) {}

    fn observe(&mut self, observer: Observer) {
        self.set_instrumentation(observer);
    }

    fn observer(&mut self) -> Option<&mut Observer> {
        diesel_transport::observer(self)
    }

    fn give_back(&mut self) {
        self.set_instrumentation(None::<Box<dyn Instrumentation>>);
    }

    fn text(fragment: &dyn SqlFragment) -> QueryResult<String> {
        diesel_transport::text::<Pg>(fragment)
    }

    fn check_values(&mut self, statement: &dyn SqlFragment) -> QueryResult<()> {
        let mut values = RawBytesBindCollector::<Pg>::new();
        let lookup: &mut (dyn PgMetadataLookup + 'static) = self;
        Sendable::Borrowed(statement).collect_binds(&mut values, lookup, &Pg)
    }

    fn execute(&mut self, statement: &dyn SqlFragment) -> QueryResult<usize> {
        diesel_transport::execute(self, statement)
    }

    fn load<S: AnySendable>(
        &mut self,
        statement: S,
        each: &mut dyn FnMut(&mut Row<'_, '_>) -> Result<()>,
    ) -> Result<(), Fault> {
        let rows = LoadConnection::<DefaultLoadingMode>::load(self, statement);
        for row in rows.map_err(Fault::Sql)? {
            let row = row.map_err(Fault::Sql)?;
            each(&mut Row::new(RawRow::Pg(&row))).map_err(Fault::Row)?;
        }
        Ok(())
    }

    fn cursor<'c>(&'c mut self, statement: Box<dyn SqlFragment + 'c>) -> QueryResult<Cursor<'c>> {
        let statement = Sendable::Owned(statement);
        let rows = LoadConnection::<PgRowByRowLoadingMode>::load(self, statement)?;
        Ok(Cursor::Pg(rows))
    }

    fn batch(&mut self, sql: &str) -> QueryResult<()> {
        self.batch_execute(sql)
    }

    fn copy<'b>(
        &mut self,
        target: impl FnOnce() -> String,
        fields: usize,
        rows: &[u32],
        bind: &dyn Fn(u32, &mut SqlWriter<'_, 'b>) -> QueryResult<()>,
    ) -> Option<QueryResult<usize>> {
        Some(pg_copy::copy_rows(self, target(), fields, rows, bind))
    }

    fn begin_with(&mut self, sql: &str) -> QueryResult<()> {
        diesel_transport::begin_with(self, sql)
    }

    fn control(&mut self, control: TransactionControl) -> QueryResult<()> {
        diesel_transport::control(self, control)
    }

    fn depth(&mut self) -> Option<u32> {
        diesel_transport::depth(self)
    }

    fn forget_transactions(&mut self) {
        diesel_transport::forget_transactions(self);
    }
}
