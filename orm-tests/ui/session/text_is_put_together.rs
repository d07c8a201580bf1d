// SQL text is a literal or marked as audited: it never contains a value from outside.

use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    name: String,
}

fn find(session: &mut Session, name: &str) -> Result<Vec<Handle<User>>> {
    session.from_sql::<User>(format!("SELECT * FROM user WHERE name = '{name}'")).all()
}

fn main() {
    let mut session = Session::open("sqlite://:memory:").unwrap();
    let _ = find(&mut session, "x' OR '1' = '1");
}
