// A subtype must be an entity.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    Boss,
    Temp,
}

#[derive(Entity)]
#[entity(hierarchy = Staff)]
pub struct Job {
    pub id: Auto<i64>,
    pub kind: Discriminator<JobKind>,
}

#[derive(Entity)]
pub struct Boss {
    #[entity(base)]
    pub job: Job,
    pub golf: i32,
}

pub struct Temp {
    pub agency: String,
}

#[derive(Entity)]
pub enum Staff {
    #[entity(discriminator = JobKind::Boss)]
    Boss(Boss),
    #[entity(discriminator = JobKind::Temp)]
    Temp(Temp),
}

fn main() {}
