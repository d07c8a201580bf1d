//! What an INSERT does with an existing row.

use super::text::Text;
use super::update::grow_version;
use crate::backend::{Dialect, filled};
use crate::mapping::{ColumnSet, EntityMeta};

/// The term that overflows by one on MySQL for a row that must not be written.
///
/// `ON DUPLICATE KEY UPDATE` applies to all unique sets of a table, so that a row may be found by a
/// unique set other than the intended one. MySQL has no expression that raises an error, but an
/// overflow does.
const OTHER_SET: &str = "9223372036854775807 + ";

/// The same term for a row of another subtype.
const OTHER_KIND: &str = "9223372036854775806 + 2 * ";

/// Why an upsert was refused on MySQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The existing row has the values of another unique set.
    OtherSet,
    /// The existing row is of another subtype.
    OtherKind,
}

impl Refused {
    /// Reads the database's message about an overflow.
    pub(crate) fn of(message: &str) -> Option<Self> {
        match message {
            _ if message.contains(OTHER_SET.trim_end_matches(" + ")) => Some(Refused::OtherSet),
            _ if message.contains(OTHER_KIND.trim_end_matches(" + 2 * ")) => {
                Some(Refused::OtherKind)
            }
            _ => None,
        }
    }
}

/// A unique set of columns by which rows are found, and what happens to existing rows.
#[derive(Debug, Clone)]
pub(crate) struct OnConflict {
    /// The columns of the unique set, in its order.
    pub(crate) target: Vec<usize>,
    /// The condition of the unique index, if it has one.
    pub(crate) condition: Option<&'static str>,
    /// Whether existing rows stay unchanged.
    pub(crate) nothing: bool,
    /// The discriminator column, which no upsert changes.
    pub(crate) kind: Option<usize>,
    /// The columns that are written to an existing row, if the call names them.
    pub(crate) set: Option<ColumnSet>,
    /// The columns that an existing row keeps.
    pub(crate) keep: ColumnSet,
    /// Columns of an existing row that are assigned by expressions.
    pub(crate) combined: Option<Combined>,
}

/// Assignments to columns of an existing row.
#[derive(Debug, Clone)]
pub(crate) struct Combined {
    pub(crate) columns: ColumnSet,
    /// The assignments, with placeholders counted from 1.
    pub(crate) text: String,
    pub(crate) placeholders: usize,
}

impl OnConflict {
    /// Returns the given columns whose values are written to an existing row.
    fn written(&self, meta: &EntityMeta, given: ColumnSet) -> ColumnSet {
        let stays = |column: usize| {
            self.target.contains(&column)
                || meta.key.contains(&column)
                || meta.version == Some(column)
                || self.kind == Some(column)
                || self.keep.contains(column)
                || self.combined_columns().contains(column)
                || match self.set {
                    Some(set) => !(set.contains(column) || meta.columns[column].updated_at),
                    None => meta.columns[column].created_at,
                }
        };
        given.iter().filter(|&column| !self.nothing && !stays(column)).collect()
    }

    fn combined_columns(&self) -> ColumnSet {
        self.combined.as_ref().map_or(ColumnSet::EMPTY, |combined| combined.columns)
    }

    /// Returns `true` if existing rows may be written.
    pub(crate) fn writes(&self, meta: &EntityMeta, given: ColumnSet) -> bool {
        !(self.written(meta, given).is_empty() && self.combined.is_none())
    }

    /// Returns the assignments by expressions, after this many placeholders.
    fn combined_text(&self, dialect: Dialect, placeholders: usize) -> Option<String> {
        let combined = self.combined.as_ref()?;
        let places = (1..=combined.placeholders).map(|n| {
            let mut place = String::new();
            dialect.push_placeholder(&mut place, placeholders + n);
            place
        });
        Some(filled(dialect, &combined.text, &places.collect::<Vec<_>>()))
    }

    /// Writes the clause of an INSERT of these columns, which has this many placeholders.
    /// `returning` is what the statement returns after the key of each row that it has written, if
    /// it returns these rows.
    pub(crate) fn clause(
        &self,
        dialect: Dialect,
        meta: &EntityMeta,
        given: ColumnSet,
        placeholders: usize,
        returning: Option<&str>,
    ) -> String {
        let written = self.written(meta, given);
        let combined = self.combined_text(dialect, placeholders);
        let mut text = Text::new(dialect, "");
        match dialect.forms().upserts_by_conflict {
            true => self.on_conflict(&mut text, meta, written, combined.as_deref()),
            false => self.on_duplicate_key(&mut text, meta, written, combined.as_deref()),
        }
        if let Some(more) = returning {
            text.push(" RETURNING ").list(meta.key, |text, &part| {
                text.column(meta, part);
            });
            text.push(more);
        }
        text.finish()
    }

    fn on_conflict(
        &self,
        text: &mut Text,
        meta: &EntityMeta,
        written: ColumnSet,
        combined: Option<&str>,
    ) {
        text.push(" ON CONFLICT (").list(&self.target, |text, &column| {
            text.column(meta, column);
        });
        text.push(")");
        if let Some(condition) = self.condition {
            text.push(" WHERE ").push(condition);
        }
        if written.is_empty() && combined.is_none() {
            text.push(" DO NOTHING");
            return;
        }
        text.push(" DO UPDATE SET ");
        add_combined(text, combined, written);
        text.list(written.iter(), |text, column| {
            text.column(meta, column).push(" = excluded.").column(meta, column);
        });
        grow_version(text, meta, written.or(self.combined_columns()));
        if let Some(kind) = self.kind {
            text.push(" WHERE ").table(meta).push(".").column(meta, kind);
            text.push(" = excluded.").column(meta, kind);
        }
    }

