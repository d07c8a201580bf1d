//! Database URLs, parsed completely or refused.

use super::{ConnectOptions, Dialect};
use crate::error::{Error, Result};

/// A database URL: which database it names, and what Diesel needs to connect.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct DatabaseUrl {
    pub(crate) dialect: Dialect,
    /// What Diesel connects with.
    pub(crate) target: String,
    /// An in-memory SQLite database, and who shares it.
    pub(crate) memory: Option<Memory>,
    /// A read-only SQLite database.
    pub(crate) read_only: bool,
    /// What is sent when a connection has been opened.
    pub(super) first_batch: Option<String>,
}

/// Who shares an in-memory database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Memory {
    /// Nobody: each connection has its own.
    Private,
    /// The connections of the process that use the same name.
    Shared,
}

impl DatabaseUrl {
    /// Parses a URL. Opens no connection.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let urls = Dialect::ALL.map(|dialect| dialect.urls());
        match urls.into_iter().find(|it| it.schemes.contains(&scheme)) {
            Some(found) => (found.read)(url, rest),
            None => Err(Error::Configuration(
                "a database URL begins with sqlite://, postgres:// or mysql://".to_owned(),
            )),
        }
    }

    /// Creates the URL of a server.
    pub(super) fn server(dialect: Dialect, target: String) -> Self {
        DatabaseUrl { dialect, target, memory: None, read_only: false, first_batch: None }
    }
}

/// How the URLs of a database begin, and how they are parsed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UrlForm {
    pub(super) schemes: &'static [&'static str],
    /// Parses a whole URL, given also the part after `://`.
    pub(super) read: fn(&str, &str) -> Result<DatabaseUrl>,
    /// Puts the parts of a URL together.
    pub(super) join: fn(&ConnectOptions) -> Result<DatabaseUrl>,
}

/// Returns the options after the question mark of a URL.
pub(super) fn options<'u>(
    database: &str,
    query: &'u str,
    known: &[&str],
) -> Result<Vec<(&'u str, &'u str)>> {
    let mut options: Vec<(&str, &str)> = Vec::new();
    for option in query.split('&').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        // What is not an option may be part of a password with a question mark, and is not
        // repeated.
        let wrong = match options.iter().any(|(other, _)| *other == name) {
            _ if !known.contains(&name) => "has an unknown option",
            true => "repeats an option",
            false => {
                options.push((name, value));
                continue;
            }
        };
        return Err(Error::Configuration(format!(
            "the URL of the {database} database {wrong}; the options are {}",
            known.join(", ")
        )));
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn understood(url: &str) -> DatabaseUrl {
        DatabaseUrl::parse(url).expect("a valid URL")
    }

    fn refused(url: &str) -> String {
        match DatabaseUrl::parse(url) {
            Ok(_) => panic!("{url} is taken"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_path_is_taken_as_it_is() {
        let url = understood("sqlite://some where/a%20b#c.db");
        assert_eq!(url.target, "some where/a%20b#c.db");
        assert_eq!((url.memory, url.read_only), (None, false));
        let url = understood("sqlite:///tmp/a%20b#c.db?mode=ro");
        assert_eq!(url.target, "file:/tmp/a%2520b%23c.db?mode=ro");
        assert!(url.read_only);
    }

    #[test]
    fn databases_in_memory_are_private_or_shared() {
        let memory = |url: &str| understood(url).memory;
        assert_eq!(memory("sqlite://:memory:"), Some(Memory::Private));
        assert_eq!(memory("sqlite://"), Some(Memory::Private));
        assert_eq!(memory("sqlite://x?mode=memory"), Some(Memory::Private));
        assert_eq!(memory("sqlite://x?mode=memory&cache=shared"), Some(Memory::Shared));
        assert_eq!(memory("sqlite://:memory:?cache=shared"), Some(Memory::Shared));
        assert!(refused("sqlite://:memory:?mode=ro").contains("in-memory"));
    }

    #[test]
    fn options_that_nobody_knows_are_refused_and_not_repeated() {
        let refused = refused("mysql://orm:secret?word@host/base?ssl_mode=disabled");
        assert!(
            refused.ends_with("the options are ssl_ca, ssl_cert, ssl_key, ssl_mode, unix_socket")
        );
        assert!(!refused.contains("word"), "{refused}");
        assert!(self::refused("sqlite://a.db?mod=ro").contains("unknown option"));
        assert!(self::refused("mariadb://h/b?ssl_ca=a&ssl_ca=b").contains("repeats an option"));
    }

    #[test]
    fn a_server_is_named_as_diesel_names_it() {
        let url = understood("mariadb://orm@host/base?ssl_mode=required");
        assert_eq!(url.target, "mysql://orm@host/base?ssl_mode=required");
        assert_eq!(url.dialect, Dialect::Mysql);
    }
}
