// The compiler checks that the SQL type can hold the field.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(sql_type = diesel::sql_types::Integer)]
    active: bool,
}

fn main() {}
