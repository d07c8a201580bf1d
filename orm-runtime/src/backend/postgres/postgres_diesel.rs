//! Diesel's type for PostgreSQL.

use diesel::connection::BoxableConnection;
use diesel::pg::Pg;
use diesel::query_builder::AstPass;

use crate::backend::diesel_database::{DieselDatabase, run_each};
use crate::backend::{Dialect, SqlWriter};

impl DieselDatabase for Pg {
    const DIALECT: Dialect = Dialect::Postgres;

    fn writer<'a, 'b>(pass: AstPass<'a, 'b, Self>) -> SqlWriter<'a, 'b> {
        SqlWriter::Pg(pass)
    }

    fn run_script(
        connection: &mut dyn BoxableConnection<Self>,
        statements: &[String],
        _unchecked: bool,
    ) -> diesel::migration::Result<()> {
        run_each(connection, statements)
    }
}
