//! Errors: what failed, on which entity, row and column, and what to do about it.
//!
//! Every call that can fail returns [`Error`]. Most programs match a few variants: a violated
//! constraint ([`Error::Constraint`], which names the fields), an invalid object
//! ([`Error::Invalid`]), and a row that someone else changed ([`Error::StaleRow`]).
//! [`Error::is_retryable`] and [`Error::is_disconnect`] tell whether running the transaction again,
//! or reconnecting, is worthwhile.
//!
//! ```
//! use orm_runtime::error::DatabaseErrorKind;
//! use orm_runtime::prelude::*;
//!
//! #[derive(Entity, Debug)]
//! struct User {
//!     id: Auto<i64>,
//!     #[entity(unique)]
//!     name: String,
//! }
//!
//! # fn main() -> Result<()> {
//! let mut session = Session::open("sqlite://:memory:")?;
//! schema![User].create_all(&mut session)?;
//! session.add(User::builder().name("ada").build());
//! session.add(User::builder().name("ada").build());
//! let error = session.commit().unwrap_err();
//! assert!(error.is_violation(DatabaseErrorKind::Unique));
//! let Error::Constraint(violation) = &error else { panic!("{error}") };
//! assert_eq!(violation.fields, ["name"]);
//! # Ok(()) }
//! ```

mod about;
mod application;
mod asked;
mod database;
mod invalid;
mod pool_holder;
#[cfg(feature = "tokio")]
mod stop_reason;

pub use about::{InvalidEntity, Violation};
pub use database::{DatabaseError, DatabaseErrorKind};
pub use invalid::{FieldError, ValidationError};
pub use pool_holder::PoolHolder;
#[cfg(feature = "tokio")]
pub use stop_reason::StopReason;

use about::{DisplayKey, DisplayObject, DisplayRow};

