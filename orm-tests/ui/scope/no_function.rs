//! A scope is a function, given by its path.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(scope, scope = "visible", scope = post::hidden.eq(false), scope = visible())]
struct Post {
    id: Auto<i64>,
    hidden: bool,
}

fn main() {}
