//! A job that ran for days and then for minutes: each optimisation, with its statements and time.
//!
//! The story: a fund lends money, and at the beginning of each month it credits its holders with
//! what their debentures have earned. The code of that job was written like a computation in
//! memory. With few rows nobody noticed; with many the job ran for over 24 hours. The log showed
//! statements of one shape, over and over. A talk, "From days to minutes, from minutes to
//! milliseconds", tells what helped, one step after another: a map loaded at once, aggregates in
//! the database, INSERT … SELECT and UPDATE from a query. It also tells when that backfired: one
//! giant query that did all the work ran for hours, until it was split in two again.
//!
//! The program runs all of it on the data of `fund_report`. Each step begins with the same rows
//! and must have the same result, to the last digit.
//!
//! `cargo run --release --example days_to_minutes`. With `--counts` it prints no times, with
//! `--picture` it draws the seconds. With `--features orm-examples/servers` it takes a URL, whose
//! tables `fund_…` may be created again: `… -- postgres://user@host/name`.

#![allow(clippy::print_stdout, reason = "an example prints what it does")]
#![allow(unreachable_pub, reason = "the type of a column is public because Diesel's columns are")]

use chrono::NaiveDate;
use orm_runtime::observe::StatementSummary;
use orm_runtime::prelude::*;

#[path = "days_to_minutes/distribution.rs"]
mod distribution;
#[path = "fund_report/fill.rs"]
mod fill;
#[path = "fund_report/fund.rs"]
mod fund;
#[path = "days_to_minutes/ledger.rs"]
mod ledger;
#[path = "days_to_minutes/measure.rs"]
mod measure;
#[path = "days_to_minutes/picture.rs"]
mod picture;
#[path = "days_to_minutes/sales.rs"]
mod sales;

use fund::{Debenture, Holder, Integralization, Series};
use ledger::{Account, Credit};
use measure::{Measure, Measured};

/// What a run prints.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    Times,
    Counts,
    Picture,
}

fn main() -> Result<()> {
    let mut output = Output::Times;
    let mut url = "sqlite://:memory:".to_owned();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--counts" => output = Output::Counts,
            "--picture" => output = Output::Picture,
            _ => url = argument,
        }
    }
    let mut session = Session::open(&url)?;
    let schema = schema![Series, Holder, Debenture, Integralization, Account, Credit];
    schema.drop_all(&mut session)?;
    schema.create_all(&mut session)?;
    fill::fill(&mut session)?;
    ledger::open_accounts(&mut session)?;

    let measure = Measure::of(&session);
    let steps = distribution_steps(&mut session, &measure)?;
    let lists = sales_steps(&mut session, &measure)?;
    let database = match session.dialect() {
        Dialect::Sqlite => "SQLite",
        Dialect::Postgres => "PostgreSQL",
        _ => "MySQL or MariaDB",
    };
    schema.drop_all(&mut session)?;

    if output == Output::Picture {
        let parts = [("The distribution", &*steps), ("The list of sales", &*lists)];
        println!("{}", picture::picture(database, &parts));
        return Ok(());
    }
    println!("The distribution as first written, in the report of its statements\n");
    println!("{}\n", repeated(&steps[0].summary));
    let with_times = output == Output::Times;
    println!("The distribution\n{}\n", measure::table(&steps, with_times));
    println!("The list of sales\n{}", measure::table(&lists, with_times));
    Ok(())
}

/// Runs each version of the distribution from the same rows. The versions must write the same.
fn distribution_steps(session: &mut Session, measure: &Measure) -> Result<Vec<Measured>> {
    type Version = fn(&mut Session, NaiveDate) -> Result<()>;
    let versions: [(&'static str, Version); 4] = [
        ("as first written: queries for each object", distribution::as_first_written),
        ("maps, loaded at once", distribution::with_maps),
        ("sums in the database", distribution::with_aggregates),
        ("INSERT … SELECT, UPDATE from a query", distribution::in_the_database),
    ];
    let day = fund_day();
    let mut steps = Vec::new();
    let mut expected = None;
    for (name, version) in versions {
        session.clear();
        steps.push(measure.run(name, session, |session| version(session, day))?.0);
        let books = ledger::books(session)?;
        assert_eq!(*expected.get_or_insert_with(|| books.clone()), books, "{name}");
        session.rollback()?;
    }
    Ok(steps)
}

/// Runs each version of the list of sales. The versions must list the same.
fn sales_steps(session: &mut Session, measure: &Measure) -> Result<Vec<Measured>> {
    session.clear();
    let (giant, expected) = measure.run("one giant query", session, sales::giant_query)?;
    let (sold, sales) = measure.run("split, first part: the sales", session, sales::sales)?;
    let (until, collected) =
        measure.run("split, second part: a sum for each day of sales", session, |session| {
            sales::collected_in_a_loop(session, &sales)
        })?;
    assert_eq!(sales::list(sales.clone(), &collected), expected);
    let split = sold.plus(&until, "split in two: both parts");
    let (window, running) =
        measure.run("second part as a window over all days", session, sales::running_totals)?;
    assert_eq!(sales::list(sales, &running), expected);
    let window_in_all = sold.plus(&window, "split in two, with the window");
    Ok(vec![giant, sold, until, split, window, window_in_all])
}

/// Returns the statements that were sent over and over, with the call that avoids them.
fn repeated(summary: &StatementSummary) -> String {
    let repeated = summary.repeated(5);
    let lines = repeated.iter().map(|repeated| {
        let shape = repeated.shape;
        let sql: String = shape.sql.chars().take(88).collect();
        let of = shape.path.as_deref().or(shape.entity).unwrap_or_default();
        format!(
            "{:>5} x {} of {of}\n        {sql}…\n        {}",
            repeated.count, shape.cause, repeated.cure
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the day for which the program distributes.
fn fund_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 6, 5).unwrap_or_default()
}
