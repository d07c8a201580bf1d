// Each position allows different attributes.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Post {
    id: Auto<i64>,
}

#[derive(OneOf, Clone, Debug)]
#[entity(index)]
enum Subject {
    #[entity(primary_key)]
    Post(ForeignKey<Post>),
    #[entity(prefix = "about_")]
    Other(ForeignKey<Post>),
    Third(#[entity(index)] ForeignKey<Post>),
}

#[derive(Entity)]
struct Comment {
    id: Auto<i64>,
    #[entity(one_of)]
    subject: Subject,
}

fn main() {}

