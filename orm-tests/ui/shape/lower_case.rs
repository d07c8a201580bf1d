// The struct and its module share a namespace.
use orm_runtime::prelude::*;

#[derive(Entity)]
#[allow(non_camel_case_types)]
struct user {
    id: i64,
}

fn main() {}
