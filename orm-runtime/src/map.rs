//! The identity map: one object a row, owned here, reached by [`Handle`]. Pure memory.
//!
//! Each entity has an [`Arena`] of its objects with an index by key. The arena also keeps what the
//! unit of work needs: copies of touched objects, and for each open transaction and savepoint what
//! its rollback has to put back.

mod adopting;
mod arena;
mod arena_flush;

mod bringing;
mod cascade;
mod cohorts;
mod completing;
mod database_cascades;
mod decoding;
mod entering;
mod entity_objects;
mod facts;
mod ghosts;
mod given_up;
mod groups;
mod identity;
mod kinds;
mod leaving;
mod lending;
mod linked;
mod links;
mod members;
mod object_set;
mod objects;
mod pairing;
mod placing;
mod reachable;
mod related;
mod savepoints;
mod settling;
mod slot;
mod soft_delete;
mod table;
mod table_keys;
mod undo_log;

pub(crate) use adopting::Adopt;
pub(crate) use arena::Arena;
pub(crate) use cascade::{ReferencingIndex, ReferencingKey, is_owned, switched};
pub(crate) use database_cascades::DatabaseCascade;
pub(crate) use decoding::{complete, decode_error, read_key, unread};
pub use entity_objects::entity_meta;
pub(crate) use facts::{BELIEVE_ALL, READ_ALL};
pub use groups::Groups;
pub use identity::IdentityMap;
pub(crate) use identity::gone;
pub(crate) use links::Loaded;
pub use objects::Objects;
pub use reachable::AnyHandle;
pub use related::{CollectionIter, OptionalForeignKey};
pub(crate) use savepoints::Written;
pub use slot::ObjectState;
pub(crate) use slot::State;
pub(crate) use table::{Flushed, Table, Unset};
pub(crate) use table_keys::{BindKey, KeyFinder, KeyList};
