use orm_runtime::prelude::*;

#[derive(Entity)]
struct Order {
    id: Auto<i64>,
    #[entity(through = OrderItem)]
    items: ManyToMany<Item>,
}

#[derive(Entity)]
struct Item {
    id: Auto<i64>,
}

#[derive(Entity)]
struct OrderItem {
    #[entity(primary_key)]
    order: ForeignKey<Order>,
    count: i32,
}

fn main() {}
