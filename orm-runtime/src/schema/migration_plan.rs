//! Converts differences to the statements that remove them.

mod columns;
mod foreign_keys;
mod loss;

use super::clauses::Definition;
use super::compare::{Change, What, uses};
use super::create;
use super::difference::Difference;
use super::migration::Step;
use super::rebuild::rebuild;
use super::table_order::Order;
use crate::backend::{ColumnChanges, Comments, Dialect};
use crate::ddl;
use crate::ddl::alter;
use crate::ddl::table::{Catalog, Generated, Table};

/// The order of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Kinds,
    DropRules,
    /// Before changes to the columns that others are computed from.
    DropComputed,
    Tables,
    Columns,
    AddComputed,
    Key,
    AddRules,
    References,
    Comments,
    Views,
}

/// Returns the steps that remove these differences, in the order in which they can run.
pub(super) fn plan(
    dialect: Dialect,
    wanted: &Catalog,
    found: &Catalog,
    changes: &[Change<'_>],
) -> Vec<Step> {
    let order = Order::of(dialect, &wanted.tables);
    let column_changes = dialect.definitions().column_changes;
    let mut plan =
        Plan { dialect, column_changes, wanted, found, changes, order, entries: Vec::new() };
    for change in changes {
        plan.kinds(change);
    }
    // Missing tables are created in the order of their references.
    for at in plan.order.tables.clone() {
        let table = &wanted.tables[at];
        let own: Vec<&Change<'_>> =
            changes.iter().filter(|change| std::ptr::eq(change.table, table)).collect();
        match found.table(dialect, table) {
            _ if table.view.is_some() => {}
            None => plan.make_table(at, &own),
            Some(there) if there.view.is_some() => plan.leave_alone(&own),
            Some(there) if plan.column_changes == ColumnChanges::NewTable => {
                plan.change_or_rebuild(table, there, &own);
            }
            Some(there) => {
                own.iter().for_each(|change| plan.change(change));
                plan.free_references(there, &own);
                plan.free_computed(table, &own);
            }
        }
    }
    for table in create::views(dialect, &wanted.tables) {
        let own: Vec<&Change<'_>> =
            changes.iter().filter(|change| std::ptr::eq(change.table, table)).collect();
        plan.make_view(table, &own);
    }
    let mut entries = plan.entries;
    entries.sort_by_key(|entry| entry.phase);
    entries.into_iter().map(|entry| entry.step).collect()
}

/// Returns the positions of the tables whose columns are redefined as a whole, for which their full
/// definition must be known.
pub(super) fn said_anew(dialect: Dialect, found: &Catalog, changes: &[Change<'_>]) -> Vec<usize> {
    let anew = |change: &Change<'_>| match change.what {
        What::ColumnType(..)
        | What::Nullability(..)
        | What::Generation(..)
        | What::Collation(..)
        | What::ColumnComment(..) => true,
        What::CheckAdditional(check) => check.column.is_some(),
        _ => false,
    };
    let tables = found.tables.iter().enumerate().filter(|(_, table)| {
        let mut own = changes.iter().filter(|it| it.table.is_same(dialect, table));
        let whole = dialect.definitions().column_changes == ColumnChanges::Whole;
        whole && table.view.is_none() && own.any(anew)
    });
    tables.map(|(at, _)| at).collect()
}

struct Plan<'a> {
    dialect: Dialect,
    column_changes: ColumnChanges,
    wanted: &'a Catalog,
    found: &'a Catalog,
    changes: &'a [Change<'a>],
    order: Order,
    entries: Vec<Entry>,
}

struct Entry {
    phase: Phase,
    /// The table and column that are redefined once for all their differences.
    column: Option<(String, String)>,
    /// The definition of that column so far.
    definition: Option<Definition>,
    step: Step,
}

