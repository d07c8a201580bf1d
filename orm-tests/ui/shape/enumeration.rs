// An enum is not a row.
use orm_runtime::prelude::*;

#[derive(Entity)]
enum User {
    Ada,
}

fn main() {}
