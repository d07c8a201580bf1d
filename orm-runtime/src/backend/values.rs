//! SQL types of our own, for Rust types that Diesel can not store on all three databases.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
#[cfg(any(
    feature = "sqlite",
    feature = "decimal",
    feature = "jiff",
    feature = "json",
    feature = "time",
    all(feature = "mysql", feature = "uuid")
))]
use diesel::serialize::IsNull;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Nullable;

/// SQL types for Rust types that Diesel itself can not store on all three databases.
pub mod sql_types {
    pub use crate::backend::Custom;

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
}

/// A value of a type that Diesel's own expressions do not know, for use in a filter: see [`val`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Val<T>(pub(crate) T);

/// Makes a filter value of a `Decimal`, a `Uuid`, a `DateTime<Utc>`, a date or time of `time` or `jiff`,
/// an `i8` or an unsigned integer.
///
/// For other types Diesel takes the value as it is.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct Visit { id: Auto<i64>, pages: u32 }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![Visit].create_all(&mut session)?;
/// let long = session.query::<Visit>().filter(visit::pages.gt(val(10_u32))).all()?;
/// # assert!(long.is_empty());
/// # Ok(()) }
/// ```
pub fn val<T>(value: T) -> Val<T> {
    Val(value)
}

/// Makes [`Val`] of a Rust type an expression of one of these SQL types.
macro_rules! as_expression {
    ($ty:ty, $st:ty) => {
        impl AsExpression<$st> for Val<$ty> {
            type Expression = Bound<$st, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }

        impl AsExpression<Nullable<$st>> for Val<$ty> {
            type Expression = Bound<Nullable<$st>, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }

        as_expression!(@stored $ty, $st);
    };
    (@stored $ty:ty, $st:ty) => {
        impl<DB: Backend> ToSql<$st, DB> for Val<$ty>
        where
            $ty: ToSql<$st, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.0.to_sql(out)
            }
        }

        impl<DB: Backend> ToSql<Nullable<$st>, DB> for Val<$ty>
        where
            $ty: ToSql<$st, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                ToSql::<$st, DB>::to_sql(&self.0, out)
            }
        }
    };
}

#[cfg(feature = "decimal")]
mod decimal_values;
mod integers;

#[cfg(any(feature = "time", feature = "jiff"))]
mod moments;

#[cfg(feature = "decimal")]
pub use decimal_values::Collated;
#[cfg(feature = "mysql")]
use diesel::mysql::Mysql;
#[cfg(feature = "postgres")]
use diesel::pg::Pg;
#[cfg(feature = "sqlite")]
use diesel::sqlite::Sqlite;

#[cfg(feature = "chrono")]
mod points_in_time {
    use chrono::{DateTime, Utc};

    use super::*;

    as_expression!(DateTime<Utc>, sql_types::TimestampUtc);

