//! The soft-delete column is NULL until the deletion, always loaded, and not a key.
use chrono::NaiveDateTime;
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Note {
    id: Auto<i64>,
    #[entity(soft_delete)]
    deleted_at: NaiveDateTime,
}

#[derive(Entity)]
struct Page {
    id: Auto<i64>,
    #[entity(soft_delete)]
    deleted_at: Deferred<Option<NaiveDateTime>>,
}

#[derive(Entity)]
struct Leaf {
    #[entity(primary_key, soft_delete)]
    deleted_at: NaiveDateTime,
    text: String,
}

fn main() {}
