//! `hooks` names nothing; a mistake beside it is reported with it, and the hooks are no third one.
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
