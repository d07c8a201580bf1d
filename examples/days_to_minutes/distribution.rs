//! The distribution, as it was first written and after each optimisation.
//!
//! What it does: a sold debenture earns its series' rate on what has been paid in until the day.
//! The interest is a credit of the debenture, and is added to the account of its holder.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::IntoSql;
use diesel::sql_types::Date;
use orm_runtime::decimal::{add, mul, sum};
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

use crate::fund::{Debenture, Integralization, Series, State, debenture, integralization, series};
use crate::ledger::{Account, Credit, account, credit};

/// Distributes in a loop over objects. Each object asks for what belongs to it, and each query
/// first writes what the round before it has changed.
pub(crate) fn as_first_written(session: &mut Session, day: NaiveDate) -> Result<()> {
    for debenture in session.query::<Debenture>().filter(debenture::state.eq(State::Sold)).all()? {
        let paid_in = session
            .related(debenture, debenture::integralizations)?
            .filter(integralization::paid_on.le(day))
            .all()?;
        if paid_in.is_empty() {
            continue;
        }
        let principal: Decimal = paid_in.iter().map(|&one| session[one].amount).sum();
        let series = session.related(debenture, debenture::series)?.one()?;
        let interest = principal * session[series].rate;
        let holder = session.related(debenture, debenture::holder)?.one()?;
        let account = session.query::<Account>().filter(account::holder.eq(holder)).one()?;
        session.add(
            Credit::builder()
                .debenture(debenture)
                .day(day)
                .principal(principal)
                .interest(interest)
                .build(),
        );
        session[account].credited += interest;
    }
    session.flush()
}

/// Loads all that the loop needs before it begins, into maps. The loop sends nothing.
pub(crate) fn with_maps(session: &mut Session, day: NaiveDate) -> Result<()> {
    let debentures = session.query::<Debenture>().filter(debenture::state.eq(State::Sold)).all()?;
    session.query::<Series>().all()?; // now `series.get` finds each in memory
    let accounts = accounts_by_holder(session)?;
    let payments =
        session.query::<Integralization>().filter(integralization::paid_on.le(day)).all()?;
    let payments = session.group_by(&payments, |one| one.debenture.key().copied());

    for debenture in debentures {
        let paid_in = payments.get(&session[debenture].id.get());
        if paid_in.is_empty() {
            continue;
        }
        let principal: Decimal = paid_in.iter().map(|&one| session[one].amount).sum();
        let interest = principal * session[debenture].series.get(session)?.rate;
        let account = session[debenture].holder.key().map(|holder| accounts[holder]);
        session.add(
            Credit::builder()
                .debenture(debenture)
                .day(day)
                .principal(principal)
                .interest(interest)
                .build(),
        );
        if let Some(account) = account {
            session[account].credited += interest;
        }
    }
    session.flush()
}

/// Lets the database add up the payments, and reads a row for each debenture. The credits are
/// inserted without becoming objects of the session.
pub(crate) fn with_aggregates(session: &mut Session, day: NaiveDate) -> Result<()> {
    let rates: Vec<(i64, Decimal)> =
        session.query::<Series>().select((series::id, series::rate)).load()?;
    let rates: HashMap<i64, Decimal> = rates.into_iter().collect();
    let accounts = accounts_by_holder(session)?;
    let paid_in: Vec<(i64, Option<Decimal>)> = session
        .query::<Integralization>()
        .filter(integralization::paid_on.le(day))
        .group_by(integralization::debenture_id)
        .select((integralization::debenture_id, sum(integralization::amount)))
        .load()?;
    let paid_in: HashMap<i64, Option<Decimal>> = paid_in.into_iter().collect();
    let debentures: Vec<(i64, i64, Option<i64>)> = session
        .query::<Debenture>()
        .filter(debenture::state.eq(State::Sold))
        .select((debenture::id, debenture::series_id, debenture::holder_id))
        .load()?;

    let mut credits = Vec::new();
    for (debenture, series, holder) in debentures {
        let Some(&Some(principal)) = paid_in.get(&debenture) else { continue };
        let interest = principal * rates[&series];
        let credit = Credit::builder().debenture(debenture).day(day).principal(principal);
        credits.push(credit.interest(interest).build());
        if let Some(holder) = holder {
            session[accounts[&holder]].credited += interest;
        }
    }
    session.bulk_insert(credits)?;
    session.flush()
}

/// Does all of it in the database, with two statements that return no rows.
pub(crate) fn in_the_database(session: &mut Session, day: NaiveDate) -> Result<()> {
    let interest = sum(mul(integralization::amount, series::rate));
    let credits = integralization::table
        .inner_join(debenture::table.on(debenture::id.eq(integralization::debenture_id)))
        .inner_join(series::table.on(series::id.eq(debenture::series_id)))
        .filter(debenture::state.eq(State::Sold))
        .filter(integralization::paid_on.le(day))
        .group_by(debenture::id)
        .select((
            debenture::id,
            day.into_sql::<Date>(),
            sum(integralization::amount).assume_not_null(),
            interest.assume_not_null(),
        ));
    session.execute(diesel::insert_into(credit::table).values(credits).into_columns((
        credit::debenture_id,
        credit::day,
        credit::principal,
        credit::interest,
    )))?;

    let credited_on_day = || {
        credit::table
            .inner_join(debenture::table.on(debenture::id.eq(credit::debenture_id)))
            .filter(credit::day.eq(day))
    };
    let interest = credited_on_day()
        .filter(debenture::holder_id.eq(account::holder_id.nullable()))
        .select(sum(credit::interest))
        .single_value();
    let credited = credited_on_day().select(debenture::holder_id.assume_not_null());
    session
        .query::<Account>()
        .filter(account::holder_id.eq_any(credited))
        .update(account::credited.eq(add(account::credited, interest).assume_not_null()))?;
    Ok(())
}

/// Loads all accounts, by the key of their holder.
fn accounts_by_holder(session: &mut Session) -> Result<HashMap<i64, Handle<Account>>> {
    let accounts = session.query::<Account>().all()?;
    let keyed = accounts.iter().filter_map(|&one| Some((*session[one].holder.key()?, one)));
    Ok(keyed.collect())
}
