// A column must have a name.
use orm_runtime::prelude::*;

#[derive(Embed, Debug, Clone)]
struct Place(String, String);

fn main() {}
