//! The statements of a step, decided in one place: a plan is printed with them, and a flush sends
//! them.

use super::{Action, Step};
use crate::backend::Dialect;
use crate::mapping::{ColumnSet, EntityMeta};
use crate::sql::{self, Identity, KeyForm, UpdateForm};

/// An UPDATE of rows with the same written columns.
pub(crate) struct UpdateOf {
    /// Without the version, if the UPDATE neither compares nor increments it.
    pub(crate) meta: EntityMeta,
    pub(crate) columns: ColumnSet,
}

/// A statement on rows that it finds by a list of their keys.
pub(crate) struct ByKeys {
    meta: EntityMeta,
    what: What,
}

enum What {
    Delete,
    SoftDelete(usize),
    Nullify(ColumnSet),
}

impl Step {
    /// Returns the UPDATE of a step, if it is one.
    pub(crate) fn update(&self) -> Option<UpdateOf> {
        let (meta, columns) = match self.action {
            Action::Update(columns)
            | Action::Rekey(columns)
            | Action::Unpark(columns)
            | Action::RowSwitch { columns, .. } => (*self.meta, columns),
            Action::SetReferences(columns) => (self.meta.unversioned(), columns),
            Action::ClearUnique(column) => {
                (self.meta.unversioned(), [column].into_iter().collect())
            }
            _ => return None,
        };
        Some(UpdateOf { meta, columns })
    }

    /// Returns the statement by keys of a step, if it is one.
    pub(crate) fn by_keys(&self) -> Option<ByKeys> {
        let (meta, what) = match self.action {
            Action::Delete => (*self.meta, What::Delete),
            Action::SoftDelete(column) => (*self.meta, What::SoftDelete(column)),
            Action::Nullify(columns) => (self.meta.unversioned(), What::Nullify(columns)),
            _ => return None,
        };
        Some(ByKeys { meta, what })
    }
}

impl UpdateOf {
    /// Returns how many rows share a statement.
    pub(crate) fn max_rows(&self, dialect: Dialect) -> usize {
        UpdateForm::max_rows(dialect, &self.meta, self.columns, Identity::of(&self.meta))
    }

    /// Returns the form of a statement for some rows.
    pub(crate) fn form(&self, dialect: Dialect, rows: usize) -> UpdateForm {
        UpdateForm::of(dialect, &self.meta, self.columns, rows)
    }

    /// Returns the text of a statement.
    pub(crate) fn sql(&self, dialect: Dialect, form: UpdateForm) -> String {
        sql::update(dialect, &self.meta, self.columns, form)
    }
}

impl ByKeys {
    /// Returns the columns that find a row: the key, and the version.
    pub(crate) fn columns(&self) -> impl Iterator<Item = usize> + Clone + use<> {
        let key: &'static [usize] = self.meta.key;
        key.iter().copied().chain(self.meta.version)
    }

    /// Returns how many rows share a statement.
    pub(crate) fn max_rows(&self, dialect: Dialect) -> usize {
        KeyForm::max_keys(dialect, self.columns().count())
    }

    /// Returns the text of a statement.
    pub(crate) fn sql(&self, dialect: Dialect, form: KeyForm) -> String {
        match self.what {
            What::Delete => sql::delete(dialect, &self.meta, form),
            What::SoftDelete(column) => sql::soft_delete(dialect, &self.meta, column, form),
            What::Nullify(columns) => sql::nullify(dialect, &self.meta, columns, form),
        }
    }
}
