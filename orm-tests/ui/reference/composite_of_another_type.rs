// The columns must have the types of the key.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Seat {
    #[entity(primary_key)]
    line: i32,
    #[entity(primary_key)]
    name: String,
}

#[derive(Entity)]
#[entity(foreign_key(columns(line, number), references = Seat))]
struct Ticket {
    id: Auto<i64>,
    line: i32,
    number: i32,
}

fn main() {}
