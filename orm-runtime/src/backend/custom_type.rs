//! The SQL type of the program's own types.

use std::marker::PhantomData;

use diesel::query_builder::QueryId;
use diesel::sql_types::{HasSqlType, SingleValue, SqlOrd, SqlType, is_nullable};

use super::{HasColumnType, Holds};
use crate::types::ColumnType;

/// The SQL type of a column whose field has one of the program's own types, which
/// [`DbEnum`](macro@crate::DbEnum) or [`DbType`](macro@crate::DbType) prepares for it.
#[derive(Debug, Clone, Copy)]
pub struct Custom<T>(PhantomData<fn() -> T>);

/// The column type of a type of your own. Implemented by the derives.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can not be the type of a column",
    label = "no column type",
    note = "derive `DbEnum` for an enum, `DbType` for any other type of your own; name a decorator for a type of another crate with `#[entity(with = ...)]`; or leave the field out of the table with `#[entity(skip)]`"
)]
pub trait CustomType: Sized + 'static {
    /// The SQL type of the stored value.
    type Sql: SqlType<IsNull = is_nullable::NotNull> + SingleValue + HasColumnType;
    /// The kind of the column's type.
    const KIND: ColumnType;
    /// The name of the type on PostgreSQL, if it is a type created for the program.
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

impl<T: CustomType> HasColumnType for Custom<T> {
    const KIND: ColumnType = T::KIND;
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
    /// Looks up the number of the type. A type created for the program has a different number in
    /// each database, so Diesel asks for it once for each connection.
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        match T::POSTGRES_TYPE {
            Some(name) => super::looking_up(|| lookup.lookup_type(name, None)),
            None => <Self as HasSqlType<T::Sql>>::metadata(lookup),
        }
    }
}
