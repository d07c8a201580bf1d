use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    first: Deferred<ForeignKey<User>>,
    second: Vec<ForeignKey<User>>,
    third: Option<HasMany<User>>,
    fourth: Auto<ForeignKey<User>>,
    fifth: ForeignKey,
    sixth: Option<ForeignKey<Self>>,
    seventh: Vec<HasMany<User>>,
}

fn main() {}
