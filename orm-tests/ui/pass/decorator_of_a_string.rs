// A decorator can be for a `String`.
use orm_runtime::prelude::*;

#[derive(DbType)]
pub struct Upper;

impl orm_runtime::column::TypeDecorator for Upper {
    type Value = String;
    type Stored = String;

    fn to_stored(value: &String) -> std::result::Result<String, orm_runtime::column::BoxError> {
        Ok(value.to_uppercase())
    }

    fn from_stored(stored: String) -> std::result::Result<String, orm_runtime::column::BoxError> {
        Ok(stored)
    }
}

#[derive(Entity)]
struct Code {
    id: Auto<i64>,
    #[entity(with = Upper)]
    text: String,
    #[entity(with = Upper)]
    other: Option<String>,
}

fn main() {}
