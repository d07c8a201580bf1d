//! Steps as SQL text: each kind of statement is written once, for all entities and databases.

pub(crate) mod alter;
mod batch;
pub(crate) mod ddl;
mod delete;
mod from;
mod insert;
mod keys;
mod placeholders;
mod select;
mod text;
mod update;

pub(crate) use batch::{batches, is_full};
pub(crate) use delete::{delete, nullify, soft_delete, soft_delete_head};
pub(crate) use insert::{InsertForm, insert};
pub(crate) use keys::KeyForm;
pub(crate) use placeholders::{may_write, placeholders};
pub(crate) use select::{
    select_by_columns, select_by_key, select_by_uuid, select_columns_by_keys, select_keys,
    select_list, select_pairs, select_which,
};
pub(crate) use text::Text;
pub(crate) use update::{UpdateForm, grow_version, identity, park, update};
