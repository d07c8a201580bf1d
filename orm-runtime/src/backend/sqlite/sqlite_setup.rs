//! What is registered once on an SQLite connection: the order of decimals, and their functions.
//!
//! Registering again would discard all its prepared statements. Between sessions a connection
//! therefore has a mark, in the place where Diesel keeps an instrumentation.

use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel::{Connection, QueryResult, SqliteConnection};

use crate::backend::{ConnectionSetup, Synchronous};

/// The mark of a connection on which everything is registered.
struct Taught;

impl Instrumentation for Taught {
    fn on_connection_event(&mut self, _event: InstrumentationEvent<'_>) {}
}

/// Registers on a connection what it lacks. Sends no SQL.
pub(in crate::backend) fn teach(connection: &mut SqliteConnection) {
    let instrumentation: &mut dyn Instrumentation = connection.instrumentation();
    if !instrumentation.is::<Taught>() {
        register(connection);
    }
}

/// Registers the functions. If that fails, the first statement that needs one of them reports it.
#[cfg(feature = "decimal")]
fn register(connection: &mut SqliteConnection) {
    let _ = super::sqlite_decimal::register(connection);
}

/// Does nothing: there is nothing to register.
#[cfg(not(feature = "decimal"))]
fn register(_connection: &mut SqliteConnection) {}

/// Marks a connection when a session returns it.
pub(in crate::backend) fn mark(connection: &mut SqliteConnection) {
    connection.set_instrumentation(Taught);
}

/// Sets foreign keys, the busy timeout and the journal mode.
pub(in crate::backend) fn prepare(
    connection: &mut SqliteConnection,
    setup: &ConnectionSetup,
) -> QueryResult<()> {
    // The timeout comes first, because the journal mode needs a lock.
    let mut pragmas = format!(
        "PRAGMA busy_timeout = {}; PRAGMA foreign_keys = {};",
        setup.busy_timeout_ms,
        if setup.foreign_keys { "ON" } else { "OFF" }
    );
    if setup.write_ahead {
        pragmas.push_str(" PRAGMA journal_mode = WAL;");
    }
    let synchronous = setup.synchronous.or(setup.write_ahead.then_some(Synchronous::Normal));
    if let Some(synchronous) = synchronous {
        let level = match synchronous {
            Synchronous::Off => "OFF",
            Synchronous::Normal => "NORMAL",
            Synchronous::Full => "FULL",
            Synchronous::Extra => "EXTRA",
        };
        pragmas.push_str(&format!(" PRAGMA synchronous = {level};"));
    }
    connection.batch_execute(&pragmas)
}
