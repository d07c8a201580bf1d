#![doc = include_str!("front_page.md")]

// The derive refers to the crate by its external name, and is used inside the crate as well.
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
mod observers;
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

/// The types, traits and derives that most programs need. Import them all:
/// `use orm_runtime::prelude::*;`.
pub mod prelude {
    pub use diesel::dsl::not;
    pub use diesel::expression_methods::*;
    pub use diesel::{JoinOnDsl, QueryDsl};

    // These replace Diesel's traits of the same names.
    #[cfg(feature = "postgres")]
    pub use crate::expressions::TextExpressionMethods as PgTextExpressionMethods;
    pub use crate::expressions::{ExpressionMethods, TextExpressionMethods};

    // Its `and` and `or`, of network addresses, would make those of conditions ambiguous.
    #[cfg(feature = "postgres")]
    #[doc(hidden)]
    pub use diesel::BoolExpressionMethods as PgNetExpressionMethods;

    #[cfg(feature = "json")]
    pub use crate::Json;
    pub use crate::column::val;
    pub use crate::error::{DatabaseErrorKind, ValidationError};
    pub use crate::inheritance::Concrete;
    pub use crate::query::{EnumOrderExt, InListExt, Lock, Predicate, RelationshipExt};
    pub use crate::relationship::{OptionalForeignKey, Related, Writable};
    pub use crate::transaction::Lazy;
    pub use crate::{
        Auto, Computed, Condition, DbEnum, DbType, Deferred, Dialect, Discriminator, Embed, Entity,
        Error, ForeignKey, Generated, Handle, HasMany, HasOne, Hooks, IdentityMap, ManyToMany,
        ObjectState, OneOf, Result, Schema, Session, SessionOptions, schema,
    };
    #[cfg(feature = "pool")]
    pub use crate::{PoolOptions, SessionFactory};
}

/// Column values: conversions of a program's own types, and values in Diesel's expressions.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![User].create_all(&mut session)?;
/// # let ada = session.add(User::builder().name("ada").build());
/// # session.commit()?;
/// use orm_runtime::column::val;
///
/// // A type that Diesel does not convert by itself needs `val` in Diesel's own functions.
/// let since = val(7_u32);
/// # let _ = (since, ada);
/// # Ok(()) }
/// ```
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

/// Connections of sessions.
///
/// ```
/// use orm_runtime::connection::AnyConnection;
/// use orm_runtime::prelude::*;
///
/// # fn main() -> Result<()> {
/// let connection = AnyConnection::open("sqlite://:memory:")?;
/// let session = Session::new(connection);
/// # let _ = session;
/// # Ok(()) }
/// ```
pub mod connection {
    pub use crate::backend::{AnyConnection, CancelHandle, ConnectOptions, OutgoingStatement};
    #[cfg(feature = "pool")]
    pub use crate::backend::{NewConnection, NewConnections, OnReturn, PoolStatus, Reuse};
    #[cfg(feature = "pool")]
    pub use crate::session::{OuterTransaction, Rewriters};
}

/// Observing sessions: events about statements, calls, flushes, transactions and connections, and
/// records of the statements that a session sent.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![User].create_all(&mut session)?;
/// use orm_runtime::observe::{Cause, StatementRecord};
///
/// session.log_statements(true);
/// session.query::<User>().all()?;
/// let sent: Vec<StatementRecord> = session.take_log();
/// let select = sent.iter().find(|record| record.sql.starts_with("SELECT")).unwrap();
/// assert_eq!((select.origin.cause, select.origin.entity), (Cause::Query, Some("User")));
/// # Ok(()) }
/// ```
pub mod observe {
    pub use crate::backend::ObservedStatement as Statement;
    pub use crate::backend::{
        Call, Cause, ConnectionChange, ConnectionEvent, Event, FinishedStatement, Flush, Origin,
        Plan, RowTimes, SessionObserver, StatementKind, StatementRecord, Transaction,
        TransactionChange,
    };
    #[cfg(feature = "tracing")]
    pub use crate::observers::TracingObserver;
    pub use crate::observers::{
        FullScanWatch, Place, Repeated, ReportedShape, SlowStatement, SlowWatch, Stack,
        StatementReport, StatementSummary,
    };
    pub use crate::session::Budget;
    #[cfg(feature = "pool")]
    pub use crate::session::Observers;
}

