// What is added is an entity of which there are objects.
use orm_runtime::prelude::*;

fn add<E: Entity>(session: &mut Session, object: E) {
    session.add(object);
}

fn main() {}
