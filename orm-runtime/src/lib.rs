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
mod error;
mod expressions;
mod handle;
mod map;
mod mapping;
pub mod own_types;
mod plan;
mod schema;
mod session;
mod sql;
mod types;

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
    pub use crate::backend::Dialect;
    pub use crate::backend::values::val;
    pub use crate::{
        Auto, Computed, Condition, DbEnum, DbType, Deferred, Discriminator, Embed, Entity,
        EnumOrderExt, Error, ForeignKey, Generated, Handle, HasMany, HasOne, Hooks, IdentityMap,
        InListExt, Invalid, Lazy, Lock, ManyToMany, OneOf, OptionalForeignKey, Related,
        RelationshipExt, Result, Schema, Session, SessionOptions, schema,
    };
}

#[doc(hidden)]
pub mod __private {
    pub use crate::backend::{
        Bind, Custom, CustomType, Fetch, HasSqlKind, Holds, Row, SqlFragment, SqlWriter,
    };
    pub use crate::map::entity_meta;
    pub use crate::mapping::builder::target_of;
    pub use crate::mapping::*;
    pub use crate::session::{
        Loadable, expire_deferred, expire_relationship, load_deferred, load_relationship,
        made_association, scope,
    };
    pub use crate::types::*;
    pub use crate::{Handle, Invalid, Result, Session};
    pub use diesel;
    pub use diesel::internal::derives::as_expression::Bound;
    pub use orm_derive::{__resume as resume, __resume_kind as resume_kind};
    #[cfg(feature = "serde")]
    pub use serde;
}

pub use backend::values::{Val, sql_types, val};
pub use backend::{AnyConnection, CustomType, Dialect, HasSqlKind, StatementRecord};
pub use enum_order::{DeclaredOrder, EnumOrderExt, EnumType};
pub use error::{
    DatabaseError, DatabaseErrorKind, Error, Invalid, InvalidObject, Problem, Result, Violation,
};
pub use expressions::{
    Equal, ExpressionMethods, Nullability, Operand, Sorted, TextExpressionMethods, TextMatch,
    TextType,
};
pub use handle::Handle;
pub use map::{
    AnyHandle, CollectionIter, Groups, IdentityMap, ObjectState, Objects, OptionalForeignKey,
};
#[cfg(feature = "json")]
pub use mapping::Json;
pub use mapping::{
    Associated, AssociationMeta, Auto, AutoKey, BoxError, CheckMeta, ColumnMeta, ColumnSet,
    ColumnValue, Computed, Concrete, DbEnum, DbTypeNames, DefaultScope, Deferred, DeferredColumn,
    Discriminator, Embedded, Entity, EntityMeta, ForeignKey, ForeignKeyMeta, Generated,
    GeneratedBy, HasMany, HasOne, HashIndex, HierarchyMeta, Hooks, IndexByKey, IndexMeta, IntoKey,
    Is, Key, KindMeta, Kinds, Level, LevelMeta, MadeAssociation, ManyToMany, Now, OnDelete,
    PagedIndex, Related, Relationship, RelationshipKind, RelationshipMeta, Stored, ToMany, ToOne,
    TypeDecorator, UnknownCode, ViewMeta, Writable,
};
pub use orm_derive::{DbEnum, DbType, Embed, Entity, OneOf};
pub use schema::{Difference, DifferenceKind, Migration, NamedMigration, Schema, Step};
pub use session::{
    Assignments, BeginMode, Change, ColumnsOf, CommitOutcome, Condition, ExpressionOf, FlushedKind,
    FlushedRow, Grouped, Grouping, HasColumn, InList, InListExt, InScope, IntoPath, Joined, Lazy,
    LeftPair, ListValue, Loadable, Lock, Path, Predicate, Query, RelatedColumn, RelatedCount,
    RelationshipCondition, RelationshipExt, Retryable, Selectable, Selection, Session,
    SessionListener, SessionOptions, SqlText, Stream, TextQuery, UniqueColumns, Upsert,
};
#[cfg(feature = "pool")]
pub use session::{NewListeners, PoolOptions, SessionFactory};
pub use types::{Code, EnumMeta, EnumStorage, SqlKind, VariantMeta};

/// The code of the README runs as well.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
