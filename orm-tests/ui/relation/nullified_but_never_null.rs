use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(on_delete = nullify)]
    boss: ForeignKey<User>,
    #[entity(on_delete = forget)]
    friend: ForeignKey<User>,
}

fn main() {}
