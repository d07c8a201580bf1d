//! The schema: making, dropping, comparing and migrating tables; pictures of them.

mod create;
mod derived;
mod hierarchy;
mod kept;
mod kept_steps;
mod migrate;
mod picture;
mod same;
mod spelled;
mod tables;
mod unbound;
mod verify;
mod views;

/// The entity of metadata that is made by hand: the schema looks at the metadata alone.
#[derive(orm_runtime::Entity)]
struct AnyEntity {
    #[allow(dead_code, reason = "an entity needs a key")]
    id: orm_runtime::Auto<i64>,
}
