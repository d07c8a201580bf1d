// Only a decimal has a number of digits.
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    #[entity(precision = 4)]
    total: f64,
}

fn main() {}
