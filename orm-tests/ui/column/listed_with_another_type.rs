// A list contains values of the column's type, or is a query with one column.
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

#[derive(Entity)]
struct Item {
    id: Auto<i64>,
    price: Decimal,
    name: String,
}

fn main() {
    let _ = item::price.eq_any(["1"]);
    let _ = item::name.eq_any([5]);
    let _ = item::id.ne_all(Decimal::ONE);
}
