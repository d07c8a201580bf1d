//! How long a fact is believed: objects, collections, association rows, the absence of a row.

mod deleted_by_query;
mod expiry;
mod given_up;
mod lost_update;
mod model;
mod orphans;
mod taken_keys;
mod undone;
mod undone_keys;
mod versions;
mod writes;
