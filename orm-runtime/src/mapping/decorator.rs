//! Types that are stored as another type: conversions in both directions.

use diesel::backend::Backend;
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{self, Nullable, SingleValue, SqlType, is_nullable};

use crate::backend::HasColumnType;
use crate::backend::values::Val;

/// A pair of conversions between a type of the program and a type that every database stores.
///
/// `#[derive(DbType)]` makes it a column type. With `Value = Self` the type itself becomes the
/// column type. Otherwise the decorator does, and a field names it with `#[entity(with = …)]`; use
/// this for types of other crates. SQLAlchemy calls this a `TypeDecorator`.
///
/// ```
/// use std::time::Duration;
/// use orm_runtime::prelude::*;
/// use orm_runtime::{DbType, column::TypeDecorator};
///
/// /// Stores a duration as whole milliseconds.
/// #[derive(DbType)]
/// pub struct Millis;
///
/// impl TypeDecorator for Millis {
///     type Value = Duration;
///     type Stored = i64;
///
///     fn to_stored(value: &Duration) -> Result<i64, orm_runtime::column::BoxError> {
///         Ok(i64::try_from(value.as_millis())?)
///     }
///
///     fn from_stored(stored: i64) -> Result<Duration, orm_runtime::column::BoxError> {
///         Ok(Duration::from_millis(u64::try_from(stored)?))
///     }
/// }
///
/// #[derive(Entity)]
/// struct Job {
///     id: Auto<i64>,
///     #[entity(with = Millis)]
///     patience: Duration,
/// }
///
/// # fn main() -> orm_runtime::Result<()> {
/// let mut session = Session::open("sqlite://:memory:")?;
/// schema![Job].create_all(&mut session)?;
/// let job = session.add(Job::builder().patience(Duration::from_secs(2)).build());
/// session.commit()?;
/// let patient = session.query::<Job>().filter(job::patience.gt(val(Duration::from_secs(1))));
/// assert_eq!(patient.one()?, job);
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no conversions to a stored value",
    label = "`TypeDecorator` is not implemented",
    note = "write `impl TypeDecorator for {Self}`; only a struct of one unnamed value needs none"
)]
pub trait TypeDecorator {
    /// The type of the field.
    type Value;
    /// The type that the database stores.
    type Stored: Stored;

    /// Converts a value to what the database stores.
    ///
    /// # Errors
    /// Returns an error if the value cannot be stored. The error must not repeat the value.
    fn to_stored(value: &Self::Value) -> Result<Self::Stored, BoxError>;

    /// Converts what the database stores to a value.
    ///
    /// # Errors
    /// Returns an error if what is stored is not such a value. The query then fails with
    /// [`Error::Decode`](crate::Error::Decode), which names the entity, the key and the column.
    fn from_stored(stored: Self::Stored) -> Result<Self::Value, BoxError>;
}

/// The conversion that `#[db_type(try_from)]` requires.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has the attribute `try_from`, and no `TryFrom` for the stored value",
    label = "no conversion from `{T}`",
    note = "write `impl TryFrom<{T}> for {Self}`, with an error that is `std::error::Error` or a string"
)]
pub trait CheckedFrom<T>: Sized {
    fn checked_from(stored: T) -> Result<Self, BoxError>;
}

#[diagnostic::do_not_recommend]
impl<T, U: TryFrom<T>> CheckedFrom<T> for U
where
    U::Error: Into<BoxError>,
{
    fn checked_from(stored: T) -> Result<Self, BoxError> {
        U::try_from(stored).map_err(Into::into)
    }
}

/// The reason why a conversion failed.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A type that every database stores, so that other types can be stored as it: `i16` to `i64`,
/// `f32`, `f64`, `bool`, `String`, `Vec<u8>`, and with their features the types of chrono, uuid and
/// rust_decimal.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the stored value of a `TypeDecorator`",
    note = "values are stored as i16, i32, i64, f32, f64, bool, String, Vec<u8>, a date or time of chrono's, a Uuid or a Decimal"
)]
pub trait Stored: Sized {
    /// Its SQL type.
    type Sql: SqlType<IsNull = is_nullable::NotNull> + SingleValue + HasColumnType;
}

/// Writes a value that does not outlive the call.
#[doc(hidden)]
pub trait Store<DB: Backend>: Stored {
    fn store(self, out: &mut Output<'_, '_, DB>) -> serialize::Result;
}

