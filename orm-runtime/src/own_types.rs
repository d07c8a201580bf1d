//! Your own types as columns, from the least work to the most.
//!
//! | your type | what it needs |
//! |---|---|
//! | an enum | [`#[derive(DbEnum)]`](macro@crate::DbEnum) |
//! | a newtype around a type that can be a column | [`#[derive(DbType)]`](macro@crate::DbType) |
//! | a type that is stored as another type, even one of another crate | [`TypeDecorator`](crate::column::TypeDecorator) |
//! | a column whose database type is named differently than in `create_all` | `#[entity(db_type(postgres = "citext"))]` |
//! | a type with a special wire format, such as `inet`, `interval`, `tsvector`, `point` | an SQL type, below |
//!
//! # An SQL type
//!
//! A type with its own SQL type needs what Diesel requires, and two small traits of this crate:
//!
//! 1. An SQL type: an empty struct with `SqlType` and `QueryId`, and the type that it has on each
//!    enabled database. PostgreSQL identifies its types by number, or by name:
//!    `postgres_type(name = "tsvector")`. Diesel gives the operators `+` and `-` to columns whose
//!    SQL type has a certain name: do not name yours `Inet`, `Cidr`, `Interval`, `Numeric`,
//!    `Decimal` or `Integer`.
//! 2. [`HasColumnType`](crate::column::HasColumnType) for the SQL type: the closest kind, for the
//!    columns that `create_all` creates. Where a database has a native type, `db_type` gives its
//!    name.
//! 3. A Rust type with `AsExpression` and `FromSqlRow`, and Diesel's `ToSql` and `FromSql` for each
//!    enabled database. `FromSql` must validate the value itself. Its error becomes
//!    [`Error::Decode`](crate::Error::Decode) with row and column, and should not repeat the value.
//! 4. [`ColumnValue`](crate::column::ColumnValue) for the Rust type, which detects changes, and
//!    [`Key`](crate::key::Key) if it is used as a primary key.
//! 5. A field with `#[entity(sql_type = …)]`.
//!
//! The example stores an IP address, as `inet` on PostgreSQL and as text elsewhere. It shows SQLite
//! alone; the other two implement `ToSql` and `FromSql` in the same way, PostgreSQL with the bytes
//! of its binary format.
//!
//! ```
//! use std::net::IpAddr;
//!
//! use diesel::deserialize::{self, FromSql, FromSqlRow};
//! use diesel::expression::AsExpression;
//! use diesel::query_builder::QueryId;
//! use diesel::serialize::{self, IsNull, Output, ToSql};
//! use diesel::sql_types::SqlType;
//! use diesel::sqlite::{Sqlite, SqliteType, SqliteValue};
//! use orm_runtime::prelude::*;
//! use orm_runtime::{column::{ColumnValue, HasColumnType}, metadata::ColumnType};
//!
//! #[derive(Debug, Clone, Copy, QueryId, SqlType)]
//! #[diesel(sqlite_type(name = "Text"))]
//! #[diesel(postgres_type(oid = 869, array_oid = 1041))]
//! #[diesel(mysql_type(name = "String"))]
//! pub struct IpAddress;
//!
//! impl HasColumnType for IpAddress {
//!     const KIND: ColumnType = ColumnType::Text;
//! }
//!
//! #[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
//! #[diesel(sql_type = IpAddress)]
//! pub struct Address(pub IpAddr);
//!
//! impl ColumnValue for Address {
//!     fn same(&self, other: &Self) -> bool {
//!         self == other
//!     }
//! }
//!
//! impl ToSql<IpAddress, Sqlite> for Address {
//!     fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
//!         out.set_value(self.0.to_string());
//!         Ok(IsNull::No)
//!     }
//! }
//!
//! impl FromSql<IpAddress, Sqlite> for Address {
//!     fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
//!         if value.value_type() != Some(SqliteType::Text) {
//!             return Err("expected text with an address".into());
//!         }
//!         let address = value.read_text().parse().map_err(|_| "found other text")?;
//!         Ok(Address(address))
//!     }
//! }
//!
#![cfg_attr(feature = "postgres", doc = "# impl ToSql<IpAddress, diesel::pg::Pg> for Address {")]
#![cfg_attr(
    feature = "postgres",
    doc = "#     fn to_sql<'b>(&'b self, _: &mut Output<'b, '_, diesel::pg::Pg>) -> serialize::Result {"
)]
#![cfg_attr(feature = "postgres", doc = "#         Err(\"not shown here\".into())")]
#![cfg_attr(feature = "postgres", doc = "#     }")]
#![cfg_attr(feature = "postgres", doc = "# }")]
#![cfg_attr(feature = "postgres", doc = "# impl FromSql<IpAddress, diesel::pg::Pg> for Address {")]
#![cfg_attr(
    feature = "postgres",
    doc = "#     fn from_sql(_: diesel::pg::PgValue<'_>) -> deserialize::Result<Self> {"
)]
#![cfg_attr(feature = "postgres", doc = "#         Err(\"not shown here\".into())")]
#![cfg_attr(feature = "postgres", doc = "#     }")]
#![cfg_attr(feature = "postgres", doc = "# }")]
#![cfg_attr(feature = "mysql", doc = "# impl ToSql<IpAddress, diesel::mysql::Mysql> for Address {")]
#![cfg_attr(
    feature = "mysql",
    doc = "#     fn to_sql<'b>(&'b self, _: &mut Output<'b, '_, diesel::mysql::Mysql>) -> serialize::Result {"
)]
#![cfg_attr(feature = "mysql", doc = "#         Err(\"not shown here\".into())")]
#![cfg_attr(feature = "mysql", doc = "#     }")]
#![cfg_attr(feature = "mysql", doc = "# }")]
#![cfg_attr(
    feature = "mysql",
    doc = "# impl FromSql<IpAddress, diesel::mysql::Mysql> for Address {"
)]
#![cfg_attr(
    feature = "mysql",
    doc = "#     fn from_sql(_: diesel::mysql::MysqlValue<'_>) -> deserialize::Result<Self> {"
)]
#![cfg_attr(feature = "mysql", doc = "#         Err(\"not shown here\".into())")]
#![cfg_attr(feature = "mysql", doc = "#     }")]
#![cfg_attr(feature = "mysql", doc = "# }")]
//! #[derive(Entity, Debug)]
//! struct Login {
//!     id: Auto<i64>,
//!     #[entity(sql_type = IpAddress, db_type(postgres = "inet", mysql = "VARCHAR(45)"))]
//!     from: Address,
//! }
//!
//! # fn main() -> Result<()> {
//! let mut session = Session::open("sqlite://:memory:")?;
//! schema![Login].create_all(&mut session)?;
//! let here = Address([127, 0, 0, 1].into());
//! let login = session.add(Login::builder().from(here).build());
//! session.commit()?;
//! assert_eq!(session.query::<Login>().filter(login::from.eq(here)).one()?, login);
//! # Ok(()) }
//! ```
//!
//! A type that exists on one database only needs nothing more: the other databases store it as the
//! closest kind, here as text.
