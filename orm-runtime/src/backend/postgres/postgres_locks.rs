//! How long schema statements wait for locks on PostgreSQL, and who holds the locks.

use crate::backend::capabilities::DdlLocks;

pub(super) const DDL_LOCKS: DdlLocks = DdlLocks {
    limit,
    // The end of the transaction restores it.
    put_back: None,
    holders: HOLDERS,
    hidden: "the holder of the lock could not be read",
};

/// Limits the time that statements wait. A shorter limit that is already set is kept.
fn limit(limit: u32) -> String {
    format!(
        "SELECT set_config('lock_timeout', '{limit}', true) FROM pg_settings \
         WHERE name = 'lock_timeout' AND setting::bigint NOT BETWEEN 1 AND {limit}"
    )
}

/// Queries who holds locks on tables.
const HOLDERS: &str = "\
    SELECT 'process ' || a.pid, nullif(a.application_name, ''), a.state, \
    floor(extract(epoch FROM clock_timestamp() - a.xact_start))::bigint::text, \
    string_agg(DISTINCT c.relname::text, ', ' ORDER BY c.relname::text) \
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
    JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p') \
    WHERE l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
    AND l.pid <> pg_backend_pid() AND c.relnamespace <> 'pg_catalog'::regnamespace \
    GROUP BY a.pid, a.application_name, a.state, a.xact_start ORDER BY a.xact_start, a.pid LIMIT 5";