/// Listeners, which see what a flush is about to write and what it has written.
///
/// ```
/// use orm_runtime::events::{FlushedRow, SessionListener};
/// use orm_runtime::prelude::*;
///
/// /// Counts the rows that were written.
/// struct Counter(usize);
///
/// impl SessionListener for Counter {
///     fn after_flush(&mut self, _: &mut Session, rows: &[FlushedRow]) -> Result<()> {
///         self.0 += rows.len();
///         Ok(())
///     }
/// }
/// # fn main() {}
/// ```
pub mod events {
    #[cfg(feature = "pool")]
    pub use crate::session::NewListeners;
    pub use crate::session::{Change, FlushedKind, FlushedRow, SessionListener};
}

/// Inheritance: the traits of hierarchies and their subtypes.
///
/// ```
/// use orm_runtime::inheritance::SubtypeOf;
/// use orm_runtime::prelude::*;
///
/// /// Returns a handle of the base for a handle of any of its subtypes.
/// fn as_base<B: Entity, T: Entity + SubtypeOf<B>>(handle: Handle<T>) -> Handle<B> {
///     handle.upcast()
/// }
/// # fn main() {}
/// ```
pub mod inheritance {
    pub use crate::mapping::{Concrete, Hierarchy, Subtype, SubtypeOf};
}

/// Primary keys, and the indexes by which the identity map finds objects.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![User].create_all(&mut session)?;
/// # let ada = session.add(User::builder().name("ada").build());
/// # session.commit()?;
/// // A key is passed as it is, or borrowed: as whatever implements `IntoKey`.
/// assert_eq!(session.get::<User>(1)?, Some(ada));
/// # Ok(()) }
/// ```
pub mod key {
    pub use crate::mapping::{AutoKey, HashIndex, IndexByKey, IntoKey, Key, PagedIndex};
}

/// The mapping as data: what the derives read from structs and attributes.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![User].create_all(&mut session)?;
/// # let ada = session.add(User::builder().name("ada").build());
/// # session.commit()?;
/// let meta = User::META;
/// assert_eq!((meta.table, meta.columns[1].name), ("user", "name"));
/// # let _ = ada;
/// # Ok(()) }
/// ```
pub mod metadata {
    pub use crate::mapping::{
        AssociationMeta, CheckMeta, ColumnMeta, ColumnSet, ConcreteMeta, EntityMeta,
        ForeignKeyMeta, GeneratedBy, HierarchyMeta, IndexMeta, OnDelete, RelationshipKind,
        RelationshipMeta, SubtypeMeta, ViewMeta,
    };
    pub use crate::types::{Code, ColumnType, EnumMeta, EnumStorage, VariantMeta};
}

/// Objects in memory: those of one entity, of a group, or of any entity.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![User].create_all(&mut session)?;
/// # let ada = session.add(User::builder().name("ada").build());
/// # session.commit()?;
/// let users = session.objects::<User>();
/// assert_eq!(users[ada].name, "ada");
/// # Ok(()) }
/// ```
pub mod objects {
    pub use crate::map::{AnyHandle, Groups, Objects};
}

