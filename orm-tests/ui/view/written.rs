// The rows of a view are read-only.

use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(view)]
struct Report {
    #[entity(primary_key)]
    id: i64,
    title: String,
}

fn write(session: &mut Session, seen: Handle<Report>) -> Result<()> {
    session.add(Report { id: 1, title: String::new() });
    session.delete(seen)?;
    session.bulk_insert([Report { id: 1, title: String::new() }])?;
    session.query::<Report>().delete()?;
    Ok(())
}

fn main() {
    let mut session = Session::open("sqlite://:memory:").unwrap();
    let report = session.query::<Report>().one().unwrap();
    let _ = write(&mut session, report);
}
