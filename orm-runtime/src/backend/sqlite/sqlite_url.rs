//! The URLs of SQLite databases: files, and databases in memory.

use crate::backend::Dialect;
use crate::backend::url::{DatabaseUrl, Memory, UrlForm, options};
use crate::error::{Error, Result};

pub(super) const URL: UrlForm = UrlForm { schemes: &["sqlite", "file"], read };

/// The options of a SQLite URL: those of SQLite's own `file:` URIs.
const SQLITE_OPTIONS: &[&str] = &["cache", "immutable", "mode", "modeof", "nolock", "psow", "vfs"];

/// The name that SQLite has for a database in memory.
const MEMORY: &str = ":memory:";

fn read(_url: &str, rest: &str) -> Result<DatabaseUrl> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let options = options("SQLite", query, SQLITE_OPTIONS)?;
    let option =
        |name: &str| options.iter().find(|(option, _)| *option == name).map(|(_, value)| *value);
    let in_memory = path == MEMORY || path.is_empty() || option("mode") == Some("memory");
    if in_memory && matches!(option("mode"), Some("ro" | "rw" | "rwc")) {
        return Err(Error::Configuration(
            "the URL names a SQLite database in memory, which has no `mode` of a file; leave the \
             option out, or name a file"
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

/// A path as SQLite reads it in a URI.
fn escaped(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}
