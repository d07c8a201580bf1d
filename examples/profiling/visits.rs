//! The data: visits of a web site, the campaigns that brought visitors, and signatures.

use std::thread;
use std::time::Duration;

use orm_runtime::column::{BoxError, TypeDecorator};
use orm_runtime::prelude::*;

/// A visit. Nobody has thought of an index on `minute`.
#[derive(Entity)]
pub(crate) struct Visit {
    pub(crate) id: Auto<i64>,
    pub(crate) minute: i64,
    #[entity(length = 40)]
    pub(crate) path: String,
    pub(crate) millis: i64,
}

/// A campaign, from one minute to another.
#[derive(Entity)]
pub(crate) struct Campaign {
    pub(crate) id: Auto<i64>,
    #[entity(unique, length = 40)]
    pub(crate) name: String,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

/// A text that takes a while to convert, as one that is encrypted.
#[derive(DbType, Debug)]
pub struct SlowText;

impl TypeDecorator for SlowText {
    type Value = String;
    type Stored = String;

    fn to_stored(value: &String) -> std::result::Result<String, BoxError> {
        Ok(value.clone())
    }

    fn from_stored(stored: String) -> std::result::Result<String, BoxError> {
        thread::sleep(Duration::from_millis(1));
        Ok(stored)
    }
}

#[derive(Entity)]
pub(crate) struct Signature {
    pub(crate) id: Auto<i64>,
    #[entity(with = SlowText, length = 40)]
    pub(crate) text: String,
}

pub(crate) const VISITS: i64 = 20_000;
pub(crate) const CAMPAIGNS: i64 = 100;
pub(crate) const SIGNATURES: i64 = 100;

/// Creates the tables and fills them.
pub(crate) fn create(session: &mut Session) -> Result<()> {
    schema![Visit, Campaign, Signature].create_all(session)?;
    let visit = |n: i64| {
        let new = Visit::builder().minute(n * 37 % VISITS).path(format!("/page/{}", n % 90));
        new.millis(n * n % 997).build()
    };
    session.bulk_insert((0..VISITS).map(visit))?;
    let campaign = |n: i64| {
        let new = Campaign::builder().name(format!("campaign {n:02}"));
        new.first(n * 190).last(n * 190 + 100 + n).build()
    };
    session.bulk_insert((0..CAMPAIGNS).map(campaign))?;
    let signature = |n: i64| Signature::builder().text(format!("signature {n}")).build();
    session.bulk_insert((0..SIGNATURES).map(signature))?;
    session.commit()
}
