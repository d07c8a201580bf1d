// Only PostgreSQL has arrays: where other databases are enabled, a document is advised.
use diesel::sql_types::{Array, Text};
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Post {
    id: i64,
    #[entity(sql_type = Array<Text>)]
    tags: Vec<String>,
}

fn main() {}
