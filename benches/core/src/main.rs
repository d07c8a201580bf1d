//! The workloads that users compare, each measured against a peer in the same run.
//!
//! `orm-bench [--smoke] [--rounds N] [--arm N] [W05 ...]`; see `scripts/bench`.

mod compile;
mod eager;
mod harness;
mod hops;
mod load;
mod mariadb;
mod memory;
mod model;
mod peak;
mod profiles;
mod request;
mod server;
mod watched;
mod write;

use std::process::ExitCode;

use harness::{Bench, Result};

/// A function, and the workloads it prints a line for.
type Workload = (&'static [&'static str], fn(&Bench) -> Result);

const WORKLOADS: &[Workload] = &[
    (&["W01"], load::items),
    (&["W02", "W03"], load::users),
    (&["W04"], load::misses),
    (&["W05"], write::insert),
    (&["W06"], write::insert_given),
    (&["W07"], write::update),
    (&["W08"], write::clean),
    (&["W09"], write::column_sets),
    (&["W10"], memory::hits),
    (&["W11"], memory::fields),
    (&["W12"], hops::chain),
    (&["W13"], eager::posts),
    (&["W14"], eager::comments),
    (&["W15"], eager::lazy),
    (&["W16"], request::sqlite),
    (&["W17"], load::stream),
    (&["W18"], eager::batches),
    (&["W19"], profiles::run),
    (&["W20"], write::rollback),
    (&["W21"], memory::held),
    (&["W22"], watched::observed),
    (&["W23"], watched::traced),
    (&["P1"], server::insert),
    (&["P2"], server::update),
    (&["P3"], request::postgres),
    (&["P4"], server::eager),
    (&["M1"], mariadb::insert_and_eager),
    (&["C1", "C2"], compile::check),
    (&["C3"], compile::size),
];

impl Bench {
    /// Returns the size of a workload: a hundredth if it only has to run.
    fn size(&self, full: usize) -> usize {
        if self.smoke { full / 100 } else { full }
    }
}

fn main() -> ExitCode {
    let mut bench = Bench { rounds: 9, smoke: false, arm: None };
    let mut wanted = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--peak" => return peak::child(&arguments.collect::<Vec<_>>()),
            "--smoke" => bench = Bench { rounds: 1, smoke: true, ..bench },
            "--arm" => bench.arm = arguments.next().and_then(|arm| arm.parse().ok()),
            "--rounds" => {
                let rounds = arguments.next().and_then(|rounds| rounds.parse().ok());
                bench.rounds = rounds.filter(|&rounds| rounds > 0).unwrap_or(bench.rounds);
            }
            _ => wanted.push(argument),
        }
    }
    let known = |id: &String| WORKLOADS.iter().any(|(ids, _)| ids.contains(&id.as_str()));
    if let Some(unknown) = wanted.iter().find(|id| !known(id)) {
        eprintln!("there is no workload {unknown}");
        return ExitCode::FAILURE;
    }
    // Until a large block has been freed, the C library returns memory to the system and must
    // request it again page by page. Without this line a workload alone would run twice as slowly
    // as after others.
    drop(std::hint::black_box(vec![1_u8; 30 << 20]));
    let mut all_ran = true;
    for (ids, run) in WORKLOADS {
        if !wanted.is_empty() && !wanted.iter().any(|id| ids.contains(&id.as_str())) {
            continue;
        }
        if let Err(error) = run(&bench) {
            println!("{}  could not run: {error}", ids.join(", "));
            all_ran = false;
        }
    }
    if all_ran { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
