// A column mentions the type, and Diesel makes columns public.
use orm_runtime::prelude::*;

#[derive(DbType, Debug, Clone, PartialEq)]
struct Email(String);

fn main() {}
