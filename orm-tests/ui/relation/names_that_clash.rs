use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    boss: Option<ForeignKey<User>>,
    boss_id: Option<i64>,
    #[entity(inverse = boss)]
    table: HasMany<User>,
}

#[derive(Entity)]
struct Item {
    id: Auto<i64>,
    item: Option<ForeignKey<Item>>,
    #[entity(inverse = item)]
    item_id: HasMany<Item>,
}

fn main() {}
