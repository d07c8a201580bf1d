// An SQL type is a path.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(sql_type = "Text")]
    name: String,
}

fn main() {}
