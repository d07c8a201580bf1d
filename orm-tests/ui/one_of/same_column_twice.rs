// Two variants must have different columns.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Post {
    id: Auto<i64>,
}

#[derive(OneOf, Clone, Debug)]
enum Subject {
    Post(ForeignKey<Post>),
    #[entity(column = "post_id")]
    Other(ForeignKey<Post>),
}

#[derive(Entity)]
struct Comment {
    id: Auto<i64>,
    #[entity(one_of)]
    subject: Subject,
}

fn main() {}

