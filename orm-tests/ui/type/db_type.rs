// A database type is a string, for all databases or for some.
use orm_runtime::prelude::*;

#[derive(Entity, Debug)]
struct Event {
    id: Auto<i64>,
    #[entity(db_type = 5)]
    one: i32,
    #[entity(db_type)]
    two: i32,
    #[entity(db_type())]
    three: i32,
    #[entity(db_type(oracle = "NUMBER"))]
    four: i32,
    #[entity(db_type(mysql = "INT", mysql = "BIGINT"))]
    five: i32,
    #[entity(db_type(postgres = ""))]
    six: i32,
}

fn main() {}
