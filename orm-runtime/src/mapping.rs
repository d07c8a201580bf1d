//! The mapping: what the derive generates for an entity, and the types that a field may have.
//!
//! Everything here is data and small traits. Nothing here uses the identity map, a statement or a
//! session; they all read the mapping. The mapping knows how a connection binds and reads a value
//! ([`SqlWriter`](crate::backend::SqlWriter), [`Row`](crate::backend::Row)), and nothing else of
//! the connection.

mod auto;
#[doc(hidden)]
pub mod builder;
mod collections;
mod column_set;
mod db_enum;
#[cfg(feature = "decimal")]
pub(crate) mod decimal_field;
mod decorator;
mod deferred;
mod discriminator;
mod embedded;
mod entity;
mod entity_index;
mod entity_type;
mod error_objects;
mod field;
mod fit;
mod foreign_key;
mod generated;
mod hierarchy;
mod hierarchy_meta;
mod hooks;
mod into_key;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "json")]
mod json_values;
mod key;
#[doc(hidden)]
pub mod layout;
mod mapped;
mod meta;
mod newcomer;
mod noted_names;
mod now;
mod one_of;
mod own_type;
mod prepare;
mod reference;
mod relationship;
mod relationship_meta;
#[doc(hidden)]
pub mod same_query;
mod same_type;
#[cfg(feature = "serde")]
mod serde;
mod tracked;
mod unconnected;
mod unique_set;
mod value;
mod wholes;

pub use crate::backend::DbTypeNames;
pub use auto::{Auto, AutoBounds, AutoKey};
pub(crate) use collections::Content;
pub use collections::{HasMany, HasOne, ManyToMany, Place, Related};
pub use column_set::ColumnSet;
pub use db_enum::{DbEnum, FromOwnedCode, UnknownCode, push_json_text, read_code};
pub use decorator::{BoxError, CheckedFrom, Store, Stored, TypeDecorator};
pub use deferred::{Deferred, LeftOut};
pub use discriminator::Discriminator;
pub use embedded::{Embedded, EmbeddedField, present};
pub use entity::{
    CollectionVisitor, Concrete, DefaultScope, DeferredColumn, Entity, InHierarchy, Lifecycle,
    Referencing, SubtypeOf, Writable,
};
pub use entity_index::EntityIndex;
pub use entity_type::{Carried, EntityType};
pub use field::hidden;
pub use field::{Field, show};
pub use fit::{CutMicros, FitDigits, TextField, fit, fit_length};
pub use foreign_key::{ConcreteBounds, ForeignKey, ForeignKeyField, IntoReference};
pub use generated::{Computed, Generated};
pub use hierarchy::{
    HasDiscriminatorType, Hierarchy, RootFrom, Subtype, TableOf, Wraps, WrapsBounds,
};
pub use hierarchy_meta::{
    At, ConcreteMeta, HierarchyMeta, SubtypeMeta, SubtypePiece, SubtypeShape,
};
pub use hooks::{Hooks, HooksWord};
pub use into_key::IntoKey;
#[cfg(feature = "json")]
pub use json::Json;
pub(crate) use key::unused_text;
pub use key::{HashIndex, IndexByKey, IntegerKey, Key, PagedIndex};
pub use mapped::Mapped;
pub use meta::{
    CheckMeta, ColumnMeta, EntityMeta, ForeignKeyMeta, GeneratedBy, IndexMeta, OnDelete, ViewMeta,
};
pub(crate) use newcomer::Newcomer;
pub use now::Now;
pub use one_of::{OneOf, OneOfField, Variant};
pub use own_type::KeyBounds;
pub use prepare::Stamp;
pub use reference::Reference;
pub use relationship::{
    Associated, Connecting, Connects, LeadsTo, MadeAssociation, Named, RefersTo, Relationship,
    ToMany, ToOne, column_position, inverse_of, name_hash,
};
pub(crate) use relationship_meta::Through;
pub use relationship_meta::{AssociationMeta, RelationshipKind, RelationshipMeta};
pub use same_query::Reads;
pub use same_type::same_type;
pub use tracked::Tracked;
pub use unconnected::Unconnected;
pub(crate) use unique_set::UniqueSet;
pub use value::ColumnValue;
pub(crate) use wholes::Wholes;
