//! The scopes of an entity must have different names, by which queries lift them.
use orm_runtime::prelude::*;

mod other {
    use super::*;

    pub fn visible() -> Condition<'static, Post> {
        Condition::all()
    }
}

#[derive(Entity)]
#[entity(scope = visible, scope = other::visible, scope = soft_delete)]
struct Post {
    id: Auto<i64>,
    hidden: bool,
    #[entity(soft_delete)]
    deleted_at: Option<chrono::NaiveDateTime>,
}

fn visible() -> Condition<'static, Post> {
    Condition::all().and(post::hidden.eq(false))
}

fn soft_delete() -> Condition<'static, Post> {
    Condition::all()
}

fn main() {}