/// The result of every call that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong: the entity, the key, the column or constraint, and what to do.
///
/// No variant contains a bound value or a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A row violates a constraint. Only the flush was undone; every edit is still in memory.
    #[error("{0}")]
    Constraint(Box<Violation>),

    /// An object may not be written: its [`validate`](crate::Hooks::validate) rejected it, or a
    /// value does not fit its column. Nothing was sent; every edit is still in memory.
    #[error("{0}")]
    Invalid(Box<InvalidEntity>),

    /// A row was changed or deleted by someone else since it was read. Only the flush was undone.
    #[error(
        "{entity} {keys} was changed or deleted by someone else since it was read ({matched} of \
         {expected} rows matched); refresh it and decide again",
        keys = keys.join(", ")
    )]
    StaleRow {
        /// The entity.
        entity: &'static str,
        /// The keys of the rows that did not match.
        keys: Vec<String>,
        /// How many rows the statement should have written.
        expected: usize,
        /// How many rows matched.
        matched: usize,
    },

    /// The row does not exist.
    #[error("there is no {entity}{}", DisplayKey(key))]
    NotFound {
        /// The entity.
        entity: &'static str,
        /// The key, if the row was requested by key.
        key: Option<String>,
    },

    /// A query that expects one row found several.
    #[error("more than one {entity} was found where one was expected; use all() or first()")]
    MultipleFound {
        /// The entity.
        entity: &'static str,
    },

    /// A deferred column or a collection was read before it was loaded.
    #[error(
        "{entity}.{field} is not loaded; call session.load(handle, {module}::{field}) or add \
         .{query_call}({module}::{field}) to the query"
    )]
    NotLoaded {
        /// The entity.
        entity: &'static str,
        /// The module of the entity's columns.
        module: &'static str,
        /// The field.
        field: &'static str,
        /// The method of a query that loads it: `undefer` or `eager`.
        query_call: &'static str,
    },

    /// A reference cannot be written because its target is neither stored nor about to be. Nothing
    /// was sent; every edit is still in memory.
    #[error("{entity}{}: its {field}, a reference to {target}, {reason}", DisplayObject(key))]
    Reference {
        /// The entity.
        entity: &'static str,
        /// The key of the object. `None` for a new object whose key the database generates.
        key: Option<String>,
        /// The field.
        field: &'static str,
        /// The entity that it references.
        target: &'static str,
        /// What is wrong, and what to do.
        reason: &'static str,
    },

    /// New objects reference each other in a circle, and none of the references may be NULL, so
    /// none of the rows can be inserted first. Nothing was sent; every edit is still in memory.
    #[error(
        "new objects reference each other in a circle, so none of their rows can be inserted \
         first: {}; make one of these references an Option<ForeignKey<…>>", references.join(", ")
    )]
    CyclicReferences {
        /// The references of the circle, with the entities that they reference.
        references: Vec<String>,
    },

    /// Rows pass on unique values in a circle, and none of them can give up its value first: its
    /// columns can hold neither NULL nor an unused value in the meantime. Nothing was sent; every
    /// edit is still in memory.
    #[error(
        "{entity}{} takes the unique {} of {entity} {from}, which cannot give it up first in the same \
         flush; flush in two steps, with an unused value or a deletion in the first, or make the column an \
         Option", DisplayObject(to), columns.join(", ")
    )]
    UniqueCircular {
        /// The entity.
        entity: &'static str,
        /// The key of the row that has the values.
        from: String,
        /// The key of the row that takes them. `None` for a new object whose key the database
        /// generates.
        to: Option<String>,
        /// The columns.
        columns: Vec<&'static str>,
    },

    /// A whole collection was read, but only part of it was loaded, by a filter or a limit.
    #[error(
        "only part of {entity}.{field} is loaded; read it with {field}.part(&session), or load all of it \
         with session.load(handle, {module}::{field})"
    )]
    LoadedInPart {
        /// The entity.
        entity: &'static str,
        /// The module of the entity's columns.
        module: &'static str,
        /// The relationship.
        field: &'static str,
    },

    /// A reference points to an object that is not in memory.
    #[error(
        "the referenced {entity}{} is not in memory; load it through the reference, with \
         session.load(handle, …) or .eager(…) on the query, or by its key with \
         session.get::<{entity}>(…)", key.as_ref().map(|key| format!(" {key}")).unwrap_or_default()
    )]
    NotInMemory {
        /// The referenced entity.
        entity: &'static str,
        /// Its key, if it has one.
        key: Option<String>,
    },

    /// A new row has no value for a deferred column. Either it was never set, or the object is a
    /// copy of a row that was read without the column, whose value would be lost. Nothing of it was
    /// sent.
    #[error(
        "{entity}{} cannot be inserted: its deferred column {field} {}",
        about::row_or_object(key, *row),
        if *left_out {
            format!("was never loaded, and would be lost; add .undefer({module}::{field}) to the query \
                     that read it, or set it")
        } else {
            "was never given a value; set it, or make it a Deferred<Option<…>>".to_owned()
        }
    )]
    Unloaded {
        /// The entity.
        entity: &'static str,
        /// The key of the object. `None` for a new object whose key the database generates.
        key: Option<String>,
        /// The number of the row in a call with many rows, counted from 1.
        row: Option<usize>,
        /// The module of the entity's columns.
        module: &'static str,
        /// The field.
        field: &'static str,
        /// `true` if the object is a copy of a row that was read without the column.
        left_out: bool,
    },

    /// A row of a bulk update matches no row of the table. Nothing of the call is written.
    #[error("{}", about::unmatched_row(entity, *row, columns))]
    UnmatchedRow {
        /// The entity.
        entity: &'static str,
        /// The number of the row in the call, counted from 1, if it is known.
        row: Option<usize>,
        /// The columns of the unique set by which rows are found.
        columns: Vec<&'static str>,
    },

    /// Two rows of one upsert or bulk update are the same row of the table, so one would overwrite
    /// the other.
    #[error("{}", about::duplicate_rows(entity, rows, columns, key))]
    DuplicateRows {
        /// The entity.
        entity: &'static str,
        /// The numbers of the two rows in the call, counted from 1. `None` if only the database
        /// considers them equal.
        rows: Option<(usize, usize)>,
        /// The columns of the unique set in which they are equal.
        columns: Vec<&'static str>,
        /// The key of the row, if it is known.
        key: Option<String>,
    },

    /// A lazy load was refused because the session forbids it
    /// ([`Lazy::Raise`](crate::transaction::Lazy)).
    #[error(
        "{entity}.{field} would be loaded lazily, which this session refuses; add \
         .eager({module}::{field}) to the query, or call session.load_all(&handles, {module}::{field})"
    )]
    LazyLoad {
        /// The entity.
        entity: &'static str,
        /// The module of the entity's columns.
        module: &'static str,
        /// The relationship.
        field: &'static str,
    },

    /// The object of a handle is gone: rolled back, deleted, evicted, or in another session.
    #[error("the {entity} of this handle is not in this session: {reason}")]
    InvalidHandle {
        /// The entity.
        entity: &'static str,
        /// Why the handle is not valid.
        reason: &'static str,
    },

    /// The state of an object does not permit the call.
    #[error("{entity}{} cannot be {action}: {reason}", DisplayObject(key))]
    InvalidState {
        /// The entity.
        entity: &'static str,
        /// The key of the object. `None` for a new object whose key the database generates.
        key: Option<String>,
        /// What the call would have done.
        action: &'static str,
        /// Why it is refused.
        reason: &'static str,
    },

    /// A row contains a value that its field cannot hold.
    #[error(
        "{entity}{}{}: column {column} cannot be read: {source}",
        DisplayKey(key),
        DisplayRow(row)
    )]
    Decode {
        /// The entity; `a query` if the query reads several.
        entity: &'static str,
        /// The key of the row, if it could be read.
        key: Option<String>,
        /// The number of the row in the result, counted from 1, if its key is not known.
        row: Option<usize>,
        /// The column.
        column: String,
        /// The kind of value that was found, and what the field holds; never the value itself.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The conversion of a field's type rejected its value. Only the flush was undone; every edit
    /// is still in memory.
    #[error("{entity}{}: column {column} cannot be written: {source}", DisplayObject(key))]
    Encode {
        /// The entity.
        entity: &'static str,
        /// The key of the object. `None` for a new object whose key the database generates.
        key: Option<String>,
        /// The column.
        column: &'static str,
        /// What the conversion reported.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The database refused a statement.
    #[error("the database refused the statement: {0}")]
    Database(#[source] DatabaseError),

    /// The transaction conflicts with another one. Running it again from its beginning may succeed;
    /// [`Session::retry`](crate::Session::retry) does so.
    #[error("the transaction conflicts with another one: {0}; run it again from its beginning")]
    Conflict(#[source] DatabaseError),

    /// The transaction is gone, but the session did not roll it back. Either the database ended it,
    /// or a statement in it failed and the error was not returned, or it was ended outside the
    /// session. What was flushed in it is not stored. Edits of objects are still in memory, and the
    /// next flush writes them.
    #[error(
        "the transaction is gone, but the session did not end it: {0}; edits are kept and are \
         written by the next flush, or dropped by rollback()"
    )]
    TransactionLost(#[source] DatabaseError),

    /// A savepoint was rolled back because a statement in it failed and the error was not returned.
    /// Objects are as they were when it began. The surrounding transaction continues.
    #[error(
        "the savepoint was rolled back because a statement in it failed and the error was not returned: \
         {0}; the surrounding transaction continues"
    )]
    SavepointLost(#[source] DatabaseError),

    /// The connection is gone. Edits are kept; [`Session::reconnect`](crate::Session::reconnect)
    /// makes the session usable again.
    #[error("the connection to the database is lost: {0}; call reconnect(), edits are kept")]
    Disconnected(#[source] DatabaseError),

    /// The connection broke before the reply to COMMIT arrived: it is not known whether the
    /// transaction is stored.
    #[error(
        "it is not known whether the transaction was committed, because the reply to COMMIT did not \
         arrive: {0}; resolve_commit() asks the server, reconnect() assumes it was not committed, \
         rollback() drops the edits"
    )]
    CommitUnknown(#[source] DatabaseError),

    /// A connection could not be opened.
    #[error("no connection to the database: {0}")]
    Connection(String),

    /// All connections of a pool stayed in use.
    #[error(
        "all {in_use} connections of the pool stayed in use for {waited:?}{}; end sessions sooner, or make \
         the pool larger (PoolOptions::size) or its time-out longer (PoolOptions::timeout)",
        pool_holder::held(holders)
    )]
    PoolExhausted {
        /// How many connections are in use.
        in_use: u32,
        /// How long the call waited for a connection.
        waited: std::time::Duration,
        /// How many other calls wait for a connection.
        waiting: u32,
        /// Who uses connections longest: the first three.
        holders: Vec<PoolHolder>,
    },

    /// The work was stopped from outside: its future was dropped, its deadline has passed, or the
    /// runtime shuts down. Nothing of its transaction is stored.
    #[cfg(feature = "tokio")]
    #[error("the work was stopped because {0}; nothing of its transaction is stored")]
    Stopped(StopReason),

    /// The pool was closed.
    #[error(
        "the pool of connections was closed, by SessionFactory::close() or because the transaction \
         that it belongs to has ended; no session can begin"
    )]
    PoolClosed,

    /// More or fewer statements were sent than
    /// [`Session::expect_statements`](crate::Session::expect_statements) allows.
    #[error("{budget} statements were expected, {} were sent:\n{}", sent.len(), sent.join("\n"))]
    StatementBudget {
        /// How many statements were expected: `exactly 2`, `at most 5`, `at most 1 of User`.
        budget: String,
        /// The origin and the text of each statement that was sent.
        sent: Vec<String>,
    },

    /// A [`PageCursor`](crate::query::PageCursor) is damaged, or belongs to another query.
    #[error("the cursor {reason}; begin with the first page")]
    InvalidCursor {
        /// What is wrong with the cursor. The text has no value of the cursor in it.
        reason: &'static str,
    },

    /// The call or its options are wrong.
    #[error("{0}")]
    Configuration(String),

    /// An error of Diesel that concerns neither the database nor a row.
    #[error("{0}")]
    Diesel(#[source] diesel::result::Error),

    /// An error of your program, returned by a closure or a listener that runs in a transaction.
    /// Created by [`Error::application`]; the session never creates it.
    #[error("{0}")]
    Application(#[source] Box<dyn std::error::Error + Send + Sync>),
}
