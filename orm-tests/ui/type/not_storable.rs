// A type of the user must declare how it is stored.
use orm_runtime::prelude::*;

#[derive(Clone, Debug)]
struct Kind;

impl orm_runtime::column::ColumnValue for Kind {
    fn same(&self, _: &Self) -> bool {
        true
    }
}

#[derive(Entity)]
struct User {
    id: i64,
    #[entity(sql_type = diesel::sql_types::Text)]
    kind: Kind,
}

fn main() {}
