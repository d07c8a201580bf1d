//! One run, which brings the rows in line with the files.

use std::error::Error;

use indicatif::{ProgressBar, ProgressStyle};
use orm_runtime::prelude::{Handle, Session};
use rust_decimal::Decimal;

use crate::entry::{Entry, Kind};
use crate::files::{Files, Found, SMALL};

/// The number of files in a batch: one SELECT, and few statements to write the changes.
const FILES_AT_A_TIME: usize = 1_000;
/// A batch is smaller if its contents would take more than this.
const BYTES_AT_A_TIME: u64 = 8 << 20;

/// The result of a run.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) inserted: u64,
    pub(crate) updated: u64,
    pub(crate) deleted: u64,
    /// Files that could not be archived.
    pub(crate) unreadable: u64,
}

/// Brings the rows in line with the files, in the session's transaction.
pub(crate) fn run(session: &mut Session, files: Files) -> Result<Done, Box<dyn Error>> {
    // The write lock is taken first, so that a second run at the same time waits for this one.
    session.begin()?;
    let bar = progress_bar(&files);
    let mut run = Run { session, files: &files, bar, done: Done::default() };
    let mut walk = files.walk();
    loop {
        let chunk = run.next_chunk(&mut walk);
        if chunk.is_empty() {
            break;
        }
        run.archive(&chunk)?;
    }
    run.remove_what_is_gone()?;
    run.bar.finish_and_clear();
    Ok(run.done)
}

struct Run<'r> {
    session: &'r mut Session,
    files: &'r Files,
    bar: ProgressBar,
    done: Done,
}

impl Run<'_> {
    fn next_chunk(&mut self, walk: &mut impl Iterator<Item = Result<Found, String>>) -> Vec<Found> {
        let mut chunk = Vec::new();
        let mut bytes = 0;
        while chunk.len() < FILES_AT_A_TIME && bytes < BYTES_AT_A_TIME {
            match walk.next() {
                Some(Ok(found)) => {
                    bytes += if found.size > SMALL { 0 } else { found.size };
                    chunk.push(found);
                }
                Some(Err(reason)) => self.report(&reason),
                None => break,
            }
        }
        chunk
    }

    /// Adds or updates the rows of these files, writes the changes, and clears the session.
    fn archive(&mut self, chunk: &[Found]) -> Result<(), Box<dyn Error>> {
        let paths = chunk.iter().map(|found| found.path.clone());
        let known = self.session.get_many::<Entry>(paths)?;
        for (found, known) in chunk.iter().zip(known) {
            self.archive_file(found, known);
            self.bar.inc(1);
        }
        self.session.flush()?;
        self.session.clear();
        Ok(())
    }

    fn archive_file(&mut self, found: &Found, known: Option<Handle<Entry>>) {
        let size = i64::try_from(found.size).unwrap_or(i64::MAX);
        let is_same = |entry: &Entry| entry.size == size && entry.modified == found.modified;
        if known.is_some_and(|entry| is_same(&self.session[entry])) {
            return;
        }
        let contents = match self.files.read(found) {
            Ok(Some(contents)) => contents,
            Ok(None) => return,
            Err(error) => return self.report(&format!("{}: {error}", found.path)),
        };
        let Some(entry) = known else {
            self.done.inserted += 1;
            let new = Entry::builder()
                .path(&found.path)
                .size(size)
                .megabytes(megabytes(size))
                .modified(found.modified)
                .sha256(contents.sha256)
                .kind(Kind::of(&found.path))
                .maybe_content(contents.small);
            self.session.add(new.build());
            return;
        };
        // The flush writes the columns that differ from the row.
        self.done.updated += 1;
        let entry = &mut self.session[entry];
        entry.size = size;
        entry.megabytes = megabytes(size);
        entry.modified = found.modified;
        if entry.sha256 != contents.sha256 {
            entry.sha256 = contents.sha256;
            entry.content.set(contents.small);
        }
    }

    fn remove_what_is_gone(&mut self) -> Result<(), Box<dyn Error>> {
        let Run { session, files, done, .. } = self;
        session.query::<Entry>().batches_with(FILES_AT_A_TIME, |session, entries| {
            for &entry in entries {
                if files.lacks(&session[entry].path) {
                    session.delete(entry)?;
                    done.deleted += 1;
                }
            }
            session.flush()?;
            // Deleted objects would remain in memory for a rollback.
            session.clear();
            Ok(())
        })
    }

    fn report(&mut self, reason: &str) {
        self.done.unreadable += 1;
        self.bar.suspend(|| eprintln!("archive: {reason}"));
    }
}

fn megabytes(bytes: i64) -> Decimal {
    Decimal::new(bytes, 6)
}

/// Creates a progress bar. It is hidden without a terminal, and files are counted in advance only
/// for a terminal.
fn progress_bar(files: &Files) -> ProgressBar {
    let bar = ProgressBar::new(0);
    if !bar.is_hidden() {
        let template = "{bar:40} {human_pos} of {human_len} files, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_length(files.walk().filter(Result::is_ok).count() as u64);
    }
    bar
}
