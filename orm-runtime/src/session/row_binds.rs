//! The values of statements: rows of the map, keys of the map, and keys given by the caller.

use std::collections::BTreeMap;

use diesel::QueryResult;

use crate::backend::{Binds, SqlFragment, SqlWriter};
use crate::map::{ErasedArena, KeyList};
use crate::mapping::{ColumnSet, Entity, EntityMeta};
use crate::plan::ParkedValue;
use crate::sql::{Identity, InsertForm, KeyForm, UpdateForm};

/// The rows of an INSERT.
pub(super) struct InsertRows<'a> {
    pub(super) arena: &'a dyn ErasedArena,
    pub(super) slots: &'a [u32],
    pub(super) columns: ColumnSet,
    pub(super) form: InsertForm,
}

impl Binds for InsertRows<'_> {
    fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        match self.form {
            InsertForm::Defaults => Ok(()),
            InsertForm::Values(_) => {
                self.slots.iter().try_for_each(|&slot| self.arena.bind(slot, self.columns, pass))
            }
            InsertForm::Arrays => self.columns.iter().try_for_each(|column| {
                as_array(pass, self.slots, &|&slot, pass| {
                    self.arena.bind(slot, ColumnSet::EMPTY.with(column, true), pass)
                })
            }),
        }
    }
}

/// The rows of an UPDATE: the new values, and the stored key and version that identify each row.
pub(super) struct UpdateRows<'a> {
    pub(super) arena: &'a dyn ErasedArena,
    /// The entity; its version is left out if the statement does not touch the version.
    pub(super) meta: &'a EntityMeta,
    /// The slots of the new values.
    pub(super) slots: &'a [u32],
    /// The slots of the stored keys and versions, row by row.
    pub(super) stored: &'a [u32],
    pub(super) columns: ColumnSet,
    /// The columns by which the rows are found.
    pub(super) by: Identity<'a>,
    /// Values by slot, if the statement writes values other than those of the objects.
    pub(super) parked: Option<&'a BTreeMap<u32, ParkedValue>>,
    pub(super) form: UpdateForm,
}

impl UpdateRows<'_> {
    fn bind<'b>(
        &'b self,
        slot: u32,
        columns: ColumnSet,
        pass: &mut SqlWriter<'_, 'b>,
    ) -> QueryResult<()> {
        match self.parked {
            None => self.arena.bind(slot, columns, pass),
            Some(parked) => parked.get(&slot).ok_or(diesel::result::Error::NotFound)?.bind(pass),
        }
    }
}

impl Binds for UpdateRows<'_> {
    fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let meta = self.meta;
        let identity = self.by.columns();
        let columns = meta.version.map_or(self.columns, |version| self.columns.without(version));
        let stored = |slot, pass: &mut SqlWriter<'_, 'b>| {
            identity.clone().try_for_each(|column| self.arena.bind_stored(slot, column, pass))
        };
        match self.form {
            UpdateForm::One => self.slots.iter().zip(self.stored).try_for_each(|(&slot, &row)| {
                self.bind(slot, columns, pass)?;
                stored(row, pass)
            }),
            UpdateForm::FromValues(_) => self.slots.iter().try_for_each(|&slot| {
                stored(slot, pass)?;
                self.bind(slot, columns, pass)
            }),
            UpdateForm::FromArrays => {
                for column in identity.clone() {
                    as_array(pass, self.slots, &|&slot, pass| {
                        self.arena.bind_stored(slot, column, pass)
                    })?;
                }
                columns.iter().try_for_each(|column| {
                    as_array(pass, self.slots, &|&slot, pass| {
                        self.bind(slot, ColumnSet::EMPTY.with(column, true), pass)
                    })
                })
            }
            UpdateForm::Case(_) => {
                for column in columns.iter() {
                    for &slot in self.slots {
                        for &part in self.by.unique {
                            self.arena.bind_stored(slot, part, pass)?;
                        }
                        self.bind(slot, ColumnSet::EMPTY.with(column, true), pass)?;
                    }
                }
                self.slots.iter().try_for_each(|&slot| stored(slot, pass))
            }
        }
    }
}

/// Stored keys of the map, with versions if the statement checks them.
pub(super) struct StoredKeys<'a> {
    arena: &'a dyn ErasedArena,
    slots: &'a [u32],
    columns: Vec<usize>,
    form: KeyForm,
    json: String,
}

