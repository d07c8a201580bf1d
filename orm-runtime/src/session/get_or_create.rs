//! An object that is found, or else made: by a unique key, and safe when others do the same.

use super::{Lock, Predicate, Session};
use crate::backend::{DatabaseErrorKind, Dialect};
use crate::error::{Error, Result};
use crate::map::Handle;
use crate::mapping::{Concrete, Entity};

impl Session {
    /// The object for which a condition on unique columns holds, or a new one, which is inserted at
    /// once. When another session inserts the same at the same time, theirs is found: the database's
    /// unique constraint decides, and a savepoint keeps the rest of the transaction.
    ///
    /// One SELECT where it is there, else one more INSERT in a savepoint; and one more SELECT where
    /// another was faster. What waits is flushed before.
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
    /// [`Error::Constraint`] when the new object violates another constraint than that of the
    /// condition; [`Error::MultipleFound`] when the condition is not unique; those of
    /// [`flush`](Self::flush) and of a query.
    pub fn get_or_create<T: Concrete>(
        &mut self,
        condition: impl Predicate<T> + Clone,
        create: impl FnOnce() -> T,
    ) -> Result<Handle<T>> {
        self.flush()?;
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
                self.find_theirs(condition)?.ok_or(error)
            }
        }
    }

    /// The object that another session has inserted meanwhile. On MySQL a plain SELECT would look at
    /// the database as it was when the transaction began; one that locks looks at it as it is.
    fn find_theirs<T: Entity>(
        &mut self,
        condition: impl Predicate<T> + Clone,
    ) -> Result<Option<Handle<T>>> {
        let query = self.query::<T>().filter(condition);
        match query.session.dialect() {
            Dialect::Mysql => query.lock(Lock::Share).one_or_none(),
            _ => query.one_or_none(),
        }
    }
}
