//! The databases: connections, values in and out, errors. The only room that knows their names.
//!
//! [`SqlWriter`] binds values to a statement, and [`Row`] reads them from a row. [`Dialect`] names
//! the SQL of a database, and gives access to all that is known about it (`databases.rs`).
//! `Connection` is a connection to one of them, over a transport (`transport.rs`). Code for one
//! database alone is in its folder: `sqlite/`, `postgres/`, `mysql/`.

mod any_connection;
mod begin_forms;
mod bound;
mod by_others;
mod cancel;
mod capabilities;
mod column_type;
mod comparison_forms;
mod connect_options;
mod connection;
mod connection_keys;
#[cfg(feature = "pool")]
mod connection_pool;
mod connection_setup;
mod connection_uuids;
mod cursor;
mod custom_type;
mod database_facts;
mod databases;
mod db_type_names;
mod definition_forms;
mod dialect;
mod diesel_database;
mod diesel_transport;
#[cfg(feature = "decimal")]
mod digits;
mod ended;
mod failure;
mod failure_words;
mod fault;
mod hidden_values;
mod holds;
mod known_keys;
mod known_names;
mod lease;
mod literals;
mod mysql;
mod observer;
mod open_connection;
mod order_binds;
mod order_value;
mod origin;
mod origin_scope;
mod postgres;
mod query_name;
mod query_plan;
mod rewriting;
mod row;
mod seen;
mod session_observer;
#[cfg(all(feature = "uuid", any(feature = "sqlite", feature = "mysql")))]
mod spelling;
mod sql_forms;
mod sql_scan;
pub mod sql_types;
mod sql_writer;
pub(crate) mod sqlite;
mod statement_record;
mod statement_values;
mod stop_flag;
mod storable;
mod table_name;
mod transaction_options;
mod transport;
mod type_forms;
mod type_words;
mod url;
pub(crate) mod values;
mod watched_statement;
#[cfg(all(feature = "decimal", any(feature = "sqlite", feature = "mysql")))]
mod written;

pub use any_connection::AnyConnection;
pub(crate) use begin_forms::Settings;
pub(crate) use bound::{Bound, bound};
pub(crate) use cancel::CancelForms;
pub use cancel::CancelHandle;
pub(crate) use capabilities::{AfterFailure, Capabilities, Sequences, UnseenRows};
pub use column_type::HasColumnType;
pub(crate) use comparison_forms::ComparisonForms;
pub use connect_options::ConnectOptions;
pub(crate) use connection::Connection;
#[cfg(feature = "pool")]
pub(crate) use connection_pool::{ConnectionPool, Outer, PoolSettings};
#[cfg(feature = "pool")]
pub use connection_pool::{NewConnection, NewConnections, OnReturn, PoolStatus, Reuse};
#[cfg(feature = "tokio")]
pub(crate) use connection_pool::{PoolPlace, PoolQueue};
pub(crate) use connection_setup::ConnectionSetup;
pub use connection_setup::Synchronous;
#[cfg(feature = "uuid")]
pub(crate) use connection_uuids::uuids_are_plain;
pub(crate) use cursor::{Cursor, WatchedCursor};
pub use custom_type::{Custom, CustomType};
pub use db_type_names::DbTypeNames;
pub(crate) use definition_forms::{
    CatalogKind, ColumnChanges, Comments, DefinitionForms, Identity, Instants, Missing, clipped,
};
pub use dialect::Dialect;
pub use diesel_database::DieselDatabase;
pub(crate) use ended::{Ended, EndedByHand};
pub(crate) use fault::{Fault, TransactionControl};
pub(crate) use hidden_values::{ByUser, STARS};
pub use holds::{Holds, SelectedTypes, Unread};
pub(crate) use known_keys::{KeyDefault, KeyFacts, KeyOrder, KeySequence, NewKeys};
pub(crate) use known_names::{is_secret_column, may_have_secrets, note_table};
pub(crate) use lease::Lease;
pub(crate) use mysql::character_set;
pub(crate) use observer::Observer;
#[cfg(feature = "postgres")]
pub(crate) use observer::looking_up;
pub(crate) use order_value::{NotComparable, OrderValue};
pub use origin::{Cause, Origin};
pub(crate) use origin_scope::OriginScope;
#[cfg(feature = "postgres")]
pub use postgres::PgArray;
pub use query_name::QueryName;
pub use query_plan::Plan;
pub(crate) use query_plan::{Explained, Explains};
pub use rewriting::OutgoingStatement;
#[cfg(feature = "pool")]
pub(crate) use rewriting::Rewriter;
pub use row::{Fetch, FromRow, Row};
pub(crate) use seen::Seen;
pub use session_observer::{
    Call, ConnectionChange, ConnectionEvent, Event, FinishedStatement, Flush, RowTimes,
    SessionObserver, Statement as ObservedStatement, Transaction, TransactionChange,
};
pub(crate) use sql_forms::{Lexis, Patterns, SqlForms};
pub(crate) use sql_scan::{Scan, Token, filled, may_write, placeholders};
pub use sql_writer::SqlFragment;
pub(crate) use sql_writer::{AnySendable, Binds, Sendable, Statement, Typed};
pub use sql_writer::{Bind, SqlWriter};
pub(crate) use sqlite::{CHECKS_OFF, CHECKS_ON, RENAMES_ALL, RENAMES_ALONE, SEQUENCES};
pub use statement_record::{StatementKind, StatementRecord};
pub(crate) use statement_values::debug_text;
#[cfg(feature = "tokio")]
pub(crate) use stop_flag::StopFlag;
pub(crate) use table_name::TableName;
pub use transaction_options::{Isolation, TransactionOptions};
pub(crate) use transport::fragment_text;
pub(crate) use type_forms::{NativeEnums, TypeForms};
pub(crate) use url::DatabaseUrl;
#[cfg(feature = "pool")]
pub(crate) use url::Memory;

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
compile_error!("choose a database: enable the feature `sqlite`, `postgres` or `mysql`");
