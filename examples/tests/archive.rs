//! Tests that run the example `archive` as a program on directory trees.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use entry::Entry;
use orm_runtime::prelude::*;

#[path = "../archive/entry.rs"]
#[allow(dead_code, reason = "only the table and the type of its enumeration are needed")]
mod entry;

/// The columns of the archive's table that the tests read.
#[derive(Entity, Debug, PartialEq)]
#[entity(table = "archive_entry")]
struct Row {
    #[entity(primary_key, length = 640)]
    path: String,
    size: i64,
    sha256: String,
    content: Deferred<Option<Vec<u8>>>,
}

#[test]
fn a_second_run_writes_nothing() {
    let place = Place::new("second");
    place.write("a.txt", "alpha");
    place.write("b/c.png", "beta");
    place.write("b/copy.png", "beta");
    symlink("a.txt", place.tree().join("link")).unwrap();

    let first = place.run(&[]);
    assert_eq!(first.code, 0, "{}", first.err);
    assert_has(&first.out, "files: 3, 13 bytes");
    assert_has(&first.out, "written: 3 inserted, 0 updated, 0 deleted");
    assert_has(&first.out, "  4 bytes: 2 copies of 4 bytes, one is b/c.png");
    assert_has(&first.out, "  pictures: 2 files, 8 bytes: 0.000008 MB, on average 0.000004 MB");
    assert!(statements(&place.run(&["--log"]).err, "SELECT") > 0, "the log is there");

    let second = place.run(&["--log"]);
    assert_has(&second.out, "written: 0 inserted, 0 updated, 0 deleted");
    for verb in ["INSERT", "UPDATE", "DELETE", "REPLACE"] {
        assert_eq!(statements(&second.err, verb), 0, "{verb} in\n{}", second.err);
    }
}

#[test]
fn only_what_changed_is_written() {
    let place = Place::new("change");
    for name in ["a", "b", "c", "d"] {
        place.write(name, name);
    }
    place.run(&[]);

    place.write("b", "changed");
    fs::remove_file(place.tree().join("c")).unwrap();
    place.write("e", "e");
    let run = place.run(&["--log"]);
    assert_has(&run.out, "written: 1 inserted, 1 updated, 1 deleted");
    assert_eq!(paths(&place.rows()), ["a", "b", "d", "e"]);
    let contents = ["a", "changed", "d", "e"].map(|text| Some(text.as_bytes().to_vec()));
    assert_eq!(place.contents(), contents);

    // The same content with another time: only the time is written.
    let file = fs::File::options().write(true).open(place.tree().join("a")).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH - Duration::from_millis(1_500)).unwrap();
    let run = place.run(&["--log"]);
    assert_has(&run.out, "written: 0 inserted, 1 updated, 0 deleted");
    let update = run.err.lines().find(|line| line.starts_with("UPDATE")).unwrap();
    assert!(update.contains("modified") && !update.contains("sha256"), "{update}");
    assert!(!update.contains("size") && !update.contains("content"), "{update}");
}

#[test]
fn what_is_no_file_any_more_is_gone() {
    let place = Place::new("gone");
    place.write("folder/file", "1");
    place.write("other/file", "2");
    place.write("turned", "3");
    place.write("kept", "4");
    place.run(&[]);

    // Through the link the file still exists, but links are not followed.
    fs::remove_dir_all(place.tree().join("folder")).unwrap();
    symlink("other", place.tree().join("folder")).unwrap();
    fs::remove_file(place.tree().join("turned")).unwrap();
    place.write("turned/into/a/folder", "5");
    let run = place.run(&[]);
    assert_has(&run.out, "written: 1 inserted, 0 updated, 2 deleted");
    assert_eq!(paths(&place.rows()), ["kept", "other/file", "turned/into/a/folder"]);
}

#[test]
fn large_files_are_hashed_and_not_kept() {
    let place = Place::new("large");
    place.write("large", &"x".repeat((64 << 10) + 1));
    place.write("small", &"x".repeat(64 << 10));
    place.run(&[]);
    let rows = place.rows();
    assert_eq!(rows[0].sha256, "1abe08ebecf1c18cab71f6fe28aaddf20268f85bad78bb9a72f88ca47c874662");
    let sizes: Vec<_> =
        place.contents().iter().map(|content| content.as_ref().map(Vec::len)).collect();
    assert_eq!(sizes, [None, Some(64 << 10)]);
}

#[test]
fn the_database_is_no_part_of_the_archive() {
    let place = Place::new("inside");
    place.write("a", "a");
    let database = format!("sqlite://{}", place.tree().join("archive.db").display());
    for written in ["1 inserted", "0 inserted"] {
        let run = place.start(&["--database", &database]).output().unwrap();
        assert_has(
            &String::from_utf8(run.stdout).unwrap(),
            &format!("written: {written}, 0 updated"),
        );
    }
}

