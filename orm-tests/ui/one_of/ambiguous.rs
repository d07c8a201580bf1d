// A handle does not determine which of two variants is meant.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Post {
    id: Auto<i64>,
}

#[derive(OneOf, Clone, Debug)]
enum Subject {
    Post(ForeignKey<Post>),
    Reply(ForeignKey<Post>),
}

#[derive(Entity)]
struct Comment {
    id: Auto<i64>,
    #[entity(one_of)]
    subject: Subject,
}



fn about(post: Handle<Post>) -> Comment {
    Comment::builder().subject(post).build()
}

fn main() {}
