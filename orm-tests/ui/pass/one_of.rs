//! Enums of references: in a module, with the same target twice, and inside a function.
#![deny(warnings)]

use orm_runtime::prelude::*;

#[derive(Entity)]
pub struct Post {
    pub id: Auto<i64>,
    #[entity(inverse = about_answer)]
    pub answers: HasMany<Comment>,
}

#[derive(Entity)]
pub struct Photo {
    pub id: Auto<i64>,
    #[entity(inverse = about_photo)]
    pub comments: HasMany<Comment>,
}

pub mod subjects {
    use orm_runtime::ForeignKey;
    use orm_runtime::OneOf;

    use super::{Photo, Post};

    #[derive(OneOf, Clone, Debug)]
    #[allow(clippy::large_enum_variant)]
    pub enum Subject {
        Post(ForeignKey<Post>),
        Answer(ForeignKey<Post>),
        r#Photo(ForeignKey<Photo>),
    }
}

#[derive(Entity)]
pub struct Comment {
    pub id: Auto<i64>,
    #[entity(one_of)]
    pub about: subjects::Subject,
    #[entity(one_of)]
    pub beside: Option<crate::subjects::Subject>,
    #[entity(one_of)]
    pub r#type: Option<subjects::Subject>,
}

pub fn of(post: Handle<Post>, photo: Handle<Photo>) -> [Comment; 3] {
    [
        Comment::builder().about(subjects::Subject::Answer(post.into())).beside(photo).build(),
        Comment::builder().about(photo).maybe_beside(None).build(),
        Comment::builder().about(ForeignKey::<Photo>::to_key(1)).build(),
    ]
}

fn main() {
    #[derive(OneOf, Clone, Debug)]
    enum Local {
        Post(ForeignKey<Post>),
    }

    #[derive(Entity)]
    struct Note {
        id: Auto<i64>,
        #[entity(one_of)]
        local: Local,
    }

    let note = Note::builder().local(ForeignKey::<Post>::to_key(1)).build();
    let Local::Post(post) = &note.local;
    assert_eq!((note.id.get(), post.key()), (None, Some(&1)));
    let _ = (comment::about_photo, comment::type_photo_id, note::local_post);
}
