//! The ways to insert many rows, side by side, with the statements that each sends.
//!
//! The story: a program inserts 400,000 customers and is slow. A profile shows the unit of work:
//! objects, their keys and their states. Which ways are there, and what does each cost?
//!
//! `cargo run --release --example insert_modes -- 400000 --times` prints seconds as well.

#![allow(clippy::print_stdout, reason = "an example prints what it does")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::{Connection, RunQueryDsl, SqliteConnection};
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Customer {
    id: Auto<i64>,
    name: String,
}

/// The number of rows in a statement of plain Diesel.
const AT_ONCE: usize = 500;

fn customers(rows: usize) -> impl Iterator<Item = Customer> {
    (0..rows).map(|n| Customer::builder().name(format!("NAME {n}")).build())
}

fn keyed(rows: usize) -> impl Iterator<Item = Customer> {
    customers(rows).zip(1..).map(|(customer, key)| Customer { id: Auto::from(key), ..customer })
}

/// A way to insert this many rows.
type Way = fn(&mut Session, usize) -> Result<()>;

const WAYS: [(&str, Way); 6] = [
    ("a flush for each object", |session, rows| {
        for customer in customers(rows) {
            session.add(customer);
            session.flush()?;
        }
        Ok(())
    }),
    ("unit of work", |session, rows| {
        session.add_all(customers(rows));
        session.flush()
    }),
    ("unit of work, keys given", |session, rows| {
        session.add_all(keyed(rows));
        session.flush()
    }),
    ("bulk_insert", |session, rows| session.bulk_insert(customers(rows)).map(drop)),
    ("bulk_insert, keys given", |session, rows| session.bulk_insert(keyed(rows)).map(drop)),
    ("bulk_insert_with, keys returned", |session, rows| {
        let keys = session.bulk_insert_with(customers(rows)).returning_keys()?;
        assert_eq!(keys.len(), rows);
        Ok(())
    }),
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let times = arguments.iter().any(|argument| argument == "--times");
    let rows = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(2_000);
    println!("{rows} rows on SQLite");
    println!("{:<34}{:>12}{:>9}", "", "statements", "objects");
    for (name, way) in WAYS {
        let mut session = Session::open("sqlite://:memory:")?;
        schema![Customer].create_all(&mut session)?;
        session.commit()?;
        let (before, began) = (session.statements(), Instant::now());
        way(&mut session, rows)?;
        session.commit()?;
        let (sent, seconds) = (session.statements() - before, began.elapsed().as_secs_f64());
        line(name, sent, session.len(), times.then_some(seconds));
        assert_eq!(usize::try_from(session.query::<Customer>().count()?), Ok(rows));
    }
    let (sent, seconds) = plain_diesel(rows)?;
    line("plain Diesel", sent, 0, times.then_some(seconds));
    Ok(())
}

fn line(name: &str, statements: impl Into<u64>, objects: usize, seconds: Option<f64>) {
    let seconds = seconds.map(|seconds| format!("{seconds:>9.2} s")).unwrap_or_default();
    println!("{name:<34}{:>12}{objects:>9}{seconds}", statements.into());
}

/// Inserts the rows with Diesel alone: arrays of a fixed size, and the rest one by one. Returns the
/// number of statements, and the seconds.
fn plain_diesel(rows: usize) -> Result<(u64, f64)> {
    let sent = Arc::new(AtomicUsize::new(0));
    let failed = |error: diesel::result::Error| Error::application(error);
    let mut connection = SqliteConnection::establish(":memory:").map_err(Error::application)?;
    connection
        .batch_execute("CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        .map_err(failed)?;
    let counter = Arc::clone(&sent);
    connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event
            && query.to_string().starts_with("INSERT")
        {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    let began = Instant::now();
    connection
        .transaction(|connection| {
            let names: Vec<String> = (0..rows).map(|n| format!("NAME {n}")).collect();
            let name = |n: &String| diesel::ExpressionMethods::eq(customer::name, n.clone());
            let mut chunks = names.chunks_exact(AT_ONCE);
            for chunk in &mut chunks {
                let values: [_; AT_ONCE] = std::array::from_fn(|n| name(&chunk[n]));
                diesel::insert_into(customer::table).values(&values).execute(connection)?;
            }
            for rest in chunks.remainder() {
                diesel::insert_into(customer::table).values(name(rest)).execute(connection)?;
            }
            diesel::QueryResult::Ok(())
        })
        .map_err(failed)?;
    let sent = u64::try_from(sent.load(Ordering::Relaxed)).unwrap_or(u64::MAX);
    Ok((sent, began.elapsed().as_secs_f64()))
}
