//! One relationship for many owners, by a statement with their keys.

use super::Fresh;
use super::joined::Joins;
use diesel::QueryResult;

use crate::backend::{Dialect, SqlFragment, SqlWriter};
use crate::error::{Error, Result};
use crate::map::{IdentityMap, KeyList, RowPolicy};
use crate::mapping::{ColumnSet, EntityMeta, RelationshipMeta, Through};
use crate::select::{Conditions, Node, PathStep, Piece, StatementBuilder, parts};
use crate::session::Session;
use crate::session::row_binds::ListedKeys;
use crate::sql::{KeyForm, Text};

impl Session {
    /// Loads a relationship for these owners, and what is joined to it. `to_decide` says whether
    /// the session needs it to decide a write.
    pub(super) fn select_in(
        &mut self,
        owners: &[u32],
        node: &Node<'_>,
        horizon: u32,
        to_decide: bool,
    ) -> Result<Fresh> {
        let step = &node.step;
        let relationship = step.relationship;
        for meta in entities(relationship) {
            self.map_mut().arena_dyn_of(meta);
        }
        let joins = Joins::of(&node.next)?;
        if step.limit.is_some() && !joins.is_empty() {
            return Err(limited_join(relationship));
        }
        let keys = self.keys_of(step, owners, horizon);
        let how = self.map_mut().row_policy((relationship.target)(), horizon, ColumnSet::EMPTY);
        let how = if to_decide { how.to_decide() } else { how };
        let mut found = self.fetch(step, &joins, &*keys, how)?;
        let through = relationship.way().through;
        if !step.is_to_one() {
            self.pair_members(relationship, &found)?;
        } else if !found.is_empty() {
            self.pair((relationship.source)(), relationship.foreign_key, owners)?;
        }
        self.pair_arrivals((relationship.target)())?;
        self.map_mut().fix_up_loaded((relationship.target)(), whole(step));
        if let Some(through) = through {
            self.pair_arrivals(through.meta)?;
            self.map_mut().fix_up_loaded(through.meta, whole(step));
        }
        let fresh = match joins.is_empty() {
            true => Fresh::None,
            false => Fresh::Some(found.iter().map(|&(_, target)| target).collect()),
        };
        if step.is_to_one() {
            let age = self.map().age();
            if !step.is_filtered() {
                let target = (relationship.target)();
                self.map_mut().arena_dyn_of(target).note_absent(&*keys, target.subtype, age);
            }
            return Ok(fresh);
        }
        if !step.is_ordered() {
            sort_by_key(self.map(), relationship, &mut found);
        }
        let found: Vec<u32> = found.into_iter().map(|(row, _)| row).collect();
        self.map_mut().enter_loaded(relationship, owners, &found, step.is_filtered());
        Ok(fresh)
    }

    /// Returns the keys by which the rows are found: the keys of the owners, or their foreign keys.
    fn keys_of(&self, step: &PathStep<'_>, owners: &[u32], horizon: u32) -> Box<dyn KeyList> {
        let relationship = step.relationship;
        let entity = |meta: &EntityMeta| self.map().arena_dyn(meta.entity.index());
        let (source, target) = (entity((relationship.source)()), entity((relationship.target)()));
        let (Some(source), Some(target)) = (source, target) else {
            unreachable!("the arenas of both ends are made before")
        };
        if !step.is_to_one() {
            return source.stored_keys(owners);
        }
        let references =
            owners.iter().map(|&owner| source.reference(owner, relationship.foreign_key));
        let keys: Vec<_> = references.filter_map(|reference| reference.key).collect();
        target.keys_to_load(&keys, horizon)
    }

