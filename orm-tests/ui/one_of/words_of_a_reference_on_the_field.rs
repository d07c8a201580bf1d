// The attributes of a reference are written on its variant.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Post {
    id: Auto<i64>,
}

#[derive(OneOf, Clone, Debug)]
enum Subject {
    Post(ForeignKey<Post>),
}

#[derive(Entity)]
struct Comment {
    id: Auto<i64>,
    #[entity(one_of, on_delete = cascade, index)]
    subject: Subject,
}

fn main() {}
