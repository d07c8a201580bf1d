//! There is one soft-delete column. The attribute takes no value, and is not one of the struct.
use chrono::NaiveDateTime;
use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(soft_delete)]
struct Note {
    id: Auto<i64>,
    #[entity(soft_delete)]
    deleted_at: Option<NaiveDateTime>,
    #[entity(soft_delete)]
    removed_at: Option<NaiveDateTime>,
    #[entity(soft_delete = true)]
    gone_at: Option<NaiveDateTime>,
}

fn main() {}
