//! The mapping beside the database: what is missing there, additional, or not the same.

use super::expression::{codes, differ, texts_differ};
use super::table::{
    Catalog, Check, Column, EnumType, ForeignKey, Generated, Index, SequenceName, Table, same_name,
    same_names, same_schema,
};
use super::types::{is_text, normal_type};
use crate::backend::Dialect;

/// Something that is not as the mapping has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change<'a> {
    /// The table, as it is wanted.
    pub(super) table: &'a Table,
    pub(super) what: What<'a>,
}

/// What is not as the mapping has it; of two the wanted one comes first.
#[derive(Debug, Clone, Copy)]
pub(super) enum What<'a> {
    TypeMissing(&'a Column, &'a EnumType),
    TypeDiffers(&'a Column, &'a EnumType, &'a EnumType),
    SequenceMissing(&'a Column, &'a SequenceName),
    TableMissing,
    TableComment(&'a Table),
    ColumnMissing(&'a Column),
    ColumnAdditional(&'a Column),
    ColumnType(&'a Column, &'a Column),
    Nullability(&'a Column, &'a Column),
    Generation(&'a Column, &'a Column),
    ColumnComment(&'a Column, &'a Column),
    Key(&'a Table),
    IndexMissing(&'a Index),
    IndexAdditional(&'a Index),
    CheckMissing(&'a Check),
    CheckDiffers(&'a Check, &'a Check),
    CheckAdditional(&'a Check),
    ReferenceMissing(&'a ForeignKey),
    ReferenceDiffers(&'a ForeignKey, &'a ForeignKey),
    ReferenceAdditional(&'a ForeignKey),
}

/// Everything that is not as the mapping has it, table by table in the order of the mapping.
pub(super) fn compare<'a>(
    dialect: Dialect,
    wanted: &'a Catalog,
    found: &'a Catalog,
) -> Vec<Change<'a>> {
    let mut changes = Vec::new();
    for table in &wanted.tables {
        let mut comparison = Comparison { dialect, table, changes: &mut changes };
        comparison.kinds(wanted, found);
        match found.table(dialect, table) {
            None => comparison.add(What::TableMissing),
            Some(found) => comparison.table(found),
        }
    }
    changes
}

struct Comparison<'a, 'c> {
    dialect: Dialect,
    table: &'a Table,
    changes: &'c mut Vec<Change<'a>>,
}

impl<'a> Comparison<'a, '_> {
    fn add(&mut self, what: What<'a>) {
        self.changes.push(Change { table: self.table, what });
    }

    /// The types and sequences that the table uses before all others.
    fn kinds(&mut self, wanted: &'a Catalog, found: &'a Catalog) {
        for ty in &wanted.types {
            let Some((table, column)) = first_user(wanted, |column| uses(column, ty)) else {
                continue;
            };
            if !std::ptr::eq(table, self.table) {
                continue;
            }
            match found.types.iter().find(|other| other.name == ty.name) {
                None => self.add(What::TypeMissing(column, ty)),
                Some(other) if other.codes != ty.codes => {
                    self.add(What::TypeDiffers(column, ty, other));
                }
                Some(_) => {}
            }
        }
        for sequence in &wanted.sequences {
            let counts = |column: &Column| matches!(&column.generated, Some(Generated::Sequence(other)) if other == sequence);
            let Some((table, column)) = first_user(wanted, counts) else { continue };
            let there = found.sequences.iter().any(|other| {
                same_name(self.dialect, &other.name, &sequence.name)
                    && same_schema(
                        self.dialect,
                        other.schema.as_deref(),
                        sequence.schema.as_deref(),
                    )
            });
            if std::ptr::eq(table, self.table) && !there {
                self.add(What::SequenceMissing(column, sequence));
            }
        }
    }

    fn table(&mut self, found: &'a Table) {
        // SQLite keeps comments in a text that nobody reads back.
        if self.dialect != Dialect::Sqlite && self.table.comment != found.comment {
            self.add(What::TableComment(found));
        }
        for column in &self.table.columns {
            match found.column(self.dialect, &column.name) {
                None => self.add(What::ColumnMissing(column)),
                Some(other) => self.column(column, other),
            }
        }
        for column in &found.columns {
            if self.table.column(self.dialect, &column.name).is_none() {
                self.add(What::ColumnAdditional(column));
            }
        }
        if !same_names(self.dialect, &self.table.key, &found.key) {
            self.add(What::Key(found));
        }
        self.indexes(found);
        self.checks(found);
        self.references(found);
    }

    fn column(&mut self, column: &'a Column, found: &'a Column) {
        if !same_type(self.dialect, column, found) {
            self.add(What::ColumnType(column, found));
        }
        if column.nullable != found.nullable {
            self.add(What::Nullability(column, found));
        }
        if !self.same_generation(column, found) {
            self.add(What::Generation(column, found));
        }
        if self.dialect != Dialect::Sqlite && column.comment != found.comment {
            self.add(What::ColumnComment(column, found));
        }
    }

    fn same_generation(&self, column: &Column, found: &Column) -> bool {
        // On SQLite the type says it.
        if self.dialect != Dialect::Sqlite {
            let counts = matches!(found.generated, Some(Generated::Sequence(_)));
            if column.identity {
                return found.identity || counts;
            }
            if found.identity {
                return false;
            }
        }
        let names = || self.table.columns.iter().map(|column| column.name.as_str());
        match (&column.generated, &found.generated) {
            (None, None) => true,
            (None, Some(Generated::Default(none))) => none.eq_ignore_ascii_case("NULL"),
            (Some(Generated::Default(wanted)), Some(Generated::Default(found))) => {
                let texts = is_text(&column.sql_type) && texts_differ(self.dialect, wanted, found);
                !texts && !differ(self.dialect, std::iter::empty(), wanted, found)
            }
            (
                Some(Generated::Computed { expression: wanted, stored }),
                Some(Generated::Computed { expression: found, stored: found_stored }),
            ) => stored == found_stored && !differ(self.dialect, names(), wanted, found),
            (Some(Generated::Sequence(wanted)), Some(Generated::Sequence(found))) => {
                same_name(self.dialect, &wanted.name, &found.name)
            }
            _ => false,
        }
    }

    fn indexes(&mut self, found: &'a Table) {
        let names = || self.table.columns.iter().map(|column| column.name.as_str());
        let mut left: Vec<&Index> = found.indexes.iter().collect();
        let mut missing = Vec::new();
        for index in &self.table.indexes {
            let same = |other: &&Index| {
                let conditions = match (&index.condition, &other.condition) {
                    (Some(wanted), Some(found)) => !differ(self.dialect, names(), wanted, found),
                    (wanted, found) => wanted.is_none() && found.is_none(),
                };
                index.unique == other.unique
                    && same_names(self.dialect, &index.columns, &other.columns)
                    && conditions
            };
            // Of two that are alike that of the same name is meant.
            let named = left.iter().position(|other| same(other) && other.name == index.name);
            match named.or_else(|| left.iter().position(same)) {
                Some(at) => {
                    left.remove(at);
                }
                None => missing.push(index),
            }
        }
        missing.into_iter().for_each(|index| self.add(What::IndexMissing(index)));
        left.into_iter().for_each(|index| self.add(What::IndexAdditional(index)));
    }

    fn checks(&mut self, found: &'a Table) {
        let names = || self.table.columns.iter().map(|column| column.name.as_str());
        for check in &self.table.checks {
            let other = found.checks.iter().find(|other| other.name == check.name);
            let Some(other) = other else {
                self.add(What::CheckMissing(check));
                continue;
            };
            let differs = match (&check.codes, check.column) {
                (Some(wanted), Some(column)) => {
                    let ty = &self.table.columns[column].sql_type;
                    let numbers = !is_text(ty);
                    let mut there = codes(self.dialect, &other.condition, numbers);
                    let mut wanted = wanted.clone();
                    there.sort();
                    wanted.sort();
                    there != wanted
                }
                _ => differ(self.dialect, names(), &check.condition, &other.condition),
            };
            if differs {
                self.add(What::CheckDiffers(check, other));
            }
        }
        for check in &found.checks {
            if !self.table.checks.iter().any(|other| other.name == check.name) {
                self.add(What::CheckAdditional(check));
            }
        }
    }

    fn references(&mut self, found: &'a Table) {
        let mut left: Vec<&ForeignKey> = found.foreign_keys.iter().collect();
        for reference in &self.table.foreign_keys {
            let leads = |other: &&ForeignKey| self.leads_the_same_way(reference, other);
            let own =
                |other: &&ForeignKey| same_names(self.dialect, &reference.columns, &other.columns);
            let at = left.iter().position(leads).or_else(|| left.iter().position(own));
            let Some(at) = at else {
                self.add(What::ReferenceMissing(reference));
                continue;
            };
            let other = left.remove(at);
            if !self.leads_the_same_way(reference, other) || reference.on_delete != other.on_delete
            {
                self.add(What::ReferenceDiffers(reference, other));
            }
        }
        left.into_iter().for_each(|other| self.add(What::ReferenceAdditional(other)));
    }

    fn leads_the_same_way(&self, wanted: &ForeignKey, found: &ForeignKey) -> bool {
        let schemas = (wanted.schema.as_deref(), found.schema.as_deref());
        same_names(self.dialect, &wanted.columns, &found.columns)
            && same_name(self.dialect, &wanted.table, &found.table)
            && same_names(self.dialect, &wanted.target, &found.target)
            // References do not leave a file on SQLite.
            && (self.dialect == Dialect::Sqlite || same_schema(self.dialect, schemas.0, schemas.1))
    }
}

fn same_type(dialect: Dialect, column: &Column, found: &Column) -> bool {
    let wanted = normal_type(dialect, &column.sql_type);
    if wanted.starts_with("ENUM(") && found.sql_type.starts_with("ENUM(") {
        return codes(dialect, &column.sql_type, false) == codes(dialect, &found.sql_type, false);
    }
    wanted == found.sql_type
}

/// Whether a column is of an enumeration, or of an array of it.
pub(super) fn uses(column: &Column, ty: &EnumType) -> bool {
    let mut name = String::new();
    Dialect::Postgres.push_name(&mut name, &ty.name);
    column.sql_type.trim_end_matches("[]") == name
}

fn first_user(wanted: &Catalog, uses: impl Fn(&Column) -> bool) -> Option<(&Table, &Column)> {
    wanted.tables.iter().find_map(|table| {
        table.columns.iter().find(|column| uses(column)).map(|column| (table, column))
    })
}
