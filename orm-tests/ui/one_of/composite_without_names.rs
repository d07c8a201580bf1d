// The columns of a composite key must have names.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Seat {
    #[entity(primary_key)]
    line: String,
    #[entity(primary_key)]
    number: i32,
}

#[derive(OneOf, Clone, Debug)]
enum Subject {
    Seat(ForeignKey<Seat, (String, i32)>),
}

#[derive(Entity)]
struct Comment {
    id: Auto<i64>,
    #[entity(one_of)]
    subject: Subject,
}

fn main() {}

