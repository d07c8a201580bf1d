//! Two sessions whose transactions are open at the same time, on the same few rows. What one has
//! written and not committed must stop the other, and nothing else may; nobody sees it, and
//! nothing that was committed is lost.
//!
//! No statement waits for a lock, so that one thread can run both sessions.

use std::panic::{AssertUnwindSafe, catch_unwind};

use orm_runtime::Dialect;
use orm_tests::{Oracle, Random, TestDb, on_all_databases};

use self::rows::Kind;
use self::sides::World;
use crate::op::Pick;
use crate::{again, seeds, shrink};

mod outcome;
mod rows;
mod sides;
mod state;

/// What a session does.
#[derive(Clone, Debug, PartialEq)]
enum Act {
    Query(Kind),
    Refresh(Pick),
    /// Sets a column of an object.
    Set(Pick, Pick, Pick),
    /// Moves a note to a page.
    Move(Pick, Pick),
    Add(Kind, Pick),
    Delete(Pick),
    Flush,
    Commit,
    Rollback,
}

#[derive(Clone, Debug, PartialEq)]
struct Step {
    who: usize,
    act: Act,
}

/// Returns the steps of a seed.
fn steps(seed: u64) -> Vec<Step> {
    let random = &mut Random::new(seed);
    let length = random.below(4..30);
    let mut who = 0;
    let steps = (0..length).map(|_| {
        if random.percent(40) {
            who = 1 - who;
        }
        Step { who, act: act(random) }
    });
    steps.collect()
}

fn act(random: &mut Random) -> Act {
    let mut pick = || u16::try_from(random.below(0..1 << 16)).unwrap();
    let (a, b, c) = (pick(), pick(), pick());
    let kind = Kind::ALL[usize::from(a % 3)];
    match random.below(0..40) {
        0..5 => Act::Query(kind),
        5..7 => Act::Refresh(b),
        7..17 => Act::Set(a, b, c),
        17..19 => Act::Move(a, b),
        19..22 => Act::Add(kind, b),
        22..25 => Act::Delete(a),
        25..33 => Act::Flush,
        33..38 => Act::Commit,
        _ => Act::Rollback,
    }
}

/// Returns the fault of some steps, if they have one. A panic is a fault.
fn wrong(db: &TestDb, oracle: &mut Oracle, steps: &[Step]) -> Option<String> {
    match catch_unwind(AssertUnwindSafe(|| World::run(db, oracle, steps))) {
        Ok(result) => result.err(),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            Some(format!("a panic: {}", text.unwrap_or_default()))
        }
    }
}

/// Removes the steps that are not needed for the same fault.
fn shorter(
    db: &TestDb,
    oracle: &mut Oracle,
    mut steps: Vec<Step>,
    found: String,
) -> (Vec<Step>, String) {
    let (kind, mut found) = (shrink::kind(&found), found);
    let mut at = 0;
    while at < steps.len() {
        let mut less = steps.clone();
        less.remove(at);
        match wrong(db, oracle, &less).filter(|wrong| shrink::kind(wrong) == kind) {
            Some(wrong) => (steps, found, at) = (less, wrong, 0),
            None => at += 1,
        }
    }
    (steps, found)
}

/// Creates the tables. Keys are never used again, so that a key means one row.
fn create(db: &TestDb, oracle: &mut Oracle) {
    for statement in rows::schema().create_sql(db.dialect()) {
        let counted = "PRIMARY KEY (\"id\" AUTOINCREMENT)";
        match db.dialect() {
            Dialect::Sqlite => oracle.batch(&statement.replace("PRIMARY KEY (\"id\")", counted)),
            _ => oracle.batch(&statement),
        }
    }
}

on_all_databases! {
    #[allow(clippy::print_stdout, reason = "the results are printed")]
    fn open_transactions_stop_each_other_where_they_meet(db: &TestDb) {
        let mut oracle = db.oracle();
        create(db, &mut oracle);
        let of_all = if db.dialect() == Dialect::Sqlite { 2 } else { 10 };
        let mut faults = Vec::new();
        let seeds = seeds(db, 150, 40, of_all);
        println!("{:?}: {} sequences of open transactions", db.dialect(), seeds.end - seeds.start);
        for seed in seeds {
            let all = steps(seed);
            let Some(found) = wrong(db, &mut oracle, &all) else { continue };
            if faults.is_empty() {
                let (steps, found) = shorter(db, &mut oracle, all, found);
                let steps: Vec<String> = steps.iter().map(|step| format!("\n    {step:?}")).collect();
                println!("{:?}: {found}\n  {}{}", db.dialect(), again(seed), steps.concat());
            }
            faults.push(seed);
        }
        assert!(faults.is_empty(), "the seeds of sequences with faults: {faults:?}");
    }
}