    /// Sends the statements and brings their rows into the map. Returns, for each row, the slots of
    /// the referring object and of the target.
    fn fetch(
        &mut self,
        step: &PathStep<'_>,
        joins: &Joins<'_, '_>,
        keys: &dyn KeyList,
        how: RowPolicy,
    ) -> Result<Vec<(u32, u32)>> {
        let relationship = step.relationship;
        let (target, way) = ((relationship.target)(), relationship.way());
        let dialect = self.dialect();
        let conditions = Conditions::of(relationship);
        let width =
            if step.is_to_one() { way.target_columns.len() } else { way.source_columns.len() };
        let batch = KeyForm::max_keys(dialect, width);
        // The batches of one load are one query: their objects belong to the same cohort.
        let of_association = way.through.map(|through| how.of(through.meta));
        let mut joined = joins.begin(self.map_mut(), how);
        let behind = how.width();
        let mut found = Vec::new();
        self.begin_read()?;
        for start in (0..keys.len()).step_by(batch) {
            let range = start..(start + batch).min(keys.len());
            let listed = ListedKeys::new(dialect, keys, range, width);
            let keys = AmongKeys { columns: rows_keyed_by(dialect, step), keys: listed };
            let statement = write(dialect, step, joins, &conditions, &keys);
            self.find_objects(&statement)?;
            let (map, sender) = self.map_and_sender();
            if way.through.is_none() && joins.is_empty() {
                let arena = map.arena_dyn_of(target);
                let loaded = sender.load(&statement, &mut |row| {
                    found.extend(arena.load_row(row, &how)?.map(|slot| (slot, slot)));
                    Ok(())
                });
                loaded.map_err(|fault| self.fault(fault))?;
                continue;
            }
            let loaded = sender.load(&statement, &mut |row| {
                let Some(slot) = map.arena_dyn_of(target).load_row(row, &how)? else {
                    return Ok(());
                };
                let mut next = behind;
                let mut owner = slot;
                if let Some(how) = &of_association {
                    row.rewind(next);
                    owner = map.arena_dyn_of(how.meta()).load_row(row, how)?.unwrap_or(slot);
                    next += how.width();
                }
                found.push((owner, slot));
                joined.load_joined_row(map, row, next, slot)
            });
            loaded.map_err(|fault| self.fault(fault))?;
        }
        self.enter_joined(joined, false)?;
        if joins.multiply() {
            let mut seen = std::collections::HashSet::new();
            found.retain(|(row, _)| seen.insert(*row));
        }
        Ok(found)
    }
}

/// Sorts pairs of a referring object and a target by the keys of the targets, if the pairs are not
/// in this order already.
pub(super) fn sort_by_key(
    map: &IdentityMap,
    relationship: &RelationshipMeta,
    found: &mut [(u32, u32)],
) {
    let Some(arena) = map.arena_dyn((relationship.target)().entity.index()) else { return };
    arena.sort_by_key(found);
}

impl PathStep<'_> {
    /// Returns `true` if the database sorts the rows.
    pub(super) fn is_ordered(&self) -> bool {
        !self.order.is_empty() || !self.relationship.order.is_empty() || self.limit.is_some()
    }
}

/// Returns the relationship if the load finds all of its objects.
pub(super) fn whole(step: &PathStep<'_>) -> Option<&'static RelationshipMeta> {
    (!step.is_filtered()).then_some(step.relationship)
}

/// Returns the error for a limit that a join cannot apply.
pub(super) fn limited_join(relationship: &RelationshipMeta) -> Error {
    Error::Configuration(format!(
        "{}.{} has a limit for each owner, which a join cannot apply: leave out joined(), so that it is \
         loaded by a separate statement",
        (relationship.source)().name,
        relationship.name
    ))
}

/// Returns the entities whose rows are read for a relationship, and the entity whose objects own
/// it.
pub(super) fn entities(
    relationship: &RelationshipMeta,
) -> impl Iterator<Item = &'static EntityMeta> + use<> {
    let through = relationship.way().through.map(|through| through.meta);
    [(relationship.source)(), (relationship.target)()].into_iter().chain(through)
}

