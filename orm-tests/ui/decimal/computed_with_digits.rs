// The database computes a value with the digits of its expression.
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    price: Decimal,
    #[entity(precision = 12, scale = 2, computed = "price * 2")]
    total: Computed<Decimal>,
}

fn main() {}
