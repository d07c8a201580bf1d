//! An ORM whose mapping is worked out at compile time: session, identity map and unit of work on top
//! of [Diesel], for SQLite, PostgreSQL and MySQL/MariaDB.
//!
//! # A tour
//!
//! An entity is a plain struct. The derive makes its mapping, and beside it a module of the same name
//! with Diesel's columns: `user::name`.
//!
//! ```
//! use orm_runtime::prelude::*;
//!
//! #[derive(Entity, Debug)]
//! #[entity(table = "user_account")]
//! pub struct User {
//!     pub id: Auto<i64>,              // the primary key, made by the database
//!     #[entity(unique, length = 30)]
//!     pub name: String,
//!     pub fullname: Option<String>,   // Option is NULL
//!     pub portrait: Deferred<Option<Vec<u8>>>, // not selected unless asked for
//! }
//!
//! # fn main() -> Result<()> {
//! let mut session = Session::open("sqlite://:memory:")?;
//! schema![User].create_all(&mut session)?;
//!
//! // What is added is written by the next flush, many rows to a statement.
//! let ada = session.add(User::builder().name("ada").build());
//! session.add(User::builder().name("grace").fullname("Grace Hopper").build());
//! session.commit()?;
//!
//! // Reading an object is a field read, and changing it is an assignment.
//! session[ada].fullname = Some("Ada Lovelace".to_owned());
//! session.commit()?; // UPDATE user_account SET fullname = ? WHERE id = ?
//!
//! // Any Diesel expression filters a query; one row is one object.
//! let found = session.query::<User>().filter(user::name.like("a%")).one()?;
//! assert_eq!(found, ada);
//! assert_eq!(session[found].fullname.as_deref(), Some("Ada Lovelace"));
//! # Ok(()) }
//! ```
//!
//! # Where SQL is sent
//!
//! Everything that can talk to the database takes `&mut Session`, or is the final call of a query,
//! and returns a [`Result`]. A [`Session`] dereferences to its [`IdentityMap`], which is pure memory:
//! a function that takes `&IdentityMap` can not send SQL.
//!
//! # When something fails
//!
//! A failed [`flush`](Session::flush) leaves database and objects as they were before it, edits
//! included, and names entity, key, column and constraint. [`rollback`](Session::rollback) puts
//! objects back to what they were when the transaction began. [`commit`](Session::commit) returns
//! `Ok` only when the database has said so.
//!
//! # Features
//!
//! `sqlite` (default, compiled in), `postgres` and `mysql` (through the system's client libraries)
//! choose the databases; with several enabled, one program can talk to all, and a condition has to be
//! one that all of them know. `pool` brings [`SessionFactory`]. `chrono`, `decimal` and `uuid` (default)
//! bring their types as columns, `json` brings `Json<T>`, `time` and `jiff` theirs. `64-column-tables` and `128-column-tables` are Diesel's.
//!
//! [Diesel]: https://diesel.rs

// The derive names the crate from outside, and is used inside as well.
extern crate self as orm_runtime;

#[doc(hidden)]
pub mod backend;
mod ddl;
#[cfg(feature = "decimal")]
pub mod decimal;
mod enum_order;
pub mod error;
mod expressions;
mod handle;
mod map;
mod mapping;
pub mod own_types;
mod plan;
pub mod schema;
mod select;
mod session;
mod sql;
mod types;

pub use backend::Dialect;
pub use error::{Error, Result};
pub use handle::Handle;
pub use map::{IdentityMap, ObjectState};
#[cfg(feature = "json")]
pub use mapping::Json;
pub use mapping::{
    Auto, Computed, DbEnum, Deferred, Discriminator, Entity, ForeignKey, Generated, HasMany,
    HasOne, Hooks, ManyToMany,
};
pub use orm_derive::{DbEnum, DbType, Embed, Entity, OneOf};
pub use schema::Schema;
pub use select::Condition;
#[cfg(feature = "pool")]
pub use session::{PoolOptions, SessionFactory};
pub use session::{Query, Session, SessionOptions};

/// What a program that uses the ORM needs in scope.
pub mod prelude {
    pub use diesel::dsl::not;
    pub use diesel::expression_methods::*;
    pub use diesel::{JoinOnDsl, QueryDsl};

    // In place of Diesel's of these names.
    #[cfg(feature = "postgres")]
    pub use crate::expressions::TextExpressionMethods as PgTextExpressionMethods;
    pub use crate::expressions::{ExpressionMethods, TextExpressionMethods};

