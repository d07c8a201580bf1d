//! The common calls of a session, awaited.

use std::panic::Location;

use super::async_query::AsyncQuery;
use super::async_session::AsyncSession;
use crate::backend::Cause;
use crate::error::Result;
use crate::handle::Handle;
use crate::mapping::{Entity, IntoKey};
use crate::session::{Loadable, Session};

/// Calls that send SQL. Each costs one move to a thread and back, also if it finds what it needs in
/// memory.
impl AsyncSession {
    /// Returns the object with this key, or `None`, as [`Session::get`] does.
    ///
    /// # Errors
    /// Returns the errors of [`Session::get`] and of [`run`](Self::run).
    #[track_caller]
    pub fn get<T: Entity>(
        &mut self,
        key: impl IntoKey<T::Key>,
    ) -> impl Future<Output = Result<Option<Handle<T>>>> + Send {
        let key = key.into_key();
        self.call(Cause::Get, Some(T::META.name), move |session| session.get::<T>(key))
    }

    /// Returns the object with this key, as [`Session::get_one`] does.
    ///
    /// # Errors
    /// Returns the errors of [`Session::get_one`] and of [`run`](Self::run).
    #[track_caller]
    pub fn get_one<T: Entity>(
        &mut self,
        key: impl IntoKey<T::Key>,
    ) -> impl Future<Output = Result<Handle<T>>> + Send {
        let key = key.into_key();
        self.call(Cause::Get, Some(T::META.name), move |session| session.get_one::<T>(key))
    }

    /// Creates a query for entities. Sends no SQL; the final call of the query does, and is
    /// awaited.
    pub fn query<T: Entity>(&mut self) -> AsyncQuery<'_, T> {
        AsyncQuery::new(self)
    }

    /// Loads a relationship or a deferred column of an object, as [`Session::load`] does.
    ///
    /// # Errors
    /// Returns the errors of [`Session::load`] and of [`run`](Self::run).
    #[track_caller]
    pub fn load<T: Entity, L: Loadable<T> + Send + 'static>(
        &mut self,
        handle: Handle<T>,
        what: L,
    ) -> impl Future<Output = Result<()>> + Send {
        self.call(Cause::Load, Some(T::META.name), move |session| session.load(handle, what))
    }

    /// Reads the current values of objects, as [`Session::refresh`] does.
    ///
    /// # Errors
    /// Returns the errors of [`Session::refresh`] and of [`run`](Self::run).
    #[track_caller]
    pub fn refresh<T: Entity>(
        &mut self,
        handles: &[Handle<T>],
    ) -> impl Future<Output = Result<()>> + Send {
        let handles = handles.to_vec();
        self.call(Cause::Refresh, Some(T::META.name), move |session| session.refresh(&handles))
    }

    /// Writes pending changes, as [`Session::flush`] does.
    ///
    /// # Errors
    /// Returns the errors of [`Session::flush`] and of [`run`](Self::run).
    #[track_caller]
    pub fn flush(&mut self) -> impl Future<Output = Result<()>> + Send {
        self.call(Cause::Flush, None, Session::flush)
    }

    /// Writes pending changes and commits, as [`Session::commit`] does. If the future is dropped,
    /// everything is committed or nothing, and [`settle`](Self::settle) says which.
    ///
    /// # Errors
    /// Returns the errors of [`Session::commit`] and of [`run`](Self::run).
    #[track_caller]
    pub fn commit(&mut self) -> impl Future<Output = Result<()>> + Send {
        self.call(Cause::Transaction, None, Session::commit)
    }

    /// Rolls back, as [`Session::rollback`] does, after a call whose future was dropped has ended.
    ///
    /// # Errors
    /// Returns the errors of [`Session::rollback`] and of [`settle`](Self::settle).
    #[track_caller]
    pub fn rollback(&mut self) -> impl Future<Output = Result<()>> + Send {
        let place = Location::caller();
        async move {
            self.settle().await?;
            self.run(move |session| {
                let _call = session.call_from(place, Cause::Transaction, None);
                session.rollback()
            })
            .await
        }
    }

    /// Runs a call of the program. Observers see where it was made.
    #[track_caller]
    pub(super) fn call<A: Send + 'static>(
        &mut self,
        cause: Cause,
        entity: Option<&'static str>,
        work: impl FnOnce(&mut Session) -> Result<A> + Send + 'static,
    ) -> impl Future<Output = Result<A>> + Send {
        let place = Location::caller();
        self.run(move |session| {
            let _call = session.call_from(place, cause, entity);
            work(session)
        })
    }
}
