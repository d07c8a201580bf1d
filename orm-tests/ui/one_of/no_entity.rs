// A variant must reference an entity.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Post {
    id: Auto<i64>,
}

#[derive(Clone, Debug)]
struct Photo;

#[derive(OneOf, Clone, Debug)]
enum Subject {
    Post(ForeignKey<Post>),
    Photo(ForeignKey<Photo>),
}

#[derive(Entity)]
struct Comment {
    id: Auto<i64>,
    #[entity(one_of)]
    subject: Subject,
}

fn main() {}

