//! Relationships loaded by outer joins in the statement of their owners.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::select_in::{entities, limited_join, sort_by_key, whole};
use crate::backend::Row;
use crate::error::Result;
use crate::map::{IdentityMap, READ_ALL, RowPolicy};
use crate::mapping::{ColumnSet, EntityMeta, RelationshipKind, RelationshipMeta};
use crate::select::{
    Conditions, Node, PathStep, Side, StatementBuilder, parts, write_on, write_once, write_table,
};
use crate::sql::Text;

/// The relationships that are joined to a table, each after the one it begins at.
pub(in crate::session) struct Joins<'n, 'q> {
    joined: Vec<Joined<'n, 'q>>,
    /// `true` if rows without a joined row are left out.
    inner: bool,
    /// `true` for a query of pairs: its limit counts rows, and its rows do not make up collections.
    pairs: bool,
}

struct Joined<'n, 'q> {
    step: &'n PathStep<'q>,
    /// The index of the joined relationship it begins at, or `None` if it begins at the table.
    above: Option<usize>,
    /// The aliases of the target and of the association table.
    aliases: [String; 2],
    conditions: Conditions,
    /// The position of its first column, counted from the first joined column.
    offset: usize,
}

impl<'n, 'q> Joins<'n, 'q> {
    /// Creates the joins of the joined nodes below a table.
    pub(in crate::session) fn of(nodes: &'n [Node<'q>]) -> Result<Self> {
        let mut joins = Joins { joined: Vec::new(), inner: false, pairs: false };
        joins.collect(None, nodes, &mut 0)?;
        Ok(joins)
    }

    fn collect(
        &mut self,
        above: Option<usize>,
        nodes: &'n [Node<'q>],
        offset: &mut usize,
    ) -> Result<()> {
        for node in nodes.iter().filter(|node| node.step.joined) {
            let relationship = node.step.relationship;
            if node.step.limit.is_some() {
                return Err(limited_join(relationship));
            }
            let number = self.joined.len();
            self.joined.push(Joined {
                step: &node.step,
                above,
                aliases: [format!("orm_j{}", number + 1), format!("orm_a{}", number + 1)],
                conditions: Conditions::of(relationship),
                offset: *offset,
            });
            *offset += read(&node.step).map(|meta| meta.visible().count()).sum::<usize>();
            self.collect(Some(number), &node.next, offset)?;
        }
        Ok(())
    }

    /// Turns the joins into those of a query for pairs. With `outer`, the second object may be
    /// absent.
    pub(in crate::session) fn pairs(self, outer: bool) -> Self {
        Joins { inner: !outer, pairs: true, ..self }
    }

    pub(in crate::session) fn are_pairs(&self) -> bool {
        self.pairs
    }

    pub(in crate::session) fn is_empty(&self) -> bool {
        self.joined.is_empty()
    }

    /// Returns `true` if a row of the table can occur several times.
    pub(in crate::session) fn multiply(&self) -> bool {
        self.joined.iter().any(|joined| !joined.step.is_to_one())
    }

    /// Returns `true` if the joined collections have an order.
    pub(in crate::session) fn are_ordered(&self) -> bool {
        self.joined.iter().any(Joined::is_ordered)
    }

    /// Writes `, orm_j1.id, orm_j1.email`.
    pub(in crate::session) fn write_columns(&self, text: &mut Text) {
        for joined in &self.joined {
            for (meta, alias) in read(joined.step).zip(&joined.aliases) {
                for column in meta.visible() {
                    text.push(", ").column_of(Some(alias), meta, column);
                }
            }
        }
    }

    /// Writes ` LEFT JOIN address AS orm_j1 ON orm_j1.user_id = user.id`.
    pub(in crate::session) fn write<'a>(&'a self, sql: &mut StatementBuilder<'a>) {
        let join = if self.inner { " JOIN " } else { " LEFT JOIN " };
        for joined in &self.joined {
            let relationship = joined.step.relationship;
            let (source, target) = ((relationship.source)(), (relationship.target)());
            let [alias, association] = &joined.aliases;
            let above = joined.above.map(|above| &*self.joined[above].aliases[0]);
            let way = relationship.way();
            let (mut source_columns, mut meta, mut columns) = (above, source, way.source_columns);
            if let Some(through) = way.through {
                sql.push(join);
                let conditions: Vec<_> = joined.conditions.of_association().collect();
                write_table(sql, through.meta, through.meta.visible(), &conditions, association);
                let side: Side<'_> = (Some(association), through.meta, through.source_columns);
                write_on(sql.text().push(" ON "), side, (source_columns, meta, columns));
                if self.pairs && relationship.may_repeat() {
                    write_once(sql, through, &conditions, association);
                }
                (source_columns, meta, columns) =
                    (Some(association.as_str()), through.meta, through.target_columns);
            }
            sql.push(join);
            joined.write_target(sql, target);
            let side: Side<'_> = (Some(alias), target, way.target_columns);
            write_on(sql.text().push(" ON "), side, (source_columns, meta, columns));
        }
    }

    /// Writes `, orm_j1.position`: the order inside the joined collections.
    pub(in crate::session) fn write_order(&self, text: &mut Text, mut before: &str) {
        for joined in self.joined.iter().filter(|joined| joined.is_ordered()) {
            let target = (joined.step.relationship.target)();
            let alias = &joined.aliases[0];
            if !joined.step.order.is_empty() {
                text.push(before).push(alias).push(".orm_place");
                before = ", ";
                continue;
            }
            for &(column, descending) in joined.step.relationship.order {
                text.push(before).column_of(Some(alias), target, column);
                text.direction(target, column, descending);
                before = ", ";
            }
        }
    }

    /// Begins to read the joined columns of rows.
    pub(in crate::session) fn begin(&self, map: &mut IdentityMap, how: RowPolicy) -> Joining<'_> {
        let taken = self.joined.iter().map(|joined| {
            for meta in entities(joined.step.relationship) {
                map.arena_dyn_of(meta);
            }
            let target = (joined.step.relationship.target)();
            let own = map.row_policy(
                target,
                if how.populates() { READ_ALL } else { how.horizon() },
                ColumnSet::EMPTY,
            );
            let mut taken = Taken::new(joined.step, joined.above, joined.offset, own);
            taken.exact = map.pairs_exactly(joined.step.relationship);
            taken
        });
        Joining { taken: taken.collect() }
    }
}

