//! Fixtures for the tests of column types.

use std::fmt::Debug;

use orm_runtime::prelude::*;
use orm_runtime::{Schema, error::DatabaseErrorKind};
use orm_tests::TestDb;

/// An entity with an integer key.
pub(super) trait Sample:
    orm_runtime::inheritance::Concrete<Key = i64>
    + orm_runtime::relationship::Writable
    + Clone
    + PartialEq
    + Debug
{
    fn id(&mut self) -> &mut i64;

    /// Gives the rows the keys 1, 2 and so on.
    fn numbered(rows: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let number = |(mut row, n): (Self, i64)| {
            *row.id() = n;
            row
        };
        rows.into_iter().zip(1..).map(number).collect()
    }
}

/// Returns the rows of a table as a new session reads them, in the order of their keys.
fn stored<T: Sample>(db: &TestDb) -> Vec<T> {
    let mut session = db.session();
    let mut rows = session.query::<T>().rows().unwrap();
    rows.sort_by_key(|row| *row.clone().id());
    rows
}

/// Checks that every way into the database and out of it preserves the rows: one by one and in
/// batches, by INSERT, UPDATE and bulk, as objects and as plain rows.
pub(super) fn round_trip<T: Sample>(db: &TestDb, rows: Vec<T>) {
    let rows = T::numbered(rows);
    let mut session = db.session_for(Schema::new([T::META]));
    let (first, rest) = rows.split_first().unwrap();
    session.add(first.clone());
    session.flush().unwrap();
    let others = session.add_all(rest.iter().cloned());
    session.commit().unwrap();
    assert_eq!(stored::<T>(db), rows, "inserted");

    let handles = session.get_many::<T>(1..=rows.len() as i64).unwrap();
    for (handle, row) in handles.iter().zip(&rows) {
        assert_eq!(&session[handle.unwrap()], row, "read again");
        assert!(!session.is_dirty(handle.unwrap()));
    }
    assert!(handles.iter().skip(1).flatten().eq(&others));

    // Each row gets the values of the next one, first in a batch, and then the first row alone.
    let mut turned = rows.clone();
    turned.rotate_left(1);
    let turned = T::numbered(turned);
    for row in &turned {
        session.merge(row.clone()).unwrap();
    }
    session.commit().unwrap();
    assert_eq!(stored::<T>(db), turned, "updated");
    session.merge(first.clone()).unwrap();
    session.commit().unwrap();
    assert_eq!(stored::<T>(db)[0], *first, "updated alone");

    assert_eq!(session.query::<T>().delete().unwrap(), rows.len());
    session.bulk_insert(rows.iter().cloned()).unwrap();
    session.bulk_upsert(turned.iter().cloned()).run().unwrap();
    session.bulk_upsert(rows.iter().cloned()).run().unwrap();
    session.commit().unwrap();
    assert_eq!(stored::<T>(db), rows, "in bulk");
}

/// Checks that the database refuses a row, that nothing is stored, and that the session still
/// works.
pub(super) fn refused<T: Sample>(db: &TestDb, bad: T, good: T) -> Error {
    let mut session = db.session_for(Schema::new([T::META]));
    let rows = T::numbered([good.clone(), bad, good.clone()]);
    let handles = session.add_all(rows);
    let error = session.commit().unwrap_err();
    assert_eq!(stored::<T>(db), [], "nothing is stored");
    session.delete(handles[1]).unwrap();
    session.commit().unwrap();
    assert_eq!(stored::<T>(db).len(), 2);
    error
}

/// Returns `true` if a value is missing, which is how SQLite treats a NaN.
pub(super) fn is_missing(error: &Error) -> bool {
    error.is_violation(DatabaseErrorKind::NotNull)
}
