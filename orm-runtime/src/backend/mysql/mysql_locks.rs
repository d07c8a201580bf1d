//! How long schema statements wait for locks on MySQL, and whose transactions are open.

use crate::backend::capabilities::DdlLocks;

pub(super) const DDL_LOCKS: DdlLocks = DdlLocks {
    limit,
    put_back: Some("SET SESSION lock_wait_timeout = @orm_lock_wait"),
    holders: HOLDERS,
    hidden: "the holder of the lock could not be read without the PROCESS privilege",
};

/// Limits the time that statements wait. The server counts in seconds. A shorter limit that is
/// already set is kept.
fn limit(limit: u32) -> String {
    format!(
        "SET @orm_lock_wait = @@SESSION.lock_wait_timeout, \
         SESSION lock_wait_timeout = CAST(LEAST(@@SESSION.lock_wait_timeout, {}) AS UNSIGNED)",
        limit.div_ceil(1000).max(1)
    )
}

/// Queries whose transactions are open. The server does not report on which tables.
const HOLDERS: &str = "\
    SELECT concat('connection ', t.trx_mysql_thread_id), NULL, \
    CAST(if(p.command = 'Sleep', 'idle in transaction', 'active') AS CHAR), \
    CAST(timestampdiff(SECOND, t.trx_started, now()) AS CHAR), NULL \
    FROM information_schema.innodb_trx t \
    JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id \
    WHERE p.id <> connection_id() ORDER BY t.trx_started, p.id LIMIT 5";
