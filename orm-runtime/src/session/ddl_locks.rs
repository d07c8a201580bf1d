//! How long statements of the schema wait for locks, and who holds them.

use super::Session;
use crate::backend::Dialect;
use crate::error::{DatabaseErrorKind, Error, Result};

/// PostgreSQL: who holds locks on tables.
const HOLDERS_POSTGRES: &str = "\
    SELECT 'process ' || a.pid, nullif(a.application_name, ''), a.state, \
    floor(extract(epoch FROM clock_timestamp() - a.xact_start))::bigint::text, \
    string_agg(DISTINCT c.relname::text, ', ' ORDER BY c.relname::text) \
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
    JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p') \
    WHERE l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
    AND l.pid <> pg_backend_pid() AND c.relnamespace <> 'pg_catalog'::regnamespace \
    GROUP BY a.pid, a.application_name, a.state, a.xact_start ORDER BY a.xact_start, a.pid LIMIT 5";

/// MySQL: whose transactions are open. It does not say on which tables.
const HOLDERS_MYSQL: &str = "\
    SELECT concat('connection ', t.trx_mysql_thread_id), NULL, \
    CAST(if(p.command = 'Sleep', 'idle in transaction', 'active') AS CHAR), \
    CAST(timestampdiff(SECOND, t.trx_started, now()) AS CHAR), NULL \
    FROM information_schema.innodb_trx t \
    JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id \
    WHERE p.id <> connection_id() ORDER BY t.trx_started, p.id LIMIT 5";

impl Session {
    /// Limits how long the statements of the schema that follow wait for a lock, on PostgreSQL until
    /// the end of the transaction. SQLite waits as long as it always does.
    pub(super) fn limit_lock_wait(&mut self) -> Result<()> {
        let limit = self.options.ddl_lock_timeout_ms;
        match self.dialect() {
            Dialect::Sqlite => Ok(()),
            Dialect::Postgres => self.send_setting(&format!(
                "SELECT set_config('lock_timeout', '{limit}', true) FROM pg_settings \
                 WHERE name = 'lock_timeout' AND setting::bigint NOT BETWEEN 1 AND {limit}"
            )),
            Dialect::Mysql => self.send_setting(&format!(
                "SET @orm_lock_wait = @@SESSION.lock_wait_timeout, \
                 SESSION lock_wait_timeout = CAST(LEAST(@@SESSION.lock_wait_timeout, {}) AS UNSIGNED)",
                limit.div_ceil(1000).max(1)
            )),
        }
    }

    /// Puts the time back that locks are waited for.
    pub(super) fn unlimit_lock_wait(&mut self) -> Result<()> {
        match self.dialect() {
            Dialect::Mysql => self.send_setting("SET SESSION lock_wait_timeout = @orm_lock_wait"),
            Dialect::Sqlite | Dialect::Postgres => Ok(()),
        }
    }

    /// Sends a statement without rows, as it is.
    pub(super) fn send_setting(&mut self, sql: &str) -> Result<()> {
        self.connection.batch(sql).map_err(|error| self.statement_failed(error))
    }

    /// Adds to the error of a lock that was not had who holds locks. The transaction is over.
    pub(super) fn with_lock_holders(&mut self, error: Error) -> Error {
        let Error::Conflict(mut conflict) = error else { return error };
        if conflict.kind == DatabaseErrorKind::Busy
            && let Some(holders) = self.lock_holders()
        {
            conflict.message = format!("{}; {holders}", conflict.message.trim_end_matches('.'));
        }
        Error::Conflict(conflict)
    }

    fn lock_holders(&mut self) -> Option<String> {
        let (ask, hidden) = match self.dialect() {
            Dialect::Sqlite => return None,
            Dialect::Postgres => (HOLDERS_POSTGRES, "who holds the lock could not be read"),
            Dialect::Mysql => (
                HOLDERS_MYSQL,
                "who holds the lock could not be read without the privilege PROCESS",
            ),
        };
        let rows = self.read_texts(ask).and_then(|rows| self.release_if_read().map(|()| rows));
        let Ok(rows) = rows else { return Some(hidden.to_owned()) };
        if rows.is_empty() {
            return Some("who held the lock has let it go by now".to_owned());
        }
        let holders: Vec<String> = rows.into_iter().map(|row| holder(&row)).collect();
        Some(format!("locks are held by {}", holders.join(" and ")))
    }
}

/// One line of what a database says of a holder, in words.
fn holder(row: &[Option<String>]) -> String {
    let text = |place: usize| row.get(place).and_then(Option::as_deref);
    let mut words = text(0).unwrap_or("another connection").to_owned();
    if let Some(application) = text(1) {
        words.push_str(&format!(" of {application}"));
    }
    if let (Some(state), Some(seconds)) = (text(2), text(3)) {
        words.push_str(&format!(" ({state}, its transaction began {seconds} s ago)"));
    }
    if let Some(tables) = text(4) {
        words.push_str(&format!(" on {tables}"));
    }
    words
}
