// The digits after the point are some of all digits.
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    #[entity(precision = 4, scale = 6)]
    total: Decimal,
}

fn main() {}
