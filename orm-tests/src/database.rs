//! A separate database for every test.

use std::env;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use orm_runtime::{Dialect, PoolOptions, Schema, Session, SessionFactory, SessionOptions};

use crate::Oracle;

/// How long anything in a test may wait for a lock or a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// A database for one test: a file of SQLite, a schema of PostgreSQL, a database of MySQL. It is
/// removed when the test ends, even if the test fails.
#[derive(Debug)]
pub struct TestDb {
    dialect: Dialect,
    url: String,
    name: String,
    folder: Option<PathBuf>,
    /// The server's own URL, for creating and dropping the test's database.
    server: String,
    /// It is opened on first use, and kept.
    oracle: Mutex<Option<Oracle>>,
}

/// Why a database is not tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing(&'static str);

impl Missing {
    /// Returns what this machine lacks for the tests.
    pub fn what(self) -> &'static str {
        self.0
    }
}

impl TestDb {
    /// Runs a test on a separate database. If there is no server the test passes, or fails with
    /// `ORM_TEST_ALL=1`.
    pub fn with(dialect: Dialect, test: impl FnOnce(&TestDb)) {
        match TestDb::create(dialect) {
            Ok(db) => test(&db),
            Err(missing) => {
                let all = env::var("ORM_TEST_ALL").is_ok_and(|all| all == "1");
                assert!(!all, "ORM_TEST_ALL=1, but there is no {}", missing.what());
            }
        }
    }

