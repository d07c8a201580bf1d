//! Columns that are redefined, or dropped and added again.

use super::super::clauses::Definition;
use super::super::compare::{Change, What};
use super::super::difference::Difference;
use super::super::edit::edit_column;
use super::super::table_text::TableText;
use super::super::tokens::{Token, pieces};
use super::{Phase, Plan};
use crate::backend::{ColumnChanges, Comments, Dialect};
use crate::ddl;
use crate::ddl::alter;
use crate::ddl::table::{Column, Generated, Index, Table, same_name};

impl Plan<'_> {
    /// Redefines a column, once for all its differences, and unchanged in everything else.
    pub(super) fn modify(&mut self, change: &Change<'_>, column: &Column, destructive: bool) {
        let key = (change.table.label(), column.name.clone());
        let known = self.entries.iter().position(|entry| entry.column.as_ref() == Some(&key));
        let at = known.unwrap_or_else(|| {
            let definition = self.definition(change.table, column);
            // What cannot be read cannot be kept.
            let destructive = destructive || definition.is_none();
            let sql = vec![alter::modify_column(self.dialect, change.table, column)];
            self.add(Phase::Columns, change, destructive, sql);
            if let Some(entry) = self.entries.last_mut() {
                entry.column = Some(key);
                entry.definition = definition;
            }
            self.entries.len() - 1
        });
        let dialect = self.dialect;
        let entry = &mut self.entries[at];
        if known.is_some() {
            entry.step.differences.push(Difference::of(dialect, change));
            entry.step.destructive |= destructive;
        }
        if let Some(definition) = &mut entry.definition {
            edit_column(dialect, definition, column, &change.what);
            entry.step.sql =
                vec![alter::modify_column_to(dialect, change.table, &definition.text())];
        }
    }

    /// Returns the database's definition of a column.
    fn definition(&self, table: &Table, column: &Column) -> Option<Definition> {
        let sql = self.found.table(self.dialect, table)?.sql.as_deref()?;
        TableText::read(self.dialect, sql)?.column(&column.name).cloned()
    }

    /// Drops a column and adds it again, with everything that depends on it.
    pub(super) fn make_anew(&mut self, change: &Change<'_>, column: &Column, destructive: bool) {
        let (dialect, table) = (self.dialect, change.table);
        let Some(found) = self.found.table(dialect, table) else { return };
        let there = found.column(dialect, &column.name);
        let mut sql = Vec::new();
        let mut add = self.add_again(change, column, there);
        for (drop, again) in self.falls_with(table, found, column) {
            sql.push(drop);
            add.push(again);
        }
        sql.push(alter::drop_column(dialect, table, &column.name));
        let destructive = destructive || there.is_some_and(|there| there.granted);
        self.add(Phase::DropComputed, change, destructive, sql);
        self.add(Phase::AddComputed, change, destructive, add);
    }

    fn add_again(
        &self,
        change: &Change<'_>,
        column: &Column,
        there: Option<&Column>,
    ) -> Vec<String> {
        let (dialect, table) = (self.dialect, change.table);
        if self.column_changes == ColumnChanges::Whole
            && let Some(mut definition) = self.definition(table, column)
        {
            for other in self.changes.iter().filter(|it| std::ptr::eq(it.table, table)) {
                if column_of(&other.what).is_some_and(|of| std::ptr::eq(of, column)) {
                    edit_column(dialect, &mut definition, column, &other.what);
                }
            }
            return vec![alter::add_column_as(dialect, table, &definition.text())];
        }
        // What does not differ, or is accepted, is restored.
        let mut wanted = there.unwrap_or(column).clone();
        let mut same_type = there.is_some();
        for other in self.changes.iter().filter(|it| std::ptr::eq(it.table, table)) {
            match other.what {
                What::ColumnType(it, _) if std::ptr::eq(it, column) => {
                    column.sql_type.clone_into(&mut wanted.sql_type);
                    same_type = false;
                }
                What::Generation(it, _) if std::ptr::eq(it, column) => {
                    wanted.generated.clone_from(&column.generated);
                    wanted.identity = column.identity;
                }
                What::Nullability(it, _) if std::ptr::eq(it, column) => {
                    wanted.nullable = column.nullable;
                }
                _ => {}
            }
        }
        if let Some(collation) = wanted.collation.as_ref().filter(|_| same_type) {
            wanted.sql_type += &format!(" COLLATE {collation}");
        }
        let mut sql = alter::add_column(dialect, table, &wanted);
        let settings = if same_type { &wanted.settings[..] } else { &[] };
        sql.extend(
            settings.iter().map(|setting| alter::alter_column(dialect, table, column, setting)),
        );
        let comments = dialect.definitions().comments;
        if comments == Comments::Statements && wanted.comment.is_some() {
            sql.push(ddl::comment_on(dialect, table, Some(&wanted)));
        }
        sql
    }

    /// Returns what is dropped with a column although it should stay: the statements that drop it
    /// and create it.
    fn falls_with(&self, table: &Table, found: &Table, column: &Column) -> Vec<(String, String)> {
        let dialect = self.dialect;
        let is = |name: &str| same_name(dialect, name, &column.name);
        let names = |sql: &str| {
            let pieces = pieces(dialect, sql);
            pieces.iter().any(|piece| piece.name().is_some_and(is))
        };
        let goes = |is: &dyn Fn(&What<'_>) -> bool| self.changes.iter().any(|it| is(&it.what));
        let mut falling = Vec::new();
        for index in &found.indexes {
            let gone = |what: &What<'_>| matches!(what, What::IndexAdditional(it) if std::ptr::eq(*it, index));
            let uses = index.columns.iter().any(|part| names(part));
            if (uses || index.condition.as_deref().is_some_and(names)) && !goes(&gone) {
                let again = self.index_again(table, found, index);
                falling.push((alter::drop_index(dialect, table, index), again));
            }
        }
        for check in found.checks.iter().filter(|check| check.column.is_none()) {
            let gone = |what: &What<'_>| match what {
                What::CheckAdditional(it) | What::CheckDiffers(_, it) => std::ptr::eq(*it, check),
                _ => false,
            };
            if names(&check.condition) && !goes(&gone) {
                let drop = alter::drop_constraint(dialect, table, &check.name);
                falling.push((drop, alter::add_check(dialect, table, check)));
            }
        }
        for reference in found.foreign_keys.iter().filter(|it| it.columns.iter().any(|it| is(it))) {
            if !self.is_changed(reference) {
                let drop = alter::drop_reference(dialect, table, reference, false);
                falling.push((drop, alter::add_reference(dialect, table, reference)));
            }
        }
        falling
    }

    /// Returns the statement for an unchanged index.
    fn index_again(&self, table: &Table, found: &Table, index: &Index) -> String {
        if self.column_changes == ColumnChanges::Whole {
            let text = found.sql.as_deref().and_then(|sql| TableText::read(self.dialect, sql));
            let named = |text: &str| {
                let names = pieces(self.dialect, text);
                let mut names = names.iter().filter_map(|it| match &it.token {
                    Token::Name(name) => Some(name),
                    _ => None,
                });
                names.next() == Some(&index.name)
            };
            let text = text.and_then(|text| {
                let mut clauses = text.clauses().filter(|(column, _)| column.is_none());
                clauses.find(|(_, it)| named(&it.text)).map(|(_, it)| it.text.clone())
            });
            return match text {
                Some(text) => alter::add_index_as(self.dialect, table, &text),
                None => alter::add_index(self.dialect, table, index),
            };
        }
        match &index.sql {
            Some(sql) if !index.constraint => sql.clone(),
            _ => alter::add_index(self.dialect, table, index),
        }
    }

    /// Drops computed columns: on a database with ALTER COLUMN, the type of a column cannot be
    /// changed while others are computed from it.
    pub(super) fn free_computed(&mut self, table: &Table, own: &[&Change<'_>]) {
        let changed = own.iter().find(|change| matches!(change.what, What::ColumnType(..)));
        let Some(change) = changed else { return };
        for column in &table.columns {
            let anew = own.iter().any(|change| match change.what {
                What::Generation(other, found) => {
                    std::ptr::eq(other, column) && is_made_anew(self.dialect, other, found)
                }
                _ => false,
            });
            if !anew && self.is_in_the_way(table, column) {
                self.make_anew(change, column, false);
            }
        }
    }

    /// Returns `true` if a computed column must be dropped temporarily so that types in its table
    /// can be changed.
    pub(super) fn is_in_the_way(&self, table: &Table, column: &Column) -> bool {
        let found = self.found.table(self.dialect, table);
        let there = found.and_then(|found| found.column(self.dialect, &column.name));
        let (Some(Generated::Computed { .. }), Some(Generated::Computed { expression, .. })) =
            (&column.generated, there.and_then(|there| there.generated.as_ref()))
        else {
            return false;
        };
        let names = pieces(self.dialect, expression);
        let uses = |other: &Column| {
            std::ptr::eq(other, column)
                || names.iter().any(|piece| piece.name() == Some(&other.name))
        };
        let types_change = self.changes.iter().any(|change| {
            std::ptr::eq(change.table, table)
                && matches!(change.what, What::ColumnType(other, _) if uses(other))
        });
        self.column_changes == ColumnChanges::Piecemeal && types_change
    }
}

/// Returns the wanted column of a change.
fn column_of<'a>(what: &What<'a>) -> Option<&'a Column> {
    match *what {
        What::ColumnType(column, _)
        | What::Nullability(column, _)
        | What::Generation(column, _)
        | What::Collation(column, _)
        | What::ColumnComment(column, _) => Some(column),
        _ => None,
    }
}

/// Returns `true` if a column must be dropped and added because its value is generated differently.
/// If columns are redefined as a whole, so is the expression of a computed column.
pub(super) fn is_made_anew(dialect: Dialect, column: &Column, found: &Column) -> bool {
    match (&column.generated, &found.generated) {
        (
            Some(Generated::Computed { stored, .. }),
            Some(Generated::Computed { stored: found, .. }),
        ) => dialect.definitions().column_changes != ColumnChanges::Whole || stored != found,
        (Some(Generated::Computed { .. }), _) => true,
        (_, Some(Generated::Computed { stored, .. })) => !stored,
        _ => false,
    }
}