impl<'a> StoredKeys<'a> {
    /// Chooses the form in which to send these keys.
    pub(super) fn new(
        dialect: crate::backend::Dialect,
        arena: &'a dyn ErasedArena,
        slots: &'a [u32],
        columns: impl Iterator<Item = usize>,
    ) -> Self {
        let columns: Vec<usize> = columns.collect();
        let json = json_list(slots, columns.len(), |slot, json| arena.push_json_key(*slot, json));
        let form = KeyForm::of(dialect, slots.len(), columns.len(), json.is_some());
        StoredKeys { arena, slots, columns, form, json: json.unwrap_or_default() }
    }

    pub(super) fn form(&self) -> KeyForm {
        self.form
    }
}

impl Binds for StoredKeys<'_> {
    fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        match self.form {
            KeyForm::Json => pass.bind::<diesel::sql_types::Text, str>(self.json.as_str()),
            KeyForm::Arrays => self.columns.iter().try_for_each(|&column| {
                as_array(pass, self.slots, &|&slot, pass| {
                    self.arena.bind_stored(slot, column, pass)
                })
            }),
            KeyForm::One | KeyForm::Rows(_) => {
                padded(self.slots, self.form).try_for_each(|&slot| {
                    let mut columns = self.columns.iter();
                    columns.try_for_each(|&column| self.arena.bind_stored(slot, column, pass))
                })
            }
        }
    }
}

/// The rows of a DELETE, or of the UPDATE that replaces it.
pub(super) struct DeletedRows<'a> {
    /// The time of deletion, if the rows are kept.
    pub(super) time: Option<&'a dyn SqlFragment>,
    pub(super) keys: StoredKeys<'a>,
}

impl Binds for DeletedRows<'_> {
    fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        if let Some(time) = self.time {
            time.walk(pass)?;
        }
        self.keys.bind_all(pass)
    }
}

/// Keys given by the caller.
pub(super) struct KeyBinds<'a, T: Entity> {
    keys: &'a [T::Key],
    form: KeyForm,
    json: String,
}

impl<'a, T: Entity> KeyBinds<'a, T> {
    /// Chooses the form in which to send these keys.
    pub(super) fn new(dialect: crate::backend::Dialect, keys: &'a [T::Key]) -> Self {
        use crate::mapping::Key;
        let width = T::META.key.len();
        let json = json_list(keys, width, |key, json| key.push_json(json));
        let form = KeyForm::of(dialect, keys.len(), width, json.is_some());
        KeyBinds { keys, form, json: json.unwrap_or_default() }
    }

    pub(super) fn form(&self) -> KeyForm {
        self.form
    }
}

impl<T: Entity> Binds for KeyBinds<'_, T> {
    fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let width = T::META.key.len();
        match self.form {
            KeyForm::Json => pass.bind::<diesel::sql_types::Text, str>(self.json.as_str()),
            KeyForm::Arrays => (0..width).try_for_each(|part| {
                as_array(pass, self.keys, &|key, pass| T::bind_key(key, part, pass))
            }),
            KeyForm::One | KeyForm::Rows(_) => padded(self.keys, self.form)
                .try_for_each(|key| (0..width).try_for_each(|part| T::bind_key(key, part, pass))),
        }
    }
}

/// Keys given by the caller, whose type is not known here.
pub(super) struct ListedKeys<'a> {
    keys: &'a dyn KeyList,
    /// The positions of the keys in the list.
    range: Vec<usize>,
    width: usize,
    form: KeyForm,
    json: String,
}

impl<'a> ListedKeys<'a> {
    /// Chooses the form in which to send these keys.
    pub(super) fn new(
        dialect: crate::backend::Dialect,
        keys: &'a dyn KeyList,
        range: std::ops::Range<usize>,
        width: usize,
    ) -> Self {
        let range: Vec<usize> = range.collect();
        let json = json_list(&range, width, |&n, json| keys.push_json(n, json));
        let form = KeyForm::of(dialect, range.len(), width, json.is_some());
        ListedKeys { keys, range, width, form, json: json.unwrap_or_default() }
    }

    pub(super) fn form(&self) -> KeyForm {
        self.form
    }
}

