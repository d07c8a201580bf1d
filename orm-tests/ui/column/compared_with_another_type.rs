// A column is compared with values of its own type.
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

#[derive(Entity)]
struct Item {
    id: Auto<i64>,
    price: Decimal,
    name: String,
}

fn main() {
    let _ = item::price.gt("1").and(item::id.gt(1));
    let _ = item::name.eq(5);
    let _ = item::id.between(1, Decimal::ONE);
}
