//! Large results in constant memory, measured as the peak of the process. One test, because other
//! threads of the process would allocate too.

#![cfg(target_os = "linux")]
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

#[test]
fn streams_and_scans_hold_a_few_rows_on_every_database() {
    TestDb::with(Dialect::Sqlite, flat);
    #[cfg(feature = "servers")]
    TestDb::with(Dialect::Postgres, flat);
    #[cfg(feature = "servers")]
    TestDb::with(Dialect::Mysql, flat);
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
