// A value object is loaded as a whole.
use orm_runtime::prelude::*;

#[derive(Embed, Debug, Clone)]
struct Place {
    street: Deferred<String>,
}

fn main() {}
