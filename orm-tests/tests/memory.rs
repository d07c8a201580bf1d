//! Large results in constant memory, measured as the peak of a process without other tests.

#![allow(clippy::print_stdout, reason = "the test has no harness that prints its result")]
#![allow(clippy::unwrap_used, reason = "a test that meets an error it does not expect has failed")]

use orm_runtime::prelude::*;
use orm_tests::TestDb;

#[derive(Entity)]
#[entity(table = "memory_rows", index(grade, id))]
struct Row {
    id: Auto<i64>,
    grade: Option<i32>,
    text: String,
}

/// What each row holds, in bytes.
const TEXT: usize = 1_000;
const ROWS: i32 = 60_000;
/// What a call may add to the peak, in KB: a sixth of the rows.
const MOST: u64 = 10_000;

/// The variable that tells a process which database it measures.
const WHICH: &str = "ORM_TEST_MEMORY_OF";

/// Measures each database in a process of its own, because an allocator keeps what was freed, and
/// later work would seem to need nothing.
fn main() {
    if !cfg!(target_os = "linux") {
        println!(
            "the peak of a process is read from /proc, which only Linux has: nothing was measured"
        );
        return;
    }
    let dialects = match cfg!(feature = "servers") {
        true => &[Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql][..],
        false => &[Dialect::Sqlite],
    };
    let which = std::env::var(WHICH).ok();
    for dialect in dialects {
        let name = format!("{dialect:?}");
        match &which {
            Some(which) if *which == name => TestDb::with(*dialect, flat),
            Some(_) => {}
            None => {
                let program = std::env::current_exe().unwrap();
                let ended = std::process::Command::new(program).env(WHICH, &name).status().unwrap();
                assert!(ended.success(), "streams and scans of {name} hold a few rows");
                println!("test streams_and_scans_hold_a_few_rows::{name} ... ok");
            }
        }
    }
}

fn flat(db: &TestDb) {
    let mut session = db.session_for(schema![Row]);
    let text = "x".repeat(TEXT);
    let row = |n: i32| {
        let mut row = Row::builder().text(&*text).build();
        row.grade = (n % 7 > 0).then_some(n % 1_000);
        row
    };
    session.bulk_insert((0..ROWS).map(row)).unwrap();
    session.commit().unwrap();
    session.log_statements(false);

    let by_key = growth(|| {
        let rows = session.query::<Row>().stream_in_chunks(1_000).unwrap();
        assert_eq!(rows.map(|row| row.unwrap().text.len()).sum::<usize>(), TEXT * ROWS as usize);
    });
    let by_grade = growth(|| {
        let query = session.query::<Row>().order_by(row::grade.desc());
        let rows = query.stream_in_chunks(1_000).unwrap();
        assert!(rows.map(|row| row.unwrap().grade).is_sorted_by(|a, b| a >= b));
    });
    let batches = growth(|| {
        let mut rows = 0;
        let query = session.query::<Row>().order_by(row::grade.asc());
        query
            .batches(1_000, |_, batch| {
                rows += batch.len();
                Ok(())
            })
            .unwrap();
        assert_eq!(rows, ROWS as usize);
    });
    session.rollback().unwrap();
    for (what, growth) in [("by key", by_key), ("by grade", by_grade), ("batches", batches)] {
        assert!(growth < MOST, "{:?}, {what}: {growth} KB", db.dialect());
    }
    // The measurement sees what is held.
    let all = growth(|| assert_eq!(session.query::<Row>().rows().unwrap().len(), ROWS as usize));
    assert!(all > MOST * 3, "{:?}: {all} KB", db.dialect());
}

/// Returns by how many KB the peak of the process grows.
fn growth(work: impl FnOnce()) -> u64 {
    // Sets the peak to what is in use.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = kilobytes("VmHWM:");
    work();
    kilobytes("VmHWM:") - before
}

/// Reads a line of the process's status.
fn kilobytes(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let found = status.lines().find_map(|text| text.strip_prefix(line)).unwrap();
    found.split_whitespace().next().unwrap().parse().unwrap()
}
