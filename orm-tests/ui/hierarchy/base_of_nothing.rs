use orm_runtime::prelude::*;

#[derive(Entity)]
pub struct Job {
    pub id: Auto<i64>,
}

#[derive(Entity)]
pub struct Boss {
    #[entity(base)]
    pub job: Job,
    pub golf: i32,
}

fn main() {}
