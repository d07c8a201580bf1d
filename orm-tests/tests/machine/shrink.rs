//! Runs of many seeds, and the shortest sequence that shows a fault.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use orm_runtime::transaction::Lazy;
use orm_tests::{Oracle, TestDb};

use crate::op::{Op, Sequence};
use crate::world::World;

thread_local! {
    /// Panics of this thread are reported as faults.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Whether each step is printed as it is done.
static TRACES: AtomicBool = AtomicBool::new(false);

/// Prints a step, if steps are printed.
#[allow(clippy::print_stdout, reason = "the steps are printed")]
pub(crate) fn trace(what: impl FnOnce() -> String) {
    if TRACES.load(Relaxed) {
        println!("{}", what());
    }
}

/// Runs a sequence again, and prints each step, its statements and the rows after it.
pub(crate) fn tell(db: &TestDb, oracle: &mut Oracle, sequence: &Sequence) {
    TRACES.store(true, Relaxed);
    wrong(db, oracle, sequence);
    TRACES.store(false, Relaxed);
}

/// Returns the fault of a sequence, if it has one. A panic is a fault.
pub(crate) fn wrong(db: &TestDb, oracle: &mut Oracle, sequence: &Sequence) -> Option<String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let hook = take_hook();
        set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                hook(panic)
            }
        }));
    });
    QUIET.set(true);
    let run = catch_unwind(AssertUnwindSafe(|| World::run(db, oracle, sequence)));
    QUIET.set(false);
    match run {
        Ok(Ok(())) => None,
        Ok(Err(wrong)) => Some(wrong),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Some(format!("a panic: {}", text.unwrap_or_default()))
        }
    }
}

/// Returns the kind of a fault: its message without numbers and names.
pub(crate) fn kind(wrong: &str) -> String {
    let what = wrong.rsplit_once(" (").map_or(wrong, |(what, _)| what);
    what.chars().filter(|c| c.is_alphabetic() || *c == ' ').take(60).collect()
}

/// Removes from a sequence the steps that are not needed for the same fault.
pub(crate) fn shrink(
    db: &TestDb,
    oracle: &mut Oracle,
    sequence: Sequence,
    found: &str,
) -> (Sequence, String) {
    let wanted = kind(found);
    let mut best = (sequence, found.to_owned());
    let mut tries = 0;
    let mut fails = |sequence: &Sequence| {
        tries += 1;
        if tries > 400 {
            return None;
        }
        wrong(db, oracle, sequence).filter(|wrong| kind(wrong) == wanted)
    };
    loop {
        let before = best.0.clone();
        let mut size = best.0.steps.len().max(1);
        while size >= 1 {
            let mut at = 0;
            while at < best.0.steps.len() {
                let mut less = best.0.clone();
                let end = (at + size).min(less.steps.len());
                less.steps.drain(at..end);
                match fails(&less) {
                    Some(wrong) => best = (less, wrong),
                    None => at += size,
                }
            }
            size /= 2;
        }
        for at in 0..best.0.steps.len() {
            for op in simpler(&best.0.steps[at].op) {
                let mut less = best.0.clone();
                less.steps[at].op = op;
                if let Some(wrong) = fails(&less) {
                    best = (less, wrong);
                    break;
                }
            }
        }
        for options in simpler_options(&best.0) {
            if let Some(wrong) = fails(&options) {
                best = (options, wrong);
            }
        }
        if best.0 == before {
            return best;
        }
    }
}

/// Returns simpler forms of an operation: savepoints without one of their operations.
fn simpler(op: &Op) -> Vec<Op> {
    let Op::Savepoint(ops, keep) = op else { return Vec::new() };
    let mut all = Vec::new();
    for at in 0..ops.len() {
        let mut less = ops.clone();
        less.remove(at);
        all.push(Op::Savepoint(less, *keep));
        for inner in simpler(&ops[at]) {
            let mut less = ops.clone();
            less[at] = inner;
            all.push(Op::Savepoint(less, *keep));
        }
    }
    all
}

fn simpler_options(sequence: &Sequence) -> Vec<Sequence> {
    let mut all = Vec::new();
    for who in [0, 1] {
        let mut plain = sequence.clone();
        let options = &mut plain.options[who];
        (options.autoflush, options.expire, options.lazy) = (true, true, Lazy::Cohort);
        all.push(plain);
        let mut one = sequence.clone();
        one.steps.iter_mut().for_each(|step| step.who = who);
        all.push(one);
    }
    all.retain(|it| it != sequence);
    all
}
