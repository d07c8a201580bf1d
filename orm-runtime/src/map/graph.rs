//! What references and collections say, over the store.

pub(in crate::map) mod bringing;
pub(in crate::map) mod cascade;
pub(in crate::map) mod cascade_log;
pub(in crate::map) mod collection_index;
pub(in crate::map) mod collection_state;
pub(in crate::map) mod database_cascades;
pub(in crate::map) mod entity_objects;
pub(in crate::map) mod fill_collections;
pub(in crate::map) mod fix_up;
pub(in crate::map) mod former_holders;
pub(in crate::map) mod key_propagation;
pub(in crate::map) mod leave_collections;
pub(in crate::map) mod object_set;
pub(in crate::map) mod paired_references;
pub(in crate::map) mod placing;
pub(in crate::map) mod propagated_keys;
pub(in crate::map) mod reachable;
pub(in crate::map) mod read_collections;
pub(in crate::map) mod related;
pub(in crate::map) mod savepoints;
pub(in crate::map) mod subtypes;
