//! The recipe of the FAQ: a hook before each statement and one after it, and a stack of start
//! times between them, because statements may be nested.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use orm_runtime::observe::{Event, SessionObserver, StatementKind};
use orm_runtime::prelude::*;

use crate::visits::{Campaign, Visit, campaign, visit};

/// An observer with a stack of the statements that have started and not ended. It may observe
/// several sessions of a thread.
struct Timer {
    with_times: bool,
    running: Mutex<Vec<(u64, u64, Instant)>>,
}

impl Timer {
    fn running(&self) -> MutexGuard<'_, Vec<(u64, u64, Instant)>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionObserver for Timer {
    fn on_event(&self, event: &Event<'_>) {
        match event {
            Event::StatementStarted(statement) if statement.kind != StatementKind::Transaction => {
                let mut running = self.running();
                println!(
                    "  {}start: {}",
                    "  ".repeat(running.len()),
                    statement.origin.cause.name()
                );
                running.push((statement.session, statement.number, Instant::now()));
            }
            Event::StatementFinished(finished) => {
                let statement = (finished.statement.session, finished.statement.number);
                let mut running = self.running();
                let is_it =
                    |&(session, number, _): &(u64, u64, Instant)| (session, number) == statement;
                let Some(at) = running.iter().rposition(is_it) else { return };
                let (.., started) = running.remove(at);
                let entity = finished.statement.origin.entity.unwrap_or("-");
                let rows = finished.rows.unwrap_or_default();
                print!("  {}complete: {entity}, {rows} rows", "  ".repeat(running.len()));
                match self.with_times {
                    true => println!(", {:.1?}", started.elapsed()),
                    false => println!(),
                }
            }
            _ => {}
        }
    }
}

/// Streams visits from one session, and asks another about each of them.
pub(crate) fn watch(with_times: bool) -> Result<()> {
    let timer = Arc::new(Timer { with_times, running: Mutex::default() });
    let (mut streaming, mut asking) = (Session::open(crate::URL)?, Session::open(crate::URL)?);
    streaming.observe(Arc::clone(&timer));
    asking.observe(Arc::clone(&timer));

    let slow = visit::millis.gt(990).and(visit::minute.lt(600));
    let slow_visits = streaming.query::<Visit>().filter(slow).order_by(visit::id.asc()).limit(3);
    let mut during = 0;
    for one in slow_visits.stream()? {
        let minute = one?.minute;
        let is_running = campaign::first.le(minute).and(campaign::last.ge(minute));
        during += asking.query::<Campaign>().filter(is_running).count()?;
    }
    println!("  {during} campaigns ran during the slow visits");
    Ok(())
}
