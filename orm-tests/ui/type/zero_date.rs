// Only a date in an `Option` can be a zero date.
use chrono::NaiveDate;
use orm_runtime::prelude::*;

#[derive(Entity, Debug)]
struct Event {
    id: Auto<i64>,
    #[entity(zero_date_as_none)]
    day: NaiveDate,
    #[entity(zero_date_as_none)]
    name: Option<String>,
    #[entity(zero_date_as_none)]
    ends: Option<NaiveDate>,
}

fn main() {}
