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

// The derive names the crate from outside; the tests inside use it as well.
#[cfg(test)]
extern crate self as orm_runtime;

#[doc(hidden)]
pub mod backend;
#[cfg(feature = "decimal")]
pub mod decimal;
mod enum_order;
mod error;
mod map;
mod mapping;
mod plan;
mod schema;
mod session;
mod sql;

/// What a program that uses the ORM needs in scope.
pub mod prelude {
    pub use diesel::expression_methods::*;

    #[cfg(feature = "json")]
    pub use crate::Json;
    pub use crate::backend::Dialect;
    pub use crate::backend::values::val;
    pub use crate::{
        Auto, Computed, Condition, DbEnum, DbType, Deferred, Discriminator, Embed, Entity,
        EnumOrderExt, Error, ForeignKey, Generated, Handle, HasMany, HasOne, Hooks, IdentityMap,
        InListExt, Invalid, Lazy, ManyToMany, OneOf, OptionalForeignKey, RelationshipExt, Result,
        Session, SessionOptions, schema,
    };
}

#[doc(hidden)]
pub mod __private {
    pub use crate::backend::{Bind, Fetch, Fragment, Pass, Row};
    pub use crate::map::Placing;
    pub use crate::mapping::builder::target_of;
    pub use crate::mapping::*;
    pub use crate::session::{
        Connect, Loadable, expire_deferred, expire_relationship, load_deferred, load_relationship,
        scope,
    };
    pub use crate::{Handle, Result, Session};
    pub use diesel;
    pub use diesel::internal::derives::as_expression::Bound;
    pub use orm_derive::{__resume as resume, __resume_kind as resume_kind};
    #[cfg(feature = "serde")]
    pub use serde;
}

pub use backend::values::{Val, sql_types, val};
pub use backend::{AnyConnection, DatabaseError, DatabaseErrorKind, Dialect, StatementRecord};
pub use enum_order::{DeclaredOrder, EnumOrderExt, EnumType};
pub use error::{Error, InvalidObject, Result, Violation};
pub use map::{
    AnyHandle, CollectionIter, EntityType, Groups, Handle, IdentityMap, ObjectState, Objects,
    OptionalForeignKey,
};
#[cfg(feature = "json")]
pub use mapping::Json;
pub use mapping::{
    Associated, AssociationMeta, Auto, AutoKey, BoxError, CheckMeta, Code, ColumnMeta, ColumnSet,
    ColumnValue, Computed, Concrete, CustomType, DbEnum, DefaultScope, Deferred, DeferredColumn,
    Discriminator, Embedded, Entity, EntityMeta, EnumMeta, EnumStorage, ForeignKey, ForeignKeyMeta,
    Generated, GeneratedBy, HasMany, HasOne, HasSqlKind, HashIndex, HierarchyMeta, Hooks,
    IndexByKey, IndexMeta, Invalid, Is, Key, KindMeta, Kinds, Level, LevelMeta, MadeAssociation,
    ManyToMany, Now, OnDelete, PagedIndex, Problem, Related, Relationship, RelationshipKind,
    RelationshipMeta, SqlKind, Stored, ToMany, ToOne, TypeDecorator, UnknownCode, VariantMeta,
    ViewMeta, Writable,
};
pub use orm_derive::{DbEnum, DbType, Embed, Entity, OneOf};
pub use schema::{Difference, DifferenceKind, Migration, NamedMigration, Schema, Step};
pub use session::{
    Assignments, BeginMode, Change, CommitOutcome, Condition, FlushedKind, FlushedRow, Grouped,
    InList, InListExt, IntoPath, Joined, Lazy, LeftPair, ListValue, Loadable, Lock, Path,
    Predicate, Query, RelatedColumn, RelatedCount, RelationshipCondition, RelationshipExt,
    Retryable, Selectable, Selection, Session, SessionListener, SessionOptions, SqlText, Stream,
    TextQuery, UniqueColumns, Upsert,
};
#[cfg(feature = "pool")]
pub use session::{NewListeners, PoolOptions, SessionFactory};

/// The code of the README runs as well.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
