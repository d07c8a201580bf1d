//! Entities of several kinds: one table for all of them, or a table for each.

mod basics;
mod flush;
mod keys;
mod model;
mod profiles;
mod schema;
mod select;
mod sets;
