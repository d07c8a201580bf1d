// A type that is not known requires `sql_type`.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    field: std::net::IpAddr,
}

fn main() {}
