//! What can go wrong, and what to do about it.

mod about;
mod database;
mod invalid;

pub use about::{InvalidEntity, Violation};
pub use database::{DatabaseError, DatabaseErrorKind};
pub use invalid::{FieldError, ValidationError};

use about::{DisplayKey, DisplayRow};

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong: the entity, the key, the column or constraint, and what to do.
///
/// No variant holds a value that was bound, nor a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A row violates a constraint. Only the flush was undone; every edit is still in memory.
    #[error("{0}")]
    Constraint(Box<Violation>),

    /// An object may not be written: its [`validate`](crate::Hooks::validate) says so, or a value does
    /// not fit its column. Nothing was sent; every edit is still in memory.
    #[error("{0}")]
    Invalid(Box<InvalidEntity>),

    /// A row was changed or removed by someone else since it was read. Only the flush was undone.
    #[error(
        "{entity} {keys} was changed or removed by someone else since it was read ({matched} of \
         {expected} rows matched); refresh it and decide again",
        keys = keys.join(", ")
    )]
    StaleRow {
        /// The entity.
        entity: &'static str,
        /// The keys of the rows that did not match.
        keys: Vec<String>,
        /// How many rows were to be written.
        expected: usize,
        /// How many rows matched.
        matched: usize,
    },

    /// There is no such row.
    #[error("there is no {entity}{}", DisplayKey(key))]
    NotFound {
        /// The entity.
        entity: &'static str,
        /// The key, where the row was asked for by key.
        key: Option<String>,
    },

    /// A query that should find one row found several.
    #[error("more than one {entity} was found where one was asked for; use all() or first()")]
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
        /// The module of its columns.
        module: &'static str,
        /// The field.
        field: &'static str,
        /// The method of a query that loads it: `undefer` or `eager`.
        query_call: &'static str,
    },

    /// A reference can not be written, for it leads to nothing that is stored or will be. Nothing was
    /// sent; every edit is still in memory.
    #[error("{entity}{}: its {field}, a reference to {target}, {reason}", DisplayKey(key))]
    Reference {
        /// The entity.
        entity: &'static str,
        /// The key of the object, where it has one.
        key: Option<String>,
        /// The field.
        field: &'static str,
        /// The entity it leads to.
        target: &'static str,
        /// What is wrong, and what to do.
        reason: &'static str,
    },

    /// New objects refer to each other in a circle, and none of the references may be NULL, so that
    /// none of the rows can be the first. Nothing was sent; every edit is still in memory.
    #[error(
        "new objects refer to each other in a circle, so that none of their rows can be inserted \
         first: {}; make one of these references an Option<ForeignKey<…>>", references.join(", ")
    )]
    CyclicReferences {
        /// The references of the circle, with the entities to which they lead.
        references: Vec<String>,
    },

    /// Rows hand on unique values in a circle, and none of them can give up its value first: its columns
    /// cannot be NULL meanwhile, nor hold a value that nobody has. Nothing was sent; every edit is still
    /// in memory.
    #[error(
        "{entity}{} takes the unique {} of {entity} {from} in a flush in which that cannot give it up \
         first; flush in two steps, with a free value or a deletion in the first, or make the column an \
         Option", DisplayKey(to), columns.join(", ")
    )]
    UniqueCircular {
        /// The entity.
        entity: &'static str,
        /// The key of the row that has the values.
        from: String,
        /// The key of the row that takes them, where it has one.
        to: Option<String>,
        /// The columns.
        columns: Vec<&'static str>,
    },

    /// A collection was read as a whole of which only a part was loaded, by a filter or a limit.
    #[error(
        "only a part of {entity}.{field} is loaded; read it with {field}.part(&session), or load the whole \
         with session.load(handle, {module}::{field})"
    )]
    LoadedInPart {
        /// The entity.
        entity: &'static str,
        /// The module of its columns.
        module: &'static str,
        /// The relationship.
        field: &'static str,
    },

    /// A reference leads to an object that is not in memory.
    #[error(
        "the {entity}{} that is referred to is not in memory; load it through the reference, with \
         session.load(handle, …) or .eager(…) on the query, or by its key with \
         session.get::<{entity}>(…)", key.as_ref().map(|key| format!(" {key}")).unwrap_or_default()
    )]
    NotInMemory {
        /// The entity that is referred to.
        entity: &'static str,
        /// Its key, where there is one.
        key: Option<String>,
    },

    /// A new row lacks the value of a deferred column: it was never given one, or is a copy of a
    /// row that was read without it, and what the row has there would be lost. Nothing of it was
    /// sent.
    #[error(
        "{entity}{}{} cannot be inserted: its deferred column {field} {}", DisplayKey(key),
        DisplayRow(row),
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
        /// The key of the object, where it has one.
        key: Option<String>,
        /// Which row of a call with many rows it is, counted from 1.
        row: Option<usize>,
        /// The module of its columns.
        module: &'static str,
        /// The field.
        field: &'static str,
        /// Whether it is a copy of a row that was read without the column.
        left_out: bool,
    },

    /// Two rows of one upsert are the same row of the table, so that one would be written over the
    /// other.
    #[error("{}", about::duplicate_rows(entity, rows, columns, key))]
    DuplicateRows {
        /// The entity.
        entity: &'static str,
        /// Which rows of the call they are, counted from 1, where it is not the database alone that
        /// takes them for equal.
        rows: Option<(usize, usize)>,
        /// The columns of the unique set by which they are the same.
        columns: Vec<&'static str>,
        /// The key of the row, where it is known.
        key: Option<String>,
    },

    /// A lazy load was refused, because the session is told to ([`Lazy::Raise`](crate::transaction::Lazy)).
    #[error(
        "{entity}.{field} would be loaded lazily, and the session refuses that; add \
         .eager({module}::{field}) to the query, or call session.load_all(&handles, {module}::{field})"
    )]
    LazyLoad {
        /// The entity.
        entity: &'static str,
        /// The module of its columns.
        module: &'static str,
        /// The relationship.
        field: &'static str,
    },

    /// The object of a handle is gone: rolled back, deleted, evicted, or of another session.
    #[error("the {entity} of this handle is not in this session: {reason}")]
    InvalidHandle {
        /// The entity.
        entity: &'static str,
        /// Why.
        reason: &'static str,
    },

    /// An object is in a state in which the call makes no sense.
    #[error("{entity}{} can not be {action}: {reason}", DisplayKey(key))]
    InvalidState {
        /// The entity.
        entity: &'static str,
        /// The key, where there is one.
        key: Option<String>,
        /// What was asked for.
        action: &'static str,
        /// Why it is refused.
        reason: &'static str,
    },

    /// A row holds something that its field can not.
    #[error(
        "{entity}{}{}: column {column} can not be read: {source}",
        DisplayKey(key),
        DisplayRow(row)
    )]
    Decode {
        /// The entity; `a query` where it is a query of several.
        entity: &'static str,
        /// The key of the row, where it could be read.
        key: Option<String>,
        /// Which row of the result it is, counted from 1, where its key is not known.
        row: Option<usize>,
        /// The column.
        column: String,
        /// What kind of value was found, and what the field holds; never the value.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// A field holds something that its column can not: the conversion of its type refused it. Only
    /// the flush was undone; every edit is still in memory.
    #[error("{entity}{}: column {column} can not be written: {source}", DisplayKey(key))]
    Encode {
        /// The entity.
        entity: &'static str,
        /// The key of the object, where it has one.
        key: Option<String>,
        /// The column.
        column: &'static str,
        /// What the conversion says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The database refused a statement.
    #[error("the database refused the statement: {0}")]
    Database(#[source] DatabaseError),

    /// The transaction met another one; running it again from its beginning may succeed, which
    /// [`Session::retry`](crate::Session::retry) does.
    #[error("the transaction met another one: {0}; run it again from its beginning")]
    Conflict(#[source] DatabaseError),

    /// The transaction is gone although the session has not rolled it back: the database ended it, a
    /// statement in it failed and the error was not passed on, or it was ended past the session.
    /// What was flushed in it is not stored; edits of objects are still in memory, and the next flush
    /// writes them.
    #[error(
        "the transaction is gone although the session has not ended it: {0}; edits are kept and are \
         written by the next flush, or dropped by rollback()"
    )]
    TransactionLost(#[source] DatabaseError),

    /// A savepoint was undone, because a statement in it failed and the error was not passed on.
    /// Objects are as they were when it began; the transaction around it goes on.
    #[error(
        "the savepoint was undone, because a statement in it failed and the error was not passed on: \
         {0}; the transaction around it goes on"
    )]
    SavepointLost(#[source] DatabaseError),

    /// The connection is gone. Edits are kept; [`Session::reconnect`](crate::Session::reconnect)
    /// makes the session work again.
    #[error("the connection to the database is lost: {0}; call reconnect(), edits are kept")]
    Disconnected(#[source] DatabaseError),

    /// The connection broke while COMMIT was on its way: it is not known whether the transaction
    /// is stored.
    #[error(
        "it is not known whether the transaction was stored, for the answer to COMMIT did not \
         arrive: {0}; resolve_commit() asks the server, reconnect() takes it for not stored, \
         rollback() drops the edits"
    )]
    CommitUnknown(#[source] DatabaseError),

    /// A connection could not be opened.
    #[error("no connection to the database: {0}")]
    Connection(String),

    /// All connections of a pool stayed in use.
    #[error(
        "all {in_use} connections of the pool stayed in use for {waited:?}; end sessions sooner, or make \
         the pool larger (PoolOptions::size) or its time-out longer (PoolOptions::timeout)"
    )]
    PoolExhausted {
        /// How many connections are in use.
        in_use: u32,
        /// How long a connection was waited for.
        waited: std::time::Duration,
    },

    /// More or fewer statements were sent than
    /// [`Session::expect_statements`](crate::Session::expect_statements) allows.
    #[error("{expected} statements were expected, {} were sent:\n{}", sent.len(), sent.join("\n"))]
    StatementBudget {
        /// How many were expected.
        expected: usize,
        /// The text of those that were sent.
        sent: Vec<String>,
    },

    /// The call or its options make no sense.
    #[error("{0}")]
    Configuration(String),

    /// An error of Diesel's that concerns neither the database nor a row.
    #[error("{0}")]
    Diesel(#[source] diesel::result::Error),
}

