//! The schema: making, dropping, comparing and migrating tables; pictures of them.

mod create;
mod tables;
mod verify;
