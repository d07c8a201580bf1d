// The primary key cannot be secret, and neither can a version.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Account {
    #[entity(primary_key, secret)]
    token: String,
    #[entity(version, secret)]
    version: i64,
}

fn main() {}
