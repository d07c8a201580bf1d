// Only a deferred column can be loaded separately.
use orm_runtime::column::DeferredColumn;
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    name: String,
}

fn load<T: Entity>(_: impl DeferredColumn<T>) {}

fn main() {
    load::<User>(user::name);
}
