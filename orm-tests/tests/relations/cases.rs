//! Cases of another unit of work, by their numbers, in our API. Where our behaviour is meant to
//! differ, the case says so and asserts ours.

mod collections;
mod flush;
mod fx;
mod graphs;
mod keys;
mod links;
mod loading;
mod orphans;
mod session;
