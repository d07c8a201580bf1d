//! Rows loaded by their keys, with or without the default scopes.

use diesel::QueryResult;

use crate::backend::{Binds, SqlFragment, SqlWriter, Statement, fragment_text, placeholders};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::RowPolicy;
use crate::mapping::Entity;
use crate::select::write_parts;
use crate::session::Session;
use crate::session::row_binds::KeyBinds;
use crate::sql::{self, KeyForm};

impl Session {
    /// Loads the rows with these keys, in as few statements as the database allows.
    pub(in crate::session) fn load_keys<T: Entity>(
        &mut self,
        keys: &[T::Key],
        how: RowPolicy,
    ) -> Result<Vec<Handle<T>>> {
        self.load_keys_within(keys, how, &Scopes(Vec::new()))
    }

    /// Loads the rows with these keys that are inside the default scopes.
    pub(in crate::session) fn load_keys_in_scope<T: Entity>(
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
                // The text of the scopes comes first, because it numbers its placeholders from one.
                let text = fragment_text(dialect, scopes)?;
                let bound = placeholders(dialect, &text).map_err(Error::Configuration)?;
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
