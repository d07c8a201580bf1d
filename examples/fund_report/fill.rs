//! A fund to report on, the same each time.

use chrono::{Months, NaiveDate};
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

use crate::fund::{Debenture, Holder, Integralization, Series, State};

const HOLDERS: u64 = 24;
/// The debentures of each series.
const DEBENTURES: usize = 250;
/// The most months from the sale of a debenture to its last payment.
const INSTALMENTS: u64 = 6;

/// Adds series, holders, debentures and payments, and commits them.
pub(crate) fn fill(session: &mut Session) -> Result<()> {
    let mut dice = Dice(2_026);
    let holders = session.add_all((1..=HOLDERS).map(|number| {
        let name = format!("Holder {number:02}");
        Holder::builder().name(name).build()
    }));
    let series =
        session.add_all(["A", "B", "C", "D"].into_iter().zip(0..).map(|(code, months)| {
            let issued = first_day() + Months::new(months);
            let rate = Decimal::new(95 + 15 * i64::from(months), 4);
            Series::builder().code(format!("2026-{code}")).rate(rate).issued(issued).build()
        }));
    let mut debentures = Vec::new();
    for of in series {
        let series = &session[of];
        let numbers = (1..).take(DEBENTURES);
        let new = numbers.map(|number| debenture((of, series), number, &holders, &mut dice));
        debentures.extend(new);
    }
    let debentures = session.add_all(debentures);
    session.flush()?;

    // The payments are not needed as objects, so they are inserted outside the session.
    let payments: Vec<_> =
        debentures.iter().flat_map(|&one| payments(&session[one], &mut dice)).collect();
    session.bulk_insert(payments)?;
    session.commit()
}

fn debenture(
    (of, series): (Handle<Series>, &Series),
    number: i32,
    holders: &[Handle<Holder>],
    dice: &mut Dice,
) -> Debenture {
    let face_value = Decimal::from(1_000 * (1 + dice.below(10)));
    let new = Debenture::builder().series(of).number(number).face_value(face_value);
    let state = match dice.below(10) {
        0 | 1 => return new.state(State::Offered).build(),
        2 => State::Redeemed,
        _ => State::Sold,
    };
    // A later buyer pays for the months that have passed.
    let months = dice.below(INSTALMENTS);
    let price = face_value * (Decimal::ONE + series.rate * Decimal::from(months));
    let holder = holders[dice.below(holders.len() as u64) as usize];
    new.state(state)
        .sale_price(price.round_dp(2))
        .sale_date(series.issued + Months::new(months as u32))
        .holder(holder)
        .build()
}

/// Splits the price into equal instalments, a month apart. The last one is the remainder.
fn payments(debenture: &Debenture, dice: &mut Dice) -> Vec<Integralization> {
    let (Some(price), Some(from)) = (debenture.sale_price, debenture.sale_date) else {
        return Vec::new();
    };
    let count = 1 + dice.below(INSTALMENTS) as u32;
    let part = (price / Decimal::from(count)).round_dp(2);
    let payment = |month: u32| {
        let is_last = month + 1 == count;
        let amount = if is_last { price - part * Decimal::from(month) } else { part };
        Integralization::builder()
            .debenture(debenture.id.get().unwrap_or_default())
            .series(debenture.series.key().copied().unwrap_or_default())
            .paid_on(from + Months::new(month))
            .amount(amount)
            .build()
    };
    (0..count).map(payment).collect()
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 5).unwrap_or_default()
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}
