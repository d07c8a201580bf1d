//! Making what was read stale, and reading it again.

use diesel::Column;

use crate::backend::Statement;
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::READ_ALL;
use crate::mapping::{ColumnSet, DeferredColumn, Entity, RelationshipMeta};
use crate::session::Session;
use crate::session::load::{Loadable, group_of};
use crate::session::row_binds::KeyBinds;
use crate::sql::{self, KeyForm};

impl Session {
    /// Makes an object and its collections stale: the next query that meets the row takes the new
    /// values of every column that has no edit, [`get`](Self::get) asks the database again, and
    /// [`load`](Self::load) and [`eager`](crate::Query::eager) load its collections again. What is
    /// stale can still be read. No SQL.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`] for a handle that leads nowhere.
    pub fn expire<T: Entity>(&mut self, handle: Handle<T>) -> Result<()> {
        let slot = self.map().expect(handle)?;
        self.map_mut().expire_slots(T::META, &[slot]);
        Ok(())
    }

    /// Makes one collection, the object of one reference, or one deferred column of an object stale,
    /// and nothing else. The next [`load`](Self::load) or [`eager`](crate::Query::eager) reads it
    /// again. A deferred column with an edit keeps the edit. No SQL.
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
    /// [`Error::InvalidHandle`] for a handle that leads nowhere.
    pub fn expire_only<T: Entity, L: Loadable<T>>(
        &mut self,
        handle: Handle<T>,
        what: L,
    ) -> Result<()> {
        what.expire_in(self, &[handle])
    }

    /// Makes all objects stale, and their collections. No SQL, and no work until they are asked for
    /// again.
    pub fn expire_all(&mut self) {
        self.map_mut().expire_all();
    }

    /// Takes the current values of these objects from the database; edits that are not flushed are
    /// lost, and deferred columns are not loaded any more. Their collections are stale: the next
    /// [`load`](Self::load) reads them again. One SELECT for up to 16,384 objects, fewer for keys of
    /// several columns.
    ///
    /// # Errors
    /// [`Error::InvalidHandle`] for a handle that leads nowhere, [`Error::NotFound`] for an object whose row
    /// is gone, or that never had one; what the database answers, and [`Error::Decode`].
    pub fn refresh<T: Entity>(&mut self, handles: &[Handle<T>]) -> Result<()> {
        let keys = self.stored_keys(handles)?;
        self.map_mut().expire_handles(handles);
        let how = self.map_mut().row_policy(T::META, READ_ALL, ColumnSet::EMPTY);
        self.load_keys::<T>(&keys, how)?;
        match handles.iter().find(|&&handle| self.map().is_stale(handle)) {
            Some(&handle) => Err(self.missing_row(handle)),
            None => Ok(()),
        }
    }

    /// Takes the current value of one column of these objects from the database; an edit of it that
    /// is not flushed is lost. Nothing else changes: the other columns keep their values and edits,
    /// and are as stale as they were. One SELECT for up to 16,384 objects, fewer for keys of several
    /// columns.
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
    /// As [`refresh`](Self::refresh).
    pub fn refresh_column<T: Entity, C: Column<Table = T::Table>>(
        &mut self,
        handles: &[Handle<T>],
        _column: C,
    ) -> Result<()> {
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

    /// Makes relationships stale, each for the objects to which the one before leads.
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

/// Makes a deferred column stale, for the derive.
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
