//! The URLs of SQLite databases: files, and in-memory databases.

use crate::backend::connect_options::refused;
use crate::backend::url::{DatabaseUrl, Memory, UrlForm, options};
use crate::backend::{ConnectOptions, Dialect};
use crate::error::{Error, Result};

pub(super) const URL: UrlForm = UrlForm { schemes: &["sqlite", "file"], read, join };

/// The options of an SQLite URL: those of SQLite's own `file:` URIs.
const SQLITE_OPTIONS: &[&str] = &["cache", "immutable", "mode", "modeof", "nolock", "psow", "vfs"];

/// The pragmas that a session sets by its options.
const OF_SESSIONS: [&str; 4] = ["busy_timeout", "foreign_keys", "journal_mode", "synchronous"];

/// SQLite's name for an in-memory database.
const MEMORY: &str = ":memory:";

fn read(_url: &str, rest: &str) -> Result<DatabaseUrl> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let options = options("SQLite", query, SQLITE_OPTIONS)?;
    locate(path, &options, query)
}

/// Puts the parts together.
fn join(parts: &ConnectOptions) -> Result<DatabaseUrl> {
    if parts.host.is_some() || parts.port.is_some() {
        return Err(refused("a SQLite database is a file, and has no host and port"));
    }
    if parts.user.is_some() || parts.password.is_some() {
        return Err(refused("a SQLite database has no user and password"));
    }
    if !parts.options.keys().all(|name| SQLITE_OPTIONS.contains(&&**name)) {
        let known = SQLITE_OPTIONS.join(", ");
        return Err(refused(&format!("one is not known; the options of SQLite are {known}")));
    }
    if parts.settings.keys().any(|name| OF_SESSIONS.contains(&&**name)) {
        return Err(refused(
            "busy_timeout, foreign_keys, journal_mode and synchronous are options of the session; \
             set them in SessionOptions",
        ));
    }
    let options: Vec<(&str, &str)> =
        parts.options.iter().map(|(name, value)| (&**name, &**value)).collect();
    let query: Vec<String> =
        options.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    let path = parts.database.as_deref().unwrap_or_default();
    let mut url = locate(path, &options, &query.join("&"))?;
    let pragmas: String = parts
        .settings_sql()
        // SQLite ignores a pragma that it does not know, but has no such table then.
        .map(|(name, value)| {
            format!("SELECT 1 FROM pragma_{name} LIMIT 0; PRAGMA {name} = {value};")
        })
        .collect();
    url.first_batch = (!pragmas.is_empty()).then_some(pragmas);
    Ok(url)
}

fn locate(path: &str, options: &[(&str, &str)], query: &str) -> Result<DatabaseUrl> {
    let option =
        |name: &str| options.iter().find(|(option, _)| *option == name).map(|(_, value)| *value);
    let in_memory = path == MEMORY || path.is_empty() || option("mode") == Some("memory");
    if in_memory && matches!(option("mode"), Some("ro" | "rw" | "rwc")) {
        return Err(Error::Configuration(
            "the URL names an in-memory SQLite database, which has no file `mode`; remove the \
             option, or name a file"
                .to_owned(),
        ));
    }
    let memory = in_memory.then(|| match option("cache") {
        Some("shared") => Memory::Shared,
        _ => Memory::Private,
    });
    let read_only = option("mode") == Some("ro") || option("immutable") == Some("1");
    let target = match options.is_empty() {
        true => path.to_owned(),
        false => format!("file:{}?{query}", escaped(path)),
    };
    Ok(DatabaseUrl { dialect: Dialect::Sqlite, target, memory, read_only, first_batch: None })
}

/// Escapes a path or a value for an SQLite URI.
fn escaped(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3f").replace('#', "%23").replace('&', "%26")
}
