use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(inverse = shop)]
    addresses: HasMany<Address>,
}

#[derive(Entity)]
struct Shop {
    id: Auto<i64>,
}

#[derive(Entity)]
struct Address {
    id: Auto<i64>,
    shop: ForeignKey<Shop>,
    user: ForeignKey<User>,
}

fn main() {}
