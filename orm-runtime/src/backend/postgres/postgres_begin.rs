//! How PostgreSQL begins a transaction with options. All of them end with the transaction.

use crate::backend::begin_forms::{BeginForms, milliseconds};
use crate::backend::{CancelForms, Isolation, TransactionOptions};

pub(super) const BEGINS: BeginForms = BeginForms { refuses, begin, settings: None };

pub(super) const CANCELS: CancelForms = CancelForms {
    number: "SELECT CAST(pg_backend_pid() AS bigint)",
    cancel: |number| format!("SELECT pg_cancel_backend({number})"),
    #[cfg(feature = "tokio")]
    end: |number| format!("SELECT pg_terminate_backend({number})"),
};

/// What DISCARD ALL does, except that prepared statements stay, because Diesel keeps their names.
/// Diesel sets the time zone and the encoding of each connection.
pub(super) const RESET: &str = "CLOSE ALL; UNLISTEN *; SET SESSION AUTHORIZATION DEFAULT; \
    RESET ALL; SELECT pg_advisory_unlock_all(); DISCARD PLANS; DISCARD TEMP; DISCARD SEQUENCES; \
    SET TIME ZONE 'UTC'; SET CLIENT_ENCODING TO 'UTF8'";

fn refuses(options: &TransactionOptions) -> Option<&'static str> {
    if options.isolation == Some(Isolation::ReadUncommitted) {
        return Some(
            "PostgreSQL runs READ UNCOMMITTED as READ COMMITTED; ask for \
             `Isolation::ReadCommitted`",
        );
    }
    let serializable = options.isolation == Some(Isolation::Serializable);
    if options.deferrable && !(serializable && options.read_only) {
        return Some(
            "`deferrable` has an effect only in a serializable, read-only transaction; set \
             `isolation` and `read_only` as well",
        );
    }
    None
}

/// Begins the transaction and limits its statements in one round trip.
fn begin(options: &TransactionOptions) -> String {
    let mut modes = Vec::new();
    if let Some(level) = options.isolation {
        modes.push(format!(" ISOLATION LEVEL {}", level.sql()));
    }
    if options.read_only {
        modes.push(" READ ONLY".to_owned());
    }
    if options.deferrable {
        modes.push(" DEFERRABLE".to_owned());
    }
    let mut sql = format!("BEGIN{}", modes.join(","));
    let limits =
        [("statement_timeout", options.statement_timeout), ("lock_timeout", options.lock_timeout)];
    for (name, limit) in limits {
        if let Some(limit) = limit {
            sql.push_str(&format!("; SET LOCAL {name} = {}", milliseconds(limit)));
        }
    }
    sql
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn one_text_has_all_options() {
        assert_eq!(begin(&TransactionOptions::default()), "BEGIN");
        let options = TransactionOptions {
            isolation: Some(Isolation::Serializable),
            read_only: true,
            deferrable: true,
            statement_timeout: Some(Duration::from_secs(2)),
            lock_timeout: Some(Duration::from_micros(300_100)),
        };
        assert_eq!(
            begin(&options),
            "BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE; \
             SET LOCAL statement_timeout = 2000; SET LOCAL lock_timeout = 301"
        );
    }
}
