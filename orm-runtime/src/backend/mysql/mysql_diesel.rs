//! Diesel's type for MySQL and MariaDB.

use diesel::connection::BoxableConnection;
use diesel::mysql::Mysql;
use diesel::query_builder::AstPass;

use crate::backend::diesel_database::{DieselDatabase, run_each};
use crate::backend::{Dialect, SqlWriter};

impl DieselDatabase for Mysql {
    const DIALECT: Dialect = Dialect::Mysql;

    fn writer<'a, 'b>(pass: AstPass<'a, 'b, Self>) -> SqlWriter<'a, 'b> {
        SqlWriter::Mysql(pass)
    }

    fn run_script(
        connection: &mut dyn BoxableConnection<Self>,
        statements: &[String],
        _unchecked: bool,
    ) -> diesel::migration::Result<()> {
        run_each(connection, statements)
    }
}
