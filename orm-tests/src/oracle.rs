//! A view of the database outside the session under test.

use std::fmt;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{Connection, QueryResult, QueryableByName, RunQueryDsl, SqliteConnection};
use orm_runtime::Dialect;

/// A Diesel connection without a session. It sees only committed rows, and commits each statement
/// immediately.
pub struct Oracle(Inner);

enum Inner {
    Sqlite(SqliteConnection),
    #[cfg(feature = "servers")]
    Postgres(diesel::PgConnection),
    #[cfg(feature = "servers")]
    Mysql(diesel::MysqlConnection),
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

macro_rules! on_connection {
    ($oracle:expr, $c:ident => $body:expr) => {
        match &mut $oracle.0 {
            Inner::Sqlite($c) => $body,
            #[cfg(feature = "servers")]
            Inner::Postgres($c) => $body,
            #[cfg(feature = "servers")]
            Inner::Mysql($c) => $body,
        }
    };
}

impl Oracle {
    /// Connects by URL. Its statements wait at most five seconds for a lock.
    ///
    /// # Panics
    /// If the database cannot be reached, or its feature is not enabled.
    pub fn open(dialect: Dialect, url: &str) -> Self {
        let (inner, setup) = match dialect {
            Dialect::Sqlite => {
                let path = url.trim_start_matches("sqlite://");
                let connection = SqliteConnection::establish(path).expect("SQLite");
                (Inner::Sqlite(connection), "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON")
            }
            #[cfg(feature = "servers")]
            Dialect::Postgres => {
                let connection = diesel::PgConnection::establish(url).expect("PostgreSQL");
                (Inner::Postgres(connection), "SET lock_timeout = '5s'")
            }
            #[cfg(feature = "servers")]
            Dialect::Mysql => {
                let connection = diesel::MysqlConnection::establish(url).expect("MySQL");
                (
                    Inner::Mysql(connection),
                    "SET SESSION lock_wait_timeout = 5, SESSION innodb_lock_wait_timeout = 5",
                )
            }
            #[cfg(not(feature = "servers"))]
            other => panic!("{other:?} needs the feature `servers`"),
            _ => unreachable!("a database without tests"),
        };
        let mut oracle = Oracle(inner);
        on_connection!(&mut oracle, c => c.batch_execute(setup)).expect("a connection");
        oracle
    }

    /// Returns which of the three databases it is.
    pub fn dialect(&self) -> Dialect {
        match self.0 {
            Inner::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "servers")]
            Inner::Postgres(_) => Dialect::Postgres,
            #[cfg(feature = "servers")]
            Inner::Mysql(_) => Dialect::Mysql,
        }
    }

    /// Runs one statement, and returns the number of changed rows.
    ///
    /// # Panics
    /// If the database refuses it.
    pub fn execute(&mut self, sql: &str) -> usize {
        self.try_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Runs one statement, and returns the number of changed rows.
    ///
    /// # Errors
    /// The error of the database.
    pub fn try_execute(&mut self, sql: &str) -> QueryResult<usize> {
        // MySQL cannot prepare it.
        if sql.starts_with("CREATE TRIGGER") {
            return on_connection!(self, c => c.batch_execute(sql)).map(|()| 0);
        }
        on_connection!(self, c => diesel::sql_query(sql).execute(c))
    }

    /// Runs several statements without results, such as `BEGIN`.
    ///
    /// # Panics
    /// If the database refuses them.
    pub fn batch(&mut self, sql: &str) {
        on_connection!(self, c => c.batch_execute(sql))
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Returns the integer in the column `value` of a statement's result.
    ///
    /// # Panics
    /// If there is no such integer.
    pub fn number(&mut self, sql: &str) -> i64 {
        let answer: QueryResult<Number> =
            on_connection!(self, c => diesel::sql_query(sql).get_result(c));
        answer.unwrap_or_else(|error| panic!("{sql}: {error}")).value
    }

    /// Returns the strings in the column `value` of a statement's result, with `NULL` for NULL.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn texts(&mut self, sql: &str) -> Vec<String> {
        let answer: QueryResult<Vec<Line>> =
            on_connection!(self, c => diesel::sql_query(sql).load(c));
        let lines = answer.unwrap_or_else(|error| panic!("{sql}: {error}"));
        lines.into_iter().map(|line| line.value.unwrap_or_else(|| "NULL".to_owned())).collect()
    }

    /// Returns the rows of a table: the columns as text with `|` between them and `NULL` for NULL,
    /// in the order of the first column.
    pub fn rows(&mut self, table: &str, columns: &str) -> Vec<String> {
        let columns: Vec<&str> = columns.split(',').map(str::trim).collect();
        let text_type = if self.dialect() == Dialect::Mysql { "CHAR" } else { "TEXT" };
        let text = |column: &&str| format!("coalesce(CAST({column} AS {text_type}), 'NULL')");
        let texts: Vec<String> = columns.iter().map(text).collect();
        let value = match self.dialect() {
            Dialect::Sqlite => texts.join(" || '|' || "),
            Dialect::Postgres | Dialect::Mysql => format!("concat_ws('|', {})", texts.join(", ")),
            _ => unreachable!("a database without tests"),
        };
        self.texts(&format!("SELECT {value} AS value FROM {table} ORDER BY {}", columns[0]))
    }
}

impl fmt::Debug for Oracle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Oracle").field(&self.dialect()).finish()
    }
}
