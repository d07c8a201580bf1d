//! The values of an arena that statements use: values to bind, and values to read back.

use crate::backend::Row;
use crate::backend::SqlFragment;
use crate::backend::SqlWriter;
use crate::error::Result;
use crate::map::store::arena::Arena;
use crate::map::store::decoding::read_key;
use crate::map::store::row_policy::RowPolicy;
use crate::map::store::table_keys::BindKey;
use crate::map::store::table_keys::KeyList;
use crate::map::store::table_keys::KeyOf;
use crate::map::store::table_keys::KeysOf;
use crate::mapping::ColumnSet;
use crate::mapping::Entity;
use diesel::QueryResult;

/// The values of an arena, as statements bind and read them.
pub(crate) trait RowValues {
    fn bind<'b>(
        &'b self,
        slot: u32,
        columns: ColumnSet,
        pass: &mut SqlWriter<'_, 'b>,
    ) -> QueryResult<()>;
    fn bind_stored<'b>(
        &'b self,
        slot: u32,
        column: usize,
        pass: &mut SqlWriter<'_, 'b>,
    ) -> QueryResult<()>;
    /// Returns the keys of stored objects, independent of the map.
    fn stored_keys(&self, slots: &[u32]) -> Box<dyn KeyList>;
    fn push_json_key(&self, slot: u32, json: &mut String) -> bool;
    fn key_text(&self, slot: u32) -> Option<String>;
    /// Returns the text of the key with which a row begins.
    fn leading_key_text(&self, row: &mut Row<'_, '_>) -> Result<String>;
    /// Returns the temporary key of the `n`th row while other rows swap keys.
    fn parking_key(&self, n: u32) -> Option<Box<dyn BindKey>>;
    /// Returns the time that a soft delete writes.
    fn deletion(&self) -> Option<Box<dyn SqlFragment>>;
    /// Returns `true` if an UPDATE would increment the version beyond the range of its type.
    fn has_last_version(&self, slot: u32) -> bool;
    fn payload(&self, slot: u32) -> usize;
    /// Reads columns that the database has generated from a row that begins with the key.
    fn read_back(
        &mut self,
        row: &mut Row<'_, '_>,
        columns: ColumnSet,
        inserted: bool,
    ) -> Result<()>;
    /// Loads a row into the map.
    fn load_row(&mut self, row: &mut Row<'_, '_>, how: &RowPolicy) -> Result<Option<u32>>;
}

impl<T: Entity> RowValues for Arena<T> {
    fn bind<'b>(
        &'b self,
        slot: u32,
        columns: ColumnSet,
        pass: &mut SqlWriter<'_, 'b>,
    ) -> QueryResult<()> {
        let object = self.slots.object(slot).ok_or(diesel::result::Error::NotFound)?;
        columns.iter().try_for_each(|column| object.bind(column, pass))
    }

    fn bind_stored<'b>(
        &'b self,
        slot: u32,
        column: usize,
        pass: &mut SqlWriter<'_, 'b>,
    ) -> QueryResult<()> {
        let object = match T::META.version {
            // For the version this is the version of the object, which the program may have
            // assigned.
            Some(version) if version == column => self.slots.object(slot),
            _ => self.stored(slot),
        };
        object.ok_or(diesel::result::Error::NotFound)?.bind(column, pass)
    }

    fn stored_keys(&self, slots: &[u32]) -> Box<dyn KeyList> {
        Box::new(KeysOf::<T>(slots.iter().filter_map(|&slot| self.stored_key(slot)).collect()))
    }

    fn push_json_key(&self, slot: u32, json: &mut String) -> bool {
        use crate::mapping::Key;
        self.stored(slot).and_then(T::key).is_some_and(|key| key.push_json(json))
    }

    fn key_text(&self, slot: u32) -> Option<String> {
        let key = self.stored(slot)?.key()?;
        Some(format!("{key:?}"))
    }

    fn leading_key_text(&self, row: &mut Row<'_, '_>) -> Result<String> {
        let key = read_key::<T>(row)?;
        Ok(format!("{key:?}"))
    }

    fn parking_key(&self, n: u32) -> Option<Box<dyn BindKey>> {
        use crate::mapping::Key;
        let length = T::META.key.first().and_then(|&column| T::META.columns[column].length);
        Some(Box::new(KeyOf::<T>(T::Key::parked(n, length)?)))
    }

    fn deletion(&self) -> Option<Box<dyn SqlFragment>> {
        T::deletion()
    }

    fn has_last_version(&self, slot: u32) -> bool {
        self.slots.object(slot).is_some_and(T::has_last_version)
    }

    fn payload(&self, slot: u32) -> usize {
        self.slots.object(slot).map_or(0, T::payload)
    }

    fn read_back(
        &mut self,
        row: &mut Row<'_, '_>,
        columns: ColumnSet,
        inserted: bool,
    ) -> Result<()> {
        self.read_made(row, columns, inserted)
    }

    fn load_row(&mut self, row: &mut Row<'_, '_>, how: &RowPolicy) -> Result<Option<u32>> {
        Arena::load_row(self, row, how)
    }
}
