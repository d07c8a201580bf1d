// A base with subtypes in other modules, private structs, and a discriminator with an index.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    Boss,
    Grunt,
}

#[derive(Entity)]
#[entity(hierarchy = Staff)]
struct Job {
    id: Auto<i64>,
    name: String,
    #[entity(index, column = "type")]
    kind: Discriminator<JobKind>,
}

mod bosses {
    use orm_runtime::prelude::*;

    #[derive(Entity)]
    #[entity(table = "boss")]
    pub(super) struct Boss {
        #[entity(base, column = "job_id")]
        pub(super) job: super::Job,
        pub(super) golf: i32,
    }
}

#[derive(Entity)]
struct Grunt {
    #[entity(base)]
    job: crate::Job,
    savings: i32,
    employer: Option<ForeignKey<bosses::Boss>>,
}

#[derive(Entity)]
enum Staff {
    #[entity(discriminator = JobKind::Boss)]
    Boss(bosses::Boss),
    #[entity(discriminator = JobKind::Grunt)]
    Grunt(Grunt),
}

fn main() -> Result<()> {
    let mut session = Session::open("sqlite://:memory:")?;
    schema![Staff].create_all(&mut session)?;
    let job = Job::builder().name("ada").build();
    let boss = session.add(bosses::Boss::builder().job(job).golf(3).build());
    let job = Job::builder().name("bob").build();
    session.add(Grunt::builder().job(job).savings(4).employer(boss).build());
    session.commit()?;
    let found = session.query::<Staff>().filter(job::kind.eq(JobKind::Grunt)).one()?;
    match &session[found] {
        Staff::Grunt(grunt) => assert_eq!((grunt.name.as_str(), grunt.savings), ("bob", 4)),
        Staff::Boss(boss) => panic!("{} is not a grunt, with {}", boss.name, boss.golf),
    }
    assert_eq!(schema![Staff].verify(&mut session)?, []);
    Ok(())
}
