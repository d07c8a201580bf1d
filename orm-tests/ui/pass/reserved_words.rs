// Reserved words of SQL and Rust are names like others.
#![allow(dead_code)]

use diesel::prelude::QueryDsl;
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(schema = "order", table = "select")]
struct Group {
    #[entity(primary_key)]
    order: i64,
    r#type: String,
    r#in: Option<String>,
    r#fn: Deferred<Option<String>>,
    select: bool,
    group: i32,
    from: i16,
    #[entity(column = "where")]
    place: String,
}

#[derive(Entity)]
struct Type {
    id: Auto<i64>,
    r#type: String,
    type_: String,
}

#[derive(Entity)]
struct Table {
    id: Auto<i64>,
}

fn main() {
    let _ = Group::builder()
        .order(1)
        .r#type("a")
        .r#in("b")
        .maybe_fn(None)
        .select(true)
        .group(1)
        .from(2)
        .place("c")
        .build();
    let _ = group::table.filter(group::r#type.eq("a").and(group::group.eq(1)));
    let _ = Type::builder().r#type("a").type_("b").build();
    let _ = (type_::r#type, table::table);
}
