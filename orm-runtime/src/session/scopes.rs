//! Default scopes: conditions of an entity that hold for every query unless they are lifted, and for
//! rows that are loaded by key.

use diesel::QueryResult;

use super::condition::write_parts;
use super::row_binds::KeyBinds;
use super::{Condition, Query, Session};
use crate::backend::{Binds, SqlFragment, SqlWriter, Statement};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::RowPolicy;
use crate::mapping::{DefaultScope, Entity};
use crate::sql::{self, KeyForm};

/// Used by the derive: the condition of a scope, without its type.
#[doc(hidden)]
pub fn scope<T: Entity>(condition: fn() -> Condition<'static, T>) -> Box<dyn SqlFragment> {
    Box::new(condition())
}

impl<'q, T: Entity> Query<'q, T> {
    /// Lifts a default scope for this query, such as `user::scopes::visible`: rows are found that it
    /// hides.
    ///
    /// ```
    /// use orm_runtime::prelude::*;
    ///
    /// #[derive(Entity)]
    /// #[entity(scope = visible)]
    /// struct Post { id: Auto<i64>, hidden: bool }
    ///
    /// fn visible() -> Condition<'static, Post> {
    ///     Condition::all().and(post::hidden.eq(false))
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Post].create_all(&mut session)?;
    /// session.add(Post::builder().hidden(true).build());
    /// assert_eq!(session.query::<Post>().count()?, 0); // … WHERE hidden = 0
    /// assert_eq!(session.query::<Post>().unscoped(post::scopes::visible).count()?, 1);
    /// # Ok(()) }
    /// ```
    pub fn unscoped<S: DefaultScope<T>>(mut self, _scope: S) -> Self {
        self.parts.lifted.some.push(S::POSITION);
        self
    }

    /// Lifts all default scopes for this query.
    pub fn unscoped_all(mut self) -> Self {
        self.parts.lifted.all = true;
        self
    }

    /// The session, and what stands behind the FROM, with the scopes that are not lifted and what
    /// `distinct_on` leaves.
    pub(super) fn into_parts(self) -> (&'q mut Session, super::select_state::SelectState<'q>) {
        let Query { session, mut parts, .. } = self;
        if T::SCOPES > 0 {
            let lifted = &parts.lifted;
            let scopes = (0..T::SCOPES).filter(|&scope| !lifted.contains(scope));
            let scopes: Vec<_> = scopes.filter_map(T::scope).collect();
            parts
                .filters
                .splice(0..0, scopes.into_iter().map(|scope| scope as Box<dyn SqlFragment>));
        }
        // Of which subtype the rows are is no scope, and is never lifted.
        parts.filters.splice(0..0, T::META.kind_condition());
        session.settle_distinct_on(&mut parts, T::META);
        (session, parts)
    }
}

impl Session {
    /// Loads the rows with these keys, in as few statements as the database allows.
    pub(super) fn load_keys<T: Entity>(
        &mut self,
        keys: &[T::Key],
        how: RowPolicy,
    ) -> Result<Vec<Handle<T>>> {
        self.load_keys_within(keys, how, &Scopes(Vec::new()))
    }

    /// The same, but only rows inside the default scopes.
    pub(super) fn load_keys_in_scope<T: Entity>(
        &mut self,
        keys: &[T::Key],
        how: RowPolicy,
    ) -> Result<Vec<Handle<T>>> {
        self.load_keys_within(keys, how, &Scopes((0..T::SCOPES).filter_map(T::scope).collect()))
    }

    fn load_keys_within<T: Entity>(
        &mut self,
        keys: &[T::Key],
        how: RowPolicy,
        scopes: &Scopes,
    ) -> Result<Vec<Handle<T>>> {
        let mut found = Vec::with_capacity(keys.len());
        if keys.is_empty() {
            return Ok(found);
        }
        self.begin_read()?;
        let dialect = self.dialect();
        let scope = match &scopes.0[..] {
            [] => None,
            _ => {
                // The text of the scopes comes first, for it begins to count its placeholders.
                let text = self.connection.text(scopes)?;
                let bound = sql::placeholders(dialect, &text).map_err(Error::Configuration)?;
                Some((text, bound))
            }
        };
        let scope = scope.as_ref().map(|(text, bound)| (&**text, *bound));
        for keys in keys.chunks(KeyForm::max_keys(dialect, T::META.key.len())) {
            let keys = KeyBinds::<T>::new(dialect, keys);
            let sql = sql::select_by_key(dialect, T::META, how.undeferred(), scope, keys.form());
            let values = KeysInScope { scopes, keys };
            let statement = Statement { sql: &sql, values: &values, cached: true };
            found.extend(self.load_entities::<T>(&statement, how)?);
        }
        Ok(found)
    }
}

/// The conditions of all scopes of an entity.
struct Scopes(Vec<Box<dyn SqlFragment>>);

impl SqlFragment for Scopes {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        write_parts(&self.0, " AND ", pass)
    }
}

/// The values of the scopes, then the keys.
struct KeysInScope<'a, T: Entity> {
    scopes: &'a Scopes,
    keys: KeyBinds<'a, T>,
}

impl<T: Entity> Binds for KeysInScope<'_, T> {
    fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        self.scopes.walk(pass)?;
        self.keys.bind_all(pass)
    }
}
