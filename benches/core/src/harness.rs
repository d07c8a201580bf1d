//! Arms that run in rounds, and one line for the result.

use std::alloc::System;
use std::error::Error;
use std::fmt::Write;
use std::time::{Duration, Instant};

use stats_alloc::{INSTRUMENTED_SYSTEM, Stats, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Why a workload could not run.
pub type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

/// How the workloads run, and whether all of them could.
pub struct Bench {
    pub rounds: usize,
    /// Small sizes and no comparison with goals. It only checks that everything runs.
    pub smoke: bool,
    /// Runs only this arm, for a profiler: 0 is the session.
    pub arm: Option<usize>,
}

/// One run of one arm. Only the work inside [`time`](Self::time) counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Watch {
    pub time: Duration,
    pub allocations: usize,
    pub statements: u64,
}

impl Watch {
    /// Times a part of the run. Several parts are added up. It is not inlined, so that a profiler
    /// can tell which part counts.
    #[inline(never)]
    pub fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let before = allocations();
        let start = Instant::now();
        let value = std::hint::black_box(work());
        self.time += start.elapsed();
        self.allocations += allocations() - before;
        value
    }
}

/// Returns the number of allocations so far, including reallocations that grow.
pub fn allocations() -> usize {
    let Stats { allocations, reallocations, .. } = ALLOCATOR.stats();
    allocations + reallocations
}

/// Returns the number of bytes that are allocated now.
pub fn live_bytes() -> usize {
    let Stats { bytes_allocated, bytes_deallocated, .. } = ALLOCATOR.stats();
    bytes_allocated - bytes_deallocated
}

type Run<'a> = Box<dyn FnMut(&mut Watch) -> Result<u64> + 'a>;

/// A comparison of the session with peers.
pub struct Comparison<'a> {
    arms: Vec<(&'static str, Run<'a>)>,
}

/// All runs of one arm.
pub struct Arm {
    pub name: &'static str,
    pub watches: Vec<Watch>,
}

impl Arm {
    pub fn min(&self) -> Duration {
        self.watches.iter().map(|watch| watch.time).min().unwrap_or_default()
    }

    pub fn median(&self) -> Duration {
        let mut times: Vec<_> = self.watches.iter().map(|watch| watch.time).collect();
        times.sort_unstable();
        times[times.len() / 2]
    }

    /// Returns the fewest allocations of a run, because a cache may grow in one of them.
    pub fn allocations(&self) -> usize {
        self.watches.iter().map(|watch| watch.allocations).min().unwrap_or_default()
    }

    /// Returns the number of statements of the last run.
    pub fn statements(&self) -> u64 {
        self.watches.last().map_or(0, |watch| watch.statements)
    }
}

impl<'a> Comparison<'a> {
    /// Starts a comparison whose first arm is the session. Each run returns a checksum of what it
    /// read or wrote.
    pub fn session(run: impl FnMut(&mut Watch) -> Result<u64> + 'a) -> Self {
        Comparison { arms: vec![("session", Box::new(run))] }
    }

    pub fn peer(
        mut self,
        name: &'static str,
        run: impl FnMut(&mut Watch) -> Result<u64> + 'a,
    ) -> Self {
        self.arms.push((name, Box::new(run)));
        self
    }

    /// Runs the arms in rounds. Their checksums must agree in each round. The first round fills
    /// caches and does not count.
    pub fn run(mut self, bench: &Bench) -> Result<Vec<Arm>> {
        if let Some(only) = bench.arm {
            if only >= self.arms.len() {
                return Err(format!("there is no arm {only}").into());
            }
            self.arms = vec![self.arms.swap_remove(only)];
        }
        let names = self.arms.iter().map(|(name, _)| *name);
        let mut arms: Vec<Arm> = names.map(|name| Arm { name, watches: Vec::new() }).collect();
        for round in 0..=bench.rounds {
            let mut expected = None;
            for ((name, run), arm) in self.arms.iter_mut().zip(&mut arms) {
                let mut watch = Watch::default();
                let answer = run(&mut watch)?;
                if *expected.get_or_insert(answer) != answer {
                    return Err(format!("{name} gives another answer than the session").into());
                }
                if round > 0 {
                    arm.watches.push(watch);
                }
            }
        }
        Ok(arms)
    }
}

