//! A query that loads relationships together with its objects.

use std::collections::HashSet;

use diesel::QueryResult;

use super::joined::{Joining, Joins};
use super::mode::{Fresh, Mode};
use crate::backend::{Dialect, QueryName, SqlFragment, SqlWriter};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::map::{READ_ALL, RowPolicy};
use crate::mapping::{ColumnSet, Entity, EntityMeta};
use crate::select::{Select, SelectState, StatementBuilder};
use crate::session::{Query, Session};
use crate::sql::{self, Text};

impl<'q, T: Entity> Query<'q, T> {
    /// Returns the objects, each once, after loading the relationships of the query.
    pub(in crate::session) fn fetch_eagerly(self) -> Result<(&'q mut Session, Vec<Handle<T>>)> {
        let (session, mut select, how) = self.into_select()?;
        let nodes = select.state_mut().take_eager();
        let joins = Joins::of(&nodes)?;
        let handles = if joins.is_empty() {
            session.load_entities::<T>(&select, how)?
        } else {
            let (mut slots, mut seen) = (Vec::new(), HashSet::new());
            session.load_joined_entities(T::META, select, &joins, how, &mut |slot, _| {
                if seen.insert(slot) {
                    slots.push(slot);
                }
            })?;
            slots.into_iter().map(|slot| session.map().handle(slot)).collect()
        };
        let slots: Vec<u32> = handles.iter().map(|handle| handle.raw().slot).collect();
        let horizon = if how.populates() { READ_ALL } else { session.map().horizon() };
        let mode = Mode::Exact { horizon };
        session.load_nodes(&slots, &nodes, mode, &Fresh::All)?;
        Ok((session, handles))
    }
}

impl Session {
    /// Sends a query with joins. Reports for each row the object of the table, and the object at
    /// the end of the path.
    pub(in crate::session) fn load_joined_entities(
        &mut self,
        meta: &'static EntityMeta,
        select: Select<'_>,
        joins: &Joins<'_, '_>,
        how: RowPolicy,
        each: &mut dyn FnMut(u32, Option<u32>),
    ) -> Result<()> {
        check(meta, select.state(), joins)?;
        let statement = write(self.dialect(), meta, select, joins, how.undeferred());
        self.find_objects(&statement)?;
        let behind = meta.visible().count() + how.undeferred().iter().count();
        self.map_mut().arena_dyn_of(meta);
        let mut joined = joins.begin(self.map_mut(), how);
        let (map, sender) = self.map_and_sender();
        let loaded = sender.load(&statement, &mut |row| {
            let Some(slot) = map.arena_dyn_of(meta).load_row(row, &how)? else { return Ok(()) };
            joined.load_joined_row(map, row, behind, slot)?;
            each(slot, joined.end());
            Ok(())
        });
        loaded.map_err(|fault| self.fault(fault))?;
        self.pair_arrivals(meta)?;
        self.map_mut().fix_up_loaded(meta, None);
        self.enter_joined(joined, joins.are_pairs())
    }

    /// Adds joined objects to their collections, after finding out to which owners they belong.
    pub(super) fn enter_joined(&mut self, joined: Joining<'_>, pairs: bool) -> Result<()> {
        for (relationship, found) in joined.found() {
            self.pair_members(relationship, found)?;
        }
        for meta in joined.read() {
            self.pair_arrivals(meta)?;
        }
        joined.enter(self.map_mut(), pairs);
        Ok(())
    }
}

/// Returns an error for a query that cannot be one statement.
pub(super) fn check(
    meta: &EntityMeta,
    state: &SelectState<'_>,
    joins: &Joins<'_, '_>,
) -> Result<()> {
    if state.locks() {
        return Err(Error::Configuration(format!(
            "the rows of {} cannot be locked together with joined rows: leave out joined()",
            meta.name
        )));
    }
    match meta.schema {
        Some(schema) if is_wrapped(state, joins) && meta.hierarchy.is_none() => {
            Err(Error::Configuration(format!(
                "{} is in the schema {schema}, and its query has a limit and a joined collection, which \
                 would need a different name for the table: leave out joined()",
                meta.name
            )))
        }
        _ => Ok(()),
    }
}