    #[cfg(feature = "json")]
    pub use crate::Json;
    pub use crate::column::val;
    pub use crate::error::{DatabaseErrorKind, ValidationError};
    pub use crate::query::{EnumOrderExt, InListExt, Lock, Predicate, RelationshipExt};
    pub use crate::relationship::{OptionalForeignKey, Related};
    pub use crate::transaction::Lazy;
    pub use crate::{
        Auto, Computed, Condition, DbEnum, DbType, Deferred, Dialect, Discriminator, Embed, Entity,
        Error, ForeignKey, Generated, Handle, HasMany, HasOne, Hooks, IdentityMap, ManyToMany,
        ObjectState, OneOf, Result, Schema, Session, SessionOptions, schema,
    };
    #[cfg(feature = "pool")]
    pub use crate::{PoolOptions, SessionFactory};
}

/// Values as columns hold them: conversions of the program's own types, and values in conditions.
pub mod column {
    pub use crate::backend::values::{Val, val};
    pub use crate::backend::{CustomType, HasColumnType};

    /// SQL types for Rust types that Diesel itself cannot store on all three databases.
    pub mod sql_types {
        pub use crate::backend::Custom;
        pub use crate::backend::sql_types::*;
    }

    pub use crate::mapping::{
        BoxError, ColumnValue, DbTypeNames, DeferredColumn, Embedded, Now, Stored, TypeDecorator,
        UnknownCode,
    };
}

/// Connections that a session takes, and what it reports of the statements that it sent.
pub mod connection {
    pub use crate::backend::{AnyConnection, StatementRecord};
}

/// Listeners that are told what a flush is about to write, and what it has written.
pub mod events {
    #[cfg(feature = "pool")]
    pub use crate::session::NewListeners;
    pub use crate::session::{Change, FlushedKind, FlushedRow, SessionListener};
}

/// Inheritance: what a hierarchy and its subtypes implement.
pub mod inheritance {
    pub use crate::mapping::{Concrete, Hierarchy, Subtype, SubtypeOf};
}

/// Primary keys, and how the identity map finds objects by them.
pub mod key {
    pub use crate::mapping::{AutoKey, HashIndex, IndexByKey, IntoKey, Key, PagedIndex};
}

/// The mapping as data: what the derives have read from structs and attributes.
pub mod metadata {
    pub use crate::mapping::{
        AssociationMeta, CheckMeta, ColumnMeta, ColumnSet, ConcreteMeta, EntityMeta,
        ForeignKeyMeta, GeneratedBy, HierarchyMeta, IndexMeta, OnDelete, RelationshipKind,
        RelationshipMeta, SubtypeMeta, ViewMeta,
    };
    pub use crate::types::{Code, ColumnType, EnumMeta, EnumStorage, VariantMeta};
}

/// Objects in memory: of one entity, of a group, of any entity.
pub mod objects {
    pub use crate::map::{AnyHandle, Groups, Objects};
}

/// Queries: conditions, paths along relationships, selections, joins, orders, and set-based statements.
pub mod query {
    pub use crate::enum_order::{DeclaredOrder, EnumOrderExt, EnumType};
    pub use crate::expressions::{
        Equal, ExpressionMethods, Nullability, Operand, Sorted, TextExpressionMethods, TextMatch,
        TextType,
    };
    pub use crate::mapping::DefaultScope;
    pub use crate::select::{
        ColumnsOf, ExpressionOf, Grouping, HasColumn, InList, InListExt, InScope, IntoPath,
        ListValue, Lock, Path, Predicate, RelatedColumn, RelatedCount, RelationshipCondition,
        RelationshipExt,
    };
    pub use crate::session::{
        Assignments, Grouped, Joined, LeftPair, Loadable, Selectable, Selection, SqlText, Stream,
        TextQuery, UniqueColumns, Upsert,
    };
}

/// Relationships: what references and collections implement, and how they are read.
pub mod relationship {
    pub use crate::map::{CollectionIter, OptionalForeignKey};
    pub use crate::mapping::{
        Associated, MadeAssociation, Related, Relationship, ToMany, ToOne, Writable,
    };
}

/// Transactions: how they begin, what became of a COMMIT, retrying, and lazy loading in them.
pub mod transaction {
    pub use crate::session::{BeginMode, CommitOutcome, Lazy, Retryable};
}

#[doc(hidden)]
pub mod __private {
    pub use crate::backend::{
        Bind, Custom, CustomType, Fetch, HasColumnType, Holds, Row, SqlFragment, SqlWriter,
    };
    pub use crate::error::ValidationError;
    pub use crate::map::entity_meta;
    pub use crate::mapping::builder::target_of;
    pub use crate::mapping::*;
    pub use crate::select::scope;
    pub use crate::session::{
        Loadable, expire_deferred, expire_relationship, load_deferred, load_relationship,
        made_association,
    };
    pub use crate::types::*;
    pub use crate::{Handle, Result, Session};
    pub use diesel;
    pub use diesel::internal::derives::as_expression::Bound;
    pub use orm_derive::{__resume as resume, __resume_subtype as resume_subtype};
    #[cfg(feature = "serde")]
    pub use serde;
}

/// The code of the README runs as well.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
