//! What generated code uses besides the [`Entity`](super::Entity) trait: the states of a builder's
//! fields, and one trait for columns.

use std::marker::PhantomData;

use diesel::QueryResult;

use super::{ColumnValue, EntityMeta};
use crate::backend::{Bind, Fetch, HasColumnType, Row, SqlFragment, SqlWriter};
use crate::types::ColumnType;

/// The state of a required field of a builder that has not been set yet.
#[derive(Debug, Clone, Copy)]
pub struct Missing;

/// The state of a required field of a builder that has been set.
#[derive(Debug, Clone, Copy)]
pub struct Given;

/// Returns the value of a required field.
///
/// `build` can be called only if the builder's type says that every required field has been set, so
/// there is always a value.
#[track_caller]
pub fn given<T>(value: Option<T>) -> T {
    match value {
        Some(value) => value,
        None => unreachable!("the builder's type says that the field was given"),
    }
}

/// Converts an argument of a setter.
#[inline]
pub fn into<T>(value: impl Into<T>) -> T {
    value.into()
}

/// Returns the value of a field that the database fills in if it is not given.
#[inline]
pub fn made<T, U: From<T> + Default>(value: Option<T>) -> U {
    value.map_or_else(U::default, U::from)
}

/// Implements what a builder has besides its methods: `Debug`, and for each required field a trait
/// that the state of the field implements after it is set. The message of the trait names the
/// field.
#[doc(hidden)]
#[macro_export]
macro_rules! __builder {
    ($builder:ident [$($state:ident)*] $($given:ident $message:literal $label:literal)*) => {
        #[automatically_derived]
        impl<$($state),*> ::core::fmt::Debug for $builder<$($state),*> {
            fn fmt(&self, __orm_f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                __orm_f.debug_struct(::core::stringify!($builder)).finish_non_exhaustive()
            }
        }

        $(
            #[doc(hidden)]
            #[diagnostic::on_unimplemented(message = $message, label = $label)]
            #[allow(unreachable_pub, reason = "the builder need not be public")]
            pub trait $given {}

            #[automatically_derived]
            #[diagnostic::do_not_recommend]
            impl $given for $crate::__private::builder::Given {}
        )*
    };
}

/// A value that can be written to and read from a column of the SQL type `ST`.
///
/// This is one trait, and the compiler's messages do not mention its blanket implementation. So an
/// SQL type that does not fit a field is one error at the field, whichever databases are enabled.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a column of the SQL type `{ST}`",
    label = "the SQL type does not fit this field",
    note = "name a suitable type with `#[entity(sql_type = ...)]`, such as `diesel::sql_types::Text` or one of `orm_runtime::column::sql_types`; a type of your own needs Diesel's `ToSql` and `FromSql` for every enabled database",
    note = "PostgreSQL's arrays and ranges need it to be the only enabled database; otherwise keep a document, as `Json<Vec<T>>`"
)]
pub trait Column<ST>: Sized {
    /// The kind of type that the column has.
    const KIND: ColumnType;
    /// Binds the value in a statement.
    fn bind<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()>;
    /// Reads the next column of a row.
    fn get(row: &mut Row<'_, '_>) -> QueryResult<Self>;
}

/// A value of one of the user's own types that can be a column: [`Column`] with change tracking.
/// This is one trait, so that a type that cannot be a column is one error at the field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a column",
    label = "not a column type",
    note = "derive `DbEnum` for an enum of your own, `DbType` for another type, with `Debug`, `Clone` and `PartialEq`; name a decorator for a type of another crate with `#[entity(with = ...)]`; or leave the field out of the table with `#[entity(skip)]`",
    note = "the derive does not know aliases of wrappers either; write `Option`, `Deferred` and other wrappers by their names"
)]
pub trait OwnColumn<ST>: Sized {
    /// The kind of type that the column has.
    const KIND: ColumnType;
    /// Binds the value in a statement.
    fn bind<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()>;
    /// Reads the next column of a row.
    fn get(row: &mut Row<'_, '_>) -> QueryResult<Self>;
    /// Returns `true` if the database would store both as the same value.
    fn same(&self, other: &Self) -> bool;
    /// Returns about how many bytes the value adds to a statement beyond its fixed size.
    fn payload(&self) -> usize;
}

#[diagnostic::do_not_recommend]
impl<ST: HasColumnType, U: Bind<ST> + Fetch<ST> + ColumnValue> OwnColumn<ST> for U {
    const KIND: ColumnType = ST::KIND;

    #[inline]
    fn bind<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        pass.bind::<ST, U>(self)
    }

    #[inline]
    fn get(row: &mut Row<'_, '_>) -> QueryResult<Self> {
        row.get::<ST, U>()
    }

    #[inline]
    fn same(&self, other: &Self) -> bool {
        ColumnValue::same(self, other)
    }

    fn payload(&self) -> usize {
        ColumnValue::payload(self)
    }
}

#[diagnostic::do_not_recommend]
impl<ST: HasColumnType, U: Bind<ST> + Fetch<ST>> Column<ST> for U {
    const KIND: ColumnType = ST::KIND;

    #[inline]
    fn bind<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        pass.bind::<ST, U>(self)
    }

    #[inline]
    fn get(row: &mut Row<'_, '_>) -> QueryResult<Self> {
        row.get::<ST, U>()
    }
}

/// Returns a value for a statement, without its type.
pub fn value<U: Column<ST> + Send + Sync + 'static, ST: 'static>(value: U) -> Box<dyn SqlFragment> {
    Box::new(Value::<U, ST>(value, PhantomData))
}

struct Value<U, ST>(U, PhantomData<fn() -> ST>);

impl<U: Column<ST> + Send + Sync, ST> SqlFragment for Value<U, ST> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        self.0.bind(pass)
    }
}

/// Binds NULL in place of a value of the type `U`.
pub fn bind_null<U: 'static, ST>(pass: &mut SqlWriter<'_, '_>) -> QueryResult<()>
where
    ST: diesel::sql_types::SqlType,
    Option<U>: Column<diesel::sql_types::Nullable<ST>>,
{
    const { &None::<U> }.bind(pass)
}

/// Returns the metadata of an entity that values of the type `K` reference.
///
/// The bounds of this function are what the compiler checks about a reference.
pub const fn target_of<T: ReferredToBy<K>, K>() -> fn() -> &'static EntityMeta {
    || T::META
}

/// An entity whose primary key has the type `K`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "not an entity",
    note = "add `#[derive(Entity)]` to a struct with a primary key"
)]
pub trait ReferredToBy<K>: super::Entity {}

impl<T: super::Entity<Key: IsKey<K>>, K> ReferredToBy<K> for T {}

/// A key that has the type `K` of the references to it.
#[diagnostic::on_unimplemented(
    message = "the key of the entity is `{Self}`, and the reference to it has `{K}`",
    label = "the key is `{Self}`",
    note = "write the type of the key after the entity if it is not `i64`: `ForeignKey<Country, String>`, `ManyToMany<Label, String>`; a plain column with `references` has the type of the key"
)]
pub trait IsKey<K> {}

#[diagnostic::do_not_recommend]
impl<K> IsKey<K> for K {}
