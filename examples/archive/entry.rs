//! What the archive stores about a file.

use std::path::Path;

use chrono::{DateTime, Utc};
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

/// A file of the archive.
#[derive(Entity)]
#[entity(table = "archive_entry")]
pub(crate) struct Entry {
    /// The path below the archive's folder. Its length is one that every database can index.
    #[entity(primary_key, length = 640)]
    pub(crate) path: String,
    pub(crate) size: i64,
    /// The size again, in a readable unit. Sums and means of decimals are exact.
    #[entity(precision = 24, scale = 6)]
    pub(crate) megabytes: Decimal,
    pub(crate) modified: DateTime<Utc>,
    #[entity(length = 64)]
    pub(crate) sha256: String,
    pub(crate) kind: Kind,
    /// The content of a small file. Queries load it only on request.
    pub(crate) content: Deferred<Option<Vec<u8>>>,
}

/// The most characters of a path, as in the attribute above.
pub(crate) const LONGEST_PATH: usize = 640;

/// The media type. The codes are in alphabetical order, so that rows ordered by them come in the
/// same order in a database with enumerations as in one that stores text.
#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
#[db_enum(type_name = "archive_kind")]
pub enum Kind {
    #[db_enum(label = "sound")]
    Audio,
    #[db_enum(label = "documents")]
    Document,
    #[db_enum(label = "pictures")]
    Image,
    #[db_enum(label = "anything else")]
    Other,
    #[db_enum(label = "packed files")]
    Package,
    #[db_enum(label = "source code")]
    Source,
    #[db_enum(label = "plain text")]
    Text,
    #[db_enum(label = "moving pictures")]
    Video,
}

impl Kind {
    /// Returns the media type for a file's extension.
    pub(crate) fn of(path: &str) -> Self {
        let end = Path::new(path).extension().and_then(|end| end.to_str()).unwrap_or_default();
        match end.to_ascii_lowercase().as_str() {
            "aac" | "flac" | "m4a" | "mp3" | "ogg" | "opus" | "wav" => Kind::Audio,
            "doc" | "docx" | "epub" | "odp" | "ods" | "odt" | "pdf" | "ppt" | "pptx" | "xls"
            | "xlsx" => Kind::Document,
            "avif" | "bmp" | "gif" | "heic" | "jpeg" | "jpg" | "png" | "svg" | "tif" | "tiff"
            | "webp" => Kind::Image,
            "7z" | "bz2" | "gz" | "rar" | "tar" | "xz" | "zip" | "zst" => Kind::Package,
            "c" | "cpp" | "css" | "go" | "h" | "java" | "js" | "py" | "rb" | "rs" | "sh"
            | "sql" | "ts" => Kind::Source,
            "csv" | "htm" | "html" | "json" | "log" | "md" | "toml" | "txt" | "xml" | "yaml"
            | "yml" => Kind::Text,
            "avi" | "m4v" | "mkv" | "mov" | "mp4" | "mpeg" | "webm" => Kind::Video,
            _ => Kind::Other,
        }
    }
}
