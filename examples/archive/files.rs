//! The files below a folder, and their contents.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::entry::LONGEST_PATH;

/// Files up to this size are stored in the archive.
pub(crate) const SMALL: u64 = 64 << 10;

/// The files below a folder.
pub(crate) struct Files {
    root: PathBuf,
    /// Files that are skipped.
    except: Vec<PathBuf>,
}

/// A file as its folder lists it.
pub(crate) struct Found {
    /// The path below the root.
    pub(crate) path: String,
    pub(crate) size: u64,
    pub(crate) modified: DateTime<Utc>,
}

/// The content of a file.
pub(crate) struct Contents {
    pub(crate) sha256: String,
    /// The content itself, if the file is small.
    pub(crate) small: Option<Vec<u8>>,
}

impl Files {
    /// Creates a list of the files below a folder, except these.
    pub(crate) fn below(root: &Path, except: &[PathBuf]) -> Self {
        Files { root: root.to_owned(), except: except.to_owned() }
    }

    /// Returns every file, or why a file or its folder cannot be archived, in no particular order.
    /// Links and devices do not count as files. Files that disappear meanwhile are ignored.
    pub(crate) fn walk(&self) -> impl Iterator<Item = Result<Found, String>> {
        let entries = WalkDir::new(&self.root).min_depth(1).into_iter();
        entries.filter_map(|entry| {
            let entry = match entry {
                Ok(entry) if !entry.file_type().is_file() => return None,
                Ok(entry) if self.except.iter().any(|path| path == entry.path()) => return None,
                Ok(entry) => entry,
                Err(error) if error.io_error().is_some_and(is_gone) => return None,
                Err(error) => return Some(Err(error.to_string())),
            };
            let path = match self.storable(entry.path()) {
                Ok(path) => path,
                Err(reason) => return Some(Err(format!("{}: {reason}", entry.path().display()))),
            };
            match entry.metadata() {
                Ok(meta) => Some(Ok(Found { path, size: meta.len(), modified: modified(&meta) })),
                Err(error) if error.io_error().is_some_and(is_gone) => None,
                Err(error) => Some(Err(error.to_string())),
            }
        })
    }

    /// Returns the path below the root as text that every database distinguishes from other paths.
    fn storable(&self, path: &Path) -> Result<String, &'static str> {
        let path = path.strip_prefix(&self.root).unwrap_or(path);
        let path = path.to_str().ok_or("the name is not UTF-8")?;
        if path.chars().count() > LONGEST_PATH {
            return Err("the path is too long");
        }
        // MySQL ignores spaces at the end.
        if path.ends_with(' ') {
            return Err("the name ends in a space");
        }
        Ok(path.to_owned())
    }

    /// Reads a file. Returns `None` if it no longer exists.
    pub(crate) fn read(&self, found: &Found) -> io::Result<Option<Contents>> {
        match read(&self.root.join(&found.path)) {
            Ok(contents) => Ok(Some(contents)),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns `true` if a file certainly does not exist. A file that cannot be examined may exist.
    pub(crate) fn lacks(&self, path: &str) -> bool {
        let mut below = self.root.clone();
        let mut parts = Path::new(path).components().peekable();
        while let Some(part) = parts.next() {
            below.push(part);
            match fs::symlink_metadata(&below) {
                // A folder may have become a link, and a file may have become a folder.
                Ok(meta) if parts.peek().is_some() && !meta.is_dir() => return true,
                Ok(meta) if parts.peek().is_none() && !meta.is_file() => return true,
                Ok(_) => {}
                Err(error) => return is_gone(&error),
            }
        }
        false
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Returns the time of the last change in microseconds, the precision of the databases, limited to
/// the years that they can store.
fn modified(meta: &fs::Metadata) -> DateTime<Utc> {
    let since = match meta.modified().map(|time| time.duration_since(UNIX_EPOCH)) {
        Ok(Ok(after)) => after.as_micros() as i128,
        Ok(Err(before)) => -(before.duration().as_micros() as i128),
        Err(_) => 0,
    };
    let [first, last] = [-30_610_224_000_000_000, 253_402_300_799_000_000];
    DateTime::from_timestamp_micros(since.clamp(first, last) as i64).unwrap_or_default()
}

fn read(path: &Path) -> io::Result<Contents> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = Vec::new();
    file.by_ref().take(SMALL + 1).read_to_end(&mut buffer)?;
    hasher.update(&buffer);
    let small = buffer.len() as u64 <= SMALL;
    if !small {
        while let read @ 1.. = file.read(&mut buffer)? {
            hasher.update(&buffer[..read]);
        }
    }
    let sha256 = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Contents { sha256, small: small.then_some(buffer) })
}
