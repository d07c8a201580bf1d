//! Database, fetching, conversion and object building, told apart.

use std::sync::{Arc, Mutex, PoisonError};

use orm_runtime::observe::{Event, RowTimes, SessionObserver};
use orm_runtime::prelude::*;

use crate::visits::{Campaign, Signature, VISITS, Visit, campaign, signature, visit};

/// An observer that keeps the times of the last statement with rows.
#[derive(Default)]
struct Times(Mutex<RowTimes>);

impl SessionObserver for Times {
    fn on_event(&self, event: &Event<'_>) {
        if let Event::StatementFinished(finished) = event
            && let Some(parts) = finished.parts
        {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = parts;
        }
    }

    fn times_rows(&self) -> bool {
        true
    }
}

/// Sends statements that are slow for different reasons, and says for which.
pub(crate) fn tell_apart(with_times: bool) -> Result<()> {
    let mut session = Session::open(crate::URL)?;
    let times = Arc::new(Times::default());
    session.observe(Arc::clone(&times));
    let show = |what: &str, rows: usize| {
        let parts = *times.0.lock().unwrap_or_else(PoisonError::into_inner);
        println!("  {what}: {rows} rows");
        if with_times {
            let RowTimes { first_row, fetching, decoding, entering, .. } = parts;
            println!("    first row {first_row:.1?}, fetching {fetching:.1?}");
            println!("    decoding {decoding:.1?}, entering {entering:.1?}");
        }
        parts
    };

    // All work of the database is done before it has the first row: optimise the query.
    let slower = visit::table.filter(visit::millis.gt(campaign::last - campaign::first)).count();
    let many = session.query::<Campaign>().filter(slower.single_value().gt(0)).count()?;
    let parts = show("a count in the database", 1);
    assert!(many > 0 && parts.first_row > parts.fetching + parts.decoding + parts.entering);
    println!("    most of the time is the database, before the first row");

    // The database is fast, and a column is not: look at its type.
    let signatures = session.query::<Signature>().all()?.len();
    let parts = show("a column of a slow type", signatures);
    assert!(parts.decoding > parts.first_row + parts.fetching + parts.entering);
    println!("    most of the time is the conversion of columns");
    let keys: Vec<i64> = session.query::<Signature>().select(signature::id).load()?;
    let converted = parts.decoding;
    let parts = show("the same rows without that column", keys.len());
    assert!(parts.decoding < converted);

    // Many rows as objects of the session, as plain structs, and as columns.
    let objects = session.query::<Visit>().all()?.len();
    show("objects, which enter the identity map", objects);
    let structs = session.query::<Visit>().rows()?.len();
    show("plain structs of the same rows", structs);
    let columns: Vec<(i64, i64)> =
        session.query::<Visit>().select((visit::id, visit::millis)).load()?;
    show("two columns of the same rows", columns.len());
    assert!([objects, structs, columns.len()].iter().all(|&rows| rows as i64 == VISITS));

    // Fewer rows are better than a fast way to read them.
    let slowest: Option<i64> =
        session.query::<Visit>().select(diesel::dsl::max(visit::millis)).scalar()?;
    show("their maximum, computed in the database", 1);
    assert_eq!(slowest, columns.iter().map(|&(_, millis)| millis).max());
    Ok(())
}
