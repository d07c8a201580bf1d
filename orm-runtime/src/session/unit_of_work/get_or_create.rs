//! An object that is found, or else made: by a unique key, and safe when others do the same.

use crate::backend::UnseenRows;
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};
use crate::handle::Handle;
use crate::mapping::{Concrete, Entity, Writable};
use crate::select::{Lock, Predicate};
use crate::session::Session;

impl Session {
    /// The object for which a condition on unique columns holds, or a new one, which is inserted at
    /// once. When another session inserts the same at the same time, theirs is found: the database's
    /// unique constraint decides, and a savepoint keeps the rest of the transaction. A transaction that
    /// goes on with its first look at the database (MySQL's do, and those of PostgreSQL that are told to)
    /// does not see their row, and the call is [`Error::Conflict`], which
    /// [`retry`](Self::retry) runs again; on MySQL not where it is the first of its transaction, which is
    /// begun anew.
    ///
    /// One SELECT where it is there, else one more INSERT in a savepoint; and one or two more SELECTs
    /// where another was faster. What waits is flushed before.
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
    /// [`Error::Conflict`] as said above; [`Error::Constraint`] when the new object violates another constraint than that of the
    /// condition; [`Error::MultipleFound`] when the condition is not unique; those of
    /// [`flush`](Self::flush) and of a query.
    pub fn get_or_create<T: Concrete + Writable>(
        &mut self,
        condition: impl Predicate<T> + Clone,
        create: impl FnOnce() -> T,
    ) -> Result<Handle<T>> {
        self.flush()?;
        let is_first = !self.in_transaction();
        // Who looks first and writes then would be refused by SQLite when another has written between.
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

    /// The object that another session has inserted meanwhile. A transaction that goes on with its first
    /// look at the database does not see it: one that has only looked for this begins anew, and another
    /// is in conflict with theirs.
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
            &format!("another has inserted the {name} after this transaction had begun to read"),
        )))
    }

    /// Returns `true` if a row that the transaction does not see may be there.
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
