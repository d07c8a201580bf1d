// A condition takes a variant.
use orm_runtime::prelude::*;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Part,
}

#[derive(Entity)]
struct Job {
    id: Auto<i64>,
    kind: Kind,
}

fn part(session: &mut Session) -> Result<i64> {
    session.query::<Job>().filter(job::kind.eq("part")).count()
}

fn main() {}
