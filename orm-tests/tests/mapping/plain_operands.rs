//! Values in conditions and assignments, as the program has them: no type needs a wrapper.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use orm_runtime::column::{BoxError, TypeDecorator};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};
use rust_decimal::Decimal;
use uuid::Uuid;

#[derive(Entity, Debug)]
#[entity(table = "operand_sample")]
struct Sample {
    id: Uuid,
    amount: Decimal,
    rest: Option<Decimal>,
    at: DateTime<Utc>,
    local: NaiveDateTime,
    small: u8,
    large: Option<u32>,
    huge: u64,
    signed: i8,
    #[entity(with = Millis)]
    patience: Duration,
    #[entity(with = Millis)]
    spare: Option<Duration>,
}

/// Stores a duration as whole milliseconds.
#[derive(DbType, Debug)]
pub struct Millis;

impl TypeDecorator for Millis {
    type Value = Duration;
    type Stored = i64;

    fn to_stored(value: &Duration) -> Result<i64, BoxError> {
        Ok(i64::try_from(value.as_millis())?)
    }

    fn from_stored(stored: i64) -> Result<Duration, BoxError> {
        Ok(Duration::from_millis(u64::try_from(stored)?))
    }
}

fn at(second: u32) -> DateTime<Utc> {
    format!("2024-02-29T12:00:{second:02}.123456Z").parse().unwrap()
}

fn sample() -> Sample {
    Sample {
        id: Uuid::from_u128(7),
        amount: Decimal::new(150, 2),
        rest: None,
        at: at(1),
        local: at(1).naive_utc(),
        small: 5,
        large: Some(4_000_000_000),
        huge: 9,
        signed: -3,
        patience: Duration::from_millis(1_500),
        spare: None,
    }
}

on_all_databases! {
    fn a_condition_takes_plain_values(db: &TestDb) {
        let mut session = db.session_for(schema![Sample]);
        session.add(sample());
        session.commit().unwrap();
        macro_rules! holds {
            ($condition:expr, $expected:literal) => {
                let found = session.query::<Sample>().filter($condition).count().unwrap();
                assert_eq!(found == 1, $expected, stringify!($condition));
            };
        }
        holds!(sample::id.eq(Uuid::from_u128(7)), true);
        holds!(sample::amount.gt(Decimal::ONE), true);
        // As numbers, and not as text.
        holds!(sample::amount.lt(Decimal::TEN), true);
        holds!(sample::amount.between(Decimal::ONE, Decimal::TWO), true);
        holds!(sample::amount.not_between(Decimal::ONE, Decimal::TWO), false);
        holds!(sample::rest.eq(Decimal::ONE), false);
        holds!(sample::rest.eq(None::<Decimal>), true);
        holds!(sample::rest.ne(Some(Decimal::ONE)), false);
        holds!(sample::at.le(at(1)).and(sample::at.ge(at(1))), true);
        holds!(sample::local.eq(at(1).naive_utc()), true);
        holds!(sample::small.eq(5_u8), true);
        holds!(sample::small.between(4_u8, 5_u8), true);
        holds!(sample::large.gt(3_999_999_999_u32), true);
        holds!(sample::large.eq(None::<u32>), false);
        holds!(sample::huge.ne(9_u64), false);
        holds!(sample::signed.lt(0_i8), true);
        holds!(sample::patience.ge(Duration::from_secs(1)), true);
        holds!(sample::spare.eq(Duration::from_secs(1)), false);
        // Lists, also of a column that may be NULL.
        holds!(sample::id.eq_any([Uuid::from_u128(7), Uuid::nil()]), true);
        holds!(sample::amount.eq_any(vec![Decimal::ONE, Decimal::new(15, 1)]), true);
        holds!(sample::amount.ne_all([Decimal::ONE]), true);
        holds!(sample::rest.eq_any([Decimal::ONE]), false);
        holds!(sample::at.eq_any([at(2)]), false);
        holds!(sample::small.ne_all([4_u8, 5]), false);
        holds!(sample::large.eq_any((1..3_u32).chain([4_000_000_000])), true);
        holds!(sample::patience.eq_any([Duration::from_millis(1_500)]), true);
        holds!(sample::spare.eq_any([Duration::from_millis(1_500)]), false);
        holds!(sample::amount.eq_any(sample::table.select(sample::amount)), true);
        // Columns, expressions and wrapped values as before.
        holds!(sample::amount.eq_any([val(Decimal::new(15, 1))]), true);
        holds!(sample::amount.eq(sample::amount), true);
        holds!(sample::amount.eq(val(Decimal::new(15, 1))), true);
        holds!(sample::patience.eq(val(Duration::from_millis(1_500))), true);
    }

    fn an_assignment_takes_plain_values(db: &TestDb) {
        let mut session = db.session_for(schema![Sample]);
        session.add(sample());
        session.commit().unwrap();
        let set = (
            sample::amount.eq(Decimal::TEN),
            sample::rest.eq(Decimal::ONE),
            sample::at.eq(at(2)),
            sample::large.eq(None::<u32>),
            sample::small.eq(6_u8),
            sample::spare.eq(Duration::from_secs(2)),
        );
        assert_eq!(session.query::<Sample>().update(set).unwrap(), 1);
        session.commit().unwrap();
        let read = db.session().query::<Sample>().rows().unwrap().remove(0);
        assert_eq!((read.amount, read.rest), (Decimal::TEN, Some(Decimal::ONE)));
        assert_eq!((read.at, read.large, read.small), (at(2), None, 6));
        assert_eq!(read.spare, Some(Duration::from_secs(2)));
    }
}
