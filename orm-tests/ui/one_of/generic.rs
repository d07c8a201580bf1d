// A variant must name its entity.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Post {
    id: Auto<i64>,
}

#[derive(OneOf, Clone, Debug)]
enum Subject<T> {
    Post(ForeignKey<Post>),
    Other(ForeignKey<T>),
}

fn main() {}