impl Error {
    /// What the database reported, if it was the database.
    pub fn database(&self) -> Option<&DatabaseError> {
        match self {
            Error::Constraint(violation) => Some(&violation.error),
            Error::Database(error)
            | Error::Conflict(error)
            | Error::TransactionLost(error)
            | Error::SavepointLost(error)
            | Error::Disconnected(error)
            | Error::CommitUnknown(error) => Some(error),
            _ => None,
        }
    }

    /// Whether the whole transaction may succeed when it is run again from its beginning.
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::Conflict(_) => true,
            Error::TransactionLost(error) | Error::SavepointLost(error) => {
                error.kind.is_retryable()
            }
            _ => false,
        }
    }

    /// Whether the connection is gone and [`reconnect`](crate::Session::reconnect) is due.
    pub fn is_disconnect(&self) -> bool {
        matches!(self, Error::Disconnected(_) | Error::CommitUnknown(_))
    }

    /// Whether a row violates a constraint of this kind.
    pub fn is_violation(&self, kind: DatabaseErrorKind) -> bool {
        matches!(self, Error::Constraint(violation) if violation.error.kind == kind)
    }

    /// Says which row of the result it is that can not be read, where its key does not say it.
    #[cold]
    pub(crate) fn of_row(&mut self, number: usize) {
        if let Error::Decode { key: None, row: row @ None, .. } = self {
            *row = Some(number);
        }
    }

    /// Sorts an error of the database by what the caller has to do about it.
    pub(crate) fn of_database(error: DatabaseError) -> Self {
        match error.kind {
            DatabaseErrorKind::Disconnected => Error::Disconnected(error),
            kind if kind.is_retryable() => Error::Conflict(error),
            _ => Error::Database(error),
        }
    }
}
