// Digits behind the point are some of all.
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    #[entity(scale = 2)]
    total: Decimal,
}

fn main() {}
