//! The module of the scopes has the name of the unit struct of a column `scopes`; without scopes
//! the name is free.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(scope = visible)]
struct Post {
    id: Auto<i64>,
    scopes: String,
}

#[derive(Entity)]
struct Token {
    id: Auto<i64>,
    scopes: String,
}

fn visible() -> Condition<'static, Post> {
    Condition::all().and(post::scopes.eq("all"))
}

fn tokens() -> Condition<'static, Token> {
    Condition::all().and(token::scopes.eq("all"))
}

fn main() {
    let _ = tokens();
}
