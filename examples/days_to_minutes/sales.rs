//! The list of sales: each sold debenture, with what its series had collected by then.
//!
//! The talk's next optimisation was one giant query for all of it. The database must then compute
//! the sum again for each debenture, though many were sold on the same day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use orm_runtime::decimal::sum;
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

use crate::fund::{Integralization, debenture, holder, integralization, series};

/// A sale: the debenture, its series and that series' code, the holder's name, the day.
pub(crate) type Sale = (i64, i64, String, String, Option<NaiveDate>);

/// A line of the list: a sale, and what the series had collected by that day.
pub(crate) type Line = (i64, i64, String, String, Option<NaiveDate>, Option<Decimal>);

/// What each series had collected by a day.
pub(crate) type Collected = BTreeMap<(i64, NaiveDate), Decimal>;

/// Returns the list with one statement.
pub(crate) fn giant_query(session: &mut Session) -> Result<Vec<Line>> {
    let collected = integralization::table
        .filter(integralization::series_id.eq(debenture::series_id))
        .filter(integralization::paid_on.nullable().le(debenture::sale_date))
        .select(sum(integralization::amount))
        .single_value();
    session.load_rows(
        debenture::table
            .inner_join(series::table.on(series::id.eq(debenture::series_id)))
            .inner_join(holder::table.on(holder::id.nullable().eq(debenture::holder_id)))
            .order_by(debenture::id.asc())
            .select((
                debenture::id,
                debenture::series_id,
                series::code,
                holder::name,
                debenture::sale_date,
                collected,
            )),
    )
}

/// Returns the sales alone: the first part of the query that was split.
pub(crate) fn sales(session: &mut Session) -> Result<Vec<Sale>> {
    session.load_rows(
        debenture::table
            .inner_join(series::table.on(series::id.eq(debenture::series_id)))
            .inner_join(holder::table.on(holder::id.nullable().eq(debenture::holder_id)))
            .order_by(debenture::id.asc())
            .select((
                debenture::id,
                debenture::series_id,
                series::code,
                holder::name,
                debenture::sale_date,
            )),
    )
}

/// Returns what the series had collected, with a small statement for each day of sales.
pub(crate) fn collected_in_a_loop(session: &mut Session, sales: &[Sale]) -> Result<Collected> {
    let days = sales.iter().filter_map(|&(_, series, .., day)| Some((series, day?)));
    let days: BTreeSet<(i64, NaiveDate)> = days.collect();
    let mut collected = Collected::new();
    for (series, day) in days {
        let until: Option<Decimal> = session
            .query::<Integralization>()
            .filter(integralization::series_id.eq(series))
            .filter(integralization::paid_on.le(day))
            .select(sum(integralization::amount))
            .named("sales: collected until a day")
            .scalar()?;
        collected.extend(until.map(|until| ((series, day), until)));
    }
    Ok(collected)
}

/// Returns what the series had collected after each day with payments, with one statement: a sum
/// of sums over a window.
pub(crate) fn running_totals(session: &mut Session) -> Result<Collected> {
    let paid = || sum(integralization::amount);
    let rows: Vec<(i64, NaiveDate, Option<Decimal>)> = session
        .query::<Integralization>()
        .group_by((integralization::series_id, integralization::paid_on))
        .select((
            integralization::series_id,
            integralization::paid_on,
            sum(paid())
                .over()
                .partition_by(integralization::series_id)
                .order_by(integralization::paid_on.asc()),
        ))
        .named("sales: running totals")
        .load()?;
    let totals = rows.into_iter();
    Ok(totals.filter_map(|(series, day, total)| Some(((series, day), total?))).collect())
}

/// Joins sales with the last total until their day, in memory.
pub(crate) fn list(sales: Vec<Sale>, collected: &Collected) -> Vec<Line> {
    let until = |series, day: Option<NaiveDate>| {
        let totals = collected.range((series, NaiveDate::MIN)..=(series, day?));
        Some(*totals.last()?.1)
    };
    let line =
        |(id, series, code, holder, day)| (id, series, code, holder, day, until(series, day));
    sales.into_iter().map(line).collect()
}
