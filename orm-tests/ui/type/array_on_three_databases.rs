// Only PostgreSQL has arrays: if other databases are enabled, the error suggests a document.
use diesel::sql_types::{Array, Text};
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Post {
    id: i64,
    #[entity(sql_type = Array<Text>)]
    tags: Vec<String>,
}

fn main() {}
