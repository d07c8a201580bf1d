//! What a SQLite connection is taught once: the order of decimals, and how to add them.
//!
//! To teach it again would cost it all its prepared statements. So between sessions a connection wears
//! a mark, where Diesel has room for an instrumentation.

use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel::{Connection, QueryResult, SqliteConnection};

use crate::backend::ConnectionSetup;

/// The mark of a connection that has been taught.
struct Taught;

impl Instrumentation for Taught {
    fn on_connection_event(&mut self, _event: InstrumentationEvent<'_>) {}
}

/// Teaches a connection what it does not know yet. No statement.
pub(in crate::backend) fn teach(connection: &mut SqliteConnection) {
    let instrumentation: &mut dyn Instrumentation = connection.instrumentation();
    if !instrumentation.is::<Taught>() {
        register(connection);
    }
}

/// What a connection could not be taught, the first statement that needs it will say.
#[cfg(feature = "decimal")]
fn register(connection: &mut SqliteConnection) {
    let _ = super::sqlite_decimal::register(connection);
}

/// There is nothing to teach.
#[cfg(not(feature = "decimal"))]
fn register(_connection: &mut SqliteConnection) {}

/// Puts the mark on a connection that a session leaves.
pub(in crate::backend) fn mark(connection: &mut SqliteConnection) {
    connection.set_instrumentation(Taught);
}

/// Sets foreign keys, the busy timeout and the journal.
pub(in crate::backend) fn prepare(
    connection: &mut SqliteConnection,
    setup: &ConnectionSetup,
) -> QueryResult<()> {
    // The timeout comes first: the journal mode needs a lock.
    let mut pragmas = format!(
        "PRAGMA busy_timeout = {}; PRAGMA foreign_keys = {};",
        setup.busy_timeout_ms,
        if setup.foreign_keys { "ON" } else { "OFF" }
    );
    if setup.write_ahead {
        pragmas.push_str(" PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    }
    connection.batch_execute(&pragmas)
}
