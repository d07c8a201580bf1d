// A field of a view's row cannot be assigned.

use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(view)]
struct Report {
    #[entity(primary_key)]
    id: i64,
    title: String,
}

fn main() {
    let mut session = Session::open("sqlite://:memory:").unwrap();
    let seen = session.query::<Report>().one().unwrap();
    session[seen].title = "new".to_owned();
}
