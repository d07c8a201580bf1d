//! What the archive knows of a file.

use std::path::Path;

use chrono::{DateTime, Utc};
use orm_runtime::prelude::*;

/// A file of the archive.
#[derive(Entity)]
#[entity(table = "archive_entry")]
pub(crate) struct Entry {
    /// Below the folder of the archive. Its length is what all databases can index.
    #[entity(primary_key, length = 640)]
    pub(crate) path: String,
    pub(crate) size: i64,
    pub(crate) modified: DateTime<Utc>,
    #[entity(length = 64)]
    pub(crate) sha256: String,
    #[entity(length = 16)]
    pub(crate) kind: String,
    /// What is in a small file. No query brings it along unless it is asked for.
    pub(crate) content: Deferred<Option<Vec<u8>>>,
}

/// The most characters of a path, as the attribute above says.
pub(crate) const LONGEST_PATH: usize = 640;

/// The kind of media, by the end of the file's name.
pub(crate) fn kind_of(path: &str) -> &'static str {
    let end = Path::new(path).extension().and_then(|end| end.to_str()).unwrap_or_default();
    match end.to_ascii_lowercase().as_str() {
        "avif" | "bmp" | "gif" | "heic" | "jpeg" | "jpg" | "png" | "svg" | "tif" | "tiff"
        | "webp" => "image",
        "aac" | "flac" | "m4a" | "mp3" | "ogg" | "opus" | "wav" => "audio",
        "avi" | "m4v" | "mkv" | "mov" | "mp4" | "mpeg" | "webm" => "video",
        "csv" | "htm" | "html" | "json" | "log" | "md" | "toml" | "txt" | "xml" | "yaml"
        | "yml" => "text",
        "doc" | "docx" | "epub" | "odp" | "ods" | "odt" | "pdf" | "ppt" | "pptx" | "xls"
        | "xlsx" => "document",
        "7z" | "bz2" | "gz" | "rar" | "tar" | "xz" | "zip" | "zst" => "package",
        "c" | "cpp" | "css" | "go" | "h" | "java" | "js" | "py" | "rb" | "rs" | "sh" | "sql"
        | "ts" => "source",
        _ => "other",
    }
}
