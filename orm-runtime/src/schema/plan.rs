//! From differences to the statements that end them.

use super::compare::{Change, What, uses};
use super::create;
use super::difference::Difference;
use super::migration::Step;
use super::names::is_made_of_a_condition;
use super::order::Order;
use super::rebuild::rebuild;
use super::table::{Catalog, Column, ForeignKey, Generated, Table, same_name, same_names};
use super::types::{holds, normal_type};
use crate::backend::Dialect;
use crate::sql::{alter, ddl};

/// When a step has its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Kinds,
    DropRules,
    /// Before the columns that others are computed from.
    DropComputed,
    Tables,
    Columns,
    AddComputed,
    Key,
    AddRules,
    References,
    Comments,
}

/// The steps that end these differences, in the order in which they can be run.
pub(super) fn plan(
    dialect: Dialect,
    wanted: &Catalog,
    found: &Catalog,
    changes: &[Change<'_>],
) -> Vec<Step> {
    let order = Order::of(dialect, &wanted.tables);
    let mut plan = Plan { dialect, wanted, found, changes, order, entries: Vec::new() };
    for change in changes {
        plan.kinds(change);
    }
    // Tables that are missing come in the order of their references.
    for at in plan.order.tables.clone() {
        let table = &wanted.tables[at];
        let own: Vec<&Change<'_>> =
            changes.iter().filter(|change| std::ptr::eq(change.table, table)).collect();
        match found.table(dialect, table) {
            None => plan.make_table(at, &own),
            Some(there) if dialect == Dialect::Sqlite => plan.change_on_sqlite(table, there, &own),
            Some(there) => {
                own.iter().for_each(|change| plan.change(change));
                plan.free_references(there, &own);
                plan.free_computed(table, &own);
            }
        }
    }
    let mut entries = plan.entries;
    entries.sort_by_key(|entry| entry.phase);
    entries.into_iter().map(|entry| entry.step).collect()
}

struct Plan<'a> {
    dialect: Dialect,
    wanted: &'a Catalog,
    found: &'a Catalog,
    changes: &'a [Change<'a>],
    order: Order,
    entries: Vec<Entry>,
}

struct Entry {
    phase: Phase,
    /// The table and column that MySQL says anew for all their differences at once.
    column: Option<(String, String)>,
    step: Step,
}

