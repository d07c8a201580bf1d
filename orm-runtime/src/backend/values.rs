//! SQL types of this crate, for Rust types that Diesel cannot store on all three databases.

use super::sql_types;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
#[cfg(any(
    feature = "sqlite",
    feature = "postgres",
    feature = "decimal",
    feature = "jiff",
    feature = "json",
    feature = "time",
    all(feature = "mysql", feature = "uuid")
))]
use diesel::serialize::IsNull;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Nullable;

/// A value of a type that Diesel's own expressions do not support, for use in one of them: see
/// [`val`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Val<T>(pub(crate) T);

/// Wraps a `Decimal`, a `Uuid`, a `DateTime<Utc>`, a date or time of `time` or `jiff`, an `i8`, an
/// unsigned integer, or a value with a decorator, as an expression of Diesel.
///
/// The comparisons of the prelude take these values directly, as `visit::pages.gt(10_u32)`. Only
/// Diesel's own methods and functions need the wrapper. They take values of other types directly.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct Visit { id: Auto<i64>, pages: u32 }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![Visit].create_all(&mut session)?;
/// # session.add(Visit::builder().pages(7).build());
/// let many = diesel::ExpressionMethods::gt(visit::pages, val(5_u32));
/// assert_eq!(session.query::<Visit>().filter(many).count()?, 1);
/// # Ok(()) }
/// ```
pub fn val<T>(value: T) -> Val<T> {
    Val(value)
}

/// A type whose values are compared with columns of the SQL type `ST` as [`Val`] of the type.
pub trait ByVal<ST> {}

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
        impl ByVal<$st> for $ty {}
        impl ByVal<Nullable<$st>> for $ty {}

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

mod moments;

#[cfg(feature = "decimal")]
pub use decimal_values::Collated;
#[cfg(feature = "mysql")]
use diesel::mysql::Mysql;
#[cfg(feature = "postgres")]
use diesel::pg::Pg;
#[cfg(feature = "sqlite")]
use diesel::sqlite::Sqlite;
pub(crate) use moments::LastMoment;

#[cfg(feature = "chrono")]
mod points_in_time {
    use chrono::{DateTime, Utc};

    use super::*;

    as_expression!(DateTime<Utc>, sql_types::TimestampUtc);

    #[cfg(feature = "sqlite")]
    impl ToSql<sql_types::TimestampUtc, Sqlite> for DateTime<Utc> {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
            // A fixed width, so that text order is time order.
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
            // Diesel's own conversion rounds a time before the year 2000 towards it.
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

    /// Reads text, or sixteen raw bytes.
    #[cfg(any(feature = "sqlite", feature = "mysql"))]
    fn read(bytes: &[u8]) -> deserialize::Result<Uuid> {
        if let Ok(raw) = <[u8; 16]>::try_from(bytes) {
            return Ok(Uuid::from_bytes(raw));
        }
        // The error of the crate repeats part of the text.
        let uuid = Uuid::try_parse_ascii(bytes)
            .map_err(|_| "found a value that is not a UUID".to_owned())?;
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
