//! The identity map: one object for each row, owned here, reached by [`Handle`](crate::Handle). It
//! works in memory only.
//!
//! The map has two parts, each a folder with private fields. The *store* (`map/store.rs`) has the
//! objects: arenas, keys, snapshots, states, ages, undo logs, and no relationships. The *graph*
//! (`map/graph.rs`) is above it: what is in collections, keys along references, cascades.
//! `map/identity.rs` and the files beside it are the public API.

mod graph;
mod groups;
mod identity;
mod objects;
mod store;
mod subtypes;

pub use graph::{AnyHandle, CollectionIter, IdentityMap, OptionalForeignKey, entity_meta};
pub(crate) use graph::{
    ByKey, DatabaseCascade, Loaded, ReferencingIndex, ReferencingKey, is_owned, switched,
};
pub use groups::Groups;
pub(crate) use identity::gone;
pub use objects::Objects;
pub use store::ObjectState;
pub(crate) use store::{
    Arena, BELIEVE_ALL, BindKey, Changes, ErasedArena, Flushed, KeyFinder, KeyList, KeysOf,
    READ_ALL, RowPolicy, RowValues, Rows, State, Unset, Written, complete, decode_error, read_key,
    unread,
};
