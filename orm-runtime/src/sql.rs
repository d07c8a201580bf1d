//! SQL text for each step: each kind of statement is written once, for all entities and databases.

mod batch;
mod column_types;
mod delete;
mod from;
mod insert;
mod key_lists;
mod list;
mod select;
mod text;
mod update;
mod upsert;

pub(crate) use batch::{batches, is_full};
pub(crate) use delete::{delete, nullify, soft_delete, soft_delete_head};
pub(crate) use insert::{InsertForm, KeyClause, insert};
pub(crate) use key_lists::KeyForm;
pub(crate) use list::list_items;
pub(crate) use select::{
    select_by_columns, select_by_key, select_by_uuid, select_columns_by_keys, select_keys,
    select_list, select_list_with, select_pairs, select_which,
};
pub(crate) use text::Text;
pub(crate) use update::{
    Identity, UpdateForm, grow_version, identity, park, select_keys_by, update, update_by,
};
pub(crate) use upsert::{Combined, OnConflict, Refused};
