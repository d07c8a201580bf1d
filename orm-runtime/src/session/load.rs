//! Loading objects by key, loading deferred columns, and taking new values.

pub(super) mod eager;
pub(super) mod expiry;
pub(super) mod load_by_key;
pub(super) mod pair_keys;
pub(super) mod reread;

use super::Session;
use super::row_binds::KeyBinds;
use crate::backend::{Cause, Row, SqlFragment, SqlWriter, Statement};
use crate::error::{Error, Result};
use crate::handle::{Handle, RawHandle};
use crate::map::RowPolicy;
use crate::mapping::{ColumnSet, DeferredColumn, Entity, IntoKey, Tracked};
use crate::select;
use crate::sql::{self, KeyForm};
use crate::types::ColumnType;

impl Session {
    /// Returns the object with this key, or `None` if there is no such row. Sends no SQL if the
    /// object is in memory and not stale; else it sends one SELECT, after flushing pending changes
    /// if autoflush is on.
    ///
    /// The database decides which row a key matches. If it treats strings as equal that are written
    /// differently, all of them find the one object of the row, and the session remembers them.
    ///
    /// A row that a default scope hides is not found. An object that is already in memory is found,
    /// and if it is stale it takes the values of its row even if the scope would hide the row. An
    /// object in memory that is of a subtype other than `T` is not found.
    ///
    /// # Errors
    /// Any error of the database, [`Error::Decode`], and the errors of [`flush`](Self::flush).
    #[track_caller]
    pub fn get<T: Entity>(&mut self, key: impl IntoKey<T::Key>) -> Result<Option<Handle<T>>> {
        let key = key.into_key();
        // A call that sends nothing is not reported.
        if let Some(handle) = self.map().fresh(&key, self.map().horizon()) {
            return Ok(Some(handle));
        }
        let _call = self.call(Cause::Get, T::META.name);
        self.get_missing(&key, T::SCOPES > 0)
    }

    /// Returns the object with this key, loading it with or without the default scopes.
    pub(super) fn get_by<T: Entity>(
        &mut self,
        key: &T::Key,
        scoped: bool,
    ) -> Result<Option<Handle<T>>> {
        match self.map().fresh(key, self.map().horizon()) {
            Some(handle) => Ok(Some(handle)),
            None => self.get_missing(key, scoped),
        }
    }

    fn get_missing<T: Entity>(&mut self, key: &T::Key, scoped: bool) -> Result<Option<Handle<T>>> {
        if self.map().is_other_subtype::<T>(key) {
            return Ok(None);
        }
        self.autoflush()?;
        if let Some(handle) = self.map().fresh(key, self.map().horizon()) {
            return Ok(Some(handle));
        }
        if scoped && self.map().find::<T>(key.clone()).is_none() {
            let horizon = self.map().horizon();
            let how = self.map_mut().row_policy(T::META, horizon, ColumnSet::EMPTY);
            let found = self.load_keys_in_scope::<T>(std::slice::from_ref(key), how)?;
            self.pair_keys::<T>(std::slice::from_ref(key), &found)?;
            self.load_capitals::<T>(std::slice::from_ref(key), true, how)?;
            return Ok(self.map().find::<T>(key.clone()));
        }
        self.begin_read()?;
        let horizon = self.map().horizon();
        let how = self.map_mut().row_policy(T::META, horizon, ColumnSet::EMPTY);
        let (map, sender) = self.map_and_sender();
        let arena = map.arena_mut::<T>();
        let mut found = None;
        let loaded = sender.load_one(&ByKey::<T>(key), &mut |row| {
            found = arena.load_row(row, &how)?;
            if let Some(slot) = found {
                arena.pair(key, slot);
            }
            Ok(())
        });
        loaded.map_err(|fault| self.fault(fault))?;
        self.pair_arrivals(T::META)?;
        self.map_mut().fix_up_loaded(T::META, None);
        match found {
            Some(slot) => Ok(Some(self.map().handle(slot))),
            None => {
                let horizon = self.map().horizon();
                self.forget_missing::<T>(key, horizon);
                Ok(None)
            }
        }
    }

    /// Returns the object with this key, like [`get`](Self::get), but a missing row is an error.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such row, and the errors of [`get`](Self::get).
    #[track_caller]
    pub fn get_one<T: Entity>(&mut self, key: impl IntoKey<T::Key>) -> Result<Handle<T>> {
        let key = key.into_key();
        match self.get::<T>(key.clone())? {
            Some(handle) => Ok(handle),
            None => Err(Error::NotFound { entity: T::META.name, key: Some(format!("{key:?}")) }),
        }
    }

