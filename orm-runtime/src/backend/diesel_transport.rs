//! The common parts of the transports over Diesel's connections.

use std::num::NonZeroU32;

use diesel::QueryResult;
use diesel::connection::{
    AnsiTransactionManager, Connection, Instrumentation, TransactionManager,
    TransactionManagerStatus,
};
use diesel::query_builder::{QueryBuilder, QueryFragment};

use super::{DieselDatabase, Observer, Sendable, SqlFragment, TransactionControl};

/// A Diesel connection to an enabled database.
pub(super) trait DieselConnection:
    Connection<Backend: DieselDatabase, TransactionManager = AnsiTransactionManager>
{
}

impl<C> DieselConnection for C where
    C: Connection<Backend: DieselDatabase, TransactionManager = AnsiTransactionManager>
{
}

/// Returns the text of a statement, or of a part of one.
pub(super) fn text<DB: DieselDatabase>(fragment: &dyn SqlFragment) -> QueryResult<String>
where
    for<'a> Sendable<'a>: QueryFragment<DB>,
{
    let mut text = DB::QueryBuilder::default();
    Sendable::Borrowed(fragment).to_sql(&mut text, &DB::default())?;
    Ok(text.finish())
}

/// Sends a statement that returns no rows, and returns how many it changed.
pub(super) fn execute<C: DieselConnection>(
    connection: &mut C,
    statement: &dyn SqlFragment,
) -> QueryResult<usize>
where
    for<'a> Sendable<'a>: QueryFragment<C::Backend>,
{
    connection.execute_returning_count(&Sendable::Borrowed(statement))
}

/// Returns `true` if the connection may keep the prepared statement.
pub(super) fn is_cached<C: DieselConnection>(
    _connection: &mut C,
    statement: &dyn SqlFragment,
) -> QueryResult<bool>
where
    for<'a> Sendable<'a>: QueryFragment<C::Backend>,
{
    Sendable::Borrowed(statement).is_safe_to_cache_prepared(&C::Backend::default())
}

/// Returns the observer on a connection.
pub(super) fn observer<C: DieselConnection>(connection: &mut C) -> Option<&mut Observer> {
    let instrumentation: &mut dyn Instrumentation = connection.instrumentation();
    instrumentation.downcast_mut::<Observer>()
}

/// Begins a transaction with SQL of the database, such as `BEGIN IMMEDIATE`.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(super) fn begin_with<C: DieselConnection>(connection: &mut C, sql: &str) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(connection, sql)
}

/// Begins or ends a transaction or a savepoint through Diesel's transaction manager, so that a
/// user's own `connection.transaction(…)` nests in it.
pub(super) fn control<C: DieselConnection>(
    connection: &mut C,
    control: TransactionControl,
) -> QueryResult<()> {
    match control {
        TransactionControl::Begin => AnsiTransactionManager::begin_transaction(connection),
        TransactionControl::Commit => AnsiTransactionManager::commit_transaction(connection),
        TransactionControl::Rollback => AnsiTransactionManager::rollback_transaction(connection),
    }
}

/// Returns how many transactions and savepoints are open according to Diesel.
pub(super) fn depth<C: DieselConnection>(connection: &mut C) -> Option<u32> {
    let status = AnsiTransactionManager::transaction_manager_status_mut(connection);
    Some(status.transaction_depth().ok()?.map_or(0, NonZeroU32::get))
}

/// Tells Diesel that no transaction is open, unless the connection is broken.
pub(super) fn forget_transactions<C: DieselConnection>(connection: &mut C) {
    let status = AnsiTransactionManager::transaction_manager_status_mut(connection);
    if !matches!(status, TransactionManagerStatus::InError) {
        *status = TransactionManagerStatus::default();
    }
}
