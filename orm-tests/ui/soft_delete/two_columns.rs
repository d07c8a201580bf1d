//! One column says when a row was deleted; the word takes no value, and is no word of the struct.
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
