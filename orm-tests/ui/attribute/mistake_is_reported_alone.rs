// A mistake in the mapping is not an error where the entity is used.
use diesel::prelude::QueryDsl;
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(uniqe)]
    name: String,
}

fn key<T: Entity>(entity: T) -> Option<T::Key> {
    entity.key()
}

fn main() {
    let user = User::builder().id(1).name("ada").build();
    let _ = user::table.filter(user::name.eq("ada"));
    key(user);
}