#[test]
fn a_killed_run_leaves_the_previous_state() {
    let place = Place::new("killed");
    for n in 0..200 {
        place.write(&format!("old/{n}"), &format!("old {n}"));
    }
    place.run(&[]);
    let before = place.rows();

    for n in 0..3_000 {
        place.write(&format!("new/{n}"), &format!("new {n}"));
    }
    for n in 0..100 {
        place.write(&format!("old/{n}"), "something else");
        fs::remove_file(place.tree().join(format!("old/{}", n + 100))).unwrap();
    }
    // Each attempt gets further, until one completes.
    let mut killed = 0;
    for attempt in 0.. {
        let mut child = place.start(&[]).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(attempt * 20));
        let done = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        if child.wait().unwrap().success() || done {
            break;
        }
        killed += 1;
        let now = place.rows();
        // The signal may have come between the COMMIT and the exit.
        if now.len() == 3_100 {
            break;
        }
        assert!(now == before, "{} rows after {attempt} attempts", now.len());
    }
    assert!(killed > 2, "only {killed} runs were killed on their way");
    let last = place.run(&[]);
    assert_eq!(last.code, 0, "{}", last.err);
    assert_has(&last.out, "written: 0 inserted, 0 updated, 0 deleted");
    assert_eq!(place.rows().len(), 3_100);
}

