//! The schema: creating, dropping, comparing, migrating and drawing tables.

mod create;
mod derived;
mod hierarchy;
mod kept;
mod kept_steps;
mod left_out;
mod migrate;
mod other_indexes;
mod picture;
mod same;
mod spelled;
mod tables;
mod unbound;
mod verify;
mod views;

/// An entity for hand-written metadata, because the schema reads only the metadata.
#[derive(orm_runtime::Entity)]
struct AnyEntity {
    #[allow(dead_code, reason = "an entity needs a key")]
    id: orm_runtime::Auto<i64>,
}