    /// Creates a database.
    ///
    /// # Errors
    /// If something is missing that the tests of this database need.
    pub fn create(dialect: Dialect) -> Result<Self, Missing> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = TestDb::server(dialect)?;
        // Another run may use the same server, from a machine with the same process numbers.
        let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let name = format!(
            "orm_test_{}_{}_{:x}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed),
            time.subsec_nanos()
        );
        let mut folder = None;
        let url = match dialect {
            Dialect::Sqlite => {
                let path = env::temp_dir().join(&name);
                std::fs::create_dir(&path).expect("a folder for the database");
                let url = format!("sqlite://{}", path.join("db.sqlite").display());
                folder = Some(path);
                url
            }
            Dialect::Postgres => {
                Oracle::open(dialect, &server).execute(&format!("CREATE SCHEMA {name}"));
                let more = if server.contains('?') { '&' } else { '?' };
                // Every connection by this URL uses the schema, including those of a pool.
                let wait = PATIENCE.as_millis();
                format!(
                    "{server}{more}options=-c%20search_path%3D{name}%20-c%20lock_timeout%3D{wait}"
                )
            }
            Dialect::Mysql => {
                let charset = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
                Oracle::open(dialect, &server)
                    .execute(&format!("CREATE DATABASE {name} {charset}"));
                let (host, rest) = server.rsplit_once('/').expect("a URL with a database");
                let query = rest.split_once('?').map_or(String::new(), |(_, q)| format!("?{q}"));
                format!("{host}/{name}{query}")
            }
            _ => unreachable!("a database without tests"),
        };
        Ok(TestDb { dialect, url, name, folder, server, oracle: Mutex::new(None) })
    }

    /// Returns the URL of the server, from the environment.
    fn server(dialect: Dialect) -> Result<String, Missing> {
        let (what, variable) = match dialect {
            Dialect::Sqlite => return Ok(String::new()),
            Dialect::Postgres => ("PostgreSQL (ORM_TEST_POSTGRES)", "ORM_TEST_POSTGRES"),
            Dialect::Mysql => ("MySQL (ORM_TEST_MYSQL)", "ORM_TEST_MYSQL"),
            _ => unreachable!("a database without tests"),
        };
        if !cfg!(feature = "servers") {
            return Err(Missing(what));
        }
        env::var(variable).ok().filter(|url| !url.is_empty()).ok_or(Missing(what))
    }

    /// Returns the databases that are not tested in this run.
    pub fn left_out() -> Vec<Missing> {
        [Dialect::Postgres, Dialect::Mysql]
            .into_iter()
            .filter_map(|dialect| TestDb::server(dialect).err())
            .collect()
    }

    /// Returns which of the three databases it is.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the URL of the test's database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns `true` if the server has sequences and is not MySQL.
    pub fn has_sequences(&self) -> bool {
        let ask = "SELECT version() AS value";
        self.dialect != Dialect::Mysql
            || self.with_oracle(|oracle| oracle.texts(ask))[0].contains("MariaDB")
    }

    /// Returns the name of the schema or database on its server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the file, if it is SQLite.
    pub fn file(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join("db.sqlite"))
    }

    /// Opens a new session on its own connection, which logs its statements.
    pub fn session(&self) -> Session {
        self.session_with(SessionOptions::default())
    }

    /// Opens the same session with options.
    pub fn session_with(&self, options: SessionOptions) -> Session {
        let session = Session::open_with(&self.url, options).expect("a session");
        session.log_statements(true);
        session
    }

    /// Creates tables, and opens a session whose log begins after that.
    pub fn session_for(&self, schema: Schema) -> Session {
        let mut session = self.session();
        schema.create_all(&mut session).expect("tables");
        session.take_log();
        session
    }

    /// Creates sessions over a pool with a shorter timeout than the default.
    pub fn sessions(&self, configure: impl FnOnce(&mut PoolOptions)) -> SessionFactory {
        SessionFactory::new(&self.url, |options| {
            options.timeout = PATIENCE;
            configure(options);
        })
        .expect("a pool")
    }

    /// Opens a new connection outside every session, which sees only what is committed.
    pub fn oracle(&self) -> Oracle {
        Oracle::open(self.dialect, &self.url)
    }

    /// Runs SQL outside every session, and commits it.
    pub fn execute(&self, sql: &str) -> usize {
        self.with_oracle(|oracle| oracle.execute(sql))
    }

    /// Returns `true` if the server refuses to lock and write a row that has changed since the
    /// transaction began to read. MariaDB does so from 11.6 on (`innodb_snapshot_isolation`), and
    /// ends the transaction.
    pub fn refuses_changed_rows(&self) -> bool {
        if self.dialect != Dialect::Mysql {
            return false;
        }
        let version = self.with_oracle(|oracle| oracle.texts("SELECT version() AS value"));
        let version = version.into_iter().next().unwrap_or_default();
        let mut numbers = version.split('.').map_while(|number| number.parse::<u32>().ok());
        version.contains("MariaDB") && (numbers.next(), numbers.next()) >= (Some(11), Some(6))
    }

    /// Returns the committed rows of a table, read outside every session: the columns as text with
    /// `|` between them and `NULL` for NULL, in the order of the first column.
    pub fn rows(&self, table: &str, columns: &str) -> Vec<String> {
        self.with_oracle(|oracle| oracle.rows(table, columns))
    }

    /// Returns the number of committed rows in a table, read outside every session.
    pub fn count(&self, table: &str) -> i64 {
        self.with_oracle(|oracle| oracle.number(&format!("SELECT count(*) AS value FROM {table}")))
    }

    fn with_oracle<T>(&self, ask: impl FnOnce(&mut Oracle) -> T) -> T {
        let mut oracle = self.oracle.lock().unwrap_or_else(PoisonError::into_inner);
        ask(oracle.get_or_insert_with(|| self.oracle()))
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        *self.oracle.lock().unwrap_or_else(PoisonError::into_inner) = None;
        // A failed test must show its own failure, not one of the cleanup that follows.
        let drop = match self.dialect {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some(format!("DROP SCHEMA {} CASCADE", self.name)),
            Dialect::Mysql => Some(format!("DROP DATABASE {}", self.name)),
            _ => unreachable!("a database without tests"),
        };
        if let Some(drop) = drop {
            let _ = Oracle::open(self.dialect, &self.server).try_execute(&drop);
        }
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}
