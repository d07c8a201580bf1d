//! Relationships on all three databases: references, collections, associations.
#![allow(clippy::unwrap_used, reason = "a test that meets an error it does not expect has failed")]
#![allow(unreachable_pub, reason = "the types of columns are public because Diesel's columns are")]

mod cascade;
mod cases;
mod circles;
mod cohort;
mod declared;
mod eager;
mod equality;
mod facts;
mod first_use;
mod fixed_length;
mod fixture;
mod flush_order;
mod graphs;
mod handed_on;
mod has_any;
mod hidden;
mod inheritance;
mod joined;
mod keys;
mod model;
mod one_of;
mod one_of_kinds;
mod one_of_optional;
mod related;
mod repeated;
mod threads;
mod uuids;
