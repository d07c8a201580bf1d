use orm_runtime::prelude::*;

#[derive(Entity)]
pub enum Staff {}

fn main() {}
