//! `hooks` takes no value. Another mistake is reported with it, but the hooks are not a third.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(hooks = "before_insert")]
struct User {
    id: Auto<i64>,
    #[entity(hooks)]
    name: String,
}

impl Hooks for User {}

fn main() {}
