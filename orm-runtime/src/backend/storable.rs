//! Whether values can be stored, found out without sending them.

use diesel::QueryResult;
use diesel::query_builder::QueryFragment;

use super::any_connection::Inner;
use super::{Binds, Connection, Sendable, Statement};

impl Connection {
    /// Runs the conversions of values, as a statement would.
    pub(crate) fn check_values(&mut self, values: &dyn Binds) -> QueryResult<()> {
        let statement = Statement { sql: "", values, cached: false };
        let fragment = Sendable::Borrowed(&statement);
        match &mut self.inner {
            #[cfg(feature = "sqlite")]
            Inner::Sqlite(_) => {
                use diesel::sqlite::Sqlite;
                let mut collector = Default::default();
                QueryFragment::<Sqlite>::collect_binds(&fragment, &mut collector, &mut (), &Sqlite)
            }
            #[cfg(feature = "postgres")]
            Inner::Postgres(connection) => {
                use diesel::pg::Pg;
                use diesel::query_builder::bind_collector::RawBytesBindCollector;
                let mut collector = RawBytesBindCollector::<Pg>::new();
                let connection: &mut diesel::PgConnection = &mut *connection;
                QueryFragment::<Pg>::collect_binds(&fragment, &mut collector, connection, &Pg)
            }
            #[cfg(feature = "mysql")]
            Inner::Mysql(_) => {
                use diesel::mysql::Mysql;
                use diesel::query_builder::bind_collector::RawBytesBindCollector;
                let mut collector = RawBytesBindCollector::<Mysql>::new();
                QueryFragment::<Mysql>::collect_binds(&fragment, &mut collector, &mut (), &Mysql)
            }
        }
    }
}
