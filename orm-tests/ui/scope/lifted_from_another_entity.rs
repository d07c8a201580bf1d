//! A query can lift only a scope of the queried entity.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(scope = visible)]
struct Post {
    id: Auto<i64>,
    hidden: bool,
}

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    name: String,
}

fn visible() -> Condition<'static, Post> {
    Condition::all().and(post::hidden.eq(false))
}

fn users(session: &mut Session) -> Result<i64> {
    session.query::<User>().unscoped(post::scopes::visible).count()
}

fn posts(session: &mut Session) -> Result<i64> {
    session.query::<Post>().unscoped(visible).count()
}

fn main() {
    let _ = (users, posts);
}
