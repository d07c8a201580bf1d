//! Keys that the database generates.

use std::fmt;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::serialize::{self, Output, ToSql};

/// An integer primary key that the database generates when the row is inserted.
///
/// The key is unset until the object is flushed, unless you set it with `Auto::from(7)`. In memory
/// it is as small as the integer itself: one value of the type means "unset", so that value cannot
/// be a key. `Auto::from(i64::MIN)` and `Auto::from(0_u32)` are unset, and reading a row with that
/// key is an error.
///
/// ```
/// use orm_runtime::Auto;
///
/// let unset: Auto<i64> = Auto::default();
/// assert_eq!(unset.get(), None);
/// assert_eq!(Auto::from(7_i64).get(), Some(7));
/// assert_eq!(Auto::from(7_i64), 7);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow)]
pub struct Auto<K>(K);

/// An integer that can be an [`Auto`] key: `i32`, `i64`, `u32`, `u64`, and a newtype of one of them
/// with [`#[derive(DbType)]`](macro@crate::DbType).
#[diagnostic::on_unimplemented(
    message = "the database cannot generate a `{Self}`",
    label = "not a key that a database generates",
    note = "`Auto` is for `i64`, `i32`, `u64`, `u32`, and a newtype of one that derives `DbType`, `Debug`, `Clone`, `Copy`, `PartialEq`, `Eq`, `PartialOrd`, `Ord` and `Hash`"
)]
pub trait AutoKey: Copy + Eq + Ord + std::hash::Hash + fmt::Debug {
    /// The value that means "not generated yet".
    const UNSET: Self;

    /// Converts a key that the database generated. Returns `None` if the type has no room for it.
    fn from_number(number: i64) -> Option<Self>;
}

impl AutoKey for i32 {
    const UNSET: Self = Self::MIN;

    fn from_number(number: i64) -> Option<Self> {
        Self::try_from(number).ok()
    }
}

impl AutoKey for i64 {
    const UNSET: Self = Self::MIN;

    fn from_number(number: i64) -> Option<Self> {
        Some(number)
    }
}

// No database starts to count at 0, and MySQL reads a 0 as "generate a key".
impl AutoKey for u32 {
    const UNSET: Self = 0;

    fn from_number(number: i64) -> Option<Self> {
        Self::try_from(number).ok()
    }
}

impl AutoKey for u64 {
    const UNSET: Self = 0;

    fn from_number(number: i64) -> Option<Self> {
        Self::try_from(number).ok()
    }
}

/// The bounds of a type whose values a database can generate.
#[doc(hidden)]
pub trait AutoBounds<'a>: Copy + Eq + Ord + std::hash::Hash + fmt::Debug {}

impl<T: Copy + Eq + Ord + std::hash::Hash + fmt::Debug> AutoBounds<'_> for T {}

impl<K: AutoKey> Auto<K> {
    /// Returns the key, or `None` while the database has not generated one.
    pub fn get(self) -> Option<K> {
        (self.0 != K::UNSET).then_some(self.0)
    }

    /// Returns `true` if the key has been set or generated.
    pub fn is_set(self) -> bool {
        self.0 != K::UNSET
    }
}

impl<K: AutoKey> Default for Auto<K> {
    fn default() -> Self {
        Auto(K::UNSET)
    }
}

impl<K: AutoKey> From<K> for Auto<K> {
    fn from(key: K) -> Self {
        Auto(key)
    }
}

impl<K: AutoKey> PartialEq<K> for Auto<K> {
    fn eq(&self, other: &K) -> bool {
        self.is_set() && self.0 == *other
    }
}

impl<K: AutoKey> fmt::Debug for Auto<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K: AutoKey> fmt::Display for Auto<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Some(key) => fmt::Debug::fmt(&key, f),
            None => f.write_str("unset"),
        }
    }
}

impl<K, ST, DB> ToSql<ST, DB> for Auto<K>
where
    K: AutoKey + ToSql<ST, DB>,
    DB: Backend,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        if !self.is_set() {
            return Err("the database has not generated the key yet".into());
        }
        self.0.to_sql(out)
    }
}

impl<K, ST, DB> FromSql<ST, DB> for Auto<K>
where
    K: AutoKey + FromSql<ST, DB>,
    DB: Backend,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let key = K::from_sql(bytes)?;
        if key == K::UNSET {
            return Err(format!("{key:?} cannot be a key: it means \"not generated yet\"").into());
        }
        Ok(Auto(key))
    }
}
