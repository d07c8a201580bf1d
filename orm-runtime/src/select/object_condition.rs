//! Objects in conditions. A handle represents the key of its object; the session substitutes the
//! key when it sends the statement.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use diesel::QueryResult;

use super::path::Path;
use super::relationship_condition::RelationshipCondition;
use super::statement_builder::StatementBuilder;
use crate::backend::{Dialect, SqlFragment, SqlWriter, fragment_text};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::IdentityMap;
use crate::mapping::{Entity, EntityMeta, ForeignKey, Mapped};

/// The right side of a comparison with a reference: a handle of an object, or a key.
pub(crate) type To<T> = ForeignKey<T, <T as Mapped>::Key>;

/// The number of objects in conditions of the program whose keys have not been looked up yet. A
/// condition can be built by one thread and sent by another, so the count cannot be kept per
/// thread.
static UNKNOWN: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The objects found so far in the statement that this thread searches, or `None` if it does
    /// not search one.
    static FOUND: Cell<Option<Vec<Arc<dyn Wanted>>>> = const { Cell::new(None) };
}

/// An object whose key is needed by a condition.
trait Wanted {
    /// Looks up the key of the object.
    fn find(&self, map: &IdentityMap) -> Result<()>;
}

/// A key: given by the caller, or looked up.
struct WantedKey<T: Entity> {
    handle: Option<Handle<T>>,
    key: OnceLock<T::Key>,
}

impl<T: Entity> WantedKey<T> {
    fn of(to: &To<T>) -> Arc<Self> {
        let handle = to.raw_handle().map(Handle::from_raw);
        let key = match (handle, to.key()) {
            (None, Some(key)) => OnceLock::from(key.clone()),
            _ => OnceLock::new(),
        };
        if handle.is_some() {
            UNKNOWN.fetch_add(1, Ordering::Relaxed);
        }
        Arc::new(WantedKey { handle, key })
    }

    /// Returns the key, or `None` while the statement is only searched for objects.
    fn get(self: &Arc<Self>) -> QueryResult<Option<&T::Key>> {
        const UNKNOWN: &str = "a condition has the handle of an object in it, and this statement is not sent by \
             the session that has the object: put its key there";
        if let Some(key) = self.key.get() {
            return Ok(Some(key));
        }
        match FOUND.take() {
            Some(mut found) => {
                found.push(Arc::clone(self) as Arc<dyn Wanted>);
                FOUND.set(Some(found));
                Ok(None)
            }
            None => Err(diesel::result::Error::QueryBuilderError(UNKNOWN.into())),
        }
    }
}

impl<T: Entity> Wanted for WantedKey<T> {
    fn find(&self, map: &IdentityMap) -> Result<()> {
        let Some(handle) = self.handle else { return Ok(()) };
        map.expect(handle)?;
        match map.stored_key(handle).or_else(|| map.key(handle)) {
            Some(key) => {
                // An object that occurs twice in a statement is found twice.
                if self.key.set(key).is_ok() {
                    UNKNOWN.fetch_sub(1, Ordering::Relaxed);
                }
                Ok(())
            }
            None => {
                let reason = "the database has not generated its key yet; flush the session first";
                Err(wrong_state(map, handle, "used in a condition", reason))
            }
        }
    }
}

