// The session must know the key.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Line {
    #[entity(primary_key, db_default = "'a'")]
    code: Generated<String>,
}

fn main() {}