impl ListedKeys<'_> {
    /// Writes the condition that these columns equal one of the keys, with its values.
    pub(super) fn walk<'b>(
        &'b self,
        columns: &[String],
        pass: &mut SqlWriter<'_, 'b>,
    ) -> QueryResult<()> {
        if self.form == KeyForm::One {
            return columns.iter().enumerate().try_for_each(|(part, column)| {
                pass.push_sql(if part == 0 { "" } else { " AND " });
                pass.push_sql(column);
                pass.push_sql(" = ");
                self.range.iter().take(1).try_for_each(|&n| self.keys.bind(n, part, pass))
            });
        }
        let (open, close) = if self.width == 1 { ("", "") } else { ("(", ")") };
        pass.push_sql(open);
        pass.push_sql(&columns.join(", "));
        pass.push_sql(close);
        match self.form {
            KeyForm::Json => {
                pass.push_sql(" IN (SELECT value FROM json_each(");
                pass.bind::<diesel::sql_types::Text, str>(self.json.as_str())?;
                pass.push_sql("))");
            }
            KeyForm::Arrays => {
                pass.push_sql(if self.width == 1 {
                    " = ANY("
                } else {
                    " IN (SELECT * FROM unnest("
                });
                for part in 0..self.width {
                    pass.push_sql(if part == 0 { "" } else { ", " });
                    as_array(pass, &self.range, &|&n, pass| self.keys.bind(n, part, pass))?;
                }
                pass.push_sql(if self.width == 1 { ")" } else { "))" });
            }
            KeyForm::One | KeyForm::Rows(_) => {
                let rows = self.width > 1 && pass.dialect().forms().lists_rows_as_values;
                pass.push_sql(if rows { " IN (VALUES " } else { " IN (" });
                for (row, &n) in padded(&self.range, self.form).enumerate() {
                    pass.push_sql(if row == 0 { "" } else { ", " });
                    pass.push_sql(open);
                    for part in 0..self.width {
                        pass.push_sql(if part == 0 { "" } else { ", " });
                        self.keys.bind(n, part, pass)?;
                    }
                    pass.push_sql(close);
                }
                pass.push_sql(")");
            }
        }
        Ok(())
    }
}

impl Binds for ListedKeys<'_> {
    fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        match self.form {
            KeyForm::Json => pass.bind::<diesel::sql_types::Text, str>(self.json.as_str()),
            KeyForm::Arrays => (0..self.width).try_for_each(|part| {
                as_array(pass, &self.range, &|&n, pass| self.keys.bind(n, part, pass))
            }),
            KeyForm::One | KeyForm::Rows(_) => padded(&self.range, self.form).try_for_each(|&n| {
                (0..self.width).try_for_each(|part| self.keys.bind(n, part, pass))
            }),
        }
    }
}

/// Returns the keys as one JSON string, or `None` unless each key is a single column of a type that
/// JSON can carry.
fn json_list<I>(
    items: &[I],
    width: usize,
    push: impl Fn(&I, &mut String) -> bool,
) -> Option<String> {
    if width != 1 || items.len() < 2 {
        return None;
    }
    let mut json = String::with_capacity(items.len() * 8);
    json.push('[');
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            json.push(',');
        }
        if !push(item, &mut json) {
            return None;
        }
    }
    json.push(']');
    Some(json)
}

/// Returns the items, repeating the last one up to the length of the form.
fn padded<I>(items: &[I], form: KeyForm) -> impl Iterator<Item = &I> {
    let length = match form {
        KeyForm::Rows(rows) => rows,
        _ => items.len(),
    };
    items.iter().chain(items.last().into_iter().cycle()).take(length)
}

/// Binds one value of each item as an array.
fn as_array<'b, I>(
    pass: &mut SqlWriter<'_, 'b>,
    items: &'b [I],
    bind: &dyn Fn(&'b I, &mut SqlWriter<'_, 'b>) -> QueryResult<()>,
) -> QueryResult<()> {
    pass.bind_array(|array| items.iter().try_for_each(|item| bind(item, array)))
}

/// The SQL text of the last batch, shared by batches of the same length.
#[derive(Default)]
pub(super) struct TextOfBatch {
    rows: usize,
    sql: String,
}

impl TextOfBatch {
    pub(super) fn of(&mut self, rows: usize, write: impl FnOnce() -> String) -> &str {
        if self.rows != rows {
            self.rows = rows;
            self.sql = write();
        }
        &self.sql
    }
}

/// The values of columns, row by row.
pub(super) struct ValuesOfRows<'a> {
    pub(super) arena: &'a dyn ErasedArena,
    pub(super) slots: &'a [u32],
    pub(super) columns: &'a [usize],
}

impl Binds for ValuesOfRows<'_> {
    fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        for &slot in self.slots {
            for &column in self.columns {
                self.arena.bind(slot, ColumnSet::EMPTY.with(column, true), pass)?;
            }
        }
        Ok(())
    }
}
