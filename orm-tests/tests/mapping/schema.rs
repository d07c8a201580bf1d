//! The schema: making, dropping, comparing and migrating tables; pictures of them.

mod create;
mod migrate;
mod tables;
mod verify;
