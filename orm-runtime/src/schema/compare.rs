//! The comparison of mapping and database: what is missing from the database, additional in it, or
//! different.

use super::expression::{codes, differ, is_null, texts_differ};
use super::same_types::{has_collation, is_read_alike, is_text, normal_type, same_type};
use super::tokens::pieces;
use crate::backend::{Comments, Dialect, Identity, character_set, clipped};
use crate::ddl::names::is_made_of_a_condition;
use crate::ddl::table::{
    Action, Catalog, Check, Column, EnumType, ForeignKey, Generated, Index, SequenceName, Table,
    same_name, same_names, same_schema,
};

/// A difference between the database and the mapping.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change<'a> {
    /// The table, as the mapping has it.
    pub(super) table: &'a Table,
    pub(super) what: What<'a>,
}

/// What differs; of two values the mapping's comes first.
#[derive(Debug, Clone, Copy)]
pub(super) enum What<'a> {
    TypeMissing(&'a Column, &'a EnumType),
    TypeDiffers(&'a Column, &'a EnumType, &'a EnumType),
    SequenceMissing(&'a Column, &'a SequenceName),
    TableMissing,
    /// A view in place of a table, or a table in place of a view.
    Relation(&'a Table),
    TableComment(&'a Table),
    ColumnMissing(&'a Column),
    ColumnAdditional(&'a Column),
    ColumnType(&'a Column, &'a Column),
    Nullability(&'a Column, &'a Column),
    Generation(&'a Column, &'a Column),
    Collation(&'a Column, &'a Column),
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

/// Returns all differences, table by table in the order of the mapping.
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
            Some(found) if found.view.is_some() != table.view.is_some() => {
                comparison.add(What::Relation(found));
            }
            Some(found) if table.view.is_some() => comparison.view(found),
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

    /// Compares the types and sequences that the table uses, before everything else.
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

    /// Compares the columns of a view; no database reports whether they may be NULL.
    fn view(&mut self, found: &'a Table) {
        for column in &self.table.columns {
            match found.column(self.dialect, &column.name) {
                None => self.add(What::ColumnMissing(column)),
                // SQLite has no type for a computed value.
                Some(other) if other.sql_type.is_empty() => {}
                Some(other) if self.same_type(column, other) => {}
                Some(other) if self.is_read_alike(column, other) => {}
                Some(other) => self.add(What::ColumnType(column, other)),
            }
        }
        self.additional_columns(found);
    }

    fn table(&mut self, found: &'a Table) {
        if self.reads_comments() && self.table.comment != found.comment {
            self.add(What::TableComment(found));
        }
        for column in &self.table.columns {
            match found.column(self.dialect, &column.name) {
                None => self.add(What::ColumnMissing(column)),
                Some(other) => self.column(column, other),
            }
        }
        self.additional_columns(found);
        if !same_names(self.dialect, &self.table.key, &found.key) {
            self.add(What::Key(found));
        }
        self.indexes(found);
        self.checks(found);
        self.references(found);
    }

    fn reads_comments(&self) -> bool {
        self.dialect.definitions().comments != Comments::Text
    }

    fn additional_columns(&mut self, found: &'a Table) {
        for column in &found.columns {
            if self.table.column(self.dialect, &column.name).is_none() {
                self.add(What::ColumnAdditional(column));
            }
        }
    }

    fn column(&mut self, column: &'a Column, found: &'a Column) {
        let same_type = self.same_type(column, found);
        if !same_type {
            self.add(What::ColumnType(column, found));
        }
        let forms = self.dialect.comparison();
        let is_key = self.table.key.contains(&column.name) && forms.keys_may_be_null;
        if column.nullable != found.nullable && !is_key {
            self.add(What::Nullability(column, found));
        }
        if !self.same_generation(column, found) {
            self.add(What::Generation(column, found));
        }
        // A column that is no longer text has no collation.
        let wanted = normal_type(self.dialect, &column.sql_type);
        let are_texts = has_collation(&wanted) && has_collation(&found.sql_type);
        if (same_type || are_texts) && !same_collation(column, found) {
            self.add(What::Collation(column, found));
        }
        if self.reads_comments() && column.comment != found.comment {
            self.add(What::ColumnComment(column, found));
        }
    }

    fn same_type(&self, column: &Column, found: &Column) -> bool {
        let forms = self.dialect.definitions();
        // Only one spelling of the type makes a column an alias of the rowid.
        if forms.identity == Identity::Type && column.identity && !found.identity {
            return false;
        }
        let wanted = normal_type(self.dialect, &column.sql_type);
        // A type that the mapping names is that one, and not another that is treated alike.
        if self.dialect.comparison().types_are_affinities && column.named_type {
            return wanted == found.sql_type;
        }
        same_type(self.dialect, &wanted, &found.sql_type)
    }

    /// Returns `true` if both columns are read alike. The database determines the size of a view's
    /// column, and nobody writes there.
    fn is_read_alike(&self, column: &Column, found: &Column) -> bool {
        let wanted = normal_type(self.dialect, &column.sql_type);
        !column.named_type && is_read_alike(&wanted, &found.sql_type)
    }

    fn same_generation(&self, column: &Column, found: &Column) -> bool {
        let forms = self.dialect.definitions();
        if forms.identity != Identity::Type {
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
            (None, Some(Generated::Default(none))) | (Some(Generated::Default(none)), None) => {
                is_null(self.dialect, none)
            }
            (Some(Generated::Default(wanted)), Some(Generated::Default(found))) => {
                let texts = (wanted.as_str(), found.as_str());
                let is_text = is_text(&normal_type(self.dialect, &column.sql_type));
                if is_text && texts_differ(self.dialect, texts.0, texts.1) {
                    return false;
                }
                !differ(self.dialect, std::iter::empty(), wanted, found)
            }
            (
                Some(Generated::Computed { expression: wanted, stored }),
                Some(Generated::Computed { expression: found, stored: found_stored }),
            ) => stored == found_stored && !differ(self.dialect, names(), wanted, found),
            (Some(Generated::Sequence(wanted)), Some(Generated::Sequence(found))) => {
                same_name(self.dialect, &wanted.name, &found.name)
            }
            // A default may be the SQL expression that is read from the catalogue.
            (Some(Generated::Default(wanted)), Some(Generated::Sequence(found))) => {
                let wanted =
                    self.dialect.comparison().counted_by.and_then(|counted_by| counted_by(wanted));
                wanted.is_some_and(|(_, name)| name == found.name)
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
                    && index.nulls_not_distinct == other.nulls_not_distinct
                    && same_names(self.dialect, &index.columns, &other.columns)
                    && conditions
            };
            // Of two equal ones, the one with the same name matches.
            let named = left.iter().position(|other| same(other) && other.name == index.name);
            match named.or_else(|| left.iter().position(same)) {
                Some(at) => {
                    left.remove(at);
                }
                None => missing.push(index),
            }
        }
        // The database creates an index for each reference, and keeps it as long as there is no
        // other.
        let brings = self.dialect.definitions().references_bring_indexes;
        let of_reference = |index: &Index, table: &Table| {
            let columns = |it: &ForeignKey| {
                it.constraint && same_names(self.dialect, &it.columns, &index.columns)
            };
            brings && !index.unique && table.foreign_keys.iter().any(columns)
        };
        // An index that does what the key does anyway is not additional.
        let of_key = |index: &Index| {
            index.condition.is_none() && same_names(self.dialect, &index.columns, &self.table.key)
        };
        left.retain(|index| !of_key(index));
        missing.retain(|index| !of_reference(index, found));
        left.retain(|index| !of_reference(index, self.table));
        missing.into_iter().for_each(|index| self.add(What::IndexMissing(index)));
        left.into_iter().for_each(|index| self.add(What::IndexAdditional(index)));
    }

    /// Compares checks by their condition; if no condition is equal, by name.
    fn checks(&mut self, found: &'a Table) {
        let mut left: Vec<&Check> = found.checks.iter().collect();
        let mut others = Vec::new();
        for check in &self.table.checks {
            let same = |other: &&Check| self.same_check(check, other);
            let named = left.iter().position(|other| same(other) && other.name == check.name);
            match named.or_else(|| left.iter().position(same)) {
                Some(at) => {
                    left.remove(at);
                }
                None => others.push(check),
            }
        }
        for check in others {
            match left.iter().position(|other| other.name == check.name) {
                Some(at) => {
                    let other = left.remove(at);
                    self.add(What::CheckDiffers(check, other));
                }
                None => self.add(What::CheckMissing(check)),
            }
        }
        left.into_iter().for_each(|check| self.add(What::CheckAdditional(check)));
    }

    fn same_check(&self, check: &Check, other: &Check) -> bool {
        // A database rewrites a condition, and hides some changes, such as moved parentheses. A
        // name that was generated from the condition shows them.
        let made = |check: &Check| is_made_of_a_condition(&self.table.name, &check.name);
        let is_kept = self.dialect.comparison().keeps_expressions;
        if !is_kept && check.name != other.name && made(check) && made(other) {
            return false;
        }
        let names = || self.table.columns.iter().map(|column| column.name.as_str());
        let (Some(wanted), Some(column)) = (&check.codes, check.column) else {
            return !differ(self.dialect, names(), &check.condition, &other.condition);
        };
        let column = &self.table.columns[column];
        let mut there = codes(self.dialect, &other.condition, !is_text(&column.sql_type));
        let mut wanted = wanted.clone();
        there.sort();
        wanted.sort();
        there == wanted && is_about(self.dialect, &other.condition, &column.name)
    }

    fn references(&mut self, found: &'a Table) {
        let mut left: Vec<&ForeignKey> = found.foreign_keys.iter().collect();
        for reference in self.table.foreign_keys.iter().filter(|it| it.constraint) {
            let leads = |other: &&ForeignKey| self.leads_the_same_way(reference, other);
            let own =
                |other: &&ForeignKey| same_names(self.dialect, &reference.columns, &other.columns);
            let at = left.iter().position(leads).or_else(|| left.iter().position(own));
            let Some(at) = at else {
                self.add(What::ReferenceMissing(reference));
                continue;
            };
            let other = left.remove(at);
            let updates = same_on_update(reference, other);
            if !self.leads_the_same_way(reference, other)
                || reference.on_delete != other.on_delete
                || reference.deferrable != other.deferrable
                || !updates
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
            && (self.dialect.definitions().schemas_are_files
                || same_schema(self.dialect, schemas.0, schemas.1))
    }
}

/// Returns `true` if ON UPDATE is the same. The mapping cannot declare what happens when keys
/// change, so a database may refuse a change. A database that does more than the mapping expects
/// differs, except for keys that it generates, which never change.
pub(super) fn same_on_update(wanted: &ForeignKey, found: &ForeignKey) -> bool {
    match found.on_update {
        Action::Refuse => true,
        Action::Cascade => wanted.on_update == Action::Cascade || wanted.to_counted,
        Action::SetNull | Action::SetDefault => false,
    }
}

fn same_collation(column: &Column, found: &Column) -> bool {
    if let Some(own) = &found.own_collation {
        match (&column.collation, character_set(&column.sql_type)) {
            (Some(wanted), _) => return wanted.eq_ignore_ascii_case(own),
            (None, Some(set)) => return own.split('_').next() == Some(set.as_str()),
            (None, None) => {}
        }
    }
    match (&column.collation, &found.collation) {
        (Some(wanted), Some(found)) => wanted.eq_ignore_ascii_case(found),
        (wanted, found) => wanted.is_none() && found.is_none(),
    }
}

/// Returns `true` if a condition names a column.
fn is_about(dialect: Dialect, condition: &str, column: &str) -> bool {
    pieces(dialect, condition)
        .iter()
        .any(|piece| piece.name().is_some_and(|name| same_name(dialect, name, column)))
}

/// Returns `true` if a column has the type of an enumeration, or of an array of it.
pub(super) fn uses(column: &Column, ty: &EnumType) -> bool {
    let name = column.sql_type.trim_end_matches("[]");
    let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    name.is_some_and(|name| clipped(&name.replace("\"\"", "\"")) == ty.name)
}

fn first_user(wanted: &Catalog, uses: impl Fn(&Column) -> bool) -> Option<(&Table, &Column)> {
    wanted.tables.iter().find_map(|table| {
        table.columns.iter().find(|column| uses(column)).map(|column| (table, column))
    })
}
