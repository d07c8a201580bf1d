// A reference has the type of its target's key.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Post {
    id: Auto<i64>,
}

#[derive(Entity)]
struct Page {
    #[entity(primary_key)]
    name: String,
}

#[derive(OneOf, Clone, Debug)]
enum Subject {
    Post(ForeignKey<Post>),
    Page(ForeignKey<Page>),
}

#[derive(Entity)]
struct Comment {
    id: Auto<i64>,
    #[entity(one_of)]
    subject: Subject,
}

fn main() {}

