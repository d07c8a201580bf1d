//! The identity map: one object a row, owned here, reached by [`Handle`]. Pure memory.
//!
//! Each entity has an [`Arena`] of its objects with an index by key. The arena also keeps what the
//! unit of work needs: copies of touched objects, and for each open transaction and savepoint what
//! its rollback has to put back.

mod graph;
mod groups;
mod identity;
mod objects;
mod store;

pub(crate) use graph::cascade::{ReferencingIndex, ReferencingKey, is_owned, switched};
pub(crate) use graph::collection_state::Loaded;
pub(crate) use graph::database_cascades::DatabaseCascade;
pub use graph::entity_objects::entity_meta;
pub(crate) use graph::former_holders::ByKey;
pub use graph::reachable::AnyHandle;
pub use graph::related::{CollectionIter, OptionalForeignKey};
pub use groups::Groups;
pub use identity::IdentityMap;
pub(crate) use identity::gone;
pub use objects::Objects;
pub(crate) use store::ages::Written;
pub(crate) use store::ages::{BELIEVE_ALL, READ_ALL};
pub(crate) use store::arena::Arena;
pub(crate) use store::decoding::{complete, decode_error, read_key, unread};
pub(crate) use store::erased::{Changes, ErasedArena, Flushed, RowValues, Rows, Unset};
pub(crate) use store::row_policy::RowPolicy;
pub use store::states::ObjectState;
pub(crate) use store::states::State;
pub(crate) use store::table_keys::{BindKey, KeyFinder, KeyList};
