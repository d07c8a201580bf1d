//! Finding an object by a unique key or creating it, safe against other sessions that do the same.

use crate::backend::{Cause, UnseenRows};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};
use crate::handle::Handle;
use crate::mapping::{Concrete, Entity, Writable};
use crate::select::{Lock, Predicate};
use crate::session::Session;

impl Session {
    /// Returns the object for which a condition on unique columns holds, or creates one and inserts
    /// it now.
    ///
    /// If another session inserts the same row at the same time, its row is returned. The unique
    /// constraint of the database decides, and a savepoint protects the rest of the transaction. A
    /// transaction that keeps its first snapshot of the database (on MySQL by default, on
    /// PostgreSQL with a higher isolation level) does not see the other row. The call then returns
    /// [`Error::Conflict`], which [`retry`](Self::retry) runs again. On MySQL, if the call is the
    /// first of its transaction, it begins a new transaction instead.
    ///
    /// Sends one SELECT if the object exists, and one more INSERT in a savepoint if it does not. If
    /// another session was faster, sends one or two more SELECTs. Flushes pending changes first.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// #[derive(Entity)]
    /// struct Keyword {
    ///     id: Auto<i64>,
    ///     #[entity(unique, length = 50)]
    ///     name: String,
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Keyword].create_all(&mut session)?;
    /// let mut keyword = |name: &str| {
    ///     session.get_or_create(keyword::name.eq(name.to_owned()), || {
    ///         Keyword::builder().name(name).build()
    ///     })
    /// };
    /// let red = keyword("red")?;
    /// assert_eq!(keyword("red")?, red);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// - [`Error::Conflict`] as described above.
    /// - [`Error::Constraint`] if the new object violates a constraint other than that of the
    ///   condition.
    /// - [`Error::MultipleFound`] if the condition is not unique.
    /// - The errors of [`flush`](Self::flush) and of a query.
    #[track_caller]
    pub fn get_or_create<T: Concrete + Writable>(
        &mut self,
        condition: impl Predicate<T> + Clone,
        create: impl FnOnce() -> T,
    ) -> Result<Handle<T>> {
        let _call = self.call(Cause::Query, T::META.name);
        self.flush()?;
        let is_first = !self.in_transaction();
        // SQLite would refuse to write after a read if another session wrote in between, so the
        // transaction begins for writing.
        self.begin_write()?;
        if let Some(found) = self.query::<T>().filter(condition.clone()).one_or_none()? {
            return Ok(found);
        }
        let object = create();
        let mut added = None;
        let inserted = self.savepoint(|session| {
            added = Some(session.add(object));
            session.flush()
        });
        match inserted {
            Ok(()) => added.ok_or(Error::NotFound { entity: T::META.name, key: None }),
            Err(error) => {
                if let Some(added) = added {
                    self.evict(added)?;
                }
                if !error.is_violation(DatabaseErrorKind::Unique) {
                    return Err(error);
                }
                self.find_theirs(condition, is_first, error)
            }
        }
    }

    /// Finds the object that another session inserted in the meantime. A transaction that keeps its
    /// first snapshot of the database does not see it: a transaction that has only looked for this
    /// object begins again, and any other is in conflict.
    fn find_theirs<T: Entity>(
        &mut self,
        condition: impl Predicate<T> + Clone,
        is_first: bool,
        violation: Error,
    ) -> Result<Handle<T>> {
        let state = self.server().state();
        let unwritten = !state.wrote() && state.savepoints() == 0;
        if is_first && unwritten && self.dialect().capabilities().keeps_first_look {
            self.end_unwritten();
            self.begin_write()?;
        }
        if let Some(found) = self.query::<T>().filter(condition.clone()).one_or_none()? {
            return Ok(found);
        }
        if !self.is_beyond_first_look(condition)? {
            return Err(violation);
        }
        let name = T::META.name;
        Err(Error::Conflict(DatabaseError::plain(
            DatabaseErrorKind::Serialization,
            &format!("another session inserted the {name} after this transaction began to read"),
        )))
    }

    /// Returns `true` if a row may exist that the transaction does not see.
    fn is_beyond_first_look<T: Entity>(&mut self, condition: impl Predicate<T>) -> Result<bool> {
        match self.dialect().capabilities().unseen_rows {
            UnseenRows::None => Ok(false),
            UnseenRows::ShownByLocks => {
                let now = self.query::<T>().filter(condition).lock(Lock::Share);
                Ok(!now.rows()?.is_empty())
            }
            UnseenRows::If(repeats) => {
                let repeats = self.sender().read_numbers(repeats);
                let (repeats, _) = repeats.map_err(|fault| self.fault(fault))?;
                Ok(repeats == 1)
            }
        }
    }
}
