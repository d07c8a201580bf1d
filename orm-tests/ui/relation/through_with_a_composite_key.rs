use orm_runtime::prelude::*;

#[derive(Entity)]
struct Seat {
    #[entity(primary_key)]
    line: i32,
    #[entity(primary_key)]
    number: i32,
    #[entity(through = "seat_tag")]
    tags: ManyToMany<Tag>,
}

#[derive(Entity)]
struct Tag {
    id: Auto<i64>,
}

fn main() {}
