// A value object is a set of columns.
use orm_runtime::prelude::*;

#[derive(Embed, Debug, Clone)]
enum Place {
    Home,
}

fn main() {}