/// Writes `SELECT target.*, association.*, joined.* FROM … WHERE key IN (…) AND … ORDER BY …`.
pub(super) fn write<'a>(
    dialect: Dialect,
    step: &'a PathStep<'_>,
    joins: &'a Joins<'_, '_>,
    conditions: &'a Conditions,
    keys: Piece<'a>,
) -> StatementBuilder<'a> {
    let mut sql = StatementBuilder::new(dialect, "SELECT ");
    sql.set_name(step.name.as_ref());
    let columns = columns(step.relationship);
    if step.limit.is_some() {
        sql.text().list(columns.iter().enumerate(), |text, (n, (meta, column))| {
            text.push(&format!("orm_{n} AS ")).column(meta, *column);
        });
        sql.push(" FROM (SELECT ");
        sql.text().list(columns.iter().enumerate(), |text, (n, (meta, column))| {
            text.column_of(None, meta, *column).push(&format!(" AS orm_{n}"));
        });
        write_place(&mut sql, step);
    } else {
        sql.text().list(&columns, |text, (meta, column)| {
            text.column_of(None, meta, *column);
        });
        joins.write_columns(sql.text());
    }
    sql.push(" FROM ");
    write_from(sql.text(), step.relationship);
    joins.write(&mut sql);
    sql.push(" WHERE ").part(keys);
    sql.conditions(" AND ", conditions.iter().chain(parts(&step.filters)));
    match step.limit {
        Some(limit) => {
            let rows =
                format!(") AS orm_rows WHERE orm_place <= {} ORDER BY orm_place", limit.max(0));
            sql.push(&rows);
        }
        None => {
            let ordered = write_order(&mut sql, step, " ORDER BY ");
            joins.write_order(sql.text(), if ordered { ", " } else { " ORDER BY " });
        }
    }
    sql
}

/// Returns the columns of the target, then those of the association.
fn columns(relationship: &RelationshipMeta) -> Vec<(&'static EntityMeta, usize)> {
    let target = (relationship.target)();
    let through = relationship.way().through.map(|through| through.meta);
    let entities = [target].into_iter().chain(through);
    entities.flat_map(|meta| meta.visible().map(move |column| (meta, column))).collect()
}

/// Writes the number of each row among the rows of its owner.
fn write_place<'a>(sql: &mut StatementBuilder<'a>, step: &'a PathStep<'_>) {
    let columns = rows_keyed_by(sql.text().dialect, step).join(", ");
    // Rows that connect the same two objects have the same number.
    let repeats = step.relationship.may_repeat();
    sql.push(if repeats { ", DENSE_RANK() OVER (" } else { ", ROW_NUMBER() OVER (" });
    sql.push("PARTITION BY ").push(&columns);
    let ordered = write_order(sql, step, " ORDER BY ");
    sql.push(if ordered { ", " } else { " ORDER BY " });
    let target = (step.relationship.target)();
    sql.text().list(target.key, |text, &column| {
        text.column_of(None, target, column);
    });
    sql.push(") AS orm_place");
}

/// Writes the target, or the association joined with the target.
fn write_from(text: &mut Text, relationship: &RelationshipMeta) {
    let (target, way) = ((relationship.target)(), relationship.way());
    let Some(Through { meta, target_columns, .. }) = way.through else {
        text.tables(target);
        return;
    };
    text.tables(meta).push(" JOIN ").table(target.base_table()).push(" ON ");
    text.separated(
        " AND ",
        way.target_columns.iter().zip(target_columns),
        |text, (&key, &reference)| {
            text.column_of(None, target, key).push(" = ").column_of(None, meta, reference);
        },
    );
    text.further_tables(target);
}

/// Returns the columns that are compared with the keys.
pub(super) fn rows_keyed_by(dialect: Dialect, step: &PathStep<'_>) -> Vec<String> {
    let way = step.relationship.way();
    let (meta, columns) = match way.through {
        Some(through) => (through.meta, through.source_columns),
        None => ((step.relationship.target)(), way.target_columns),
    };
    let name = |&column: &usize| {
        let mut text = Text::new(dialect, "");
        text.column_of(None, meta, column);
        text.finish()
    };
    columns.iter().map(name).collect()
}

/// Writes the order of the path, or else that of the relationship. Returns `true` if there is one.
fn write_order<'a>(sql: &mut StatementBuilder<'a>, step: &'a PathStep<'_>, before: &str) -> bool {
    let target = (step.relationship.target)();
    for (n, order) in step.order.iter().enumerate() {
        sql.push(if n == 0 { before } else { ", " }).part(&**order);
    }
    if !step.order.is_empty() {
        return true;
    }
    for (n, &(column, descending)) in step.relationship.order.iter().enumerate() {
        sql.push(if n == 0 { before } else { ", " });
        sql.text().column_of(None, target, column).direction(target, column, descending);
    }
    !step.relationship.order.is_empty()
}

/// The condition that columns are one of many keys.
struct AmongKeys<'a> {
    columns: Vec<String>,
    keys: ListedKeys<'a>,
}

impl SqlFragment for AmongKeys<'_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        self.keys.walk(&self.columns, pass)
    }
}