#[test]
fn a_file_that_can_not_be_read_keeps_its_row() {
    let place = Place::new("unreadable");
    place.write("shut", "before");
    place.write("folder/inside", "inside");
    place.write("open", "open");
    place.run_as_nobody();
    let before = place.rows();

    place.write("shut", "after, and longer");
    place.write("open", "opened");
    for (path, mode) in [("shut", 0o000), ("folder", 0o000)] {
        fs::set_permissions(place.tree().join(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    let run = place.run_as_nobody();
    fs::set_permissions(place.tree().join("folder"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(run.code, 3, "{}", run.err);
    assert_has(&run.out, "written: 0 inserted, 1 updated, 0 deleted");
    assert_has(&run.out, "not readable: 2");
    assert!(run.err.contains("shut: Permission denied"), "{}", run.err);
    let now = place.rows();
    assert_eq!(paths(&now), ["folder/inside", "open", "shut"]);
    assert_eq!((&now[0], &now[2]), (&before[0], &before[2]));
}

#[test]
fn names_that_can_not_be_stored_are_told() {
    let place = Place::new("names");
    place.write("good", "1");
    place.write("spaced ", "2");
    fs::write(place.tree().join(OsStr::from_bytes(b"caf\xe9")), "3").unwrap();
    let long = ["a", "b", "c"].map(|part| part.repeat(250)).join("/");
    place.write(&long, "4");
    place.write("äöü/'quoted' \"names\" %_\\ \u{1}\n", "5");
    let run = place.run(&[]);
    assert_eq!(run.code, 3);
    for reason in ["the name is not UTF-8", "the path is too long", "the name ends in a space"] {
        assert_eq!(run.err.matches(reason).count(), 1, "{}", run.err);
    }
    assert_has(&run.out, "written: 2 inserted, 0 updated, 0 deleted");
    assert_has(&place.run(&[]).out, "written: 0 inserted, 0 updated, 0 deleted");
}

#[test]
fn what_can_not_begin_says_why() {
    let place = Place::new("wrong");
    let text = place.dir.join("text");
    fs::write(&text, "this is not a database, and it is long enough to be looked at".repeat(20))
        .unwrap();
    let text = format!("sqlite://{}", text.display());
    for (arguments, reason) in [
        (vec!["/nowhere/at/all"], "the folder /nowhere/at/all: No such file or directory"),
        (vec!["/dev/null"], "the folder /dev/null: Not a directory"),
        (
            vec!["/tmp", "--database", "sqlite:///nowhere/archive.db"],
            "no connection to the database",
        ),
        (vec!["/tmp", "--database", &text], "file is not a database"),
        (vec!["/tmp", "--database", "oracle://somewhere"], "a database URL begins with sqlite://"),
    ] {
        let output = Command::new(program()).args(&arguments).output().unwrap();
        let run = Run::of(output);
        assert_eq!(run.code, 1, "{arguments:?}: {}", run.err);
        assert!(run.err.contains(reason), "{arguments:?}: {}", run.err);
        assert!(!run.err.contains("panicked"), "{}", run.err);
        assert_eq!(run.err.lines().count(), 1, "{}", run.err);
        assert_eq!(run.out, "");
    }
}

#[test]
fn many_files_take_few_statements() {
    let place = Place::new("many");
    for n in 0..2_500 {
        place.write(&format!("{}/{n}", n % 10), "x");
    }
    let count = |run: &Run| -> u32 {
        let line = run.out.lines().find_map(|line| line.strip_prefix("statements: "));
        line.unwrap().parse().unwrap()
    };
    let first = place.run(&[]);
    assert!(count(&first) <= 20, "{}", first.out);
    let second = place.run(&[]);
    assert!(count(&second) <= 12, "{}", second.out);
    fs::remove_dir_all(place.tree()).unwrap();
    fs::create_dir(place.tree()).unwrap();
    let third = place.run(&[]);
    assert_has(&third.out, "written: 0 inserted, 0 updated, 2500 deleted");
    assert!(count(&third) <= 12, "{}", third.out);
}

/// Checks that PostgreSQL and MySQL give the same result as SQLite.
#[cfg(feature = "servers")]
#[test]
fn the_servers_do_the_same() {
    for name in ["ORM_TEST_POSTGRES", "ORM_TEST_MYSQL"] {
        let Ok(url) = std::env::var(name) else {
            assert!(std::env::var("ORM_TEST_ALL").is_err(), "{name} is not set");
            continue;
        };
        let mut session = Session::open(&url).unwrap();
        schema![Entry].drop_all(&mut session).unwrap();
        let mut place = Place::new(name);
        place.url = url;
        place.write("a.txt", "alpha");
        place.write("A.txt", "alpha");
        place.write("ä/\u{1f600}.png", &"b".repeat(1_000));
        let first = place.run(&[]);
        assert_eq!(first.code, 0, "{}", first.err);
        assert_has(&first.out, "files: 3, 1010 bytes");
        assert_has(&first.out, "written: 3 inserted, 0 updated, 0 deleted");
        assert_has(&first.out, "  5 bytes: 2 copies of 5 bytes");
        assert_has(&first.out, "  plain text: 2 files, 10 bytes: 0.000010 MB, on average 0.000005");
        assert_has(&place.run(&[]).out, "written: 0 inserted, 0 updated, 0 deleted");
        place.write("a.txt", "beta");
        fs::remove_file(place.tree().join("A.txt")).unwrap();
        place.write("new", "new");
        assert_has(&place.run(&[]).out, "written: 1 inserted, 1 updated, 1 deleted");
        assert_eq!(place.rows().len(), 3);
        schema![Entry].drop_all(&mut session).unwrap();
    }
}

/// A tree of files and a database, removed at the end.
struct Place {
    dir: PathBuf,
    url: String,
}

impl Place {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("archive-{}-{name}", std::process::id()));
        fs::create_dir_all(dir.join("tree")).unwrap();
        let url = format!("sqlite://{}", dir.join("archive.db").display());
        Place { dir, url }
    }

    fn tree(&self) -> PathBuf {
        self.dir.join("tree")
    }

    /// Writes a file. Its time always changes, even if the clock is coarse.
    fn write(&self, path: &str, text: &str) {
        let path = self.tree().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let before = fs::metadata(&path).and_then(|meta| meta.modified());
        fs::write(&path, text).unwrap();
        if let Ok(before) = before {
            let file = fs::File::options().write(true).open(&path).unwrap();
            file.set_modified(before + Duration::from_secs(1)).unwrap();
        }
    }

    fn start(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.arg(self.tree());
        if !arguments.contains(&"--database") {
            command.args(["--database", &self.url]);
        }
        command.args(arguments).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.start(arguments).output().unwrap())
    }

    /// Runs the program as a user that owns nothing else, because root may read everything.
    fn run_as_nobody(&self) -> Run {
        let mut command = self.start(&[]);
        let is_root = fs::metadata("/proc/self").is_ok_and(|meta| {
            use std::os::unix::fs::MetadataExt;
            meta.uid() == 0
        });
        if is_root {
            // The program itself may be in a folder that only root can read.
            let copy = self.dir.join("program");
            if !copy.exists() {
                fs::copy(program(), &copy).unwrap();
            }
            fs::set_permissions(&self.dir, fs::Permissions::from_mode(0o777)).unwrap();
            command = Command::new(copy);
            command.args([self.tree().as_os_str(), "--database".as_ref(), self.url.as_ref()]);
            command.uid(65_534).gid(65_534);
        }
        Run::of(command.output().unwrap())
    }

    /// Returns the rows of the archive, ordered by path.
    fn rows(&self) -> Vec<Row> {
        let mut session = Session::open(&self.url).unwrap();
        let mut rows = session.query::<Row>().rows().unwrap();
        rows.sort_by(|a, b| a.path.cmp(&b.path));
        rows
    }

    /// Returns the contents of the files, ordered by path.
    fn contents(&self) -> Vec<Option<Vec<u8>>> {
        let mut session = Session::open(&self.url).unwrap();
        let query = session.query::<Row>().undefer(row::content).order_by(row::path.asc());
        query.rows().unwrap().iter().map(|row| row.content.get().unwrap().clone()).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Run {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Run {
            code: output.status.code().unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

/// Returns the path of the built example, beside the folder of this test.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().and_then(Path::parent).unwrap().join("examples/archive");
    assert!(program.exists(), "build it with: cargo build -p orm-examples --example archive");
    program
}

#[track_caller]
fn assert_has(text: &str, line: &str) {
    assert!(text.lines().any(|other| other.starts_with(line)), "no line {line:?} in\n{text}");
}

fn statements(log: &str, verb: &str) -> usize {
    log.lines().filter(|line| line.trim_start().starts_with(verb)).count()
}

fn paths(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.path.as_str()).collect()
}
