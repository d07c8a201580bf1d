//! Documents as columns.

use std::io;
use std::ops::{Deref, DerefMut};

use diesel::deserialize::FromSqlRow;
use serde::Serialize;

use super::ColumnValue;

/// A document in a column, of any type that serde can serialise and deserialise.
///
/// The next flush sees a change anywhere in the document: the session copies the documents of an
/// object when you first access it mutably, and compares them. A stored document that does not fit
/// `T` is [`Error::Decode`](crate::Error::Decode).
///
/// On PostgreSQL and MySQL, two documents are equal in a condition if their values are equal. On
/// SQLite and MariaDB they are equal if they are written in the same way; serde writes fields in
/// the order of the struct, and a `BTreeMap` in the order of its keys.
///
/// ```
/// use orm_runtime::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// struct Settings {
///     theme: String,
///     tabs: Vec<String>,
/// }
///
/// #[derive(Entity)]
/// struct Account {
///     id: Auto<i64>,
///     settings: Json<Settings>,
/// }
///
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![Account].create_all(&mut session)?;
/// let settings = Settings { theme: "dark".to_owned(), tabs: vec![] };
/// let account = session.add(Account::builder().settings(settings).build());
/// session.commit()?;
/// session[account].settings.tabs.push("news".to_owned());
/// session.commit()?; // UPDATE account SET settings = ? WHERE id = ?
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, FromSqlRow)]
pub struct Json<T>(pub T);

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for Json<T> {
    fn from(value: T) -> Self {
        Json(value)
    }
}

impl<T> ColumnValue for Json<T>
where
    T: Clone + PartialEq + std::fmt::Debug + Serialize + Send + 'static,
{
    fn same(&self, other: &Self) -> bool {
        self == other
    }

    fn payload(&self) -> usize {
        let mut length = Length(0);
        // A value that cannot be written is an error when it is bound.
        let _ = serde_json::to_writer(&mut length, &self.0);
        length.0
    }
}

/// Counts the bytes that are written.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
