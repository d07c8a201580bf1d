// A type that the program defines must declare how it is stored.
use orm_runtime::prelude::*;

#[derive(Debug, Clone, PartialEq)]
pub struct Email(String);

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    email: Email,
}

fn main() {}
