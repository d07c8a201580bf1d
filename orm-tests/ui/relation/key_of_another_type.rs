use orm_runtime::prelude::*;

#[derive(Entity)]
struct Country {
    #[entity(primary_key)]
    code: String,
}

#[derive(Entity)]
struct City {
    id: Auto<i64>,
    country: ForeignKey<Country>,
}

fn main() {}
