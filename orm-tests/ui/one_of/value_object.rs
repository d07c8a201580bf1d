// A value object is not a reference, and an enum of references is not a value object.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Post {
    id: Auto<i64>,
}

#[derive(Embed, Clone, Debug)]
struct Place {
    street: String,
}

#[derive(OneOf, Clone, Debug)]
enum Subject {
    Post(ForeignKey<Post>),
}

#[derive(Entity)]
struct Comment {
    id: Auto<i64>,
    #[entity(one_of)]
    place: Place,
    #[entity(embed)]
    subject: Subject,
}

fn main() {}
