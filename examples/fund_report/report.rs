//! The report, which the database computes where it can.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use comfy_table::{CellAlignment, Table, presets};
use diesel::dsl::{case_when, count, count_star, rank};
use orm_runtime::decimal::{avg_to, sum};
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

use crate::fund::{
    Debenture, Holder, Integralization, Series, State, debenture, integralization, series,
};

/// The number of statements of the report, whatever is in the fund.
pub(crate) const STATEMENTS: usize = 7;

/// The number of holders in the report.
const LARGEST_HOLDERS: i64 = 5;

/// Returns the whole report.
pub(crate) fn report(session: &mut Session) -> Result<String> {
    let all = session.query::<Series>().order_by(series::code.asc()).all()?;
    let codes = all.iter().filter_map(|&one| {
        let Series { id, code, .. } = &session[one];
        Some((id.get()?, code.clone()))
    });
    let codes: Codes = codes.collect();
    let parts = [
        ("Series", sales(session, &codes)?),
        ("Sums paid in by month, and in all until then", months(session, &codes)?),
        ("The largest payment of each series", largest_payments(session, &codes)?),
        ("The last payments into all debentures of a series", last_payments(session, &codes)?),
        ("The largest holders", holders(session)?),
    ];
    let parts = parts.map(|(title, table)| format!("{title}\n{table}\n"));
    Ok(parts.join("\n"))
}

/// The codes of the series, by key.
type Codes = BTreeMap<i64, String>;

/// Returns aggregates over all rows of a group, and over some of them.
fn sales(session: &mut Session, codes: &Codes) -> Result<Table> {
    let in_state = |state| count(case_when(debenture::state.eq(state), debenture::id));
    let sold = || debenture::state.ne(State::Offered);
    type Row = (i64, i64, i64, i64, Option<Decimal>, Option<Decimal>, Option<Decimal>);
    let rows: Vec<Row> = session
        .query::<Debenture>()
        .group_by(debenture::series_id)
        .order_by(debenture::series_id.asc())
        .select((
            debenture::series_id,
            count_star(),
            in_state(State::Offered),
            in_state(State::Redeemed),
            sum(debenture::face_value).filter(sold()),
            sum(debenture::sale_price),
            avg_to(debenture::sale_price, 2).filter(debenture::state.eq(State::Sold)),
        ))
        .load()?;
    let mut table = table([
        "series",
        "issued",
        "offered",
        "paid back",
        "face value sold",
        "paid for it",
        "mean price",
    ]);
    for (series, all, offered, redeemed, face, paid, mean) in rows {
        table.add_row([
            codes[&series].clone(),
            all.to_string(),
            offered.to_string(),
            redeemed.to_string(),
            money(face),
            money(paid),
            money(mean),
        ]);
    }
    Ok(table)
}

/// Returns a sum of sums over a window: the groups of a series up to the current one.
fn months(session: &mut Session, codes: &Codes) -> Result<Table> {
    let paid = || sum(integralization::amount);
    type Row = (i64, NaiveDate, i64, Option<Decimal>, Option<Decimal>);
    let rows: Vec<Row> = session
        .query::<Integralization>()
        .group_by((integralization::series_id, integralization::paid_on))
        .order_by((integralization::series_id.asc(), integralization::paid_on.asc()))
        .select((
            integralization::series_id,
            integralization::paid_on,
            count_star(),
            paid(),
            sum(paid())
                .over()
                .partition_by(integralization::series_id)
                .order_by(integralization::paid_on.asc()),
        ))
        .load()?;
    let mut table = table(["series", "month", "payments", "sum", "in all"]);
    for (series, day, payments, sum, total) in rows {
        let month = day.format("%Y-%m").to_string();
        let code = codes[&series].clone();
        table.add_row([code, month, payments.to_string(), money(sum), money(total)]);
    }
    Ok(table)
}

/// Returns the first row of each group: DISTINCT ON, or its equivalent on other databases.
fn largest_payments(session: &mut Session, codes: &Codes) -> Result<Table> {
    let payments = session
        .query::<Integralization>()
        .distinct_on(
            integralization::series_id,
            (integralization::amount.desc(), integralization::paid_on.asc()),
        )
        .order_by(integralization::series_id.asc())
        .all()?;
    let mut table = table(["series", "paid on", "amount"]);
    for payment in payments {
        let Integralization { series, paid_on, amount, .. } = &session[payment];
        let code = series.key().map_or_else(String::new, |series| codes[series].clone());
        table.add_row([code, paid_on.to_string(), money(Some(*amount))]);
    }
    Ok(table)
}

/// Returns the first row of each group, and groups those rows.
fn last_payments(session: &mut Session, codes: &Codes) -> Result<Table> {
    let rows: Vec<(i64, i64, Option<Decimal>)> = session
        .query::<Integralization>()
        .distinct_on(integralization::debenture_id, integralization::paid_on.desc())
        .group_by(integralization::series_id)
        .order_by(integralization::series_id.asc())
        .select((integralization::series_id, count_star(), sum(integralization::amount)))
        .load()?;
    let mut table = table(["series", "debentures", "sum"]);
    for (series, debentures, sum) in rows {
        table.add_row([codes[&series].clone(), debentures.to_string(), money(sum)]);
    }
    Ok(table)
}

/// Returns the rank of each holder by a sum. One SELECT loads all holders.
fn holders(session: &mut Session) -> Result<Table> {
    let paid = || sum(debenture::sale_price);
    let rows: Vec<(i64, Option<i64>, i64, Option<Decimal>)> = session
        .query::<Debenture>()
        .filter(debenture::holder_id.is_not_null())
        .group_by(debenture::holder_id)
        .order_by((paid().desc(), debenture::holder_id.asc()))
        .limit(LARGEST_HOLDERS)
        .select((rank().window_order(paid().desc()), debenture::holder_id, count_star(), paid()))
        .load()?;
    let keys = rows.iter().filter_map(|(_, holder, ..)| *holder);
    let found = session.get_many::<Holder>(keys)?;
    let mut table = table(["place", "holder", "debentures", "paid"]);
    for ((place, _, debentures, paid), holder) in rows.into_iter().zip(found) {
        let name = holder.map_or_else(String::new, |holder| session[holder].name.clone());
        table.add_row([place.to_string(), name, debentures.to_string(), money(paid)]);
    }
    Ok(table)
}

/// Returns a table with these heads. All columns but the first are numbers.
fn table<const N: usize>(heads: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(heads);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn money(sum: Option<Decimal>) -> String {
    sum.map_or_else(String::new, |sum| sum.to_string())
}
