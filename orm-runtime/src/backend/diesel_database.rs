//! Diesel's types for a database, so that code for all databases exists once.

use diesel::backend::Backend;
use diesel::connection::BoxableConnection;
use diesel::query_builder::AstPass;

use super::{Dialect, SqlWriter};

/// An enabled database, as Diesel's type for it.
#[doc(hidden)]
pub trait DieselDatabase: Backend<QueryBuilder: Default> + Default {
    const DIALECT: Dialect;

    /// Wraps one of Diesel's passes over a statement.
    fn writer<'a, 'b>(pass: AstPass<'a, 'b, Self>) -> SqlWriter<'a, 'b>;

    /// Runs schema statements one by one, for tools without a session. If they are `unchecked`,
    /// references are not checked until the last statement has run.
    ///
    /// # Errors
    /// The error that the database reports.
    fn run_script(
        connection: &mut dyn BoxableConnection<Self>,
        statements: &[String],
        unchecked: bool,
    ) -> diesel::migration::Result<()>;
}

/// Runs statements one by one.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(super) fn run_each<DB: Backend>(
    connection: &mut dyn BoxableConnection<DB>,
    statements: &[String],
) -> diesel::migration::Result<()> {
    statements.iter().try_for_each(|sql| connection.batch_execute(sql))?;
    Ok(())
}
