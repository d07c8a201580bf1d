//! How SQLite begins a transaction with options.

use crate::backend::begin_forms::{BeginForms, SettingForms, milliseconds};
use crate::backend::{Isolation, TransactionOptions};

pub(super) const BEGINS: BeginForms = BeginForms {
    refuses,
    begin: |_| "BEGIN".to_owned(),
    // How long it waits for a lock, and whether it refuses to write.
    settings: Some(SettingForms {
        read: "SELECT timeout, query_only FROM pragma_busy_timeout, pragma_query_only",
        wanted: |options, (timeout, query_only)| {
            let timeout = options.lock_timeout.map_or(timeout, milliseconds);
            (timeout, if options.read_only { 1 } else { query_only })
        },
        set: |(timeout, query_only)| {
            format!("PRAGMA busy_timeout = {timeout}; PRAGMA query_only = {query_only}")
        },
    }),
};

fn refuses(options: &TransactionOptions) -> Option<&'static str> {
    if options.isolation.is_some_and(|level| level != Isolation::Serializable) {
        return Some(
            "SQLite has the isolation level `Serializable` alone; ask for it, or leave `isolation` \
             `None`",
        );
    }
    if options.deferrable {
        return Some("SQLite has no deferrable transactions; remove `deferrable`");
    }
    if options.statement_timeout.is_some() {
        return Some(
            "SQLite has no time-out for statements; remove `statement_timeout`, and limit what the \
             query reads",
        );
    }
    None
}
