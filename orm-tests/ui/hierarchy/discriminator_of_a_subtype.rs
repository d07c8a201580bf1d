use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    Boss,
    Grunt,
}

#[derive(Entity)]
#[entity(hierarchy = Staff)]
pub struct Job {
    pub id: Auto<i64>,
    pub name: String,
    pub kind: Discriminator<JobKind>,
}

#[derive(Entity)]
#[entity(table = "boss")]
pub struct Boss {
    #[entity(base)]
    pub job: Job,
    pub golf: i32,
}

#[derive(Entity)]
pub struct Grunt {
    #[entity(base)]
    pub job: Job,
    pub sort: Discriminator<JobKind>,
}

#[derive(Entity)]
pub enum Staff {
    #[entity(discriminator = JobKind::Boss)]
    Boss(Boss),
    #[entity(discriminator = JobKind::Grunt)]
    Grunt(Grunt),
}

fn main() {}
