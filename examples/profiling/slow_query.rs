//! A slow query, found by a watch, explained, and mended with an index.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use orm_runtime::observe::{SlowWatch, StatementReport};
use orm_runtime::prelude::*;

use crate::visits::{CAMPAIGNS, Campaign, Visit, campaign, visit};

/// A slow statement: its time, where it comes from, and its plan.
type Slow = (Duration, String, String);

/// Runs a request with a slow query, finds the query, and gives its column an index.
pub(crate) fn find(with_times: bool) -> Result<()> {
    let mut session = Session::open(crate::URL)?;
    // A program would write to its log here. This one keeps the slowest.
    let slowest: Arc<Mutex<Slow>> = Arc::default();
    let sink = Arc::clone(&slowest);
    let watch = SlowWatch::new(Duration::from_millis(5), move |slow| {
        let mut slowest = sink.lock().unwrap_or_else(PoisonError::into_inner);
        if slow.time > slowest.0 {
            let plan = slow.plan.map(ToString::to_string).unwrap_or_default();
            *slowest = (slow.time, slow.origin.to_string(), plan);
        }
    });
    session.observe(watch.with_plans());
    let report = StatementReport::new();
    session.observe(report.clone());

    let names = request(&mut session)?;
    let summary = report.take();
    let (time, origin, plan) = slowest.lock().unwrap_or_else(PoisonError::into_inner).clone();
    println!("  the slowest of {} statements: {origin}", summary.statements);
    if with_times {
        println!("  {time:.1?} of {:.1?} in all statements", summary.time);
        plan.lines().for_each(|line| println!("    {line}"));
    }

    // The query has a condition on `minute`, and the plan has no index for it.
    let scanned = popular(&mut session).explain()?.full_scans;
    println!("  tables that are read as a whole, for each campaign: {}", scanned.join(", "));
    session.execute(diesel::sql_query("CREATE INDEX visit_minute ON visit (minute)"))?;
    session.commit()?;
    let plan = popular(&mut session).explain()?;
    println!("  and with an index: {}", plan.full_scans.len());
    if with_times {
        plan.text.lines().for_each(|line| println!("    {line}"));
    }
    report.take();
    assert_eq!(request(&mut session)?, names);
    if with_times {
        println!("  all statements with the index: {:.1?}", report.take().time);
    }
    Ok(())
}

/// Sends three statements. Only one of them is slow.
fn request(session: &mut Session) -> Result<Vec<String>> {
    assert_eq!(session.query::<Campaign>().count()?, CAMPAIGNS);
    session.query::<Visit>().limit(20).all()?;
    let found = popular(session).all()?;
    Ok(found.into_iter().map(|one| session[one].name.clone()).collect())
}

/// Returns a query for the campaigns during which there were over 150 visits.
fn popular(session: &mut Session) -> orm_runtime::Query<'_, Campaign> {
    let visits = visit::table
        .filter(visit::minute.ge(campaign::first))
        .filter(visit::minute.le(campaign::last))
        .count()
        .single_value();
    let popular = session.query::<Campaign>().filter(visits.gt(150));
    popular.order_by(campaign::name.asc()).named("popular campaigns")
}
