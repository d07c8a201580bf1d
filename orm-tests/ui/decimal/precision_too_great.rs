// A decimal has at most 28 digits.
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    #[entity(precision = 40)]
    total: Decimal,
}

fn main() {}
