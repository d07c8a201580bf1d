//! Hooks of an entity without the attribute `hooks` would never run.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    name: String,
}

impl Hooks for User {
    fn before_insert(&mut self) {
        self.name.make_ascii_lowercase();
    }
}

fn main() {}
