//! The setup of a MySQL connection, and a check that the client library returns what the server
//! sent.
//!
//! Diesel fetches a string longer than its buffer in a second step, and binds its buffers again.
//! Some releases of MariaDB Connector/C (3.3.19 and 3.4.9 among them) then lose every length, and
//! each text and blob of the row reads as empty, without an error. A session that wrote such rows
//! back would destroy them.

use std::sync::atomic::{AtomicBool, Ordering};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::result::Error::DeserializationError;
use diesel::{MysqlConnection, QueryResult, RunQueryDsl, select, sql_types::Text};

/// The library is the same for the whole process, so the first connection checks.
static SOUND: AtomicBool = AtomicBool::new(false);

const SENT: &str = "a text longer than a buffer";

/// Checks that strings arrive intact. Sets that a key of 0 is an ordinary key and does not generate
/// a new one, and that errors are in the language in which they are recognised.
pub(in crate::backend) fn prepare(connection: &mut MysqlConnection) -> QueryResult<()> {
    check(connection)?;
    connection.batch_execute(
        "SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',NO_AUTO_VALUE_ON_ZERO'), \
         SESSION lc_messages = 'en_US'",
    )
}

/// Refuses a library that loses strings. Sends one statement for the first connection of a process.
fn check(connection: &mut MysqlConnection) -> QueryResult<()> {
    if SOUND.load(Ordering::Relaxed) {
        return Ok(());
    }
    let read: String = select(sql::<Text>(&format!("'{SENT}'"))).get_result(connection)?;
    compare(&read)?;
    SOUND.store(true, Ordering::Relaxed);
    Ok(())
}

fn compare(read: &str) -> QueryResult<()> {
    if read == SENT {
        return Ok(());
    }
    Err(DeserializationError(
        "the MySQL client library reads texts as empty, as MariaDB Connector/C 3.3.19 and 3.4.9 do; \
         install another version of it (libmariadb, libmysqlclient)"
            .into(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_loses_texts_is_refused() {
        assert!(compare(SENT).is_ok());
        assert!(
            compare("").is_err_and(|error| error.to_string().contains("install another version"))
        );
    }
}
