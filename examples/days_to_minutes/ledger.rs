//! What the distribution writes: credits for debentures, and the accounts of holders.

use chrono::NaiveDate;
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

use crate::fund::{Debenture, Holder, holder};

/// The interest that a debenture has earned until a day.
#[derive(Entity)]
#[entity(table = "fund_credit", unique(debenture, day))]
pub(crate) struct Credit {
    pub(crate) id: Auto<i64>,
    pub(crate) debenture: ForeignKey<Debenture>,
    pub(crate) day: NaiveDate,
    #[entity(precision = 14, scale = 2)]
    pub(crate) principal: Decimal,
    #[entity(precision = 18, scale = 6)]
    pub(crate) interest: Decimal,
}

/// What a holder has been credited with in all.
#[derive(Entity)]
#[entity(table = "fund_account")]
pub(crate) struct Account {
    pub(crate) id: Auto<i64>,
    #[entity(unique)]
    pub(crate) holder: ForeignKey<Holder>,
    #[entity(precision = 18, scale = 6)]
    pub(crate) credited: Decimal,
}

/// Adds an empty account for each holder, and commits.
pub(crate) fn open_accounts(session: &mut Session) -> Result<()> {
    let holders: Vec<i64> =
        session.query::<Holder>().order_by(holder::id.asc()).select(holder::id).load()?;
    let accounts = holders.into_iter();
    session.add_all(
        accounts.map(|holder| Account::builder().holder(holder).credited(Decimal::ZERO).build()),
    );
    session.commit()
}

/// All that a distribution has written: credits by debenture, and accounts by holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Books {
    credits: Vec<(i64, NaiveDate, Decimal, Decimal)>,
    accounts: Vec<(i64, Decimal)>,
}

/// Reads the books from the database, not from memory.
pub(crate) fn books(session: &mut Session) -> Result<Books> {
    let credits = session
        .query::<Credit>()
        .order_by(credit::debenture_id.asc())
        .select((credit::debenture_id, credit::day, credit::principal, credit::interest))
        .load()?;
    let accounts = session
        .query::<Account>()
        .order_by(account::holder_id.asc())
        .select((account::holder_id, account::credited))
        .load()?;
    Ok(Books { credits, accounts })
}