impl Joined<'_, '_> {
    fn is_ordered(&self) -> bool {
        !self.step.is_to_one() && self.step.is_ordered()
    }

    /// Writes the table of the target, or a subquery of the rows that its conditions leave.
    fn write_target<'a>(&'a self, sql: &mut StatementBuilder<'a>, target: &'static EntityMeta) {
        let conditions: Vec<_> =
            self.conditions.of_target().chain(parts(&self.step.filters)).collect();
        let order = &self.step.order;
        if self.step.is_to_one() || order.is_empty() {
            return write_table(sql, target, target.visible(), &conditions, &self.aliases[0]);
        }
        // The order refers to the table, which has a different name outside the subquery.
        sql.push("(SELECT ").text().aliased_columns(target, target.visible());
        sql.push(", ROW_NUMBER() OVER (");
        for (n, order) in order.iter().enumerate() {
            sql.push(if n == 0 { "ORDER BY " } else { ", " }).part(&**order);
        }
        sql.push(") AS orm_place FROM ").text().tables(target);
        sql.conditions(" WHERE ", conditions);
        sql.push(") AS ").push(&self.aliases[0]);
    }
}

/// Returns the entities whose columns are read for a joined relationship.
fn read(step: &PathStep<'_>) -> impl Iterator<Item = &'static EntityMeta> + use<> {
    let through = step.relationship.way().through.map(|through| through.meta);
    [(step.relationship.target)()].into_iter().chain(through)
}

/// Rows with joined columns that are being brought into the map.
pub(in crate::session) struct Joining<'j> {
    taken: Vec<Taken<'j>>,
}

/// The rows of one joined relationship that were read so far.
struct Taken<'j> {
    step: &'j PathStep<'j>,
    above: Option<usize>,
    offset: usize,
    /// The row policy of the target; the next field is that of the association, whose columns
    /// follow those of the target.
    how: RowPolicy,
    of_association: Option<RowPolicy>,
    /// The position of a column that is NULL if nothing was joined.
    key: usize,
    owners: Vec<u32>,
    known_owners: HashSet<u32, RandomState>,
    /// The object that refers and the target, for each joined row.
    rows: Vec<(u32, u32)>,
    known_rows: HashSet<u32, RandomState>,
    /// The target in the current row.
    here: Option<u32>,
    /// `true` if keys are compared alike here and in the database.
    exact: bool,
}