/// The line of a workload, assembled from its measures.
pub struct Line {
    name: String,
    measures: Vec<String>,
    goals: Vec<String>,
    short: Vec<String>,
}

impl Line {
    pub fn new(id: &str, what: impl AsRef<str>) -> Self {
        let name = format!("{id:<4}{:<44}", what.as_ref());
        Line { name, measures: Vec::new(), goals: Vec::new(), short: Vec::new() }
    }

    /// Adds the time of the session as a ratio to that of the fastest peer. It is short only if
    /// both the minimum and the median are short.
    pub fn ratio(mut self, arms: &[Arm], goal: f64) -> Self {
        let (session, peers) = (&arms[0], &arms[1..]);
        let Some(peer) = peers.iter().min_by_key(|peer| peer.min()) else { return self };
        let of = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();
        let (min, median) = (of(session.min(), peer.min()), of(session.median(), peer.median()));
        let mut text =
            format!("{min:.2} x {} (median {median:.2}; {}", peer.name, show(session.min()));
        for peer in peers {
            let _ = write!(text, ", {} {}", peer.name, show(peer.min()));
        }
        self.measures.push(text + ")");
        self.goal(format!("{goal:.2}"), min > goal && median > goal, "time")
    }

    /// Adds the statements and allocations of the session.
    pub fn counts(mut self, session: &Arm, objects: usize) -> Self {
        let each = session.allocations() as f64 / objects as f64;
        self.measures
            .push(format!("{} statements, {each:.3} allocations each", session.statements()));
        self
    }

    /// Adds a measure that must stay within a limit.
    pub fn at_most(mut self, what: &str, value: f64, limit: f64) -> Self {
        self.measures.push(format!("{} {what}", number(value)));
        self.goal(format!("{} {what}", number(limit)), value > limit, what)
    }

    /// Adds a measure that must have this value.
    pub fn exactly(mut self, what: &str, value: f64, wanted: f64) -> Self {
        self.measures.push(format!("{} {what}", number(value)));
        self.goal(format!("{} {what}", number(wanted)), value != wanted, what)
    }

    /// Adds the allocations of the session for each of this number of objects.
    pub fn allocations(mut self, session: &Arm, each: usize) -> Self {
        let each = session.allocations() as f64 / each as f64;
        self.measures.push(format!("{each:.1} allocations each"));
        self
    }

    /// Adds a measure without a goal.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.measures.push(text.into());
        self
    }

    fn goal(mut self, goal: String, missed: bool, what: &str) -> Self {
        self.goals.push(goal);
        if missed {
            self.short.push(what.to_owned());
        }
        self
    }

    pub fn print(self, bench: &Bench) {
        let verdict = match (bench.smoke, self.short.is_empty()) {
            (true, _) => "ran".to_owned(),
            _ if bench.arm.is_some() => "profiled".to_owned(),
            (false, true) => "ok".to_owned(),
            (false, false) if self.goals.len() == 1 => "short".to_owned(),
            (false, false) => format!("{} short", self.short.join(", ")),
        };
        let (measures, goals) = (self.measures.join("; "), self.goals.join(", "));
        println!("{} {measures}   goal {goals}   {verdict}", self.name);
    }
}

fn number(value: f64) -> String {
    let digits = if value.fract() == 0.0 {
        0
    } else if value.abs() < 0.1 {
        3
    } else {
        2
    };
    format!("{value:.digits$}")
}

fn show(time: Duration) -> String {
    match time.as_secs_f64() {
        s if s < 1e-3 => format!("{:.2} µs", s * 1e6),
        s if s < 1.0 => format!("{:.2} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}

/// Formats a number as 1,234,567.
pub fn grouped(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The checksum of an arm's result.
#[derive(Debug, Clone, Copy)]
pub struct Digest(u64);

impl Digest {
    pub fn new() -> Self {
        Digest(0xcbf2_9ce4_8422_2325)
    }

    pub fn int(&mut self, value: i64) {
        self.0 = (self.0 ^ value as u64).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    }

    pub fn text(&mut self, text: &str) {
        self.int(text.len() as i64);
        text.bytes().for_each(|byte| self.int(byte.into()));
    }

    pub fn value(self) -> u64 {
        self.0
    }
}