    #[cfg(feature = "sqlite")]
    impl ToSql<sql_types::TimestampUtc, Sqlite> for DateTime<Utc> {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
            // One width, so that text order is time order.
            out.set_value(self.format("%F %T%.6f+00:00").to_string());
            Ok(IsNull::No)
        }
    }

    #[cfg(feature = "sqlite")]
    impl FromSql<sql_types::TimestampUtc, Sqlite> for DateTime<Utc> {
        fn from_sql(
            bytes: <Sqlite as diesel::backend::Backend>::RawValue<'_>,
        ) -> deserialize::Result<Self> {
            FromSql::<diesel::sql_types::TimestamptzSqlite, Sqlite>::from_sql(bytes)
        }
    }

    #[cfg(feature = "postgres")]
    impl ToSql<sql_types::TimestampUtc, Pg> for DateTime<Utc> {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            // Diesel's own rounds a time before the year 2000 towards it.
            let cut = chrono::SubsecRound::trunc_subsecs(*self, 6);
            ToSql::<diesel::sql_types::Timestamptz, Pg>::to_sql(&cut, &mut out.reborrow())
        }
    }

    #[cfg(feature = "postgres")]
    impl FromSql<sql_types::TimestampUtc, Pg> for DateTime<Utc> {
        fn from_sql(
            bytes: <Pg as diesel::backend::Backend>::RawValue<'_>,
        ) -> deserialize::Result<Self> {
            FromSql::<diesel::sql_types::Timestamptz, Pg>::from_sql(bytes)
        }
    }

    #[cfg(feature = "mysql")]
    impl ToSql<sql_types::TimestampUtc, Mysql> for DateTime<Utc> {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Mysql>) -> serialize::Result {
            let utc = self.naive_utc();
            ToSql::<diesel::sql_types::Timestamp, Mysql>::to_sql(&utc, &mut out.reborrow())
        }
    }

    #[cfg(feature = "mysql")]
    impl FromSql<sql_types::TimestampUtc, Mysql> for DateTime<Utc> {
        fn from_sql(
            bytes: <Mysql as diesel::backend::Backend>::RawValue<'_>,
        ) -> deserialize::Result<Self> {
            let naive: chrono::NaiveDateTime =
                FromSql::<diesel::sql_types::Timestamp, Mysql>::from_sql(bytes)?;
            Ok(naive.and_utc())
        }
    }
}

#[cfg(feature = "uuid")]
mod uuids {
    use uuid::Uuid;

    use super::*;
    #[cfg(any(feature = "sqlite", feature = "mysql"))]
    use crate::backend::spelling;

    as_expression!(Uuid, sql_types::Uuid);

    /// A text is parsed, sixteen bytes are taken as they are.
    #[cfg(any(feature = "sqlite", feature = "mysql"))]
    fn read(bytes: &[u8]) -> deserialize::Result<Uuid> {
        if let Ok(raw) = <[u8; 16]>::try_from(bytes) {
            return Ok(Uuid::from_bytes(raw));
        }
        // The error of the crate repeats a part of the text.
        let uuid =
            Uuid::try_parse_ascii(bytes).map_err(|_| "found a value that is no UUID".to_owned())?;
        spelling::note(uuid, bytes);
        Ok(uuid)
    }

    #[cfg(feature = "sqlite")]
    impl ToSql<sql_types::Uuid, Sqlite> for Uuid {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
            out.set_value(spelling::text(*self));
            Ok(IsNull::No)
        }
    }

    #[cfg(feature = "sqlite")]
    impl FromSql<sql_types::Uuid, Sqlite> for Uuid {
        fn from_sql(
            mut bytes: <Sqlite as diesel::backend::Backend>::RawValue<'_>,
        ) -> deserialize::Result<Self> {
            read(bytes.read_blob())
        }
    }

    #[cfg(feature = "postgres")]
    impl ToSql<sql_types::Uuid, Pg> for Uuid {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            ToSql::<diesel::sql_types::Uuid, Pg>::to_sql(self, out)
        }
    }

    #[cfg(feature = "postgres")]
    impl FromSql<sql_types::Uuid, Pg> for Uuid {
        fn from_sql(
            bytes: <Pg as diesel::backend::Backend>::RawValue<'_>,
        ) -> deserialize::Result<Self> {
            FromSql::<diesel::sql_types::Uuid, Pg>::from_sql(bytes)
        }
    }

    #[cfg(feature = "mysql")]
    impl ToSql<sql_types::Uuid, Mysql> for Uuid {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Mysql>) -> serialize::Result {
            use std::io::Write;
            write!(out, "{}", spelling::text(*self))?;
            Ok(IsNull::No)
        }
    }

    #[cfg(feature = "mysql")]
    impl FromSql<sql_types::Uuid, Mysql> for Uuid {
        fn from_sql(
            bytes: <Mysql as diesel::backend::Backend>::RawValue<'_>,
        ) -> deserialize::Result<Self> {
            read(bytes.as_bytes())
        }
    }
}