    /// Returns the objects with these keys, in the order of the keys, with `None` where there is no
    /// row.
    ///
    /// Loads only objects that are missing from memory or stale: sends one SELECT for up to 16,384
    /// keys (50,000 on PostgreSQL, fewer for keys of several columns). Default scopes apply as in
    /// [`get`](Self::get); with default scopes, stale objects and missing objects are loaded by
    /// separate SELECTs.
    ///
    /// A key that is a string may match a row that has it in a different form. If some of several
    /// keys match no row exactly while others do, the session looks these keys up again. That costs
    /// one SELECT, or, for more than 256 keys, one SELECT and one more for each 256 of them. Each
    /// additional spelling of the same row's key costs one more SELECT.
    ///
    /// # Errors
    /// Any error of the database, [`Error::Decode`], and the errors of [`flush`](Self::flush),
    /// because pending changes are flushed first if anything must be loaded.
    #[track_caller]
    pub fn get_many<T: Entity>(
        &mut self,
        keys: impl IntoIterator<Item = impl IntoKey<T::Key>>,
    ) -> Result<Vec<Option<Handle<T>>>> {
        let _call = self.call(Cause::Get, T::META.name);
        let keys: Vec<T::Key> = keys.into_iter().map(IntoKey::into_key).collect();
        let horizon = self.map().horizon();
        if keys.iter().any(|key| self.map().lacks::<T>(key, horizon)) {
            self.autoflush()?;
        }
        self.get_all(keys, horizon)
    }

    /// Returns the objects with these keys, and reads those again that are older than a horizon.
    /// Flushes nothing.
    pub(super) fn get_all<T: Entity>(
        &mut self,
        keys: Vec<T::Key>,
        horizon: u32,
    ) -> Result<Vec<Option<Handle<T>>>> {
        let missing = keys.iter().filter(|key| self.map().lacks::<T>(key, horizon));
        let mut wanted: Vec<T::Key> = missing.cloned().collect();
        if wanted.is_empty() {
            return Ok(keys.into_iter().map(|key| self.map().find(key)).collect());
        }
        wanted.sort_unstable();
        wanted.dedup();
        let how = self.map_mut().row_policy(T::META, horizon, ColumnSet::EMPTY);
        if T::SCOPES > 0 {
            let in_memory = |key: &T::Key| self.map().find::<T>(key.clone()).is_some();
            let (stale, others) = wanted.into_iter().partition(in_memory);
            wanted = stale;
            let found = self.load_keys_in_scope::<T>(&others, how)?;
            self.pair_keys::<T>(&others, &found)?;
            self.load_capitals::<T>(&others, true, how)?;
        }
        let found = self.load_keys::<T>(&wanted, how)?;
        self.pair_keys::<T>(&wanted, &found)?;
        self.load_capitals::<T>(&wanted, false, how)?;
        for key in &wanted {
            self.forget_missing::<T>(key, horizon);
        }
        Ok(keys.into_iter().map(|key| self.map().find(key)).collect())
    }

    /// Loads what a query has left out: a deferred column of an object with the other columns of
    /// its group, or the objects of a relationship or path.
    ///
    /// A deferred column costs one SELECT, or none if it is loaded. A relationship is loaded for
    /// the whole cohort: the objects that were loaded together with this one and lack the
    /// relationship too. That costs one SELECT for each relationship of the path and each batch of
    /// objects, and none for what is in memory. Pending changes are flushed first if anything must
    /// be loaded.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)]
    /// # struct User { id: Auto<i64>, name: String, addresses: HasMany<Address> }
    /// # #[derive(Entity)]
    /// # struct Address { id: Auto<i64>, email: String, user: ForeignKey<User> }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User, Address].create_all(&mut session)?;
    /// # session.add_all(["ada", "grace", "joan"].map(|name| User::builder().name(name).build()));
    /// # session.commit()?;
    /// # session.clear();
    /// let users = session.query::<User>().all()?;
    /// session.expect_statements(1, |session| {
    ///     for &user in &users {
    ///         session.load(user, user::addresses)?; // the first time for all of them
    ///         println!("{}", session[user].addresses.len(session)?);
    ///     }
    ///     Ok(())
    /// })?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidHandle`] for a handle that points to no object of the session,
    /// [`Error::NotFound`] if the row of a deferred column is gone, [`Error::LazyLoad`] if the
    /// session refuses lazy loads, any error of the database, and [`Error::Decode`].
    #[track_caller]
    pub fn load<T: Entity, L: Loadable<T>>(&mut self, handle: Handle<T>, what: L) -> Result<()> {
        let _call = self.call(Cause::Load, T::META.name);
        what.load_into(self, &[handle], true)
    }

