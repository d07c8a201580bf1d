//! The identity map: one object a row, owned here, reached by [`Handle`]. Pure memory.
//!
//! Each entity has an [`Arena`] of its objects with an index by key. The arena also keeps what the
//! unit of work needs: copies of touched objects, and for each open transaction and savepoint what
//! its rollback has to put back.

mod ages;
mod arena;
mod arena_flush;
mod arena_state;
mod load_row;

mod bringing;
mod cascade;
mod cascade_log;
mod cohorts;
mod collection_index;
mod collection_state;
mod database_cascades;
mod decoding;
mod entity_objects;
mod erased;
mod facts;
mod fill_collections;
mod fix_up;
mod former_holders;
mod given_up;
mod groups;
mod identity;
mod key_propagation;
mod leave_collections;
mod object_set;
mod objects;
mod paired_references;
mod pairing;
mod placing;
mod propagated_keys;
mod reachable;
mod read_collections;
mod related;
mod row_policy;
mod savepoints;
mod slot;
mod soft_delete;
mod subtype_checks;
mod subtypes;
mod table_keys;
mod undo_log;

pub(crate) use ages::Written;
pub(crate) use ages::{BELIEVE_ALL, READ_ALL};
pub(crate) use arena::Arena;
pub(crate) use cascade::{ReferencingIndex, ReferencingKey, is_owned, switched};
pub(crate) use collection_state::Loaded;
pub(crate) use database_cascades::DatabaseCascade;
pub(crate) use decoding::{complete, decode_error, read_key, unread};
pub use entity_objects::entity_meta;
pub(crate) use erased::{Changes, ErasedArena, Flushed, RowValues, Rows, Unset};
pub(crate) use former_holders::ByKey;
pub use groups::Groups;
pub use identity::IdentityMap;
pub(crate) use identity::gone;
pub use objects::Objects;
pub use reachable::AnyHandle;
pub use related::{CollectionIter, OptionalForeignKey};
pub(crate) use row_policy::RowPolicy;
pub use slot::ObjectState;
pub(crate) use slot::State;
pub(crate) use table_keys::{BindKey, KeyFinder, KeyList};