impl<T: Entity> Drop for WantedKey<T> {
    fn drop(&mut self) {
        if self.handle.is_some() && self.key.get().is_none() {
            UNKNOWN.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Substitutes keys for the handles in a statement.
///
/// # Errors
/// [`Error::InvalidHandle`] for a handle that points to no object of the session,
/// [`Error::InvalidState`] for an object whose key is not known yet.
pub(crate) fn find_objects(
    map: &IdentityMap,
    dialect: Dialect,
    statement: &dyn SqlFragment,
) -> Result<()> {
    if UNKNOWN.load(Ordering::Relaxed) == 0 {
        return Ok(());
    }
    FOUND.set(Some(Vec::new()));
    let looked = fragment_text(dialect, statement);
    let found = FOUND.take().unwrap_or_default();
    looked?;
    found.into_iter().try_for_each(|wanted| wanted.find(map))
}

/// Returns the error for an object whose state does not allow an action.
pub(crate) fn wrong_state<T: Entity>(
    map: &IdentityMap,
    handle: Handle<T>,
    action: &'static str,
    reason: &'static str,
) -> Error {
    let key = map.key(handle).map(|key| format!("{key:?}"));
    Error::InvalidState { entity: T::META.name, key, action, reason }
}

/// The condition that the key of a `T`, or a foreign key to it, is one of these keys.
pub(crate) struct IsOneOf<T: Entity> {
    columns: (&'static EntityMeta, &'static [usize]),
    keys: Vec<Arc<WantedKey<T>>>,
}

impl<T: Entity> IsOneOf<T> {
    fn new(
        columns: (&'static EntityMeta, &'static [usize]),
        to: impl IntoIterator<Item = To<T>>,
    ) -> Box<Self> {
        let keys = to.into_iter().map(|to| WantedKey::of(&to)).collect();
        Box::new(IsOneOf { columns, keys })
    }

    fn column(&self, part: usize, before: &str, pass: &mut SqlWriter<'_, '_>) {
        let mut sql = StatementBuilder::new(pass.dialect(), before);
        sql.text().column_of(None, self.columns.0, self.columns.1[part]);
        pass.push_sql(sql.text().as_str());
    }
}

impl<T: Entity> SqlFragment for IsOneOf<T> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let parts = 0..self.columns.1.len();
        match &self.keys[..] {
            [] => {
                pass.push_sql("1 = 0");
                return Ok(());
            }
            [_] => {}
            several if parts.len() == 1 => {
                self.column(0, "", pass);
                for (n, key) in several.iter().enumerate() {
                    pass.push_sql(if n == 0 { " IN (" } else { ", " });
                    if let Some(key) = key.get()? {
                        T::bind_key(key, 0, pass)?;
                    }
                }
                pass.push_sql(")");
                return Ok(());
            }
            _ => {}
        }
        for (n, key) in self.keys.iter().enumerate() {
            let key = key.get()?;
            for part in parts.clone() {
                let before = match (n, part) {
                    (0, 0) => "",
                    (_, 0) => " OR ",
                    _ => " AND ",
                };
                self.column(part, before, pass);
                pass.push_sql(" = ");
                if let Some(key) = key {
                    T::bind_key(key, part, pass)?;
                }
            }
        }
        Ok(())
    }
}

impl<'q, S: Entity, T: Entity> Path<'q, S, T> {
    /// Compares the end of a path of references with an object, or with the row that has a key:
    /// holds if they are the same. See [`RelationshipExt::eq`](crate::query::RelationshipExt::eq).
    pub fn eq(self, to: impl Into<To<T>>) -> RelationshipCondition<'q, S> {
        self.leads_to([to.into()], false)
    }

    /// Compares the end of a path of references with an object or a key: holds if the path ends at
    /// another object or at NULL.
    pub fn ne(self, to: impl Into<To<T>>) -> RelationshipCondition<'q, S> {
        self.leads_to([to.into()], true)
    }

    /// Compares the end of a path of references with several objects or keys: holds if it is one of
    /// them.
    pub fn in_list<R: Into<To<T>>>(
        self,
        to: impl IntoIterator<Item = R>,
    ) -> RelationshipCondition<'q, S> {
        self.leads_to(to.into_iter().map(Into::into), false)
    }

    /// Checks that the objects at the end of the path include an object, or the row with a key. See
    /// [`RelationshipExt::contains`](crate::query::RelationshipExt::contains).
    pub fn contains(self, object: impl Into<To<T>>) -> RelationshipCondition<'q, S> {
        self.leads_to([object.into()], false)
    }

    fn leads_to(
        mut self,
        to: impl IntoIterator<Item = To<T>>,
        negated: bool,
    ) -> RelationshipCondition<'q, S> {
        // An unfiltered reference at the end of the path has the key of the object in its own
        // columns.
        let plain = self.steps.pop_if(|step| step.is_to_one() && step.filters.is_empty());
        let columns = match &plain {
            Some(step) => {
                let relationship = step.relationship;
                ((relationship.source)(), relationship.way().source_columns)
            }
            None => (T::META, T::META.key),
        };
        let condition = IsOneOf::<T>::new(columns, to);
        let nullable = plain.filter(|_| self.steps.is_empty());
        let not_null = nullable.is_some_and(|step| step.relationship.made_by().1.nullable);
        self.condition(Some(condition), negated).where_set(not_null.then_some(columns))
    }
}
