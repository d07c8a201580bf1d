//! Many rows at once, outside the unit of work.
//!
//! An insert, an upsert and an update of many rows are one builder (`bulk_builder`), whose rows
//! come in chunks (`chunk`, `write_all`). A statement that fails is searched for the row
//! (`bad_rows`).

mod asked_rows;
mod bad_rows;
pub(super) mod bulk_builder;
mod bulk_callbacks;
pub(super) mod bulk_insert;
pub(super) mod bulk_update;
pub(super) mod bulk_upsert;
mod chunk;
mod same_rows;
pub(super) mod unique_columns;
mod write_all;
