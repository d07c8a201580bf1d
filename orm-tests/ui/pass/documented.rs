// A crate that requires documentation and forbids warnings compiles.
#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub, unused)]
#![deny(elided_lifetimes_in_paths, unused_qualifications, private_interfaces, private_bounds)]
#![forbid(unsafe_code)]

//! A crate.

use orm_runtime::prelude::*;

/// Someone.
#[derive(Entity, Clone, Debug)]
pub struct User {
    /// The key.
    pub id: Auto<i64>,
    name: String,
    fullname: Option<String>,
    portrait: Deferred<Vec<u8>>,
    #[entity(default = 3)]
    level: i32,
    #[entity(skip)]
    seen: bool,
}

/// A module.
pub mod inner {
    use orm_runtime::prelude::*;

    #[derive(Entity, Debug)]
    pub(super) struct Tag {
        pub(super) id: Auto<i32>,
        pub(super) tag: String,
    }

    #[derive(Entity, Debug)]
    struct Unused {
        id: i64,
        note: Option<String>,
    }
}

fn main() {
    let user = User::builder().name("ada").portrait([1]).build();
    let tag = inner::Tag::builder().tag("new").build();
    println!("{user:?} {tag:?} {:?}", User::builder());
    println!("{:?} {:?}", user::name, inner::tag::tag);
}