impl Plan<'_> {
    fn add(&mut self, phase: Phase, change: &Change<'_>, destructive: bool, sql: Vec<String>) {
        let differences = vec![Difference::of(self.dialect, change)];
        let step = Step { differences, sql, destructive, unchecked: false };
        self.entries.push(Entry { phase, column: None, step });
    }

    /// Types and sequences.
    fn kinds(&mut self, change: &Change<'_>) {
        match change.what {
            What::TypeMissing(_, ty) => {
                self.add(Phase::Kinds, change, false, vec![ddl::create_type(ty)]);
            }
            What::SequenceMissing(_, sequence) => {
                let sql = ddl::create_sequence(self.dialect, sequence);
                self.add(Phase::Kinds, change, false, sql);
            }
            What::TypeDiffers(_, wanted, found) => match alter::add_codes(wanted, found) {
                Some(sql) => self.add(Phase::Kinds, change, false, sql),
                None => {
                    let loses = found.codes.iter().any(|code| !wanted.codes.contains(code));
                    let columns = self.found.tables.iter().flat_map(|table| {
                        let users = table.columns.iter().filter(|column| uses(column, wanted));
                        users.map(move |column| (table, column))
                    });
                    let sql = alter::rebuild_type(wanted, &columns.collect::<Vec<_>>());
                    self.add(Phase::Kinds, change, loses, sql);
                }
            },
            _ => {}
        }
    }

    /// The collation of a new table among older ones, whose keys it may refer to by texts: MySQL takes no reference
    /// between collations.
    fn collation(&self) -> Option<&str> {
        let mut found = self.found.tables.iter().filter_map(|table| table.collation.as_deref());
        found.find(|&collation| collation == "utf8mb4_bin")
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
        if self.dialect == Dialect::Sqlite {
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

    /// What SQLite can do in place, and a new table for all else.
    fn change_on_sqlite(&mut self, table: &Table, found: &Table, own: &[&Change<'_>]) {
        let own: Vec<&&Change<'_>> =
            own.iter().filter(|change| !matches!(change.what, What::SequenceMissing(..))).collect();
        if own.iter().any(|change| needs_rebuild(change)) {
            let differences = own.iter().map(|change| Difference::of(self.dialect, change));
            let step = Step {
                differences: differences.collect(),
                sql: rebuild(table, found),
                destructive: own.iter().any(|change| self.is_destructive(change)),
                unchecked: true,
            };
            return self.entries.push(Entry { phase: Phase::Columns, column: None, step });
        }
        for change in own {
            self.change(change);
        }
    }

    fn change(&mut self, change: &Change<'_>) {
        let (dialect, table) = (self.dialect, change.table);
        let destructive = self.is_destructive(change);
        if let What::ColumnType(column, _) | What::Nullability(column, _) = change.what
            && self.is_in_the_way(table, column)
        {
            // It is made anew as it is wanted.
            return;
        }
        let mut add = |phase, sql| self.add(phase, change, destructive, sql);
        match change.what {
            What::TypeMissing(..) | What::TypeDiffers(..) | What::SequenceMissing(..) => {}
            What::TableMissing => {}
            What::TableComment(_) => add(
                Phase::Comments,
                match dialect {
                    Dialect::Mysql => vec![alter::comment_table(table)],
                    _ => vec![ddl::comment_on(table, None)],
                },
            ),
            What::ColumnMissing(column) => {
                let mut sql = alter::add_column(dialect, table, column);
                if dialect == Dialect::Postgres && column.comment.is_some() {
                    sql.push(ddl::comment_on(table, Some(column)));
                }
                add(Phase::Columns, sql);
            }
            What::ColumnAdditional(found) => {
                let computed = matches!(found.generated, Some(Generated::Computed { .. }));
                let phase = if computed { Phase::DropComputed } else { Phase::Columns };
                add(phase, vec![alter::drop_column(dialect, table, &found.name)]);
            }
            What::Generation(column, found) if is_made_anew(dialect, column, found) => {
                self.make_anew(change, column, destructive);
            }
            What::ColumnType(column, found)
            | What::Nullability(column, found)
            | What::Generation(column, found)
            | What::ColumnComment(column, found) => match dialect {
                Dialect::Postgres => add(
                    match (&change.what, &found.generated) {
                        // The columns it is computed from may change their type.
                        (What::Generation(..), Some(Generated::Computed { .. })) => {
                            Phase::DropComputed
                        }
                        _ => Phase::Columns,
                    },
                    match change.what {
                        What::ColumnType(..) => alter::change_type(table, column, found),
                        What::Nullability(..) => vec![alter::change_nullability(table, column)],
                        What::Generation(..) => alter::change_generation(table, column, found),
                        _ => vec![ddl::comment_on(table, Some(column))],
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
                // MariaDB keeps the check of a column as a part of it.
                let column = check.column.and(table.column(dialect, &check.name));
                let sql = match column.filter(|_| dialect == Dialect::Mysql) {
                    Some(column) => alter::modify_column(table, column),
                    None => alter::drop_constraint(dialect, table, &check.name),
                };
                add(Phase::DropRules, vec![sql]);
            }
            What::ReferenceMissing(reference) => {
                add(Phase::References, vec![alter::add_reference(dialect, table, reference)]);
            }
            What::ReferenceDiffers(reference, found) => {
                let drop = vec![alter::drop_reference(dialect, table, found)];
                self.add(Phase::DropRules, change, false, drop);
                let make = vec![alter::add_reference(dialect, table, reference)];
                self.add(Phase::References, change, false, make);
            }
            What::ReferenceAdditional(found) => {
                add(Phase::DropRules, vec![alter::drop_reference(dialect, table, found)]);
            }
        }
    }

    /// MySQL says a column anew, once for all its differences.
    fn modify(&mut self, change: &Change<'_>, column: &Column, destructive: bool) {
        let key = (change.table.label(), column.name.clone());
        let known = self.entries.iter_mut().find(|entry| entry.column.as_ref() == Some(&key));
        if let Some(Entry { step, .. }) = known {
            step.differences.push(Difference::of(self.dialect, change));
            step.destructive |= destructive;
            return;
        }
        let sql = vec![alter::modify_column(change.table, column)];
        self.add(Phase::Columns, change, destructive, sql);
        if let Some(entry) = self.entries.last_mut() {
            entry.column = Some(key);
        }
    }

    /// Drops a column and adds it again, with the indexes it is in.
    fn make_anew(&mut self, change: &Change<'_>, column: &Column, destructive: bool) {
        let (dialect, table) = (self.dialect, change.table);
        let missing = |name: &str| {
            self.changes.iter().any(|other| {
                std::ptr::eq(other.table, table)
                    && matches!(other.what, What::IndexMissing(index) if index.name == name)
            })
        };
        let found = self.found.table(dialect, table);
        let is_in =
            |columns: &[String]| columns.iter().any(|name| same_name(dialect, name, &column.name));
        let kept =
            table.indexes.iter().filter(|index| is_in(&index.columns) && !missing(&index.name));
        let there = kept.clone().filter_map(|index| {
            found?.indexes.iter().find(|other| {
                index.unique == other.unique && same_names(dialect, &index.columns, &other.columns)
            })
        });
        let mut sql: Vec<String> =
            there.map(|index| alter::drop_index(dialect, table, index)).collect();
        sql.push(alter::drop_column(dialect, table, &column.name));
        let mut again = alter::add_column(dialect, table, column);
        if dialect == Dialect::Postgres && column.comment.is_some() {
            again.push(ddl::comment_on(table, Some(column)));
        }
        again.extend(kept.map(|index| alter::add_index(dialect, table, index)));
        self.add(Phase::DropComputed, change, destructive, sql);
        self.add(Phase::AddComputed, change, destructive, again);
    }

    /// PostgreSQL does not change the type of a column while others are computed from it.
    fn free_computed(&mut self, table: &Table, own: &[&Change<'_>]) {
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

    /// Whether a computed column has to go for a while, for PostgreSQL to change types in its table.
    fn is_in_the_way(&self, table: &Table, column: &Column) -> bool {
        let computed =
            |column: &Column| matches!(column.generated, Some(Generated::Computed { .. }));
        let found = self.found.table(self.dialect, table);
        let there = found.and_then(|found| found.column(self.dialect, &column.name));
        let types_change = self.changes.iter().any(|change| {
            std::ptr::eq(change.table, table) && matches!(change.what, What::ColumnType(..))
        });
        let stays = computed(column) && there.is_some_and(computed);
        self.dialect == Dialect::Postgres && types_change && stays
    }

    /// MySQL does not change the type of a column while a reference uses it: it goes before, and comes
    /// back after.
    fn free_references(&mut self, changed: &Table, own: &[&Change<'_>]) {
        if self.dialect != Dialect::Mysql {
            return;
        }
        for change in own {
            let What::ColumnType(column, _) = change.what else { continue };
            for table in &self.found.tables {
                for reference in &table.foreign_keys {
                    let uses = std::ptr::eq(table, changed)
                        && reference.columns.contains(&column.name)
                        || reference.table == changed.name
                            && reference.target.contains(&column.name);
                    if uses && !self.is_changed(reference) {
                        self.free_reference(change, table, reference);
                    }
                }
            }
        }
    }

    fn is_changed(&self, reference: &ForeignKey) -> bool {
        self.changes.iter().any(|change| match change.what {
            What::ReferenceDiffers(_, found) | What::ReferenceAdditional(found) => {
                std::ptr::eq(found, reference)
            }
            _ => false,
        })
    }

    fn free_reference(&mut self, change: &Change<'_>, table: &Table, reference: &ForeignKey) {
        let drop = alter::drop_reference(self.dialect, table, reference);
        if self.entries.iter().any(|entry| entry.step.sql.contains(&drop)) {
            return;
        }
        self.add(Phase::DropRules, change, false, vec![drop]);
        let again = alter::add_reference(self.dialect, table, reference);
        self.add(Phase::References, change, false, vec![again]);
    }

    /// Whether a change loses values, or takes something away that the mapping does not know.
    fn is_destructive(&self, change: &Change<'_>) -> bool {
        let mut own = self.changes.iter().filter(|other| std::ptr::eq(other.table, change.table));
        match change.what {
            What::ColumnAdditional(found) => {
                !matches!(found.generated, Some(Generated::Computed { .. }))
            }
            What::ColumnType(column, found) => {
                let wanted = normal_type(self.dialect, &column.sql_type);
                !holds(self.dialect, &wanted, &found.sql_type)
            }
            What::Generation(column, found) => {
                let computed =
                    |column: &Column| matches!(column.generated, Some(Generated::Computed { .. }));
                computed(column) && !computed(found)
            }
            // Not where another one takes its place.
            What::IndexAdditional(index) => !own.any(
                |other| matches!(other.what, What::IndexMissing(new) if new.name == index.name),
            ),
            What::CheckAdditional(check) => {
                !(is_made_of_a_condition(&change.table.name, &check.name)
                    && own.any(|other| matches!(other.what, What::CheckMissing(_))))
            }
            What::ReferenceAdditional(_) => true,
            What::TypeDiffers(_, wanted, found) => {
                found.codes.iter().any(|code| !wanted.codes.contains(code))
            }
            _ => false,
        }
    }
}

/// Whether SQLite can not do it in place.
fn needs_rebuild(change: &Change<'_>) -> bool {
    match change.what {
        What::ColumnMissing(column) => !column.nullable || column.generated.is_some(),
        What::IndexAdditional(index) => index.sql.is_none(),
        What::IndexMissing(_) => false,
        _ => true,
    }
}

/// Whether a column has to be dropped and added for another way in which it is made. MySQL can say
/// what it is computed by anew.
fn is_made_anew(dialect: Dialect, column: &Column, found: &Column) -> bool {
    match (&column.generated, &found.generated) {
        (
            Some(Generated::Computed { stored, .. }),
            Some(Generated::Computed { stored: found, .. }),
        ) => dialect != Dialect::Mysql || stored != found,
        (Some(Generated::Computed { .. }), _) => true,
        (_, Some(Generated::Computed { stored, .. })) => !stored,
        _ => false,
    }
}
