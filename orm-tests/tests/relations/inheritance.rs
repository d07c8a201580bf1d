//! Entities of several kinds: one table for all of them, or a table for each.

mod basics;
mod model;
mod schema;
