//! Hierarchies: one table for all subtypes, or a table for each.

mod basics;
mod cases;
mod deferred;
mod eager;
mod faults;
mod first_use;
mod flush;
mod graphs;
mod identity;
mod keys;
mod library;
mod model;
mod people;
mod profiles;
mod schema;
mod select;
mod sets;
mod shared;
