//! Rows of a call that are the same row of the table, so that one would overwrite the other.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::bulk_callbacks::BulkCallbacks;
use super::chunk::Chunk;
use crate::error::{Error, Result};
use crate::mapping::{ColumnSet, Concrete, Entity, Tracked, UniqueSet};
use crate::types::ColumnType;

/// What is known of the rows of a call so far.
pub(super) struct SameRows<T: Entity> {
    set: UniqueSet,
    /// If rows are found by primary key: the keys of the rows seen so far, and their numbers.
    keys: HashMap<T::Key, usize, RandomState>,
    /// The keys of the rows that were written.
    written: HashSet<T::Key, RandomState>,
}

impl<T: Concrete> SameRows<T> {
    pub(super) fn new(set: UniqueSet) -> Self {
        SameRows { set, keys: HashMap::default(), written: HashSet::default() }
    }

    /// Returns `true` if rows are equal in the database exactly if they are equal here. `more` says
    /// whether there are more rows than those of one chunk.
    pub(super) fn are_known_here(&self, more: bool) -> bool {
        let plain = |&column: &usize| {
            matches!(
                T::META.columns[column].kind,
                ColumnType::SmallInt
                    | ColumnType::Integer
                    | ColumnType::BigInt
                    | ColumnType::BigUnsigned
                    | ColumnType::Uuid
            )
        };
        self.set.condition.is_none()
            && self.set.columns.iter().all(plain)
            && (self.is_of_key() || !more)
    }

    fn is_of_key(&self) -> bool {
        self.set.columns == T::META.key
    }

    /// Refuses rows with equal values of the unique set, where that is visible without the
    /// database.
    pub(super) fn refuse(
        &mut self,
        chunk: &mut Chunk<T>,
        callbacks: &mut BulkCallbacks<'_, T>,
    ) -> Result<()> {
        for (slot, first) in self.find(chunk) {
            let key = chunk.rows.at(slot).and_then(T::Root::key).filter(|_| self.is_of_key());
            let error = self.error(Some((first, chunk.number(slot))), key.as_ref());
            chunk.reject(slot, error, callbacks)?;
        }
        Ok(())
    }

    /// Returns the rows that are equal to an earlier one, with the number of that one.
    fn find(&mut self, chunk: &Chunk<T>) -> Vec<(u32, usize)> {
        let rows = chunk.slots().into_iter();
        let rows = rows.filter_map(|slot| Some((slot, chunk.rows.at(slot)?)));
        let mut found = Vec::new();
        if self.is_of_key() {
            for (slot, object) in rows {
                let Some(key) = object.key() else { continue };
                match self.keys.entry(key) {
                    Entry::Occupied(first) => found.push((slot, *first.get())),
                    Entry::Vacant(place) => _ = place.insert(chunk.number(slot)),
                }
            }
            return found;
        }
        if self.set.condition.is_some() {
            return found;
        }
        let columns: ColumnSet = self.set.columns.iter().copied().collect();
        let mut seen: HashMap<String, Vec<(&T::Root, usize)>, RandomState> = HashMap::default();
        for (slot, object) in rows {
            let Some(text) = text_of(object, columns) else { continue };
            let alike = seen.entry(text).or_default();
            // A type may show different values as the same text.
            let equal = alike.iter().find(|(other, _)| object.diff(other).and(columns).is_empty());
            match equal {
                Some(&(_, first)) => found.push((slot, first)),
                None => alike.push((object, chunk.number(slot))),
            }
        }
        found
    }

    /// Notes the keys of rows that a statement has written. Returns an error if one of them was
    /// written before.
    pub(super) fn note(&mut self, keys: Vec<T::Key>) -> Result<()> {
        self.check(&keys)?;
        self.written.extend(keys);
        Ok(())
    }

    /// Returns an error if one of these rows was written before, or is there twice.
    pub(super) fn check(&self, keys: &[T::Key]) -> Result<()> {
        let mut seen = HashSet::with_hasher(RandomState::default());
        let twice = keys.iter().find(|&key| self.written.contains(key) || !seen.insert(key));
        twice.map_or(Ok(()), |key| Err(self.error(None, Some(key))))
    }

    pub(super) fn error(&self, rows: Option<(usize, usize)>, key: Option<&T::Key>) -> Error {
        Error::DuplicateRows {
            entity: T::META.name,
            rows,
            columns: self.names(),
            key: key.map(|key| format!("{key:?}")),
        }
    }

    /// Returns the names of the columns of the unique set.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.set.columns.iter().map(|&column| T::META.columns[column].name).collect()
    }
}

/// Returns the values of a unique set as text, or `None` if one of them is NULL, which equals
/// nothing.
fn text_of<F: Entity>(object: &F, columns: ColumnSet) -> Option<String> {
    let mut text = String::new();
    for column in columns.iter() {
        let shown = object.show(column);
        let value = shown.trim_start_matches("Some(");
        if F::META.columns[column].nullable && (value.starts_with("None") || value == "unset") {
            return None;
        }
        text.push_str(&shown);
        text.push('\0');
    }
    Some(text)
}
