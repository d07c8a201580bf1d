//! The schema: making, dropping, comparing and migrating tables; pictures of them.

mod create;
mod derived;
mod migrate;
mod picture;
mod tables;
mod verify;
