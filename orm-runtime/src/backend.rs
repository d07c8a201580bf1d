//! The three databases: connections, values in and out, errors.
//!
//! [`SqlWriter`] and [`Row`] carry values into a statement and out of a row; [`Dialect`] says how each
//! database writes its SQL; `Connection` is a connection to one of them.

mod any_connection;
mod bound;
mod capabilities;
mod column_type;
mod connection;
mod connection_uuids;
mod cursor;
mod custom_type;
mod dialect;
#[cfg(feature = "decimal")]
mod digits;
mod ended;
mod failure;
mod holds;
mod known_keys;
#[cfg(feature = "mysql")]
pub(crate) mod mysql_client;
mod observer;
#[cfg(feature = "postgres")]
mod pg_array;
#[cfg(feature = "postgres")]
mod pg_copy;
mod row;
mod seen;
#[cfg(all(feature = "uuid", any(feature = "sqlite", feature = "mysql")))]
pub(crate) mod spelling;
pub mod sql_types;
mod sql_writer;
#[cfg(all(feature = "sqlite", feature = "decimal"))]
mod sqlite_decimal;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite_setup;
mod storable;
mod url;
pub(crate) mod values;
#[cfg(all(feature = "decimal", any(feature = "sqlite", feature = "mysql")))]
mod written;

pub use any_connection::AnyConnection;
pub(crate) use any_connection::Inner;
pub(crate) use bound::{Bound, bound};
pub use column_type::HasColumnType;
pub(crate) use connection::{Connection, Fault, TransactionControl};
pub(crate) use cursor::Cursor;
pub use custom_type::{Custom, CustomType};
pub use dialect::Dialect;
pub(crate) use ended::{Ended, EndedByHand};
pub use holds::{Holds, SelectedTypes, Unread};
pub(crate) use known_keys::{KeyDefault, KeyFacts, KeyOrder, KeySequence};
pub(crate) use observer::Observer;
pub use observer::StatementRecord;
#[cfg(feature = "postgres")]
pub(crate) use observer::looking_up;
#[cfg(feature = "postgres")]
pub use pg_array::PgArray;
#[cfg(feature = "postgres")]
pub(crate) use pg_array::bind_array;
pub use row::{Fetch, FromRow, Row};
pub(crate) use seen::Seen;
pub use sql_writer::SqlFragment;
pub(crate) use sql_writer::{AnySendable, Binds, Sendable, Statement, Typed};
pub use sql_writer::{Bind, SqlWriter};
pub(crate) use url::DatabaseUrl;
#[cfg(all(feature = "pool", feature = "sqlite"))]
pub(crate) use url::Memory;

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
compile_error!("choose a database: enable the feature `sqlite`, `postgres` or `mysql`");
