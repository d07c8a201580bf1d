//! Checks whether values can be stored, without sending them.

use diesel::QueryResult;

use super::any_connection::Inner;
use super::transport::{Transport, on_transport};
use super::{Binds, Connection, Statement};

impl Connection {
    /// Runs the conversions of values as a statement would. Sends no SQL.
    pub(crate) fn check_values(&mut self, values: &dyn Binds) -> QueryResult<()> {
        let statement = Statement { sql: "", values, cached: false };
        on_transport!(&mut self.inner, c => c.check_values(&statement))
    }
}
