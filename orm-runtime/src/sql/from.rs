//! What a query for an entity reads from: its table, or the tables of its subtype in a hierarchy,
//! joined by the key that they share.

use diesel::QueryResult;

use super::Text;
use crate::backend::{SqlFragment, SqlWriter};
use crate::mapping::{ColumnSet, ConcreteMeta, EntityMeta, HierarchyMeta};
use crate::types::ColumnType;

impl EntityMeta {
    /// Returns `true` if the columns of its hierarchy are in several tables.
    pub(crate) fn is_split(&self) -> bool {
        self.hierarchy.is_some_and(|hierarchy| hierarchy.tables.len() > 1)
    }

    /// Returns `true` if its key contains a UUID.
    pub(crate) fn has_uuid_key(&self) -> bool {
        self.key.iter().any(|&part| self.columns[part].kind == ColumnType::Uuid)
    }

    /// Returns the deferred columns that a query can read.
    pub(crate) fn deferred(&self) -> ColumnSet {
        self.seen().iter().filter(|&column| self.columns[column].deferred).collect()
    }

    /// Returns a table of its hierarchy by number, or its only table.
    pub(crate) fn numbered_table(&self, table: usize) -> &EntityMeta {
        self.hierarchy.map_or(self, |hierarchy| &hierarchy.tables[table])
    }

    /// Returns the table of the base, in which all objects have a row.
    pub(crate) fn base_table(&self) -> &EntityMeta {
        self.numbered_table(0)
    }

    /// Returns the tables in which each of its objects has a row, the base first.
    pub(crate) fn own_tables(&self) -> Vec<&EntityMeta> {
        let own = self.hierarchy.map_or(vec![0], |hierarchy| hierarchy.tables_of(self.subtype));
        own.into_iter().map(|table| self.numbered_table(table)).collect()
    }

    /// Returns the tables in which only its subtypes have a row.
    fn tables_of_kinds(&self) -> Vec<&EntityMeta> {
        let own = self.hierarchy.map_or(vec![0], |hierarchy| hierarchy.tables_of(self.subtype));
        let others = self.table_numbers().into_iter().filter(|table| !own.contains(table));
        others.map(|table| self.numbered_table(table)).collect()
    }

    /// Returns all tables in which its objects may have rows, each after the table whose key it
    /// shares.
    pub(crate) fn all_tables(&self) -> Vec<&EntityMeta> {
        self.table_numbers().into_iter().map(|table| self.numbered_table(table)).collect()
    }

    fn table_numbers(&self) -> Vec<usize> {
        let Some(hierarchy) = self.hierarchy else { return vec![0] };
        let mut numbers = hierarchy.tables_of(self.subtype);
        for (subtype, it) in hierarchy.subtypes.iter().enumerate() {
            if hierarchy.is(subtype, self.subtype) && !numbers.contains(&it.table) {
                numbers.push(it.table);
            }
        }
        numbers
    }

    /// Returns the numbers of all its tables, each after the tables that it references, if such an
    /// order exists.
    pub(crate) fn tables_by_reference(&self) -> Vec<usize> {
        let mut waiting = self.table_numbers();
        let mut ordered = Vec::with_capacity(waiting.len());
        while !waiting.is_empty() {
            let waits = |&table: &usize| {
                waiting.iter().any(|&other| other != table && self.refers(table, other))
            };
            let next = waiting.iter().position(|table| !waits(table)).unwrap_or_default();
            ordered.push(waiting.remove(next));
        }
        ordered
    }

    /// Returns `true` if one of its tables references another: by the key that they share, or by a
    /// foreign key.
    fn refers(&self, table: usize, to: usize) -> bool {
        let Some(hierarchy) = self.hierarchy else { return false };
        let subtype = hierarchy.subtypes.iter().position(|subtype| subtype.table == table);
        subtype.is_some_and(|subtype| hierarchy.has_table(subtype, to))
            || self.foreign_keys.iter().any(|reference| {
                let target = (reference.target)();
                let first = reference.columns.first();
                first.is_some_and(|&column| hierarchy.table_of_column(column) == table)
                    && target.hierarchy.is_some()
                    && target.entity.index() == self.entity.index()
                    && hierarchy.subtypes[target.subtype].table == to
            })
    }