impl<'j> Taken<'j> {
    fn new(step: &'j PathStep<'j>, above: Option<usize>, offset: usize, how: RowPolicy) -> Self {
        let target = (step.relationship.target)();
        let first = target.key.first().copied();
        Taken {
            step,
            above,
            offset,
            how,
            of_association: step.relationship.way().through.map(|through| how.of(through.meta)),
            key: target.visible().position(|column| Some(column) == first).unwrap_or_default(),
            owners: Vec::new(),
            known_owners: HashSet::default(),
            rows: Vec::new(),
            known_rows: HashSet::default(),
            here: None,
            exact: true,
        }
    }

    fn load_joined_row(
        &mut self,
        map: &mut IdentityMap,
        row: &mut Row<'_, '_>,
        first: usize,
        owner: u32,
    ) -> Result<()> {
        let relationship = self.step.relationship;
        if map.is((relationship.source)(), owner) && self.known_owners.insert(owner) {
            self.owners.push(owner);
        }
        let start = first + self.offset;
        if row.is_null(start + self.key) {
            return Ok(());
        }
        row.rewind(start);
        self.here = map.arena_dyn_of((relationship.target)()).load_row(row, &self.how)?;
        let mut referring = self.here;
        if self.step.is_to_one() {
            if self.exact {
                return Ok(());
            }
            referring = Some(owner);
        }
        if let Some(how) = &self.of_association {
            row.rewind(start + self.how.width());
            referring = map.arena_dyn_of(how.meta()).load_row(row, how)?;
        }
        if let (Some(referring), Some(target)) = (referring, self.here)
            && self.known_rows.insert(referring)
        {
            self.rows.push((referring, target));
        }
        Ok(())
    }

    fn enter(mut self, map: &mut IdentityMap, pairs: bool) {
        let relationship = self.step.relationship;
        let whole = whole(self.step).filter(|_| !pairs);
        map.fix_up_loaded((relationship.target)(), whole);
        if let Some(through) = relationship.way().through {
            map.fix_up_loaded(through.meta, whole);
        }
        if relationship.kind == RelationshipKind::ManyToOne && !self.step.is_filtered() && !pairs {
            map.note_absent_targets(relationship, &self.owners);
        }
        if self.step.is_to_one() || pairs {
            return;
        }
        if !self.step.is_ordered() {
            sort_by_key(map, relationship, &mut self.rows);
        }
        let found: Vec<u32> = self.rows.iter().map(|&(referring, _)| referring).collect();
        map.enter_loaded(relationship, &self.owners, &found, self.step.is_filtered());
    }
}

impl Joining<'_> {
    /// Brings the joined columns of a row into the map. They begin at a position and belong to an
    /// object.
    pub(in crate::session) fn load_joined_row(
        &mut self,
        map: &mut IdentityMap,
        row: &mut Row<'_, '_>,
        first: usize,
        owner: u32,
    ) -> Result<()> {
        for n in 0..self.taken.len() {
            let above = match self.taken[n].above {
                None => Some(owner),
                Some(above) => self.taken[above].here,
            };
            let taken = &mut self.taken[n];
            taken.here = None;
            if let Some(above) = above {
                taken.load_joined_row(map, row, first, above)?;
            }
        }
        Ok(())
    }

    /// Returns the object at the end of the path in the current row.
    pub(in crate::session) fn end(&self) -> Option<u32> {
        self.taken.last()?.here
    }

    /// Returns the relationships along which rows were found, with the referring objects and the
    /// targets.
    pub(in crate::session) fn found(
        &self,
    ) -> impl Iterator<Item = (&'static RelationshipMeta, &[(u32, u32)])> {
        let taken = self.taken.iter().filter(|taken| !taken.exact);
        taken.map(|taken| (taken.step.relationship, &*taken.rows))
    }

    /// Returns the entities whose columns were read.
    pub(in crate::session) fn read(&self) -> impl Iterator<Item = &'static EntityMeta> + use<> {
        let taken: Vec<_> = self.taken.iter().flat_map(|taken| read(taken.step)).collect();
        taken.into_iter()
    }

    /// Adds the objects that were found to their collections.
    pub(in crate::session) fn enter(self, map: &mut IdentityMap, pairs: bool) {
        self.taken.into_iter().for_each(|taken| taken.enter(map, pairs));
    }
}
