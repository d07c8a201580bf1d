// A default fits the digits of its column.
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    #[entity(precision = 4, scale = 2, db_default = "1.005")]
    total: Generated<Decimal>,
    #[entity(precision = 4, scale = 2, db_default = "100")]
    rest: Decimal,
}

fn main() {}
