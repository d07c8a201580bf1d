// A type of the user's has to say how it is stored and how it is compared.
use orm_runtime::prelude::*;

#[derive(Clone, Debug)]
struct Kind;

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(sql_type = diesel::sql_types::Text)]
    kind: Kind,
}

fn main() {}
