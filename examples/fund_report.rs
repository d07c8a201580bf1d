//! Debentures of a fund, and a report on them: a loop over objects against a few statements.
//!
//! The story: a talk, "From days to minutes, from minutes to milliseconds", about a report that was
//! written like a computation in memory and queried the database once for each object. The program
//! runs both versions and counts their statements. The result is the same, to the last digit, on
//! every database.
//!
//! `cargo run --example fund_report`, or with `--features orm-examples/servers` and a database
//! whose tables `fund_…` may be created again: `… -- postgres://user@host/name`.

#![allow(clippy::print_stdout, reason = "an example prints what it does")]
#![allow(unreachable_pub, reason = "the type of a column is public because Diesel's columns are")]

use orm_runtime::decimal::sum;
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

#[path = "fund_report/fill.rs"]
mod fill;
#[path = "fund_report/fund.rs"]
mod fund;
#[path = "fund_report/report.rs"]
mod report;

use fund::{Debenture, Holder, Integralization, Series, debenture, integralization, series};

fn main() -> Result<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "sqlite://:memory:".to_owned());
    let mut session = Session::open(&url)?;
    let schema = schema![Series, Holder, Debenture, Integralization];
    schema.drop_all(&mut session)?;
    schema.create_all(&mut session)?;
    fill::fill(&mut session)?;

    // The program fails if the report takes more or fewer statements.
    session.clear();
    let text = session.expect_statements(report::STATEMENTS, report::report)?;
    println!("{text}");
    println!("{} statements for the report", report::STATEMENTS);

    session.clear();
    let before = session.statements();
    let in_a_loop = paid_in_a_loop(&mut session)?;
    let statements = session.statements() - before;
    let at_once = session.expect_statements(2, paid_at_once)?;
    assert_eq!(in_a_loop, at_once);
    println!("what is paid into series 2026-A: {at_once}");
    println!("  {statements} statements in a loop over objects, 2 with the sum in the database");
    schema.drop_all(&mut session)
}

/// Computes the sum in the obvious way. It reads well, and queries the database for each debenture.
fn paid_in_a_loop(session: &mut Session) -> Result<Decimal> {
    let mut paid = Decimal::ZERO;
    let series = session.query::<Series>().filter(series::code.eq("2026-A")).one()?;
    let debentures = session.related(series, series::debentures)?.all()?;
    for debenture in debentures {
        let payments = session.related(debenture, debenture::integralizations)?.all()?;
        for payment in payments {
            paid += session[payment].amount;
        }
    }
    Ok(paid)
}

fn paid_at_once(session: &mut Session) -> Result<Decimal> {
    let series = session.query::<Series>().filter(series::code.eq("2026-A")).one()?;
    let paid = session
        .query::<Integralization>()
        .filter(integralization::series.eq(series))
        .select(sum(integralization::amount))
        .one::<Option<Decimal>>()?;
    Ok(paid.unwrap_or_default())
}
