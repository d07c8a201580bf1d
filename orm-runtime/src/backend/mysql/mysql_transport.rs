//! The transport to MySQL and MariaDB, through Diesel.

use diesel::connection::{Connection as _, Instrumentation, LoadConnection, SimpleConnection};
use diesel::mysql::Mysql;
use diesel::query_builder::QueryFragment;
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::{MysqlConnection, QueryResult};

use super::mysql_client;
use crate::backend::diesel_transport;
use crate::backend::row::RawRow;
use crate::backend::transport::Transport;
use crate::backend::{
    AnySendable, ConnectionSetup, Cursor, Dialect, Fault, Observer, Row, Sendable, SqlFragment,
    TransactionControl,
};
use crate::error::Result;

impl Transport for MysqlConnection {
    const DIALECT: Dialect = Dialect::Mysql;

    fn prepare(&mut self, _setup: &ConnectionSetup) -> QueryResult<()> {
        mysql_client::prepare(self)
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
        diesel_transport::text::<Mysql>(fragment)
    }

    fn check_values(&mut self, statement: &dyn SqlFragment) -> QueryResult<()> {
        let mut values = RawBytesBindCollector::<Mysql>::new();
        Sendable::Borrowed(statement).collect_binds(&mut values, &mut (), &Mysql)
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
            each(&mut Row::new(RawRow::Mysql(&row))).map_err(Fault::Row)?;
        }
        Ok(())
    }

    fn cursor<'c>(&'c mut self, statement: Box<dyn SqlFragment + 'c>) -> QueryResult<Cursor<'c>> {
        let rows = LoadConnection::load(self, Sendable::Owned(statement))?;
        Ok(Cursor::Mysql(rows))
    }

    fn batch(&mut self, sql: &str) -> QueryResult<()> {
        self.batch_execute(sql)
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
