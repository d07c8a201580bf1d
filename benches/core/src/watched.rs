//! What observers cost, on the request of W16: W22, W23.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use orm_runtime::PoolOptions;
use orm_runtime::observe::{Event, TracingObserver};

use crate::harness::{Bench, Comparison, Line, Result};
use crate::{model, request};

/// Measures W22: an observer that counts the statements.
pub fn observed(bench: &Bench) -> Result {
    let counted = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&counted);
    let observe = |options: &mut PoolOptions| {
        options.observe(move |event: &Event<'_>| {
            if let Event::StatementFinished(_) = event {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
    };
    compare(bench, Line::new("W22", "the request of W16, observed"), 1.30, observe)?;
    match counted.load(Ordering::Relaxed) {
        0 if bench.arm != Some(1) => Err("the observer saw no statement".into()),
        _ => Ok(()),
    }
}

/// Measures W23: each statement an event of `tracing`, which is formatted and thrown away.
pub fn traced(bench: &Bench) -> Result {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
        .with_writer(std::io::sink)
        .finish();
    let line = Line::new("W23", "the request of W16, traced");
    tracing::subscriber::with_default(subscriber, || {
        compare(bench, line, 2.00, |options| options.observe(TracingObserver::new()))
    })
}

/// Compares requests of a factory with observers to those of a factory without.
fn compare(bench: &Bench, line: Line, goal: f64, observe: impl FnOnce(&mut PoolOptions)) -> Result {
    let requests = bench.size(2_000);
    let keys = model::shuffled(request::USERS, requests);
    let (ours, theirs) = (model::File::new("watched")?, model::File::new("unwatched")?);
    let (watched, unwatched) =
        (request::factory(&ours, observe)?, request::factory(&theirs, |_| ())?);
    let arms = Comparison::session(|watch| request::in_sessions(&watched, &keys, watch))
        .peer("without", |watch| request::in_sessions(&unwatched, &keys, watch))
        .run(bench)?;
    line.ratio(&arms, goal).allocations(&arms[0], requests).print(bench);
    Ok(())
}
