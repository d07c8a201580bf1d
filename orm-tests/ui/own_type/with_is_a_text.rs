// `with` names a type.
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Job {
    id: Auto<i64>,
    #[entity(with = "Millis")]
    wait: std::time::Duration,
}

fn main() {}
