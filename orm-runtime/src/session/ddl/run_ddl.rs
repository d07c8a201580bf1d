//! Running statements of the schema, and reading rows of the catalogue.

use crate::backend::{CHECKS_OFF, CHECKS_ON, RENAMES_ALL, RENAMES_ALONE, Statement};
use crate::ddl::script::Script;
use crate::error::{Error, Result};
use crate::map::Written;
use crate::session::Session;

impl Session {
    /// Runs statements of the schema and commits. Ends a transaction that has only read first, so
    /// that no decision rests on an old snapshot of the database.
    pub(crate) fn run_ddl(&mut self, script: &Script) -> Result<()> {
        self.release_if_read()?;
        if !script.unchecked {
            return self.run_and_commit(&script.statements);
        }
        // SQLite changes its checking of references only between transactions.
        self.commit()?;
        if self.sender().depth() != Some(0) {
            return Err(Error::Configuration(
                "SQLite can rebuild a table, or drop tables that reference each other in a circle, \
                 only outside a transaction, and one was open on the connection before the session \
                 took it: end that transaction first"
                    .to_owned(),
            ));
        }
        let checks = self.checks_references()?;
        self.send_plain(CHECKS_OFF)?;
        self.send_plain(RENAMES_ALONE)?;
        let result = self.run_and_commit(&script.statements);
        // The first error is the one reported.
        let mut after = self.send_plain(RENAMES_ALL);
        if checks {
            after = after.and(self.send_plain(CHECKS_ON));
        }
        result.and(after)
    }

    fn run_and_commit(&mut self, statements: &[String]) -> Result<()> {
        self.flush()?;
        self.begin_write()?;
        self.note_written(Written::PastMap);
        self.limit_lock_wait()?;
        for statement in statements {
            if let Err(error) = self.send_plain(statement) {
                // The error is reported here, so it must not be reported again at the end of the
                // transaction.
                self.rollback()?;
                // The first error is the one reported.
                let told: Result<()> = Err(self.with_lock_holders(error));
                return told.and(self.unlimit_lock_wait());
            }
        }
        self.unlimit_lock_wait()?;
        self.commit()
    }

    fn send_plain(&mut self, statement: &str) -> Result<()> {
        self.sender().forget_key_facts();
        self.send_setting(statement)
    }

    /// Returns `true` if SQLite checks references on this connection.
    fn checks_references(&mut self) -> Result<bool> {
        let rows = self.read_outside("PRAGMA foreign_keys")?;
        Ok(rows.first().and_then(|row| row.first()?.as_deref()) == Some("1"))
    }

    /// Returns the rows of a statement whose columns are all text. Sends one statement in the
    /// transaction, and begins the transaction if necessary.
    pub(crate) fn read_texts(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        self.begin_read()?;
        self.read_outside(sql)
    }

    fn read_outside(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        let statement = Statement { sql, values: &(), cached: false };
        let mut rows = Vec::new();
        let loaded = self.sender().load(&statement, &mut |row| {
            let columns = (0..row.len()).map(|_| row.get_text());
            // Collected before decoding, because the columns of a row are read from left to right.
            let columns: diesel::QueryResult<Vec<_>> = columns.collect();
            rows.push(columns?);
            Ok(())
        });
        loaded.map_err(|fault| self.fault(fault))?;
        Ok(rows)
    }
}
