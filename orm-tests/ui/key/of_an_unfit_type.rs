// A type of the user's needs `Key` to be one.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    #[entity(sql_type = diesel::sql_types::Text)]
    id: Vec<u8>,
}

fn main() {}
