//! Conditions on a list of keys, in a form whose text does not grow with the list where the
//! database has one, and comes again where it has none.

use super::text::Text;
use crate::backend::Dialect;
use crate::mapping::EntityMeta;

/// How a list of keys is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum KeyForm {
    /// One key: a placeholder for each column.
    One,
    /// PostgreSQL: an array a column.
    Arrays,
    /// SQLite: one text, a JSON array of keys.
    Json,
    /// A placeholder for each value; the list is padded with its last key to this length.
    Rows(usize),
}

impl KeyForm {
    /// The form for so many keys of so many columns. `json` says that the keys can be sent so.
    pub(crate) fn of(dialect: Dialect, keys: usize, width: usize, json: bool) -> Self {
        match dialect {
            _ if keys == 1 => KeyForm::One,
            Dialect::Postgres => KeyForm::Arrays,
            Dialect::Sqlite if json && width == 1 => KeyForm::Json,
            Dialect::Sqlite | Dialect::Mysql => KeyForm::Rows(keys.next_power_of_two()),
        }
    }

    /// How many keys fit in one statement.
    pub(crate) fn max_keys(dialect: Dialect, width: usize) -> usize {
        match dialect {
            Dialect::Postgres => 50_000,
            // The largest power of two, so that padding never passes the limit.
            Dialect::Sqlite if width == 1 => 16_384,
            Dialect::Sqlite | Dialect::Mysql => {
                let most = dialect.max_binds() / width;
                1 << (usize::BITS - 1 - most.leading_zeros()).min(14)
            }
        }
    }
}

/// `key = ?`, `key = ANY($1)`, `key IN (…)`.
pub(crate) fn key_condition(
    text: &mut Text,
    meta: &EntityMeta,
    columns: impl Iterator<Item = usize> + Clone,
    form: KeyForm,
) {
    match form {
        KeyForm::One => {
            text.separated(" AND ", columns, |text, column| {
                text.column(meta, column).push(" = ").placeholder();
            });
        }
        KeyForm::Arrays => {
            let width = columns.clone().count();
            parenthesized(text, meta, columns);
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
            parenthesized(text, meta, columns);
            text.push(" IN (SELECT value FROM json_each(").placeholder().push("))");
        }
        KeyForm::Rows(rows) => row_values(text, meta, columns, rows),
    }
}

/// `key IN (?, ?)`, `(a, b) IN ((?, ?), (?, ?))`.
pub(super) fn row_values(
    text: &mut Text,
    meta: &EntityMeta,
    columns: impl Iterator<Item = usize> + Clone,
    rows: usize,
) {
    let width = columns.clone().count();
    parenthesized(text, meta, columns);
    text.push(" IN (");
    if width > 1 && text.dialect == Dialect::Sqlite {
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

fn parenthesized(text: &mut Text, meta: &EntityMeta, columns: impl Iterator<Item = usize> + Clone) {
    if columns.clone().count() == 1 {
        for column in columns {
            text.column(meta, column);
        }
        return;
    }
    text.push("(");
    text.list(columns, |text, column| {
        text.column(meta, column);
    });
    text.push(")");
}
