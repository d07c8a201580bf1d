//! Where a database is and how it is reached, part by part.

use std::collections::BTreeMap;
use std::fmt;

use super::{DatabaseUrl, Dialect};
use crate::error::{Error, Result};

/// Where a database is and how it is reached, part by part instead of a URL. The parts are taken as
/// they are: a password needs no escapes.
///
/// Options are those of the client library, as in a URL; settings are those of the connection at
/// the server. Both are understood or refused. `Debug` shows no password.
///
/// | | options | settings |
/// |---|---|---|
/// | SQLite | `mode`, `cache`, `immutable`, … of SQLite's `file:` URIs | pragmas |
/// | PostgreSQL | the keywords of libpq: `sslmode`, `connect_timeout`, … | run-time parameters |
/// | MySQL, MariaDB | `ssl_mode`, `ssl_ca`, `ssl_cert`, `ssl_key`, `unix_socket` | variables |
///
/// ```
/// use orm_runtime::connection::ConnectOptions;
/// use orm_runtime::prelude::*;
///
/// # fn main() -> Result<()> {
/// let shop = ConnectOptions::postgres()
///     .host("db.example.org")
///     .user("shop")
///     .password("p@ss/w:rd 'quoted'")
///     .database("shop")
///     .option("sslmode", "require")
///     .setting("statement_timeout", "5s");
/// assert!(!format!("{shop:?}").contains("quoted"));
///
/// let memory = ConnectOptions::sqlite(":memory:").setting("cache_size", "-20000");
/// let mut session = Session::connect(&memory)?;
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct ConnectOptions {
    pub(super) dialect: Dialect,
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) database: Option<String>,
    pub(super) options: BTreeMap<String, String>,
    pub(super) settings: BTreeMap<String, String>,
}

impl ConnectOptions {
    /// Creates the options of a SQLite database: the path of its file, or `:memory:`.
    pub fn sqlite(path: impl Into<String>) -> Self {
        Self::of(Dialect::Sqlite).database(path)
    }

    /// Creates the options of a PostgreSQL database. What is not set is what libpq uses by default.
    pub fn postgres() -> Self {
        Self::of(Dialect::Postgres)
    }

    /// Creates the options of a MySQL or MariaDB database. The host is `localhost` by default.
    pub fn mysql() -> Self {
        Self::of(Dialect::Mysql)
    }

    fn of(dialect: Dialect) -> Self {
        ConnectOptions {
            dialect,
            host: None,
            port: None,
            user: None,
            password: None,
            database: None,
            options: BTreeMap::new(),
            settings: BTreeMap::new(),
        }
    }

    /// Sets the host: a name, an address, or for PostgreSQL the folder of a socket.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// Sets the port.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Sets the name of the user.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Sets the password.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Sets the name of the database, or the path of a SQLite file.
    pub fn database(mut self, database: impl Into<String>) -> Self {
        self.database = Some(database.into());
        self
    }

    /// Sets an option of the client library.
    pub fn option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.insert(name.into(), value.into());
        self
    }

    /// Sets several options of the client library, from a map for instance.
    pub fn options<N: Into<String>, V: Into<String>>(
        mut self,
        options: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let options = options.into_iter().map(|(name, value)| (name.into(), value.into()));
        self.options.extend(options);
        self
    }

    /// Sets a setting of the connection: a pragma of SQLite, a run-time parameter of PostgreSQL, a
    /// session variable of MySQL. It is sent when a connection is opened.
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.insert(name.into(), value.into());
        self
    }

    /// Returns what Diesel needs to connect.
    pub(crate) fn resolve(&self) -> Result<DatabaseUrl> {
        let is_name = |name: &&String| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c))
        };
        if !self.settings.keys().all(|name| is_name(&name)) {
            return Err(refused("a setting has a name of letters, digits, `_` and `.`"));
        }
        (self.dialect.urls().join)(self)
    }

    /// Returns each setting with its value as SQL: a number or a word as it is, or a text.
    pub(super) fn settings_sql(&self) -> impl Iterator<Item = (&str, String)> {
        self.settings.iter().map(|(name, value)| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
            let plain = !value.is_empty() && value.chars().all(is_plain) && !value.contains("--");
            let value = if plain { value.clone() } else { self.dialect.text_literal(value) };
            (&**name, value)
        })
    }
}

/// Returns the error of connection options that are not understood.
pub(super) fn refused(why: &str) -> Error {
    Error::Configuration(format!("the connection's options: {why}"))
}

impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ConnectOptions");
        shown.field("dialect", &self.dialect).field("host", &self.host).field("port", &self.port);
        shown.field("user", &self.user).field("database", &self.database);
        // An option may be a password too, such as libpq's `sslpassword`.
        shown.field("options", &self.options.keys().collect::<Vec<_>>());
        shown.field("settings", &self.settings.keys().collect::<Vec<_>>());
        shown.finish_non_exhaustive()
    }
}
