// Columns have names.
use orm_runtime::prelude::*;

#[derive(Embed, Debug, Clone)]
struct Place(String, String);

fn main() {}
