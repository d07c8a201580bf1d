// `default` without a value requires a type that implements `Default`.
use orm_runtime::prelude::*;

#[derive(Clone, Debug)]
struct Kind;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(skip)]
    kind: Kind,
}

fn main() {}
