// Diesel's sum of decimals would go through floats on SQLite; `decimal::sum` does not.
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

#[derive(Entity)]
struct Item {
    id: i64,
    price: Decimal,
}

fn main() {
    let _ = diesel::dsl::sum(item::price);
}
