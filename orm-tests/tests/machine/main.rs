//! A machine that mixes everything: random work in two sessions on entities with every kind of reference, key
//! and column, judged after every step by a model, which is plain maps, and by a reader of the database, which
//! knows nothing of entities.
//!
//! What is judged: what is committed is what the model says, and so is what a transaction sees after it wrote;
//! an object shows what was set, and, where it is not stale, what its row has; a collection holds what the
//! references in memory say, and one that was loaded in the transaction what the rows say; statements are
//! bounded; a call fails where it has to, for a reason that names entity and field, changes nothing, leaves the
//! transaction open, and the session works on.
//!
//! A seed makes a sequence of steps, which do not depend on each other: where one shows a fault, those that are
//! not needed are left out, and the rest is printed. Variables:
//!
//! - `ORM_SEED`: runs the sequence of this seed alone;
//! - `ORM_MACHINE_SEQUENCES`: how many sequences are run on each database, from `ORM_MACHINE_FROM` on; all of
//!   them are run, and what was found is said at the end.
#![allow(clippy::unwrap_used, reason = "a test that meets an error it does not expect has failed")]
#![allow(unreachable_pub, reason = "the types of columns are public, for Diesel's columns are")]

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

/// The seeds of a test that runs so many sequences on SQLite, and on a server; in a long run one in so many
/// of all.
fn seeds(db: &TestDb, on_sqlite: u64, on_servers: u64, one_in: u64) -> Range<u64> {
    let short = if db.dialect() == Dialect::Sqlite { on_sqlite } else { on_servers };
    let from = variable("ORM_MACHINE_FROM").unwrap_or(0);
    match variable("ORM_SEED") {
        Some(seed) => seed..seed + 1,
        None => from..from + variable("ORM_MACHINE_SEQUENCES").map_or(short, |all| all / one_in),
    }
}

/// How the sequence of a seed is run again.
fn again(seed: u64) -> String {
    format!(
        "seed {seed}: ORM_SEED={seed} cargo test -p orm-tests --features servers --test machine"
    )
}

/// What was found: the first sequence that shows each kind of fault, and the seeds of all.
#[derive(Default)]
struct Report {
    found: BTreeMap<String, Vec<u64>>,
}

/// Runs the sequences of seeds, by several threads with a database each. On SQLite the odd seeds have tables
/// whose keys are not used again; in the others a row may have the key of one that is gone.
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

/// A database of SQLite's whose keys are counted on, and never used again.
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

/// Runs the sequence of a seed, and tells what is wrong with it if nothing of the kind was told before.
#[allow(clippy::print_stdout, reason = "what was found is said")]
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
    #[allow(clippy::print_stdout, reason = "what was found is said")]
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