/// Returns `true` if the rows must be limited before they are joined, so that a limit counts
/// objects.
fn is_wrapped(state: &SelectState<'_>, joins: &Joins<'_, '_>) -> bool {
    state.is_distinct() || state.is_cut() && joins.multiply() && !joins.are_pairs()
}

/// Composes the query and its joins.
pub(super) fn write<'a>(
    dialect: Dialect,
    meta: &'static EntityMeta,
    mut select: Select<'a>,
    joins: &'a Joins<'_, '_>,
    undeferred: ColumnSet,
) -> JoinedSelect<'a> {
    let wrapped = match is_wrapped(select.state(), joins) {
        false => Wrapped::No,
        true if meta.hierarchy.is_some() => {
            select.set_head(keys(dialect, meta));
            Wrapped::ByKey
        }
        true => {
            if !select.state().is_distinct() {
                // The outer order may be by a deferred column.
                let head = sql::select_list(dialect, meta, meta.deferred(), "SELECT ");
                select.set_head(head.finish());
            }
            Wrapped::Table
        }
    };
    let mut head = Text::new(dialect, "SELECT ");
    head.list(meta.visible().chain(undeferred.iter()), |text, column| {
        text.column_of(None, meta, column);
    });
    joins.write_columns(&mut head);
    let mut table = Text::new(dialect, "");
    table.tables(meta);
    let mut key = Text::new(dialect, "");
    key.row_of(None, meta, meta.key);
    let mut join = StatementBuilder::new(dialect, "");
    joins.write(&mut join);
    let mut order = Text::new(dialect, "");
    if joins.are_ordered() {
        if !select.state().is_ordered() {
            order.push(" ORDER BY ").list(meta.key, |text, &column| {
                text.column_of(None, meta, column);
            });
        }
        joins.write_order(&mut order, ", ");
    }
    let [head, table, key, order] = [head, table, key, order].map(Text::finish);
    JoinedSelect { head, table, key, join, select, wrapped, order }
}

/// Returns `SELECT employee.id FROM employee JOIN boss …`.
fn keys(dialect: Dialect, meta: &EntityMeta) -> String {
    let mut text = Text::new(dialect, "SELECT ");
    text.list(meta.key, |text, &part| {
        text.column_of(None, meta, part);
    });
    text.push(" FROM ").tables(meta);
    text.finish()
}

/// The way in which the rows of a query are limited before other rows are joined to them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrapped {
    /// Not at all.
    No,
    /// By a subquery that has the name of the table.
    Table,
    /// By their keys, if there are several tables or subtypes share columns.
    ByKey,
}

/// `SELECT user.*, orm_j1.* FROM user LEFT JOIN … WHERE … ORDER BY …`. If a single table is limited
/// first, `… FROM (SELECT * FROM user WHERE … LIMIT …) AS user LEFT JOIN … ORDER BY …`. If several
/// tables are,
/// `… LEFT JOIN … WHERE employee.id IN (SELECT * FROM (SELECT … LIMIT …) AS orm_rows) ORDER BY …`.
pub(super) struct JoinedSelect<'a> {
    head: String,
    table: String,
    key: String,
    join: StatementBuilder<'a>,
    select: Select<'a>,
    wrapped: Wrapped,
    /// The order inside the joined collections.
    order: String,
}

impl SqlFragment for JoinedSelect<'_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let state = self.select.state();
        state.keep_pages_apart(pass);
        pass.push_sql(&self.head);
        pass.push_sql(" FROM ");
        if self.wrapped == Wrapped::Table {
            pass.push_sql("(");
            self.select.walk(pass)?;
            pass.push_sql(") AS ");
        }
        pass.push_sql(&self.table);
        self.join.walk(pass)?;
        match self.wrapped {
            Wrapped::No => state.write_where(pass)?,
            Wrapped::Table => {}
            Wrapped::ByKey => {
                pass.push_sql(&format!(" WHERE {} IN (SELECT * FROM (", self.key));
                self.select.walk(pass)?;
                pass.push_sql(") AS orm_rows)");
            }
        }
        state.write_order(pass)?;
        pass.push_sql(&self.order);
        if self.wrapped == Wrapped::No {
            state.write_limit(pass);
        }
        Ok(())
    }

    fn name(&self) -> Option<&QueryName> {
        self.select.state().name()
    }
}