    /// Loads columns or relationships like [`load`](Self::load), for many objects and for no
    /// others. Sends one SELECT for each relationship of the path, or for the deferred columns, and
    /// for each batch of up to 16,384 objects (50,000 on PostgreSQL, fewer for keys of several
    /// columns).
    ///
    /// # Errors
    /// The errors of [`load`](Self::load), except [`Error::LazyLoad`].
    #[track_caller]
    pub fn load_all<T: Entity, L: Loadable<T>>(
        &mut self,
        handles: &[Handle<T>],
        what: L,
    ) -> Result<()> {
        let _call = self.call(Cause::Load, T::META.name);
        what.load_into(self, handles, false)
    }

    fn load_columns<T: Entity, C: DeferredColumn<T>>(
        &mut self,
        handles: &[Handle<T>],
    ) -> Result<()> {
        self.fill_columns(handles, group_of::<T>(C::POSITION))?;
        let missing = |handle: &&Handle<T>| {
            let object = self.map().arena::<T>().and_then(|arena| arena.at(handle.raw().slot));
            object.is_some_and(|object| object.key().is_some() && !object.is_set(C::POSITION))
        };
        match handles.iter().find(missing) {
            Some(&handle) => Err(self.missing_row(handle)),
            None => Ok(()),
        }
    }

    /// Reads columns of stored objects that are not in memory. Sends one SELECT for each batch, or
    /// none.
    pub(super) fn fill_columns<T: Entity>(
        &mut self,
        handles: &[Handle<T>],
        columns: ColumnSet,
    ) -> Result<()> {
        let mut slots = Vec::new();
        for &handle in handles {
            let slot = self.map().expect(handle)?;
            // The object is checked as the map has it: an object of another subtype has no unset
            // columns.
            let object = self.map().arena::<T>().and_then(|arena| arena.at(slot));
            if object.is_some_and(|object| {
                object.key().is_some() && columns.iter().any(|column| !object.is_set(column))
            }) {
                slots.push(slot);
            }
        }
        if slots.is_empty() {
            return Ok(());
        }
        self.begin_read()?;
        let dialect = self.dialect();
        let arena = self.map_mut().arena_mut::<T>();
        let keys: Vec<T::Key> = slots.iter().filter_map(|&slot| arena.stored_key(slot)).collect();
        for keys in keys.chunks(KeyForm::max_keys(dialect, T::META.key.len())) {
            let values = KeyBinds::<T>::new(dialect, keys);
            let text = sql::select_columns_by_keys(dialect, T::META, columns, values.form());
            let statement = Statement { sql: &text, values: &values, cached: true };
            let (map, sender) = self.map_and_sender();
            let arena = map.arena_mut::<T>();
            let fill = &mut |row: &mut Row<'_, '_>| arena.fill_by_key(row, columns).map(drop);
            let loaded = sender.load(&statement, fill);
            if let Err(fault) = loaded {
                return Err(self.fault(fault));
            }
        }
        Ok(())
    }

    /// Sends a statement and brings its rows into the map.
    pub(super) fn load_entities<T: Entity>(
        &mut self,
        statement: &dyn SqlFragment,
        how: RowPolicy,
    ) -> Result<Vec<Handle<T>>> {
        self.find_objects(statement)?;
        let mut handles = Vec::new();
        let id = self.map().id();
        let (map, sender) = self.map_and_sender();
        let arena = map.arena_mut::<T>();
        let loaded = sender.load(statement, &mut |row| {
            if let Some(slot) = arena.load_row(row, &how)? {
                let generation = arena.generation(slot);
                handles.push(Handle::from_raw(RawHandle { slot, generation, map: id }));
            }
            Ok(())
        });
        loaded.map_err(|fault| self.fault(fault))?;
        self.pair_arrivals(T::META)?;
        self.map_mut().fix_up_loaded(T::META, None);
        Ok(handles)
    }

    /// Looks up the keys of the objects in the conditions of the next statement. Sends no SQL.
    pub(super) fn find_objects(&self, statement: &dyn SqlFragment) -> Result<()> {
        select::find_objects(self.map(), self.dialect(), statement)
    }

