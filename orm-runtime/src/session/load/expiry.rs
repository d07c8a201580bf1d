//! Marking objects as stale, and reading them again.

use diesel::Column;

use crate::backend::{Cause, Statement};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::READ_ALL;
use crate::mapping::{ColumnSet, DeferredColumn, Entity, RelationshipMeta};
use crate::session::Session;
use crate::session::load::{Loadable, group_of};
use crate::session::row_binds::KeyBinds;
use crate::sql::{self, KeyForm};

impl Session {
    /// Makes an object and its collections stale. The next query that finds the row takes the new
    /// value of every column without an edit, [`get`](Self::get) reads the row again, and
    /// [`load`](Self::load) and [`eager`](crate::Query::eager) load the collections again. Stale
    /// values can still be read. Sends no SQL.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`] for a handle that points to no object of the session.
    pub fn expire<T: Entity>(&mut self, handle: Handle<T>) -> Result<()> {
        let slot = self.map().expect(handle)?;
        self.map_mut().expire_slots(T::META, &[slot]);
        Ok(())
    }

    /// Makes one collection, the target of one reference, or one deferred column of an object
    /// stale, and nothing else. The next [`load`](Self::load) or [`eager`](crate::Query::eager)
    /// reads it again. A deferred column with an edit keeps the edit. Sends no SQL.
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
    /// # let ada = session.add(User::builder().name("ada").build());
    /// # session.commit()?;
    /// session.load(ada, user::addresses)?;
    /// session.execute(
    ///     diesel::insert_into(address::table)
    ///         .values((address::email.eq("ada@example.org"), address::user_id.eq(1))),
    /// )?;
    /// session.expire_only(ada, user::addresses)?;
    /// session.load(ada, user::addresses)?; // one SELECT
    /// assert_eq!(session[ada].addresses.len(&session)?, 1);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidHandle`] for a handle that points to no object of the session.
    pub fn expire_only<T: Entity, L: Loadable<T>>(
        &mut self,
        handle: Handle<T>,
        what: L,
    ) -> Result<()> {
        what.expire_in(self, &[handle])
    }

    /// Makes all objects and their collections stale. Sends no SQL, and does no work until an
    /// object is used again.
    pub fn expire_all(&mut self) {
        self.map_mut().expire_all();
    }

    /// Reads the current values of these objects from the database. Edits that are not flushed are
    /// lost, and deferred columns become unloaded. Their collections become stale: the next
    /// [`load`](Self::load) reads them again. Sends one SELECT for each batch of up to 16,384
    /// objects, fewer for keys of several columns.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`] for a handle that points to no object of the session,
    /// [`Error::NotFound`] for an object whose row is gone or that has no row yet, any error of the
    /// database, and [`Error::Decode`].
    #[track_caller]
    pub fn refresh<T: Entity>(&mut self, handles: &[Handle<T>]) -> Result<()> {
        let _call = self.call(Cause::Refresh, T::META.name);
        let keys = self.stored_keys(handles)?;
        self.map_mut().expire_handles(handles);
        let how = self.map_mut().row_policy(T::META, READ_ALL, ColumnSet::EMPTY);
        self.load_keys::<T>(&keys, how)?;
        match handles.iter().find(|&&handle| self.map().is_stale(handle)) {
            Some(&handle) => Err(self.missing_row(handle)),
            None => Ok(()),
        }
    }

    /// Reads the current value of one column of these objects from the database. An edit of that
    /// column that is not flushed is lost. The other columns keep their values and edits, and stay
    /// as stale as they were. Sends one SELECT for each batch of up to 16,384 objects, fewer for
    /// keys of several columns.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Page { id: Auto<i64>, title: String, visits: i64 }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Page].create_all(&mut session)?;
    /// # let page = session.add(Page::builder().title("start").visits(1).build());
    /// # session.commit()?;
    /// session[page].title = "Start".to_owned();
    /// session.refresh_column(&[page], page::visits)?;
    /// assert_eq!(session[page].title, "Start"); // the edit stays
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The same errors as [`refresh`](Self::refresh).
    #[track_caller]
    pub fn refresh_column<T: Entity, C: Column<Table = T::Table>>(
        &mut self,
        handles: &[Handle<T>],
        _column: C,
    ) -> Result<()> {
        let _call = self.call(Cause::Refresh, T::META.name);
        let keys = self.stored_keys(handles)?;
        let column = T::META.columns.iter().position(|column| column.name == C::NAME);
        let column = column.ok_or_else(|| {
            Error::Configuration(format!("{} has no column {}", T::META.name, C::NAME))
        })?;
        self.begin_read()?;
        let dialect = self.dialect();
        let mut found = Vec::new();
        for keys in keys.chunks(KeyForm::max_keys(dialect, T::META.key.len())) {
            let values = KeyBinds::<T>::new(dialect, keys);
            let undeferred = ColumnSet::EMPTY.with(column, T::META.columns[column].deferred);
            let text = sql::select_by_key(dialect, T::META, undeferred, None, values.form());
            let statement = Statement { sql: &text, values: &values, cached: true };
            let how = self.map_mut().row_policy(T::META, READ_ALL, undeferred);
            let (map, sender) = self.map_and_sender();
            let arena = map.arena_mut::<T>();
            let loaded = sender.load(&statement, &mut |row| {
                found.extend(arena.load_column(row, column, &how)?);
                Ok(())
            });
            loaded.map_err(|fault| self.fault(fault))?;
        }
        self.pair_arrivals(T::META)?;
        self.map_mut().fix_up_loaded(T::META, None);
        match handles.iter().find(|handle| !found.contains(&handle.raw().slot)) {
            Some(&handle) => Err(self.missing_row(handle)),
            None => Ok(()),
        }
    }

    fn stored_keys<T: Entity>(&self, handles: &[Handle<T>]) -> Result<Vec<T::Key>> {
        let key = |&handle: &Handle<T>| {
            let slot = self.map().expect(handle)?;
            let stored = self.map().arena::<T>().and_then(|arena| arena.stored_key(slot));
            stored.ok_or_else(|| self.missing_row(handle))
        };
        handles.iter().map(key).collect()
    }

    /// Makes the relationships of a path stale, each for the objects at the end of the one before.
    pub(in crate::session) fn expire_path<T: Entity>(
        &mut self,
        handles: &[Handle<T>],
        path: impl IntoIterator<Item = &'static RelationshipMeta>,
    ) -> Result<()> {
        let mut slots: Vec<u32> =
            handles.iter().map(|&handle| self.map().expect(handle)).collect::<Result<_>>()?;
        for relationship in path {
            let mut reached = Vec::new();
            for slot in slots {
                reached.extend(self.map_mut().expire_relationship(relationship, slot));
            }
            slots = reached;
        }
        Ok(())
    }
}

/// Makes a deferred column stale. Called by generated code.
pub fn expire_deferred<T: Entity, C: DeferredColumn<T>>(
    _column: C,
    session: &mut Session,
    handles: &[Handle<T>],
) -> Result<()> {
    for &handle in handles {
        let slot = session.map().expect(handle)?;
        session.map_mut().arena_mut::<T>().unload(slot, group_of::<T>(C::POSITION));
    }
    Ok(())
}
