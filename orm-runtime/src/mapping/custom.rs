//! The SQL type of the program's own types.

use std::marker::PhantomData;

use diesel::query_builder::QueryId;
use diesel::sql_types::{HasSqlType, SingleValue, SqlOrd, SqlType, is_nullable};

use super::{HasSqlKind, SqlKind};
use crate::backend::Holds;

/// The SQL type of a column whose field is of a type of the program's own: what
/// [`DbEnum`](macro@crate::DbEnum) and [`DbType`](macro@crate::DbType) make a type fit for.
#[derive(Debug, Clone, Copy)]
pub struct Custom<T>(PhantomData<fn() -> T>);

/// What the column of an own type is to the database. Implemented by the derives.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can not be the type of a column",
    label = "no column type",
    note = "derive `DbEnum` for an enum, `DbType` for any other type of your own; name a decorator for a type of another crate with `#[entity(with = ...)]`; or leave the field out of the table with `#[entity(skip)]`"
)]
pub trait CustomType: Sized + 'static {
    /// The SQL type of what is stored.
    type Sql: SqlType<IsNull = is_nullable::NotNull> + SingleValue + HasSqlKind;
    /// What kind of type the column has.
    const KIND: SqlKind;
    /// The name of the type on PostgreSQL, where it is one that was made for it.
    const POSTGRES_TYPE: Option<&'static str> = None;
}

impl<T: 'static> SqlType for Custom<T> {
    type IsNull = is_nullable::NotNull;
}

impl<T: 'static> SingleValue for Custom<T> {}
impl<T: 'static> SqlOrd for Custom<T> {}

impl<T: 'static> QueryId for Custom<T> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<T: CustomType> HasSqlKind for Custom<T> {
    const KIND: SqlKind = T::KIND;
    const HOLDS: Holds = T::Sql::HOLDS;
}

#[cfg(feature = "sqlite")]
impl<T: CustomType> HasSqlType<Custom<T>> for diesel::sqlite::Sqlite
where
    diesel::sqlite::Sqlite: HasSqlType<T::Sql>,
{
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        <Self as HasSqlType<T::Sql>>::metadata(lookup)
    }
}

#[cfg(feature = "mysql")]
impl<T: CustomType> HasSqlType<Custom<T>> for diesel::mysql::Mysql
where
    diesel::mysql::Mysql: HasSqlType<T::Sql>,
{
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        <Self as HasSqlType<T::Sql>>::metadata(lookup)
    }
}

#[cfg(feature = "postgres")]
impl<T: CustomType> HasSqlType<Custom<T>> for diesel::pg::Pg
where
    diesel::pg::Pg: HasSqlType<T::Sql>,
{
    /// The number of a type that was made for the program differs from database to database, so
    /// Diesel asks for it, once a connection.
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        match T::POSTGRES_TYPE {
            Some(name) => crate::backend::looking_up(|| lookup.lookup_type(name, None)),
            None => <Self as HasSqlType<T::Sql>>::metadata(lookup),
        }
    }
}

/// What Diesel and the session ask of a type of the program's own, `$ty`, beside the conversions:
/// that it is an expression, can be selected, compared for changes, and be a key if it can be one.
#[doc(hidden)]
#[macro_export]
macro_rules! __own_type {
    ($ty:ty, $sql:ty, index = $index:ty, parked = $parked:expr, json = $json:expr) => {
        $crate::__own_expression!($ty, $sql, $ty);
        $crate::__own_expression!($ty, $sql, &'__a $ty);

        impl<DB: $crate::__private::diesel::backend::Backend>
            $crate::__private::diesel::serialize::ToSql<
                $crate::__private::diesel::sql_types::Nullable<$sql>,
                DB,
            > for $ty
        where
            $ty: $crate::__private::diesel::serialize::ToSql<$sql, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut $crate::__private::diesel::serialize::Output<'b, '_, DB>,
            ) -> $crate::__private::diesel::serialize::Result {
                $crate::__private::diesel::serialize::ToSql::<$sql, DB>::to_sql(self, out)
            }
        }

        impl<ST, DB> $crate::__private::diesel::deserialize::Queryable<ST, DB> for $ty
        where
            DB: $crate::__private::diesel::backend::Backend,
            ST: $crate::__private::diesel::sql_types::SingleValue,
            $ty: $crate::__private::diesel::deserialize::FromSql<ST, DB>,
        {
            type Row = Self;

            fn build(row: Self) -> $crate::__private::diesel::deserialize::Result<Self> {
                ::core::result::Result::Ok(row)
            }
        }

        impl $crate::__private::ColumnValue for $ty {
            fn same(&self, other: &Self) -> bool {
                self == other
            }
        }

        impl $crate::ListValue for $ty {
            fn push_json(&self, json: &mut ::std::string::String) -> bool {
                let push: fn(&Self, &mut ::std::string::String) -> bool = $json;
                push(self, json)
            }
        }

        // The bound is met by every lifetime or by none, so that a type without order and hash is no
        // error here: it is just no key.
        impl $crate::__private::Key for $ty
        where
            for<'__a> $ty: $crate::__private::KeyBounds<'__a>,
        {
            type Index = $index;

            fn parked(n: u32) -> ::core::option::Option<Self> {
                let parked: fn(u32) -> ::core::option::Option<Self> = $parked;
                parked(n)
            }

            fn push_json(&self, json: &mut ::std::string::String) -> bool {
                let push: fn(&Self, &mut ::std::string::String) -> bool = $json;
                push(self, json)
            }
        }
    };
}

/// `$ty` as an expression, for Diesel's `eq` and its like.
#[doc(hidden)]
#[macro_export]
macro_rules! __own_expression {
    ($own:ty, $sql:ty, $ty:ty) => {
        $crate::__own_expression!(@ $own, $sql, $ty);
        $crate::__own_expression!(
            @ $own, $crate::__private::diesel::sql_types::Nullable<$sql>, $ty
        );
    };
    (@ $own:ty, $sql:ty, $ty:ty) => {
        impl<'__a> $crate::__private::diesel::expression::AsExpression<$sql> for $ty {
            type Expression = $crate::__private::Bound<$sql, Self>;

            fn as_expression(self) -> Self::Expression {
                $crate::__private::Bound::new(self)
            }
        }
    };
}

/// What a type must be for its values to be keys.
#[doc(hidden)]
pub trait KeyBounds<'a>: Clone + Eq + Ord + std::hash::Hash + std::fmt::Debug + Send {}

impl<T: Clone + Eq + Ord + std::hash::Hash + std::fmt::Debug + Send> KeyBounds<'_> for T {}
