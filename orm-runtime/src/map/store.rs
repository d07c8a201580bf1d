//! Where the objects of a map lie, and what is known of each: arenas, keys, snapshots, states, undo logs.

pub(in crate::map) mod ages;
pub(in crate::map) mod arena;
pub(in crate::map) mod arena_flush;
pub(in crate::map) mod arena_state;
pub(in crate::map) mod cohorts;
pub(in crate::map) mod decoding;
pub(in crate::map) mod erased;
pub(in crate::map) mod facts;
pub(in crate::map) mod given_up;
pub(in crate::map) mod load_row;
pub(in crate::map) mod pairing;
pub(in crate::map) mod row_policy;
pub(in crate::map) mod slot;
pub(in crate::map) mod soft_delete;
pub(in crate::map) mod states;
pub(in crate::map) mod subtype_checks;
pub(in crate::map) mod table_keys;
pub(in crate::map) mod undo_log;
