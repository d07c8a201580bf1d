// Another module beside the struct can have the default name of the columns' module.
use orm_runtime::prelude::*;

mod ring {
    pub fn is_there() {}
}

#[derive(Entity)]
#[entity(module = ring_columns)]
struct Ring {
    id: Auto<i64>,
    name: String,
}

fn query(session: &mut Session) {
    ring::is_there();
    let _ = session.query::<Ring>().filter(ring_columns::name.eq("one")).all();
}

fn main() {}