impl Plan<'_> {
    fn add(&mut self, phase: Phase, change: &Change<'_>, destructive: bool, sql: Vec<String>) {
        let differences = vec![Difference::of(self.dialect, change)];
        let step = Step { differences, sql, destructive, unchecked: false };
        self.entries.push(Entry { phase, column: None, definition: None, step });
    }

    /// Adds the steps for types and sequences.
    fn kinds(&mut self, change: &Change<'_>) {
        match change.what {
            What::TypeMissing(_, ty) => {
                let sql = ddl::create_type(self.dialect, ty);
                self.add(Phase::Kinds, change, false, sql);
            }
            What::SequenceMissing(_, sequence) => {
                let sql = ddl::create_sequence(self.dialect, sequence);
                self.add(Phase::Kinds, change, false, sql);
            }
            What::TypeDiffers(_, wanted, found) => {
                match alter::add_codes(self.dialect, wanted, found) {
                    Some(sql) => self.add(Phase::Kinds, change, false, sql),
                    None => {
                        let loses = found.codes.iter().any(|code| !wanted.codes.contains(code));
                        let columns = self.found.tables.iter().flat_map(|table| {
                            let users = table.columns.iter().filter(|column| uses(column, wanted));
                            users.map(move |column| (table, column))
                        });
                        let sql =
                            alter::rebuild_type(self.dialect, wanted, &columns.collect::<Vec<_>>());
                        self.add(Phase::Kinds, change, loses, sql);
                    }
                }
            }
            _ => {}
        }
    }

    /// Returns the collation for a new table among older ones, whose text keys it may reference: a
    /// reference requires equal collations.
    fn collation(&self) -> Option<&str> {
        let mut found = self.found.tables.iter().filter_map(|table| table.collation.as_deref());
        let older = self.dialect.definitions().table_options?.older_collation;
        found.find(|&collation| collation == older)
    }

    fn make_table(&mut self, at: usize, own: &[&Change<'_>]) {
        let Some(change) = own.iter().find(|change| matches!(change.what, What::TableMissing))
        else {
            return;
        };
        let sql = match self.collation() {
            Some(collation) => {
                let mut tables = self.wanted.tables.clone();
                tables[at].collation = Some(collation.to_owned());
                let wanted = Catalog { tables, ..Catalog::default() };
                create::table(self.dialect, &wanted, &self.order, at)
            }
            None => create::table(self.dialect, self.wanted, &self.order, at),
        };
        self.add(Phase::Tables, change, false, sql);
        if self.column_changes == ColumnChanges::NewTable {
            return;
        }
        let late = self.order.late.iter().filter(|(from, _)| *from == at);
        let references = late.map(|&(_, place)| {
            let table = &self.wanted.tables[at];
            ddl::add_late_reference(self.dialect, table, &table.foreign_keys[place])
        });
        let sql: Vec<String> = references.flatten().collect();
        if !sql.is_empty() {
            self.add(Phase::References, change, false, sql);
        }
    }

    /// Creates a view that is missing, or that has other columns than the mapping, if its query is
    /// known. There is no statement for a view that the ORM does not create.
    fn make_view(&mut self, table: &Table, own: &[&Change<'_>]) {
        let Some(first) = own.first() else { return };
        let is_table = own.iter().any(|change| matches!(change.what, What::Relation(_)));
        let is_missing = matches!(first.what, What::TableMissing);
        let sql = match ddl::create_view(self.dialect, table) {
            Some(create) if !is_table => {
                let drop = (!is_missing).then(|| ddl::drop_view(self.dialect, table));
                drop.into_iter().chain(create).collect()
            }
            _ => Vec::new(),
        };
        let differences = own.iter().map(|change| Difference::of(self.dialect, change)).collect();
        let step = Step { differences, sql, destructive: false, unchecked: false };
        let entry = Entry { phase: Phase::Views, column: None, definition: None, step };
        self.entries.push(entry);
    }

    /// Adds differences for which there is no statement.
    fn leave_alone(&mut self, own: &[&Change<'_>]) {
        for change in own {
            self.add(Phase::Views, change, false, Vec::new());
        }
    }

    /// Adds the changes that are possible in place, and a new table for all others.
    fn change_or_rebuild(&mut self, table: &Table, found: &Table, own: &[&Change<'_>]) {
        let own: Vec<&&Change<'_>> =
            own.iter().filter(|change| !matches!(change.what, What::SequenceMissing(..))).collect();
        if own.iter().any(|change| needs_rebuild(change)) {
            let differences = own.iter().map(|change| Difference::of(self.dialect, change));
            let changes: Vec<What<'_>> = own.iter().map(|change| change.what).collect();
            let rebuilt = rebuild(self.dialect, table, found, &changes);
            let step = Step {
                differences: differences.collect(),
                sql: rebuilt.statements,
                destructive: !rebuilt.keeps_all
                    || own.iter().any(|change| self.is_destructive(change)),
                unchecked: true,
            };
            let phase = Phase::Columns;
            return self.entries.push(Entry { phase, column: None, definition: None, step });
        }
        for change in own {
            self.change(change);
        }
    }

    fn change(&mut self, change: &Change<'_>) {
        let (dialect, table, changes) = (self.dialect, change.table, self.changes);
        let column_changes = self.column_changes;
        let destructive = self.is_destructive(change);
        if let What::ColumnType(column, _) | What::Nullability(column, _) = change.what
            && self.is_in_the_way(table, column)
        {
            // The rebuilt table is as wanted.
            return;
        }
        let mut add = |phase, sql| self.add(phase, change, destructive, sql);
        match change.what {
            What::TypeMissing(..) | What::TypeDiffers(..) | What::SequenceMissing(..) => {}
            What::TableMissing | What::Relation(_) => {}
            What::TableComment(_) => add(
                Phase::Comments,
                match dialect.definitions().comments {
                    Comments::Clauses => vec![alter::comment_table(dialect, table)],
                    _ => vec![ddl::comment_on(dialect, table, None)],
                },
            ),
            What::ColumnMissing(column) => {
                let mut sql = alter::add_column(dialect, table, column);
                let comments = dialect.definitions().comments;
                if comments == Comments::Statements && column.comment.is_some() {
                    sql.push(ddl::comment_on(dialect, table, Some(column)));
                }
                add(Phase::Columns, sql);
            }
            What::ColumnAdditional(found) => {
                let computed = matches!(found.generated, Some(Generated::Computed { .. }));
                let phase = if computed { Phase::DropComputed } else { Phase::Columns };
                add(phase, vec![alter::drop_column(dialect, table, &found.name)]);
            }
            What::Generation(column, found) if columns::is_made_anew(dialect, column, found) => {
                self.make_anew(change, column, destructive);
            }
            What::ColumnType(column, found)
            | What::Nullability(column, found)
            | What::Generation(column, found)
            | What::Collation(column, found)
            | What::ColumnComment(column, found) => match column_changes {
                ColumnChanges::Piecemeal => add(
                    match (&change.what, &found.generated) {
                        // The columns that it is computed from may change their type.
                        (What::Generation(..), Some(Generated::Computed { .. })) => {
                            Phase::DropComputed
                        }
                        _ => Phase::Columns,
                    },
                    match change.what {
                        What::ColumnType(..) => {
                            let makes_anew = |other: &Change<'_>| matches!(other.what, What::Generation(it, _) if std::ptr::eq(it, column));
                            let keeps_default = !changes.iter().any(makes_anew);
                            alter::change_type(dialect, table, column, found, keeps_default)
                        }
                        What::Collation(..) => {
                            vec![alter::change_collation(dialect, table, column)]
                        }
                        What::Nullability(..) => {
                            vec![alter::change_nullability(dialect, table, column)]
                        }
                        What::Generation(..) => {
                            alter::change_generation(dialect, table, column, found)
                        }
                        _ => vec![ddl::comment_on(dialect, table, Some(column))],
                    },
                ),
                _ => self.modify(change, column, destructive),
            },
            What::Key(found) => {
                add(Phase::Key, vec![alter::change_key(dialect, table, found)]);
            }
            What::IndexMissing(index) => {
                add(Phase::AddRules, vec![alter::add_index(dialect, table, index)]);
            }
            What::IndexAdditional(index) => {
                add(Phase::DropRules, vec![alter::drop_index(dialect, table, index)]);
            }
            What::CheckMissing(check) => {
                add(Phase::AddRules, vec![alter::add_check(dialect, table, check)]);
            }
            What::CheckDiffers(check, found) => {
                let drop = vec![alter::drop_constraint(dialect, table, &found.name)];
                self.add(Phase::DropRules, change, false, drop);
                let make = vec![alter::add_check(dialect, table, check)];
                self.add(Phase::AddRules, change, false, make);
            }
            What::CheckAdditional(check) => {
                // MariaDB stores the check of a column as a part of the column.
                let column = check.column.and(table.column(dialect, &check.name));
                match column.filter(|_| column_changes == ColumnChanges::Whole) {
                    Some(column) => self.modify(change, column, destructive),
                    None => {
                        let sql = alter::drop_constraint(dialect, table, &check.name);
                        add(Phase::DropRules, vec![sql]);
                    }
                }
            }
            What::ReferenceMissing(reference) => {
                add(Phase::References, vec![alter::add_reference(dialect, table, reference)]);
            }
            What::ReferenceDiffers(reference, found) => {
                let drop = vec![alter::drop_reference(dialect, table, found, false)];
                self.add(Phase::DropRules, change, destructive, drop);
                let make = vec![alter::add_reference(dialect, table, reference)];
                self.add(Phase::References, change, destructive, make);
            }
            What::ReferenceAdditional(found) => {
                let drop = alter::drop_reference(dialect, table, found, true);
                add(Phase::DropRules, vec![drop]);
            }
        }
    }
}

/// Returns `true` if the change is impossible in place.
fn needs_rebuild(change: &Change<'_>) -> bool {
    match change.what {
        What::ColumnMissing(column) => !column.nullable || column.generated.is_some(),
        What::IndexAdditional(index) => index.sql.is_none(),
        What::IndexMissing(_) => false,
        _ => true,
    }
}
