//! The identity map: one object a row, owned here, reached by [`Handle`]. Pure memory.
//!
//! Each entity has an [`Arena`] of its objects with an index by key. The arena also keeps what the
//! unit of work needs: copies of touched objects, and for each open transaction and savepoint what
//! its rollback has to put back.

mod adopting;
mod arena;
mod arena_flush;
mod arena_kept;
mod bringing;
mod cascading;
mod cohorts;
mod completing;
mod decoding;
mod entering;
mod entity_objects;
mod facts;
mod following;
mod ghosts;
mod given_up;
mod groups;
mod identity;
mod journal;
mod kinds;
mod known;
mod leaving;
mod lending;
mod levels;
mod linked;
mod links;
mod members;
mod objects;
mod pairing;
mod placing;
mod related;
mod settling;
mod slot;
mod table;
mod table_keys;
mod walk;

pub(crate) use adopting::Adopt;
pub(crate) use arena::Arena;
pub(crate) use cascading::{Referrer, Referring, is_owned, switched};
pub(crate) use decoding::{complete, decode_error, read_key, unread};
pub use entity_objects::entity_meta;
pub(crate) use facts::{BELIEVE_ALL, READ_ALL};
pub(crate) use following::Follower;
pub use groups::Groups;
pub use identity::IdentityMap;
pub(crate) use identity::gone;
pub(crate) use levels::Written;
pub(crate) use links::Loaded;
pub use objects::Objects;
pub use related::{CollectionIter, OptionalForeignKey};
pub use slot::ObjectState;
pub(crate) use slot::State;
pub(crate) use table::{Flushed, Table, Unset};
pub(crate) use table_keys::{BindKey, KeyFinder, KeyList};
pub use walk::AnyHandle;
