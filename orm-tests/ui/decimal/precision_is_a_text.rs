// The number of digits is an integer.
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    #[entity(precision = "4")]
    total: Decimal,
}

fn main() {}
