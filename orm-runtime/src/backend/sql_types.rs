//! SQL types for Rust types that Diesel itself can not store on all three databases.

use diesel::query_builder::QueryId;
use diesel::sql_types::{SqlOrd, SqlType};

/// `u8` and `i8`, in a column of 16 bits.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "SmallInt"))]
#[diesel(postgres_type(oid = 21, array_oid = 1005))]
#[diesel(mysql_type(name = "Short"))]
pub struct SmallUnsigned;

/// `u16`, in a column of 32 bits.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Integer"))]
#[diesel(postgres_type(oid = 23, array_oid = 1007))]
#[diesel(mysql_type(name = "Long"))]
pub struct MediumUnsigned;

/// `u32`, in a column of 64 bits.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Long"))]
#[diesel(postgres_type(oid = 20, array_oid = 1016))]
#[diesel(mysql_type(name = "LongLong"))]
pub struct LargeUnsigned;

/// `u64`: `BIGINT UNSIGNED` on MySQL, `BIGINT` on PostgreSQL and SQLite, where a value above `i64::MAX`
/// is an error when it is written.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Long"))]
#[diesel(postgres_type(oid = 20, array_oid = 1016))]
#[diesel(mysql_type(name = "UnsignedLongLong"))]
pub struct HugeUnsigned;

/// A point in time: `TIMESTAMPTZ` on PostgreSQL, `DATETIME(6)` in UTC on MySQL, text with an
/// offset on SQLite.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Text"))]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(mysql_type(name = "DateTime"))]
pub struct TimestampUtc;

/// A date of the crate `time` or `jiff`; on SQLite a text.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Text"))]
#[diesel(postgres_type(oid = 1082, array_oid = 1182))]
#[diesel(mysql_type(name = "Date"))]
pub struct CivilDate;

/// A time of day of the crate `time` or `jiff`, to the microsecond; on SQLite a text.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Text"))]
#[diesel(postgres_type(oid = 1083, array_oid = 1183))]
#[diesel(mysql_type(name = "Time"))]
pub struct CivilTime;

/// A date and time without a zone of the crate `time` or `jiff`, to the microsecond; on SQLite a
/// text.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Text"))]
#[diesel(postgres_type(oid = 1114, array_oid = 1115))]
#[diesel(mysql_type(name = "DateTime"))]
pub struct CivilDateTime;

impl SqlOrd for SmallUnsigned {}
impl SqlOrd for MediumUnsigned {}
impl SqlOrd for LargeUnsigned {}
impl SqlOrd for HugeUnsigned {}
impl SqlOrd for TimestampUtc {}
impl SqlOrd for CivilDate {}
impl SqlOrd for CivilTime {}
impl SqlOrd for CivilDateTime {}

/// A UUID: `UUID` on PostgreSQL, text of 36 characters on SQLite and MySQL. Sixteen raw bytes
/// are read as well.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Text"))]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(mysql_type(name = "String"))]
pub struct Uuid;

/// `Json<T>`, a document: `JSONB` on PostgreSQL, `JSON` on MySQL, text on SQLite.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Text"))]
#[diesel(postgres_type(oid = 3802, array_oid = 3807))]
#[diesel(mysql_type(name = "String"))]
pub struct Json;

/// `Decimal`, an exact decimal number: `NUMERIC` on PostgreSQL, `DECIMAL` on MySQL. On SQLite a text with
/// the collating sequence `decimal`, by which texts are compared as numbers; every connection of
/// a session has it.
///
/// A value comes back with the digits behind the point with which it was written, or with those
/// that the column declares. MySQL has no column without digits: one that declares none is
/// `DECIMAL(57, 28)`, and its values come back without zeros at their end.
///
/// Its name is not `Decimal`, for Diesel gives columns of a type with that name its operators
/// `+` and the like, which on SQLite would go through floats.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Text"))]
#[diesel(postgres_type(oid = 1700, array_oid = 1231))]
#[diesel(mysql_type(name = "Numeric"))]
pub struct ExactDecimal;
