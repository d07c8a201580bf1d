//! The fund: series of debentures, their holders, and the payments.

use chrono::NaiveDate;
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

/// The state of a debenture.
#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
#[db_enum(type_name = "fund_debenture_state")]
pub enum State {
    #[db_enum(code = "O")]
    Offered,
    #[db_enum(code = "S")]
    Sold,
    #[db_enum(code = "R", label = "Paid back")]
    Redeemed,
}

#[derive(Entity)]
#[entity(table = "fund_series", check = "rate > 0")]
pub(crate) struct Series {
    pub(crate) id: Auto<i64>,
    #[entity(unique, length = 10)]
    pub(crate) code: String,
    /// The monthly rate, as a factor.
    #[entity(precision = 8, scale = 4)]
    pub(crate) rate: Decimal,
    pub(crate) issued: NaiveDate,
    #[entity(order_by = number)]
    pub(crate) debentures: HasMany<Debenture>,
}

#[derive(Entity)]
#[entity(table = "fund_holder")]
pub(crate) struct Holder {
    pub(crate) id: Auto<i64>,
    #[entity(unique, length = 60)]
    pub(crate) name: String,
}

#[derive(Entity)]
#[entity(
    table = "fund_debenture",
    unique(series, number),
    check = "face_value > 0",
    check(name = "fund_sold_to_someone", condition = "holder_id IS NULL OR sale_price > 0")
)]
pub(crate) struct Debenture {
    pub(crate) id: Auto<i64>,
    pub(crate) series: ForeignKey<Series>,
    pub(crate) number: i32,
    #[entity(precision = 14, scale = 2)]
    pub(crate) face_value: Decimal,
    pub(crate) state: State,
    #[entity(precision = 14, scale = 2)]
    pub(crate) sale_price: Option<Decimal>,
    pub(crate) sale_date: Option<NaiveDate>,
    pub(crate) holder: Option<ForeignKey<Holder>>,
    #[entity(order_by = paid_on)]
    pub(crate) integralizations: HasMany<Integralization>,
}

/// A payment for a debenture. It has the series as well, so that reports need no join.
#[derive(Entity)]
#[entity(table = "fund_integralization", unique(debenture, paid_on), check = "amount > 0")]
pub(crate) struct Integralization {
    pub(crate) id: Auto<i64>,
    #[entity(on_delete = cascade)]
    pub(crate) debenture: ForeignKey<Debenture>,
    pub(crate) series: ForeignKey<Series>,
    pub(crate) paid_on: NaiveDate,
    #[entity(precision = 14, scale = 2)]
    pub(crate) amount: Decimal,
}
