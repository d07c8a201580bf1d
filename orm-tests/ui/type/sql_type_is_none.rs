// `sql_type` must be a type that the schema knows.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(sql_type = diesel::sql_types::Interval)]
    active: bool,
}

fn main() {}
