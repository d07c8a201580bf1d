//! What a query for an entity reads from: its table, or those of its level in a hierarchy, joined by the
//! key that they share.

use diesel::QueryResult;

use super::Text;
use crate::backend::{SqlFragment, SqlWriter};
use crate::mapping::{ColumnSet, EntityMeta, HierarchyMeta, KindMeta};
use crate::types::SqlKind;

impl EntityMeta {
    /// Whether the columns of its hierarchy are in several tables.
    pub(crate) fn is_split(&self) -> bool {
        self.hierarchy.is_some_and(|hierarchy| hierarchy.tables.len() > 1)
    }

    /// Whether a UUID is in its key.
    pub(crate) fn has_uuid_key(&self) -> bool {
        self.key.iter().any(|&part| self.columns[part].kind == SqlKind::Uuid)
    }

    /// The deferred columns that a query can read.
    pub(crate) fn deferred(&self) -> ColumnSet {
        self.seen().iter().filter(|&column| self.columns[column].deferred).collect()
    }

    /// One of the tables of its hierarchy, or the one that it has.
    pub(crate) fn numbered_table(&self, table: usize) -> &EntityMeta {
        self.hierarchy.map_or(self, |hierarchy| &hierarchy.tables[table])
    }

    /// The table of the base, in which all objects have a row.
    pub(crate) fn base_table(&self) -> &EntityMeta {
        self.numbered_table(0)
    }

    /// The tables in which each of its objects has a row, the base first.
    pub(crate) fn own_tables(&self) -> Vec<&EntityMeta> {
        let own = self.hierarchy.map_or(vec![0], |hierarchy| hierarchy.tables_of(self.level));
        own.into_iter().map(|table| self.numbered_table(table)).collect()
    }

    /// The tables in which only kinds of it have a row.
    fn tables_of_kinds(&self) -> Vec<&EntityMeta> {
        let own = self.hierarchy.map_or(vec![0], |hierarchy| hierarchy.tables_of(self.level));
        let others = self.table_numbers().into_iter().filter(|table| !own.contains(table));
        others.map(|table| self.numbered_table(table)).collect()
    }

    /// All tables in which its objects may have rows, each behind the one whose key it shares.
    pub(crate) fn all_tables(&self) -> Vec<&EntityMeta> {
        self.table_numbers().into_iter().map(|table| self.numbered_table(table)).collect()
    }

    fn table_numbers(&self) -> Vec<usize> {
        let Some(hierarchy) = self.hierarchy else { return vec![0] };
        let mut numbers = hierarchy.tables_of(self.level);
        for (level, it) in hierarchy.levels.iter().enumerate() {
            if hierarchy.is(level, self.level) && !numbers.contains(&it.table) {
                numbers.push(it.table);
            }
        }
        numbers
    }

    /// The numbers of all its tables, each behind those it refers to, as far as there is such an order.
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

    /// Whether one of its tables refers to another: by the key that they share, or by a foreign key.
    fn refers(&self, table: usize, to: usize) -> bool {
        let Some(hierarchy) = self.hierarchy else { return false };
        let level = hierarchy.levels.iter().position(|level| level.table == table);
        level.is_some_and(|level| hierarchy.has_table(level, to))
            || self.foreign_keys.iter().any(|reference| {
                let target = (reference.target)();
                let first = reference.columns.first();
                first.is_some_and(|&column| hierarchy.table_of_column(column) == table)
                    && target.hierarchy.is_some()
                    && target.entity.index() == self.entity.index()
                    && hierarchy.levels[target.level].table == to
            })
    }

    /// The condition that a row is of a kind of this level, where its tables do not say so.
    pub(crate) fn kind_condition(&'static self) -> Option<Box<dyn SqlFragment>> {
        self.level_condition(self.level)
    }

    /// The condition that a row is of a kind of some level of its hierarchy, where the tables do not say so.
    pub(crate) fn level_condition(&'static self, level: usize) -> Option<Box<dyn SqlFragment>> {
        let hierarchy = self.hierarchy?;
        hides_kinds(hierarchy, level)
            .then(|| Box::new(OfKind { meta: self, level }) as Box<dyn SqlFragment>)
    }
}

/// Whether the tables of a level may hold rows of kinds that are not of it, unknown ones included.
fn hides_kinds(hierarchy: &HierarchyMeta, level: usize) -> bool {
    let levels = hierarchy.levels;
    let table = levels[level].table;
    let has_no_table = levels[level].base.is_some_and(|base| levels[base].table == table);
    let holds_others = |kind: &KindMeta| {
        hierarchy.has_table(kind.level, table) && !hierarchy.is(kind.level, level)
    };
    has_no_table || hierarchy.kinds.iter().any(holds_others)
}

/// The condition that a row is of a kind of a level.
struct OfKind {
    meta: &'static EntityMeta,
    level: usize,
}

impl SqlFragment for OfKind {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let mut text = Text::new(pass.dialect(), "");
        if let Some(hierarchy) = self.meta.hierarchy {
            text.among_kinds(self.meta, hierarchy, self.level);
        }
        pass.push_sql(text.as_str());
        Ok(())
    }
}

impl Text {
    /// `employee JOIN boss ON boss.id = employee.id LEFT JOIN chief ON chief.id = employee.id`
    pub(crate) fn tables(&mut self, meta: &EntityMeta) -> &mut Self {
        self.table(meta.base_table()).further_tables(meta)
    }

    /// The same behind the table of the base.
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

    /// Joins a table whose key is that of another.
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

    /// `employee.kind IN ('boss')`, with a word behind, where the tables do not say so.
    pub(crate) fn of_kind(&mut self, meta: &EntityMeta, behind: &str) -> &mut Self {
        let hides = |it: &&HierarchyMeta| hides_kinds(it, meta.level);
        let Some(hierarchy) = meta.hierarchy.filter(hides) else { return self };
        self.among_kinds(meta, hierarchy, meta.level).push(behind)
    }

    fn among_kinds(
        &mut self,
        meta: &EntityMeta,
        hierarchy: &HierarchyMeta,
        level: usize,
    ) -> &mut Self {
        let codes: Vec<String> =
            hierarchy.kinds_of(level).map(|kind| self.dialect.literal(kind.code)).collect();
        if codes.is_empty() {
            return self.push("1 = 0");
        }
        self.column_of(None, meta, hierarchy.discriminator);
        self.push(" IN (").push(&codes.join(", ")).push(")")
    }
}
