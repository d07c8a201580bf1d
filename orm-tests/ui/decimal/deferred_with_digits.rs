// Digits are checked before they are written.
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    #[entity(precision = 4)]
    total: Deferred<Decimal>,
}

fn main() {}