macro_rules! stored {
    ($($(#[$cfg:meta])? $ty:ty: $st:ty, $value:ident => $sqlite:expr;)*) => {$(
        $(#[$cfg])?
        impl Stored for $ty {
            type Sql = $st;
        }

        #[cfg(feature = "sqlite")]
        $(#[$cfg])?
        impl Store<diesel::sqlite::Sqlite> for $ty {
            fn store(
                self,
                out: &mut Output<'_, '_, diesel::sqlite::Sqlite>,
            ) -> serialize::Result {
                let $value = self;
                out.set_value($sqlite);
                Ok(serialize::IsNull::No)
            }
        }

        #[cfg(feature = "postgres")]
        $(#[$cfg])?
        impl Store<diesel::pg::Pg> for $ty {
            fn store(self, out: &mut Output<'_, '_, diesel::pg::Pg>) -> serialize::Result {
                ToSql::<$st, diesel::pg::Pg>::to_sql(&self, &mut out.reborrow())
            }
        }

        #[cfg(feature = "mysql")]
        $(#[$cfg])?
        impl Store<diesel::mysql::Mysql> for $ty {
            fn store(self, out: &mut Output<'_, '_, diesel::mysql::Mysql>) -> serialize::Result {
                ToSql::<$st, diesel::mysql::Mysql>::to_sql(&self, &mut out.reborrow())
            }
        }
    )*};
}

// SQLite stores times as the text that Diesel writes for these types.
stored! {
    i16: sql_types::SmallInt, value => i32::from(value);
    i32: sql_types::Integer, value => value;
    i64: sql_types::BigInt, value => value;
    f32: sql_types::Float, value => f64::from(value);
    f64: sql_types::Double, value => value;
    bool: sql_types::Bool, value => i32::from(value);
    String: sql_types::Text, value => value;
    Vec<u8>: sql_types::Binary, value => value;
    #[cfg(feature = "uuid")]
    uuid::Uuid: crate::backend::sql_types::Uuid, value => value.hyphenated().to_string();
    #[cfg(feature = "chrono")]
    chrono::NaiveDate: sql_types::Date, value => value.format("%F").to_string();
    #[cfg(feature = "chrono")]
    chrono::NaiveTime: sql_types::Time, value => value.format("%T%.f").to_string();
    #[cfg(feature = "chrono")]
    chrono::NaiveDateTime: sql_types::Timestamp, value => value.format("%F %T%.f").to_string();
    #[cfg(feature = "chrono")]
    chrono::DateTime<chrono::Utc>: crate::backend::sql_types::TimestampUtc, value =>
        value.format("%F %T%.6f+00:00").to_string();
}

/// A value in a filter on a column with a decorator.
impl<D> AsExpression<D> for Val<D::Value>
where
    D: TypeDecorator + SqlType + SingleValue,
{
    type Expression = Bound<D, Self>;

    fn as_expression(self) -> Self::Expression {
        Bound::new(self)
    }
}

impl<D> AsExpression<Nullable<D>> for Val<D::Value>
where
    D: TypeDecorator + SqlType<IsNull = is_nullable::NotNull> + SingleValue,
{
    type Expression = Bound<Nullable<D>, Self>;

    fn as_expression(self) -> Self::Expression {
        Bound::new(self)
    }
}

impl<D: TypeDecorator, DB: Backend> ToSql<D, DB> for Val<D::Value>
where
    D::Value: ToSql<D, DB> + std::fmt::Debug,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl<D: TypeDecorator, DB: Backend> ToSql<Nullable<D>, DB> for Val<D::Value>
where
    D::Value: ToSql<D, DB> + std::fmt::Debug,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        ToSql::<D, DB>::to_sql(&self.0, out)
    }
}

/// Tells Diesel, for each database, that the SQL type of a decorator is the type that it stores,
/// and how to convert its values. Each database needs its own implementation, because Diesel builds
/// a `String` for each database separately.
#[doc(hidden)]
#[macro_export]
macro_rules! __decorator_backends {
    ($ty:ty, $sql:ty) => {
        $crate::__decorator_on_sqlite!($ty, $sql);
        $crate::__decorator_on_postgres!($ty, $sql);
        $crate::__decorator_on_mysql!($ty, $sql);
    };
}

macro_rules! on_backend {
    ($d:tt $feature:literal, $name:ident, $($db:ident)::+) => {
        #[cfg(feature = $feature)]
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $name {
            ($d ty:ty, $d sql:ty) => {
                impl $crate::__private::diesel::sql_types::HasSqlType<$d ty>
                    for $crate::__private::$($db)::+
                {
                    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
                        <Self as $crate::__private::diesel::sql_types::HasSqlType<$d sql>>::metadata(
                            lookup,
                        )
                    }
                }

                impl $crate::__private::diesel::deserialize::FromSql<
                    $d ty,
                    $crate::__private::$($db)::+,
                > for <$d ty as $crate::__private::TypeDecorator>::Value
                {
                    fn from_sql(
                        bytes: <$crate::__private::$($db)::+
                            as $crate::__private::diesel::backend::Backend>::RawValue<'_>,
                    ) -> $crate::__private::diesel::deserialize::Result<Self> {
                        let stored = <<$d ty as $crate::__private::TypeDecorator>::Stored
                            as $crate::__private::diesel::deserialize::FromSql<
                                $d sql,
                                $crate::__private::$($db)::+,
                            >>::from_sql(bytes)?;
                        <$d ty as $crate::__private::TypeDecorator>::from_stored(stored)
                    }
                }
            };
        }

        #[cfg(not(feature = $feature))]
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $name {
            ($d ty:ty, $d sql:ty) => {};
        }
    };
}

on_backend!($ "sqlite", __decorator_on_sqlite, diesel::sqlite::Sqlite);
on_backend!($ "postgres", __decorator_on_postgres, diesel::pg::Pg);
on_backend!($ "mysql", __decorator_on_mysql, diesel::mysql::Mysql);
