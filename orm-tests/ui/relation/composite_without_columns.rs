use orm_runtime::prelude::*;

#[derive(Entity)]
struct Seat {
    #[entity(primary_key)]
    line: String,
    #[entity(primary_key)]
    number: i32,
}

#[derive(Entity)]
struct Ticket {
    id: Auto<i64>,
    seat: ForeignKey<Seat, (String, i32)>,
    #[entity(columns(old_line))]
    old: ForeignKey<Seat, (String, i32)>,
    #[entity(columns(next))]
    next: ForeignKey<Ticket>,
}

fn main() {}
