// Only an entity that has objects can be added.
use orm_runtime::prelude::*;

fn add<E: Entity>(session: &mut Session, object: E) {
    session.add(object);
}

fn main() {}
