//! The column that says which subtype a row is.

use std::fmt;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::serialize::{self, Output, ToSql};

use super::DbEnum;

/// The column that says which subtype a row is: a field of the base of the hierarchy. The session
/// sets it from the type of the object; the program can only read it.
///
/// In queries it is a column like any other: `employee::subtype.eq(EmployeeKind::Boss)`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow)]
pub struct Discriminator<E>(Option<E>);

impl<E: DbEnum> Discriminator<E> {
    /// Returns the subtype, or `None` while the object has not been in a session. Sends no SQL.
    pub fn get(&self) -> Option<E> {
        self.0
    }

    /// Creates the discriminator of an object of this subtype.
    #[doc(hidden)]
    pub const fn of(kind: E) -> Self {
        Discriminator(Some(kind))
    }
}

impl<E> Default for Discriminator<E> {
    fn default() -> Self {
        Discriminator(None)
    }
}

impl<E: PartialEq> PartialEq<E> for Discriminator<E> {
    fn eq(&self, other: &E) -> bool {
        self.0.as_ref() == Some(other)
    }
}

impl<E: fmt::Debug> fmt::Debug for Discriminator<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(kind) => kind.fmt(f),
            None => f.write_str("unset"),
        }
    }
}

impl<E, ST, DB> ToSql<ST, DB> for Discriminator<E>
where
    E: ToSql<ST, DB>,
    DB: Backend,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        match &self.0 {
            Some(kind) => kind.to_sql(out),
            None => Err("an object outside a session has no subtype yet".into()),
        }
    }
}

impl<E, ST, DB> FromSql<ST, DB> for Discriminator<E>
where
    E: FromSql<ST, DB>,
    DB: Backend,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        E::from_sql(bytes).map(|kind| Discriminator(Some(kind)))
    }
}

impl<E: super::ColumnValue> super::ColumnValue for Discriminator<E> {
    /// Returns `true`: the discriminator follows from the type of the object and never changes.
    fn same(&self, _other: &Self) -> bool {
        true
    }
}
