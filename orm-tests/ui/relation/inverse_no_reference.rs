use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(inverse = parts)]
    addresses: HasMany<Address>,
}

#[derive(Entity)]
struct Address {
    id: Auto<i64>,
    parts: HasMany<Part>,
}

#[derive(Entity)]
struct Part {
    id: Auto<i64>,
    address: ForeignKey<Address>,
}

fn main() {}
