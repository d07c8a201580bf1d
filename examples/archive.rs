//! Keeps a database of all files below a folder: `cargo run --release --example archive -- <DIR>`.
//!
//! The story: an archive of pictures, indexed by their hashes to find duplicates, whose scan filled
//! one gigabyte of memory because every row that was read stayed in the session. Here memory does
//! not grow with the number of files.
//!
//! One run is one transaction. It adds new files, updates the columns that changed, removes files
//! that are gone, and writes nothing if nothing has changed. A run that is killed leaves the
//! database as the last complete run left it.

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use orm_runtime::prelude::{Session, schema};

#[path = "archive/entry.rs"]
mod entry;
#[path = "archive/files.rs"]
mod files;
#[path = "archive/report.rs"]
mod report;
#[path = "archive/run.rs"]
mod run;

use entry::Entry;

/// Keeps a database of all files below a folder, with their checksums, and finds duplicates.
///
/// A database holds the archive of one folder. Links are not followed. The exit code is 0, or 1
/// when the run failed, or 3 when some files could not be read: these keep the rows they had.
#[derive(Parser)]
struct Arguments {
    /// The folder to archive.
    dir: PathBuf,
    /// Where to keep the archive: sqlite://, and with the feature `servers` postgres:// or
    /// mysql://.
    #[arg(long, value_name = "URL", default_value = "sqlite://archive.db")]
    database: String,
    /// Show the statements, without values, on the standard error.
    #[arg(long)]
    log: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match archive(&arguments) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_unreadable) => ExitCode::from(3),
        Err(error) => {
            eprintln!("archive: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Brings the archive up to date and prints its report. Returns the number of files that could not
/// be read.
fn archive(arguments: &Arguments) -> Result<u64, Box<dyn Error>> {
    let root = folder(&arguments.dir)
        .map_err(|error| format!("the folder {}: {error}", arguments.dir.display()))?;
    let mut session = Session::open(&arguments.database)?;
    session.log_statements(arguments.log);
    schema![Entry].create_all(&mut session)?;

    let files = files::Files::below(&root, &database_files(&arguments.database));
    let (done, report) = session.transaction_with(|session| {
        let done = run::run(session, files)?;
        let report = report::report(session, &done)?;
        Ok::<_, Box<dyn Error>>((done, report))
    })?;
    for record in session.take_log() {
        eprintln!("{}", record.sql);
    }
    // The reader of the report may stop before its end, as `head` does.
    match io::stdout().write_all(report.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(done.unreadable),
    }
}

fn folder(dir: &Path) -> io::Result<PathBuf> {
    let root = dir.canonicalize()?;
    root.read_dir()?;
    Ok(root)
}

/// Returns the files of an SQLite database, which change in every run and are not part of the
/// archive.
fn database_files(url: &str) -> Vec<PathBuf> {
    let Some(path) = url.strip_prefix("sqlite://") else { return Vec::new() };
    let Ok(path) = Path::new(path).canonicalize() else { return Vec::new() };
    let beside = |end: &str| {
        let mut name = path.clone().into_os_string();
        name.push(end);
        PathBuf::from(name)
    };
    ["", "-wal", "-shm", "-journal"].map(beside).into()
}
