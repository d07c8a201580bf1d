//! The URLs of SQLite databases: files, and in-memory databases.

use crate::backend::Dialect;
use crate::backend::url::{DatabaseUrl, Memory, UrlForm, options};
use crate::error::{Error, Result};

pub(super) const URL: UrlForm = UrlForm { schemes: &["sqlite", "file"], read };

/// The options of an SQLite URL: those of SQLite's own `file:` URIs.
const SQLITE_OPTIONS: &[&str] = &["cache", "immutable", "mode", "modeof", "nolock", "psow", "vfs"];

/// SQLite's name for an in-memory database.
const MEMORY: &str = ":memory:";

fn read(_url: &str, rest: &str) -> Result<DatabaseUrl> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let options = options("SQLite", query, SQLITE_OPTIONS)?;
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
    Ok(DatabaseUrl { dialect: Dialect::Sqlite, target, memory, read_only })
}

/// Escapes a path for an SQLite URI.
fn escaped(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}