/// Queries: conditions, paths along relationships, selections, joins, orders, and set-based
/// statements.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String, posts: HasMany<Post> }
/// # #[derive(Entity)] struct Post { id: Auto<i64>, title: String, user: ForeignKey<User> }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![User, Post].create_all(&mut session)?;
/// # let post = Post::builder().title("hello").build();
/// # let ada = session.add(User::builder().name("ada").posts([post]).build());
/// # session.commit()?;
/// let named = user::name.eq("ada").and(user::posts.exists());
/// let query = session.query::<User>().filter(named).eager(user::posts);
/// assert_eq!(query.all()?, [ada]);
/// # Ok(()) }
/// ```
pub mod query {
    pub use crate::enum_order::{DeclaredOrder, EnumOrderExt, EnumType};
    pub use crate::expressions::{
        Equal, ExpressionMethods, IntoOperand, IntoOperands, Nullability, Operand, Sorted,
        TextExpressionMethods, TextMatch, TextType,
    };
    pub use crate::mapping::DefaultScope;
    pub use crate::select::{
        ColumnsOf, ExpressionOf, Grouping, HasColumn, InList, InListExt, InScope, IntoPath,
        ListValue, Lock, Path, Predicate, RelatedColumn, RelatedCount, RelationshipCondition,
        RelationshipExt,
    };
    pub use crate::session::{
        Assignments, Bulk, BulkInsert, BulkUpdate, BulkUpsert, ColumnNames, Excluded, Grouped,
        IntoColumns, Joined, LeftPair, Loadable, Selectable, Selection, SqlText, Stream, TextQuery,
        UpsertOutcome, Upserted, excluded,
    };
}

/// Relationships: the traits of references and collections, and the iterator over a collection.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String, posts: HasMany<Post> }
/// # #[derive(Entity)] struct Post { id: Auto<i64>, title: String, user: ForeignKey<User> }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![User, Post].create_all(&mut session)?;
/// # let post = Post::builder().title("hello").build();
/// # let ada = session.add(User::builder().name("ada").posts([post]).build());
/// # session.commit()?;
/// session.load(ada, user::posts)?;
/// let titles: Vec<&str> = session[ada].posts.iter(&session)?.map(|post| &*post.title).collect();
/// assert_eq!(titles, ["hello"]);
/// # Ok(()) }
/// ```
pub mod relationship {
    pub use crate::map::{CollectionIter, OptionalForeignKey};
    pub use crate::mapping::{
        Associated, MadeAssociation, Related, Relationship, ToMany, ToOne, Writable,
    };
}

/// Transactions: how they begin and are retried, the outcome of a COMMIT, and lazy loading.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![User].create_all(&mut session)?;
/// # let ada = session.add(User::builder().name("ada").build());
/// # session.commit()?;
/// use orm_runtime::transaction::Lazy;
///
/// let options = SessionOptions { lazy: Lazy::Raise, ..SessionOptions::default() };
/// let strict = Session::open_with("sqlite://:memory:", options)?;
/// # let _ = (strict, ada);
/// # Ok(()) }
/// ```
pub mod transaction {
    pub use crate::backend::{Isolation, Synchronous, TransactionOptions};
    pub use crate::session::{BeginMode, CommitOutcome, Lazy, Reads, Retryable};
}

#[doc(hidden)]
pub mod __private {
    pub use crate::backend::{
        Bind, Custom, CustomType, Fetch, HasColumnType, Holds, Row, SqlFragment, SqlWriter,
    };
    pub use crate::error::ValidationError;
    pub use crate::map::entity_meta;
    pub use crate::mapping::builder::{Column, OwnColumn, target_of};
    pub use crate::mapping::*;
    pub use crate::select::scope;
    pub use crate::session::{Loadable, expire_deferred, load_deferred, made_association};
    pub use crate::types::*;
    pub use crate::{Handle, Result, Session};
    pub use diesel;
    pub use diesel::internal::derives::as_expression::Bound;
    pub use diesel::{QueryResult, sql_types};
    pub use orm_derive::{__resume as resume, __resume_subtype as resume_subtype};
    #[cfg(feature = "serde")]
    pub use serde;
}

/// Compiles and runs the code of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
