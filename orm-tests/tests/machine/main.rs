//! A random test of everything together: two sessions work on entities with every kind of
//! reference, key and column. After every step the result is compared with a model, which consists
//! of plain maps, and with a reader of the database, which knows nothing of entities.
//!
//! The checks:
//!
//! - The committed rows agree with the model, and so do the rows that a transaction sees after a
//!   write.
//! - An object shows its edits and, unless it is stale, the values of its row.
//! - A collection agrees with the references in memory. If it was loaded in the transaction, it
//!   agrees with the rows.
//! - The number of statements is limited.
//! - A call fails exactly if it must. The error names the entity and the field, nothing has
//!   changed, the transaction is still open, and the session still works.
//!
//! A seed generates a sequence of steps that do not depend on each other. If a sequence shows a
//! fault, the steps that are not needed for it are removed, and the rest is printed. Variables:
//!
//! - `ORM_SEED`: runs only the sequence of this seed.
//! - `ORM_MACHINE_SEQUENCES`: the number of sequences on each database, from `ORM_MACHINE_FROM` on.
//!   All of them run, and the faults are reported at the end.
#![allow(clippy::unwrap_used, reason = "a test that meets an error it does not expect has failed")]
#![allow(unreachable_pub, reason = "the types of columns are public because Diesel's columns are")]

mod calls;
mod changes;
mod collections;
mod entities;
mod further;
mod gathered;
mod judging;
mod kinds;
mod linking;
mod op;
mod outcome;
mod overlap;
mod past;
mod pieces;
mod read;
mod reuse;
mod shrink;
mod side;
mod tables;
mod work;
mod world;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;

use orm_runtime::Dialect;
use orm_tests::{Oracle, TestDb, on_all_databases};

use crate::op::Sequence;

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Returns the seeds of a test: `on_sqlite` or `on_servers` of them, or in a long run one in
/// `one_in` of all.
fn seeds(db: &TestDb, on_sqlite: u64, on_servers: u64, one_in: u64) -> Range<u64> {
    let short = if db.dialect() == Dialect::Sqlite { on_sqlite } else { on_servers };
    let from = variable("ORM_MACHINE_FROM").unwrap_or(0);
    match variable("ORM_SEED") {
        Some(seed) => seed..seed + 1,
        None => from..from + variable("ORM_MACHINE_SEQUENCES").map_or(short, |all| all / one_in),
    }
}

/// Returns the command that runs the sequence of a seed again.
fn again(seed: u64) -> String {
    format!(
        "seed {seed}: ORM_SEED={seed} cargo test -p orm-tests --features servers --test machine"
    )
}

/// The faults that were found, by kind, with the seeds of all sequences that show them.
#[derive(Default)]
struct Report {
    found: BTreeMap<String, Vec<u64>>,
}

/// Runs the sequences of seeds on several threads, each with its own database. On SQLite the odd
/// seeds have tables whose keys are never reused. With the other seeds a row may have the key of a
/// deleted one.
fn run(db: &TestDb, seeds: Range<u64>, threads: usize) -> Report {
    let (next, report) = (Mutex::new(seeds.start), Mutex::new(Report::default()));
    let work = |db: &TestDb| {
        entities::schema().create_all(&mut db.session()).unwrap();
        let mut oracle = db.oracle();
        let mut counting = (db.dialect() == Dialect::Sqlite).then(counting);
        loop {
            let seed = {
                let mut next = next.lock().unwrap();
                *next += 1;
                *next - 1
            };
            if seed >= seeds.end {
                return;
            }
            match &mut counting {
                Some((db, oracle)) if seed % 2 == 1 => look(db, oracle, seed, &report),
                _ => look(db, &mut oracle, seed, &report),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| work(&TestDb::create(db.dialect()).unwrap()));
        }
        work(db);
    });
    report.into_inner().unwrap()
}

/// Creates an SQLite database whose keys are counted up and never reused.
fn counting() -> (TestDb, Oracle) {
    let db = TestDb::create(Dialect::Sqlite).unwrap();
    let mut oracle = db.oracle();
    for statement in entities::schema().create_sql(Dialect::Sqlite) {
        oracle.batch(
            &statement.replace("PRIMARY KEY (\"id\")", "PRIMARY KEY (\"id\" AUTOINCREMENT)"),
        );
    }
    (db, oracle)
}

/// Runs the sequence of a seed. Prints a fault if it is the first of its kind.
#[allow(clippy::print_stdout, reason = "the results are printed")]
fn look(db: &TestDb, oracle: &mut Oracle, seed: u64, report: &Mutex<Report>) {
    let sequence = Sequence::of(seed);
    let Some(wrong) = shrink::wrong(db, oracle, &sequence) else { return };
    let first = {
        let found = &mut report.lock().unwrap().found;
        let seeds = found.entry(shrink::kind(&wrong)).or_default();
        seeds.push(seed);
        seeds.len() == 1
    };
    if first {
        let (sequence, wrong) = shrink::shrink(db, oracle, sequence, &wrong);
        if variable("ORM_SEED").is_some() {
            shrink::tell(db, oracle, &sequence);
        }
        let steps: Vec<String> =
            sequence.steps.iter().map(|step| format!("\n    {step:?}")).collect();
        let (dialect, options, again) = (db.dialect(), sequence.options, again(seed));
        println!("{dialect:?}: {wrong}\n  {again}\n  {options:?}{}", steps.concat());
    }
}

on_all_databases! {
    #[allow(clippy::print_stdout, reason = "the results are printed")]
    fn everything_mixed_is_what_a_model_says(db: &TestDb) {
        let seeds = seeds(db, 19, 10, 1);
        let many = variable("ORM_MACHINE_SEQUENCES");
        let threads = match many {
            Some(_) => std::thread::available_parallelism().map_or(1, usize::from),
            None => 1,
        };
        let Report { found } = run(db, seeds.clone(), threads);
        let count = seeds.end - seeds.start;
        println!("{:?}: {count} sequences, faults of {} kinds", db.dialect(), found.len());
        assert!(found.is_empty(), "kinds of faults, and their seeds: {found:#?}");
    }
}
