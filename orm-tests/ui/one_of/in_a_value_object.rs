// A reference must be in an entity.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Post {
    id: Auto<i64>,
}

#[derive(OneOf, Clone, Debug)]
enum Subject {
    Post(ForeignKey<Post>),
    Other(ForeignKey<Post>),
}

#[derive(Embed, Clone, Debug)]
struct Note {
    text: String,
    #[entity(one_of)]
    subject: Subject,
}

fn main() {}
