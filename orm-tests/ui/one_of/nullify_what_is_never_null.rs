// The field determines whether all variants may be NULL.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Post {
    id: Auto<i64>,
}

#[derive(OneOf, Clone, Debug)]
enum Subject {
    #[entity(on_delete = nullify)]
    Post(ForeignKey<Post>),
}

#[derive(Entity)]
struct Comment {
    id: Auto<i64>,
    #[entity(one_of)]
    subject: Subject,
}

#[derive(Entity)]
struct Note {
    id: Auto<i64>,
    #[entity(one_of)]
    subject: Option<Subject>,
}

fn main() {}
