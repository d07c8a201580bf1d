//! A migration in the form that Diesel's own tools run: `diesel_migrations` records the migrations
//! that ran.

use std::fmt;

use diesel::connection::BoxableConnection;
use diesel::migration::{MigrationMetadata, MigrationName, MigrationVersion};

use super::migration::Migration;
use crate::backend::{Dialect, DieselDatabase};
use crate::ddl::script::Script;
use crate::error::{Error, Result};

/// A [`Migration`] with a name, which implements Diesel's
/// [`Migration`](diesel::migration::Migration) for the enabled databases. `diesel_migrations` runs
/// it once, and records that it did. It cannot be reverted.
#[derive(Debug, Clone)]
pub struct NamedMigration {
    name: Name,
    dialect: Dialect,
    script: Script,
    metadata: Metadata,
}

#[derive(Debug, Clone)]
struct Name(String);

#[derive(Debug, Clone)]
struct Metadata {
    in_transaction: bool,
}

impl Migration {
    /// Converts the migration for Diesel's tools, with a name such as `2026-01-31-120000_users`,
    /// whose part before the first `_` is the version.
    ///
    /// # Errors
    /// [`Error::Configuration`] if there are destructive steps, and for a name without a version.
    pub fn named(&self, name: &str) -> Result<NamedMigration> {
        self.refuse_loss("named_with_data_loss()")?;
        self.named_with_data_loss(name)
    }

    /// Converts the migration as [`named`](Self::named) does, but keeps the
    /// [`destructive`](Self::destructive) steps.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a name without a version.
    pub fn named_with_data_loss(&self, name: &str) -> Result<NamedMigration> {
        if version(name).is_empty() {
            return Err(Error::Configuration(format!(
                "the name of a migration begins with its version and `_`, but {name:?} does not"
            )));
        }
        let script = self.script();
        Ok(NamedMigration {
            name: Name(name.to_owned()),
            dialect: self.dialect(),
            // Rebuilding an SQLite table begins its own transaction.
            metadata: Metadata { in_transaction: !script.unchecked },
            script,
        })
    }
}

/// Returns the version, as `diesel_migrations` reads it from the name of a folder.
fn version(name: &str) -> String {
    name.split('_').next().unwrap_or_default().replace('-', "")
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl MigrationName for Name {
    fn version(&self) -> MigrationVersion<'_> {
        MigrationVersion::from(version(&self.0))
    }
}

impl MigrationMetadata for Metadata {
    fn run_in_transaction(&self) -> bool {
        self.in_transaction
    }
}

type DieselResult = diesel::migration::Result<()>;

impl NamedMigration {
    fn check(&self, dialect: Dialect) -> DieselResult {
        if self.dialect == dialect {
            return Ok(());
        }
        Err(format!(
            "the migration was generated for {:?}, but this database is {dialect:?}",
            self.dialect
        )
        .into())
    }
}

impl<DB: DieselDatabase> diesel::migration::Migration<DB> for NamedMigration {
    fn run(&self, connection: &mut dyn BoxableConnection<DB>) -> DieselResult {
        self.check(DB::DIALECT)?;
        DB::run_script(connection, &self.script.statements, self.script.unchecked)
    }

    fn revert(&self, _connection: &mut dyn BoxableConnection<DB>) -> DieselResult {
        Err(format!("the migration {} cannot be reverted", self.name).into())
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        &self.metadata
    }

    fn name(&self) -> &dyn MigrationName {
        &self.name
    }
}
