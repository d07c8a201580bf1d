// Diesel's own functions take values in `val` if Diesel does not know their type.
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

#[derive(Entity)]
struct Item {
    id: Auto<i64>,
    price: Decimal,
}

fn main() {
    let _ = diesel::dsl::case_when(item::price.gt(Decimal::ONE), Decimal::ONE).otherwise(item::price);
}
