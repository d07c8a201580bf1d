//! Columns whose value the database generates.

use std::fmt;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::serialize::{self, Output, ToSql};

/// A column for which the database generates a value if the program does not set one: by a default
/// (`#[entity(db_default = "…")]`) or a sequence (`#[entity(sequence = "…")]`).
///
/// The value is unset until the object is flushed, unless you set it. The flush reads the generated
/// value back. A field of a plain type with a `db_default` cannot be unset: the program always
/// writes a value, and the default is for other programs.
///
/// If the database also sets the value in an UPDATE, by a trigger or MySQL's `ON UPDATE`, add
/// `#[entity(on_update)]`, with a default or without one. The value is then read after each UPDATE
/// too, and replaces a value that the program set.
///
/// ```
/// use orm_runtime::prelude::*;
///
/// #[derive(Entity)]
/// struct Ticket {
///     id: Auto<i64>,
///     #[entity(db_default = "'new'", length = 20)]
///     state: Generated<String>,
/// }
///
/// # fn main() -> Result<()> {
/// let mut session = Session::open("sqlite://:memory:")?;
/// schema![Ticket].create_all(&mut session)?;
/// let ticket = session.add(Ticket::builder().build());
/// assert_eq!(session[ticket].state.get(), None);
/// session.flush()?;
/// assert_eq!(session[ticket].state.get().map(String::as_str), Some("new"));
/// session[ticket].state.set("done".to_owned());
/// # session.commit()?;
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow)]
pub struct Generated<T>(Option<T>);

/// A column that the database always computes from other columns (`#[entity(computed = "…")]`). The
/// value is unset until the object is flushed, which reads the value back. The program can only
/// read it.
///
/// ```
/// use orm_runtime::prelude::*;
///
/// #[derive(Entity)]
/// struct Line {
///     id: Auto<i64>,
///     price: i64,
///     count: i64,
///     #[entity(computed = "price * count")]
///     total: Computed<i64>,
/// }
///
/// # fn main() -> Result<()> {
/// let mut session = Session::open("sqlite://:memory:")?;
/// schema![Line].create_all(&mut session)?;
/// let line = session.add(Line::builder().price(5).count(3).build());
/// session.flush()?;
/// assert_eq!(session[line].total.get(), Some(&15));
/// session[line].count = 4;
/// session.flush()?;
/// assert_eq!(session[line].total.get(), Some(&20));
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow)]
pub struct Computed<T>(Option<T>);

impl<T> Generated<T> {
    /// Returns the value, or `None` while the database has not generated it. Sends no SQL.
    pub fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    /// Sets a value in place of the generated one. Sends no SQL; the next flush writes it.
    pub fn set(&mut self, value: T) {
        self.0 = Some(value);
    }

    /// Returns `true` if the value has been generated or set.
    pub fn is_set(&self) -> bool {
        self.0.is_some()
    }
}

impl<T> Computed<T> {
    /// Returns the value, or `None` while the database has not computed it. Sends no SQL.
    pub fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T> From<T> for Generated<T> {
    fn from(value: T) -> Self {
        Generated(Some(value))
    }
}

/// Implements Diesel's traits and `Debug` for both types of columns.
macro_rules! made_by_the_database {
    ($name:ident) => {
        impl<T> Default for $name<T> {
            fn default() -> Self {
                $name(None)
            }
        }

        impl<T: PartialEq> PartialEq<T> for $name<T> {
            fn eq(&self, other: &T) -> bool {
                self.0.as_ref() == Some(other)
            }
        }

        impl<T: fmt::Debug> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match &self.0 {
                    Some(value) => value.fmt(f),
                    None => f.write_str("unset"),
                }
            }
        }

        impl<T, ST, DB> ToSql<ST, DB> for $name<T>
        where
            T: ToSql<ST, DB>,
            DB: Backend,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                match &self.0 {
                    Some(value) => value.to_sql(out),
                    None => Err("the database has not generated the value yet".into()),
                }
            }
        }

        impl<T, ST, DB> FromSql<ST, DB> for $name<T>
        where
            T: FromSql<ST, DB>,
            DB: Backend,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                T::from_sql(bytes).map(|value| $name(Some(value)))
            }

            fn from_nullable_sql(bytes: Option<DB::RawValue<'_>>) -> deserialize::Result<Self> {
                T::from_nullable_sql(bytes).map(|value| $name(Some(value)))
            }
        }

        impl<T: super::ColumnValue> super::ColumnValue for $name<T> {
            fn same(&self, other: &Self) -> bool {
                match (&self.0, &other.0) {
                    (Some(a), Some(b)) => a.same(b),
                    // An unset value is never written, so it changes nothing.
                    (None, _) => true,
                    (Some(_), None) => false,
                }
            }

            fn payload(&self) -> usize {
                self.0.as_ref().map_or(0, T::payload)
            }
        }
    };
}

made_by_the_database!(Generated);
made_by_the_database!(Computed);
