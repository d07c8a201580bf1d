//! Diesel's type for SQLite.

use diesel::connection::{BoxableConnection, SimpleConnection};
use diesel::dsl::sql;
use diesel::query_builder::AstPass;
use diesel::sql_types::Bool;
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel::{RunQueryDsl, migration};

use super::sqlite_script::{CHECKS_OFF, CHECKS_ON, RENAMES_ALL, RENAMES_ALONE};
use super::sqlite_setup;
use crate::backend::diesel_database::DieselDatabase;
use crate::backend::{Dialect, SqlWriter};

impl DieselDatabase for Sqlite {
    const DIALECT: Dialect = Dialect::Sqlite;

    fn writer<'a, 'b>(pass: AstPass<'a, 'b, Self>) -> SqlWriter<'a, 'b> {
        SqlWriter::Sqlite(pass)
    }

    fn run_script(
        connection: &mut dyn BoxableConnection<Self>,
        statements: &[String],
        unchecked: bool,
    ) -> migration::Result<()> {
        match sqlite_connection(connection) {
            Some(connection) => {
                // The collation for decimals may be used in a table.
                sqlite_setup::teach(connection);
                match unchecked {
                    false => Ok(run_each(connection, statements)?),
                    true => run_unchecked(connection, statements),
                }
            }
            None if unchecked => {
                Err("tables can be rebuilt only through Diesel's SqliteConnection".into())
            }
            None => {
                statements.iter().try_for_each(|sql| connection.batch_execute(sql))?;
                Ok(())
            }
        }
    }
}

fn run_each(connection: &mut SqliteConnection, statements: &[String]) -> diesel::QueryResult<()> {
    statements.iter().try_for_each(|sql| connection.batch_execute(sql))
}

fn run_unchecked(
    connection: &mut SqliteConnection,
    statements: &[String],
) -> migration::Result<()> {
    // Foreign keys may be disabled on this connection, and then they stay disabled.
    let checks: bool = sql::<Bool>("PRAGMA foreign_keys").get_result(connection)?;
    connection.batch_execute(CHECKS_OFF)?;
    connection.batch_execute(RENAMES_ALONE)?;
    let begun = connection.batch_execute("BEGIN IMMEDIATE");
    let run = match &begun {
        Ok(()) => run_each(connection, statements),
        Err(_) => Ok(()),
    };
    let ended = match (&begun, &run) {
        (Err(_), _) => Ok(()),
        (_, Ok(())) => connection.batch_execute("COMMIT"),
        (_, Err(_)) => connection.batch_execute("ROLLBACK"),
    };
    connection.batch_execute(RENAMES_ALL)?;
    if checks {
        connection.batch_execute(CHECKS_ON)?;
    }
    begun?;
    run?;
    Ok(ended?)
}

/// Finds Diesel's connection, directly or in a pooled connection.
fn sqlite_connection(
    connection: &mut dyn BoxableConnection<Sqlite>,
) -> Option<&mut SqliteConnection> {
    #[cfg(feature = "pool")]
    {
        type Manager = diesel::r2d2::ConnectionManager<SqliteConnection>;
        type Pooled = diesel::r2d2::PooledConnection<Manager>;
        if connection.downcast_ref::<Pooled>().is_some() {
            return Some(&mut **connection.downcast_mut::<Pooled>()?);
        }
    }
    connection.downcast_mut()
}