    /// Returns the condition that a row is of this subtype or of a derived one, unless its tables
    /// imply it.
    pub(crate) fn kind_condition(&'static self) -> Option<Box<dyn SqlFragment>> {
        self.subtype_condition(self.subtype)
    }

    /// Returns the condition that a row is of some subtype of its hierarchy or of a derived one,
    /// unless the tables imply it.
    pub(crate) fn subtype_condition(&'static self, subtype: usize) -> Option<Box<dyn SqlFragment>> {
        let hierarchy = self.hierarchy?;
        hides_subtypes(hierarchy, subtype)
            .then(|| Box::new(OfSubtype { meta: self, subtype }) as Box<dyn SqlFragment>)
    }
}

/// Returns `true` if the tables of a subtype may contain rows of other subtypes, including unknown
/// ones.
fn hides_subtypes(hierarchy: &HierarchyMeta, subtype: usize) -> bool {
    let subtypes = hierarchy.subtypes;
    let table = subtypes[subtype].table;
    let has_no_table = subtypes[subtype].base.is_some_and(|base| subtypes[base].table == table);
    let holds_others = |kind: &ConcreteMeta| {
        hierarchy.has_table(kind.subtype, table) && !hierarchy.is(kind.subtype, subtype)
    };
    has_no_table || hierarchy.concrete.iter().any(holds_others)
}

/// The condition that a row is of a subtype or of a derived one.
struct OfSubtype {
    meta: &'static EntityMeta,
    subtype: usize,
}

impl SqlFragment for OfSubtype {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let mut text = Text::new(pass.dialect(), "");
        if let Some(hierarchy) = self.meta.hierarchy {
            text.among_subtypes(self.meta, hierarchy, self.subtype);
        }
        pass.push_sql(text.as_str());
        Ok(())
    }
}

impl Text {
    /// Writes
    /// `employee JOIN boss ON boss.id = employee.id LEFT JOIN chief ON chief.id = employee.id`.
    pub(crate) fn tables(&mut self, meta: &EntityMeta) -> &mut Self {
        self.table(meta.base_table()).further_tables(meta)
    }

    /// Writes the joins that follow the table of the base.
    pub(crate) fn further_tables(&mut self, meta: &EntityMeta) -> &mut Self {
        if !meta.is_split() {
            return self;
        }
        let base = meta.base_table();
        for table in &meta.own_tables()[1..] {
            self.sharing_key(" JOIN ", base, table);
        }
        for table in meta.tables_of_kinds() {
            self.sharing_key(" LEFT JOIN ", base, table);
        }
        self
    }

    /// Joins a table that shares the key of another one.
    pub(super) fn sharing_key(
        &mut self,
        join: &str,
        with: &EntityMeta,
        table: &EntityMeta,
    ) -> &mut Self {
        self.push(join).table(table).push(" ON ");
        self.separated(" AND ", table.key, |text, &part| {
            text.table(table).push(".").column(table, part).push(" = ");
            text.table(with).push(".").column(with, part);
        })
    }

    /// Writes `employee.subtype IN ('boss')` followed by a word, unless the tables imply the
    /// condition.
    pub(crate) fn of_kind(&mut self, meta: &EntityMeta, behind: &str) -> &mut Self {
        let hides = |it: &&HierarchyMeta| hides_subtypes(it, meta.subtype);
        let Some(hierarchy) = meta.hierarchy.filter(hides) else { return self };
        self.among_subtypes(meta, hierarchy, meta.subtype).push(behind)
    }

    fn among_subtypes(
        &mut self,
        meta: &EntityMeta,
        hierarchy: &HierarchyMeta,
        subtype: usize,
    ) -> &mut Self {
        let codes: Vec<String> =
            hierarchy.concrete_of(subtype).map(|kind| self.dialect.literal(kind.code)).collect();
        if codes.is_empty() {
            return self.push("1 = 0");
        }
        self.column_of(None, meta, hierarchy.discriminator);
        self.push(" IN (").push(&codes.join(", ")).push(")")
    }
}
