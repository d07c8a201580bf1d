//! A migration as Diesel's own tools run it: `diesel_migrations` keeps the list of those that were.

use std::fmt;

use diesel::migration::{MigrationMetadata, MigrationName, MigrationVersion};

use super::migration::Migration;
use crate::backend::Dialect;
use crate::ddl::script::Script;
use crate::error::{Error, Result};

/// A [`Migration`] with a name, which implements Diesel's
/// [`Migration`](diesel::migration::Migration) for the enabled databases: `diesel_migrations` runs it,
/// and remembers that it did. It can not be reverted.
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
    /// The migration for Diesel's tools, by a name such as `2026-01-31-120000_users`, whose part before
    /// the first `_` is the version.
    ///
    /// # Errors
    /// [`Error::Configuration`] where destructive steps are needed, and for a name without a version.
    pub fn named(&self, name: &str) -> Result<NamedMigration> {
        self.refuse_loss("named_with_data_loss()")?;
        self.named_with_data_loss(name)
    }

    /// The same with the [`destructive`](Self::destructive) steps.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a name without a version.
    pub fn named_with_data_loss(&self, name: &str) -> Result<NamedMigration> {
        if version(name).is_empty() {
            return Err(Error::Configuration(format!(
                "the name of a migration begins with its version and `_`, and {name:?} does not"
            )));
        }
        let script = self.script();
        Ok(NamedMigration {
            name: Name(name.to_owned()),
            dialect: self.dialect(),
            // A table of SQLite is rebuilt in a transaction of its own.
            metadata: Metadata { in_transaction: !script.unchecked },
            script,
        })
    }
}

/// As `diesel_migrations` reads it from the name of a folder.
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
        Err(format!("the migration was made for {:?}, and this is {dialect:?}", self.dialect)
            .into())
    }

    fn run_each(&self, batch: &mut dyn FnMut(&str) -> diesel::QueryResult<()>) -> DieselResult {
        self.script.statements.iter().try_for_each(|sql| batch(sql))?;
        Ok(())
    }
}

macro_rules! migrates {
    ($feature:literal, $db:path, $dialect:ident, $run:ident) => {
        #[cfg(feature = $feature)]
        impl diesel::migration::Migration<$db> for NamedMigration {
            fn run(
                &self,
                connection: &mut dyn diesel::connection::BoxableConnection<$db>,
            ) -> DieselResult {
                self.check(Dialect::$dialect)?;
                self.$run(connection)
            }

            fn revert(
                &self,
                _connection: &mut dyn diesel::connection::BoxableConnection<$db>,
            ) -> DieselResult {
                Err(format!("the migration {} can not be reverted", self.name).into())
            }

            fn metadata(&self) -> &dyn MigrationMetadata {
                &self.metadata
            }

            fn name(&self) -> &dyn MigrationName {
                &self.name
            }
        }
    };
}

migrates!("sqlite", diesel::sqlite::Sqlite, Sqlite, run_on_sqlite);
migrates!("postgres", diesel::pg::Pg, Postgres, run_on_postgres);
migrates!("mysql", diesel::mysql::Mysql, Mysql, run_on_mysql);

#[cfg(feature = "postgres")]
impl NamedMigration {
    fn run_on_postgres(
        &self,
        connection: &mut dyn diesel::connection::BoxableConnection<diesel::pg::Pg>,
    ) -> DieselResult {
        self.run_each(&mut |sql| connection.batch_execute(sql))
    }
}

#[cfg(feature = "mysql")]
impl NamedMigration {
    fn run_on_mysql(
        &self,
        connection: &mut dyn diesel::connection::BoxableConnection<diesel::mysql::Mysql>,
    ) -> DieselResult {
        self.run_each(&mut |sql| connection.batch_execute(sql))
    }
}

#[cfg(feature = "sqlite")]
impl NamedMigration {
    fn run_on_sqlite(
        &self,
        connection: &mut dyn diesel::connection::BoxableConnection<diesel::sqlite::Sqlite>,
    ) -> DieselResult {
        use diesel::connection::SimpleConnection;
        match sqlite_connection(connection) {
            Some(connection) => {
                // The order of decimals may stand in a table.
                crate::backend::sqlite::sqlite_setup::teach(connection);
                match self.script.unchecked {
                    false => self.run_each(&mut |sql| connection.batch_execute(sql)),
                    true => self.run_unchecked(connection),
                }
            }
            None if self.script.unchecked => {
                Err("a table is rebuilt only through a SqliteConnection of Diesel's".into())
            }
            None => self.run_each(&mut |sql| connection.batch_execute(sql)),
        }
    }

    fn run_unchecked(&self, connection: &mut diesel::SqliteConnection) -> DieselResult {
        use crate::ddl::script::{CHECKS_OFF, CHECKS_ON, RENAMES_ALL, RENAMES_ALONE};
        use diesel::connection::SimpleConnection;
        use diesel::{RunQueryDsl, dsl::sql, sql_types::Bool};
        // References may not be checked on this connection, and then it is to stay so.
        let checks: bool = sql::<Bool>("PRAGMA foreign_keys").get_result(connection)?;
        connection.batch_execute(CHECKS_OFF)?;
        connection.batch_execute(RENAMES_ALONE)?;
        let begun = connection.batch_execute("BEGIN IMMEDIATE");
        let run = match &begun {
            Ok(()) => self.run_each(&mut |sql| connection.batch_execute(sql)),
            Err(_) => Ok(()),
        };
        let ended = match (&begun, &run) {
            (Err(_), _) => Ok(()),
            (_, Ok(())) => connection.batch_execute("COMMIT"),
            (_, Err(_)) => connection.batch_execute("ROLLBACK"),
        };
        connection.batch_execute(RENAMES_ALL)?;
        if checks {
            connection.batch_execute(CHECKS_ON)?;
        }
        begun?;
        run?;
        Ok(ended?)
    }
}

/// Diesel's connection itself, or out of a pool.
#[cfg(feature = "sqlite")]
fn sqlite_connection(
    connection: &mut dyn diesel::connection::BoxableConnection<diesel::sqlite::Sqlite>,
) -> Option<&mut diesel::SqliteConnection> {
    #[cfg(feature = "pool")]
    {
        type Manager = diesel::r2d2::ConnectionManager<diesel::SqliteConnection>;
        type Pooled = diesel::r2d2::PooledConnection<Manager>;
        if connection.downcast_ref::<Pooled>().is_some() {
            return Some(&mut **connection.downcast_mut::<Pooled>()?);
        }
    }
    connection.downcast_mut()
}
