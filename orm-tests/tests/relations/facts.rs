//! How long what was read is believed: objects, collections, association rows, the absence of a row.

mod expiry;
mod ghosts;
mod given_up;
mod lost_update;
mod model;
mod orphans;
mod undone;
mod writes;