    /// Flushes pending changes before a query, if autoflush is on.
    pub(super) fn autoflush(&mut self) -> Result<()> {
        if !self.options().autoflush || self.map().is_clean() || self.listeners().running() {
            return Ok(());
        }
        let _call = self.call(Cause::Autoflush, None);
        self.flush_changes().map_err(|error| match error {
            Error::Constraint(mut violation) => {
                violation.autoflush = true;
                Error::Constraint(violation)
            }
            Error::Invalid(mut object) => {
                object.autoflush = true;
                Error::Invalid(object)
            }
            other => other,
        })
    }

    /// Removes an object from the session whose row was looked for and no longer exists.
    fn forget_missing<T: Entity>(&mut self, key: &T::Key, horizon: u32) {
        if self.map().fresh::<T>(key, horizon).is_some() {
            return;
        }
        let Some(found) = self.map().find::<T>(key.clone()) else { return };
        // An object with edits stays, so that the flush reports that the edits cannot be written.
        if self.map().changed_columns(found).is_empty() {
            self.map_mut().arena_mut::<T>().finish_delete(found.raw().slot);
        }
    }

    pub(super) fn missing_row<T: Entity>(&self, handle: Handle<T>) -> Error {
        let key = self.map().key(handle).map(|key| format!("{key:?}"));
        Error::NotFound { entity: T::META.name, key }
    }
}

/// A value that [`Session::load`] can load for objects of `T`: a deferred column such as
/// `user::portrait`, a relationship such as `user::addresses`, or a path.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded for `{T}`",
    note = "load deferred columns, relationships such as `user::addresses`, and paths such as `user::posts.then(post::comments)`"
)]
pub trait Loadable<T: Entity> {
    /// Loads it for objects. `lazy` is true if it is loaded on demand for a single object.
    #[doc(hidden)]
    fn load_into(self, session: &mut Session, handles: &[Handle<T>], lazy: bool) -> Result<()>;
    /// Makes it stale for objects.
    #[doc(hidden)]
    fn expire_in(self, session: &mut Session, handles: &[Handle<T>]) -> Result<()>;
}

/// Loads a deferred column. Called by generated code.
pub fn load_deferred<T: Entity, C: DeferredColumn<T>>(
    _column: C,
    session: &mut Session,
    handles: &[Handle<T>],
) -> Result<()> {
    session.load_columns::<T, C>(handles)
}

/// The SELECT of one row by its key. It is the most frequent statement, so it has its own type for
/// each entity, by which Diesel finds the prepared statement without comparing its text.
struct ByKey<'k, T: Entity>(&'k T::Key);

impl<T: Entity> SqlFragment for ByKey<'_, T> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> diesel::QueryResult<()> {
        let dialect = pass.dialect();
        let in_two_ways = dialect.has_uuid_texts() && T::META.has_uuid_key();
        if pass.collects() {
            return T::META.key.iter().enumerate().try_for_each(|(part, &column)| {
                T::bind_key(self.0, part, pass)?;
                match in_two_ways && T::META.columns[column].kind == ColumnType::Uuid {
                    true => T::bind_key(self.0, part, pass),
                    false => Ok(()),
                }
            });
        }
        if in_two_ways {
            pass.push_sql(&sql::select_by_uuid(dialect, T::META));
            return Ok(());
        }
        pass.push_sql(&sql::select_by_key(dialect, T::META, ColumnSet::EMPTY, None, KeyForm::One));
        Ok(())
    }
}

impl<T: Entity> diesel::query_builder::QueryId for ByKey<'_, T> {
    type QueryId = ByKey<'static, T>;
}

/// Returns the columns that are loaded together with this one. In a hierarchy they are columns of
/// one subtype, so every object that has one of them has all.
pub(super) fn group_of<T: Entity>(column: usize) -> ColumnSet {
    let columns = T::META.columns;
    let Some(group) = columns[column].group else { return ColumnSet::EMPTY.with(column, true) };
    let subtypes = T::META.hierarchy.map_or(&[][..], |hierarchy| hierarchy.subtypes);
    let subtype = subtypes.iter().find(|subtype| subtype.own.contains(column));
    let among = subtype.map_or(ColumnSet::first(columns.len()), |subtype| subtype.own);
    among.iter().filter(|&other| columns[other].group == Some(group)).collect()
}
