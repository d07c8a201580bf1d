use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    Boss,
    Grunt,
}

#[derive(Entity)]
pub struct Job {
    pub id: Auto<i64>,
    pub name: String,
    pub kind: Discriminator<JobKind>,
}

fn main() {}
