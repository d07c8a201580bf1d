//! SQL types for Rust types that Diesel itself cannot store on all three databases.

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

/// `u64`: `BIGINT UNSIGNED` on MySQL, `BIGINT` on PostgreSQL and SQLite, where writing a value
/// above `i64::MAX` is an error.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Long"))]
#[diesel(postgres_type(oid = 20, array_oid = 1016))]
#[diesel(mysql_type(name = "UnsignedLongLong"))]
pub struct HugeUnsigned;

/// A point in time: `TIMESTAMPTZ` on PostgreSQL, `DATETIME(6)` in UTC on MySQL, text with an offset
/// on SQLite.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Text"))]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(mysql_type(name = "DateTime"))]
pub struct TimestampUtc;

/// A date of the crate `time` or `jiff`; text on SQLite.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Text"))]
#[diesel(postgres_type(oid = 1082, array_oid = 1182))]
#[diesel(mysql_type(name = "Date"))]
pub struct CivilDate;

/// A time of day of the crate `time` or `jiff`, with microsecond precision; text on SQLite.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Text"))]
#[diesel(postgres_type(oid = 1083, array_oid = 1183))]
#[diesel(mysql_type(name = "Time"))]
pub struct CivilTime;

/// A date and time without a zone of the crate `time` or `jiff`, with microsecond precision; text
/// on SQLite.
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

/// A UUID: `UUID` on PostgreSQL, text of 36 characters on SQLite and MySQL. Sixteen raw bytes can
/// be read as well.
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

/// `Decimal`, an exact decimal number: `NUMERIC` on PostgreSQL, `DECIMAL` on MySQL. On SQLite it is
/// text with the collating sequence `decimal`, which compares strings as numbers; every connection
/// of a session has it.
///
/// A value is read with the digits after the decimal point with which it was written, or with those
/// that the column declares. On MySQL every decimal column has a fixed number of digits: a column
/// that declares none is `DECIMAL(57, 28)`, and its values are read without trailing zeros.
///
/// It is not named `Decimal`, because Diesel gives operators such as `+` to columns of a type with
/// that name, and on SQLite they would use floating point.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Text"))]
#[diesel(postgres_type(oid = 1700, array_oid = 1231))]
#[diesel(mysql_type(name = "Numeric"))]
pub struct ExactDecimal;
