//! What a SQLite connection is taught once: the order of decimals, and how to add them.
//!
//! To teach it again would cost it all its prepared statements. So between sessions a connection wears
//! a mark, where Diesel has room for an instrumentation.

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::{Connection, SqliteConnection};

/// The mark of a connection that has been taught.
struct Taught;

impl Instrumentation for Taught {
    fn on_connection_event(&mut self, _event: InstrumentationEvent<'_>) {}
}

/// Teaches a connection what it does not know yet. No statement.
pub(crate) fn teach(connection: &mut SqliteConnection) {
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
pub(super) fn mark(connection: &mut SqliteConnection) {
    connection.set_instrumentation(Taught);
}
