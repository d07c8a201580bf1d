// A session works on one thread at a time: it can be sent to another, not shared.

use orm_runtime::prelude::*;

fn shared<T: Sync>(_: &T) {}

fn main() {
    let session = Session::open("sqlite://:memory:").unwrap();
    shared(&session);
}
