// An entity owns its values.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User<'a> {
    id: i64,
    name: std::borrow::Cow<'a, str>,
}

fn main() {}
