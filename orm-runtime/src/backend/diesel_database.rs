//! Diesel's types for a database, so that code which is about all of them exists once.

use diesel::backend::Backend;
use diesel::connection::BoxableConnection;
use diesel::query_builder::AstPass;

use super::{Dialect, SqlWriter};

/// An enabled database, as Diesel's type for it.
#[doc(hidden)]
pub trait DieselDatabase: Backend<QueryBuilder: Default> + Default {
    const DIALECT: Dialect;

    /// Makes a writer of one of Diesel's passes over a statement.
    fn writer<'a, 'b>(pass: AstPass<'a, 'b, Self>) -> SqlWriter<'a, 'b>;

    /// Runs statements of the schema one by one, for tools that do not know the session. Where they are
    /// `unchecked`, references are not looked at until the last of them has run.
    ///
    /// # Errors
    /// What the database answers.
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
