// A variant must contain one required reference.
use orm_runtime::prelude::*;

#[derive(Entity, Clone, Debug)]
struct Post {
    id: Auto<i64>,
}

#[derive(OneOf, Clone, Debug)]
enum Subject {
    Post(ForeignKey<Post>),
    Owned(Post),
    Maybe(Option<ForeignKey<Post>>),
    Many(HasMany<Post>),
    Named { post: ForeignKey<Post> },
    Two(ForeignKey<Post>, ForeignKey<Post>),
    Nothing,
}

#[derive(Entity)]
struct Comment {
    id: Auto<i64>,
    #[entity(one_of)]
    subject: Subject,
}

fn main() {}

