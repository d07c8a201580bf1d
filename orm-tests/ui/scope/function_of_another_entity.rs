//! The function of a scope returns a condition on its own entity, and has no arguments.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(scope = visible, scope = true_always, scope = of)]
struct Post {
    id: Auto<i64>,
    tenant: i32,
}

#[derive(Entity)]
struct User {
    id: Auto<i64>,
}

fn visible() -> Condition<'static, User> {
    Condition::all()
}

fn true_always() -> bool {
    true
}

fn of(tenant: i32) -> Condition<'static, Post> {
    Condition::all().and(post::tenant.eq(tenant))
}

fn main() {}