    /// Returns the column that an existing row keeps: one of the unique set. MySQL refuses to
    /// assign an AUTO_INCREMENT key in a statement for which it has generated keys (error 1869).
    fn kept_column(&self, meta: &EntityMeta) -> usize {
        let is_given = |column: &usize| meta.columns[*column].generated.is_none();
        self.target.iter().copied().find(is_given).unwrap_or(meta.key[0])
    }

    /// Writes the assignments. They are executed in order: the condition comes first.
    fn on_duplicate_key(
        &self,
        text: &mut Text,
        meta: &EntityMeta,
        written: ColumnSet,
        combined: Option<&str>,
    ) {
        let stored = |text: &mut Text, column: usize| {
            text.table(meta).push(".").column(meta, column);
        };
        let agree = |text: &mut Text, column: usize| {
            stored(text, column);
            text.push(" = VALUES(").column(meta, column).push(")");
        };
        let kept = self.kept_column(meta);
        let keep = |text: &mut Text, sum: &str, holds: &dyn Fn(&mut Text)| {
            // Assigning a column to itself is MySQL's way to do nothing.
            text.column(meta, kept).push(" = IF(").push(sum).push("((");
            holds(text);
            text.push(") IS NOT TRUE) > 0, ");
            stored(text, kept);
            text.push(", ");
            stored(text, kept);
            text.push(")");
        };
        text.push(" ON DUPLICATE KEY UPDATE ");
        keep(text, OTHER_SET, &|text| {
            text.separated(" AND ", &self.target, |text, &column| agree(text, column));
            if let Some(condition) = self.condition {
                text.push(" AND (").push(condition).push(")");
            }
        });
        if written.is_empty() && combined.is_none() {
            return;
        }
        if let Some(kind) = self.kind {
            text.push(", ");
            keep(text, OTHER_KIND, &|text| agree(text, kind));
        }
        text.push(", ");
        // Expressions come first, because they read the columns as they are.
        add_combined(text, combined, written);
        text.list(written.iter(), |text, column| {
            text.column(meta, column).push(" = VALUES(").column(meta, column).push(")");
        });
        grow_version(text, meta, written.or(self.combined_columns()));
    }

    /// Selects, on databases that do not return written rows, the keys of the rows that were
    /// inserted or updated, in the order of the given rows, bound as
    /// [`bound_by_row`](Self::bound_by_row) describes.
    pub(crate) fn select_keys(
        &self,
        dialect: Dialect,
        meta: &EntityMeta,
        given: ColumnSet,
        rows: usize,
    ) -> String {
        let mut text = Text::new(dialect, "");
        text.separated(" UNION ALL ", 0..rows, |text, _| {
            text.push("SELECT ");
            self.key_of_row(text, meta, given);
        });
        text.finish()
    }

    /// Selects the same keys, each after the number of the given row, counted from 0. With a lock,
    /// which ends each SELECT.
    pub(crate) fn select_numbered_keys(
        &self,
        dialect: Dialect,
        meta: &EntityMeta,
        given: ColumnSet,
        rows: usize,
        lock: &str,
    ) -> String {
        let (open, close) = if lock.is_empty() { ("", "") } else { ("(", ")") };
        let mut text = Text::new(dialect, "");
        text.separated(" UNION ALL ", 0..rows, |text, n| {
            text.push(open).push(&format!("SELECT {n}, "));
            self.key_of_row(text, meta, given);
            text.push(lock).push(close);
        });
        text.finish()
    }

    /// Writes the rest of a SELECT of the key of the row that a given row finds.
    fn key_of_row(&self, text: &mut Text, meta: &EntityMeta, given: ColumnSet) {
        text.list(meta.key, |text, &part| {
            text.column(meta, part);
        });
        text.push(" FROM ").table(meta).push(" WHERE ");
        text.separated(" AND ", &self.target, |text, &column| {
            text.column(meta, column).push(" = ").placeholder();
        });
        let Some(condition) = self.condition else { return };
        // The existing row is the intended one if the condition holds for both.
        text.push(" AND (").push(condition).push(") AND EXISTS (SELECT 1 FROM (SELECT ");
        text.list(given.iter(), |text, column| {
            text.placeholder().push(" AS ").column(meta, column);
        });
        text.push(") AS orm_new WHERE ").push(condition).push(")");
    }

    /// Returns the columns that are bound for each row.
    pub(crate) fn bound_by_row(&self, given: ColumnSet) -> Vec<usize> {
        let all = self.condition.is_some().then_some(given);
        self.target.iter().copied().chain(all.into_iter().flat_map(ColumnSet::iter)).collect()
    }
}

/// Writes assignments by expressions, before those of plain values.
fn add_combined(text: &mut Text, combined: Option<&str>, written: ColumnSet) {
    if let Some(combined) = combined {
        text.push(combined).push(if written.is_empty() { "" } else { ", " });
    }
}
