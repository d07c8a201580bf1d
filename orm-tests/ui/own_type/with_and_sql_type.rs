// One of the two is enough.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Job {
    id: Auto<i64>,
    #[entity(with = Millis, sql_type = diesel::sql_types::BigInt)]
    wait: std::time::Duration,
}

fn main() {}
