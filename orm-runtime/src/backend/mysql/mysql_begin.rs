//! How MySQL and MariaDB begin a transaction with options.
//!
//! The isolation level is that of the next transaction alone. The time-outs are variables of the
//! connection, and the two servers have different ones for statements. Each server runs its own
//! kind of comment: `/*M!…*/` is run by MariaDB, `/*!50708…*/` by MySQL.

use crate::backend::begin_forms::{BeginForms, SettingForms};
use crate::backend::{CancelForms, TransactionOptions};

pub(super) const BEGINS: BeginForms = BeginForms {
    refuses: |options| {
        options.deferrable.then_some("MySQL has no deferrable transactions; remove `deferrable`")
    },
    begin,
    // How long it waits for a row, in seconds, and how long a statement may run, in microseconds.
    settings: Some(SettingForms {
        read: "SELECT CAST(@@SESSION.innodb_lock_wait_timeout AS SIGNED), \
               CAST(/*M!100100 @@SESSION.max_statement_time * 1000000 */ \
               /*!50708 @@SESSION.max_execution_time * 1000 */ AS SIGNED)",
        wanted: |options, (lock, statement)| {
            let lock = options.lock_timeout.map_or(lock, |limit| {
                i64::try_from(limit.as_micros().div_ceil(1_000_000)).unwrap_or(i64::MAX)
            });
            let statement = options
                .statement_timeout
                .map_or(statement, |limit| i64::try_from(limit.as_micros()).unwrap_or(i64::MAX));
            (lock, statement)
        },
        set: |(lock, statement)| {
            format!(
                "SET SESSION innodb_lock_wait_timeout = {lock} \
                 /*M!100100 , SESSION max_statement_time = {}.{:06} */ \
                 /*!50708 , SESSION max_execution_time = {} */",
                statement / 1_000_000,
                statement % 1_000_000,
                // A limit of 0 would be none.
                (statement + 999) / 1000
            )
        },
    }),
};

pub(super) const CANCELS: CancelForms = CancelForms {
    number: "SELECT CAST(connection_id() AS SIGNED)",
    cancel: |number| format!("KILL QUERY {number}"),
    #[cfg(feature = "tokio")]
    end: |number| format!("KILL {number}"),
};

fn begin(options: &TransactionOptions) -> String {
    let begin = if options.read_only { "START TRANSACTION READ ONLY" } else { "BEGIN" };
    match options.isolation {
        Some(level) => format!("SET TRANSACTION ISOLATION LEVEL {}; {begin}", level.sql()),
        None => begin.to_owned(),
    }
}
