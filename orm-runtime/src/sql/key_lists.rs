//! Conditions on a list of keys. If the database has a form for lists, the text does not grow with
//! the list. Otherwise the list is padded, so that few different texts occur.

use super::text::Text;
use crate::backend::Dialect;
use crate::mapping::EntityMeta;

/// How a list of keys is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum KeyForm {
    /// One key: a placeholder for each column.
    One,
    /// One array for each column.
    Arrays,
    /// One string, a JSON array of keys.
    Json,
    /// A placeholder for each value; the list is padded with its last key to this length.
    Rows(usize),
}

impl KeyForm {
    /// Chooses the form for this many keys of this many columns. `json` is true if the keys can be
    /// sent as JSON.
    pub(crate) fn of(dialect: Dialect, keys: usize, width: usize, json: bool) -> Self {
        let forms = dialect.forms();
        match keys {
            1 => KeyForm::One,
            _ if forms.arrays => KeyForm::Arrays,
            _ if forms.json_lists && json && width == 1 => KeyForm::Json,
            _ => KeyForm::Rows(keys.next_power_of_two()),
        }
    }

    /// Returns how many keys fit in one statement.
    pub(crate) fn max_keys(dialect: Dialect, width: usize) -> usize {
        let forms = dialect.forms();
        if forms.arrays {
            return 50_000;
        }
        if forms.json_lists && width == 1 {
            return 16_384;
        }
        // The largest power of two, so that padding never exceeds the limit.
        let most = forms.max_binds / width;
        1 << (usize::BITS - 1 - most.leading_zeros()).min(14)
    }
}

/// Writes `key = ?`, `key = ANY($1)` or `key IN (…)`, about one table.
pub(crate) fn key_condition(
    text: &mut Text,
    meta: &EntityMeta,
    columns: impl Iterator<Item = usize> + Clone,
    form: KeyForm,
) {
    condition(text, columns, form, &|text, column| {
        text.column(meta, column);
    });
}

/// Writes the same about the tables of an entity.
pub(crate) fn key_condition_of(
    text: &mut Text,
    meta: &EntityMeta,
    columns: impl Iterator<Item = usize> + Clone,
    form: KeyForm,
) {
    if !meta.is_split() {
        return key_condition(text, meta, columns, form);
    }
    condition(text, columns, form, &|text, column| {
        text.column_of(None, meta, column);
    });
}

/// Writes the name of a column.
type Name<'n> = &'n dyn Fn(&mut Text, usize);

/// Writes the same about columns whose names are written by a function.
pub(super) fn condition(
    text: &mut Text,
    columns: impl Iterator<Item = usize> + Clone,
    form: KeyForm,
    name: Name<'_>,
) {
    match form {
        KeyForm::One => {
            text.separated(" AND ", columns, |text, column| {
                name(text, column);
                text.push(" = ").placeholder();
            });
        }
        KeyForm::Arrays => {
            let width = columns.clone().count();
            parenthesized(text, columns, name);
            if width == 1 {
                text.push(" = ANY(").placeholder().push(")");
            } else {
                text.push(" IN (SELECT * FROM unnest(");
                text.list(0..width, |text, _| {
                    text.placeholder();
                });
                text.push("))");
            }
        }
        KeyForm::Json => {
            parenthesized(text, columns, name);
            text.push(" IN (SELECT value FROM json_each(").placeholder().push("))");
        }
        KeyForm::Rows(rows) => listed(text, columns, rows, name),
    }
}

/// Writes `key IN (?, ?)` or `(a, b) IN ((?, ?), (?, ?))`.
pub(super) fn row_values(
    text: &mut Text,
    meta: &EntityMeta,
    columns: impl Iterator<Item = usize> + Clone,
    rows: usize,
) {
    listed(text, columns, rows, &|text, column| {
        text.column(meta, column);
    });
}

fn listed(
    text: &mut Text,
    columns: impl Iterator<Item = usize> + Clone,
    rows: usize,
    name: Name<'_>,
) {
    let width = columns.clone().count();
    parenthesized(text, columns, name);
    text.push(" IN (");
    if width > 1 && text.dialect.forms().lists_rows_as_values {
        text.push("VALUES ");
    }
    text.list(0..rows, |text, _| {
        if width == 1 {
            text.placeholder();
        } else {
            text.row(width);
        }
    });
    text.push(")");
}

fn parenthesized(text: &mut Text, columns: impl Iterator<Item = usize> + Clone, name: Name<'_>) {
    let several = columns.clone().count() > 1;
    text.push(if several { "(" } else { "" });
    text.list(columns, name);
    text.push(if several { ")" } else { "" });
}
