//! Conditions on related objects.

use std::fmt;
use std::marker::PhantomData;

use diesel::expression::{Expression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_source::{AppearsInFromClause, Once};
use diesel::sql_types::Bool;
use diesel::{AppearsOnTable, QueryResult};

use super::Predicate;
use super::in_scope::ColumnsOf;
use super::path::{Path, PathStep};
use super::relationship_scopes::Conditions;
use super::statement_builder::{Piece, StatementBuilder, parts};
use crate::backend::{DieselDatabase, SqlFragment, SqlWriter};
use crate::mapping::{Entity, EntityMeta, Reads};

/// A condition on the objects at the end of a relationship or a path. Created by
/// [`has_any`](crate::query::RelationshipExt::has_any),
/// [`has_none`](crate::query::RelationshipExt::has_none),
/// [`exists`](crate::query::RelationshipExt::exists),
/// [`not_exists`](crate::query::RelationshipExt::not_exists) and
/// [`has`](crate::query::RelationshipExt::has).
///
/// The condition is true or false, never NULL. It is an uncorrelated subquery, so a path can return
/// to the entity it began at.
#[must_use = "it does nothing until a query takes it"]
pub struct RelationshipCondition<'q, S> {
    steps: Vec<(PathStep<'q>, Conditions)>,
    predicate: Option<Box<dyn SqlFragment + 'q>>,
    negated: bool,
    /// Columns that must not be NULL and are not checked elsewhere: a NULL would make the condition
    /// unknown.
    set: Option<Columns>,
    source: PhantomData<fn() -> S>,
}

impl<'q, S: Entity, T: Entity> Path<'q, S, T> {
    /// Checks that a condition holds for at least one of the objects at the end of the path. Writes
    /// a semi-join: `id IN (SELECT user_id FROM address WHERE …)`.
    pub fn has_any(self, condition: impl Predicate<T> + 'q) -> RelationshipCondition<'q, S> {
        self.condition(Some(Box::new(condition)), false)
    }

    /// Checks that a condition holds for none of the objects at the end of the path. This is true
    /// if there are no objects.
    pub fn has_none(self, condition: impl Predicate<T> + 'q) -> RelationshipCondition<'q, S> {
        self.condition(Some(Box::new(condition)), true)
    }

    /// Checks that there is an object at the end of the path.
    pub fn exists(self) -> RelationshipCondition<'q, S> {
        self.condition(None, false)
    }

    /// Checks that there is no object at the end of the path.
    pub fn not_exists(self) -> RelationshipCondition<'q, S> {
        self.condition(None, true)
    }

    /// Checks that a condition holds for the object at the end of a path of references. This is
    /// false if a reference is NULL.
    pub fn has(self, condition: impl Predicate<T> + 'q) -> RelationshipCondition<'q, S> {
        self.has_any(condition)
    }

    pub(crate) fn condition(
        self,
        predicate: Option<Box<dyn SqlFragment + 'q>>,
        negated: bool,
    ) -> RelationshipCondition<'q, S> {
        let steps = self.steps.into_iter().map(|step| {
            let conditions = Conditions::of(step.relationship);
            (step, conditions)
        });
        let steps = steps.collect();
        RelationshipCondition { steps, predicate, negated, set: None, source: PhantomData }
    }
}

impl<S> RelationshipCondition<'_, S> {
    /// Adds a check that columns are not NULL.
    pub(crate) fn where_set(mut self, columns: Option<Columns>) -> Self {
        self.set = columns;
        self
    }

    fn write<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let mut sql = StatementBuilder::new(pass.dialect(), if self.negated { "NOT " } else { "" });
        sql.push("(");
        let closing = self.begin(&mut sql);
        sql.push(&")".repeat(closing + 1));
        sql.write(pass)
    }

    /// Writes the nested subqueries. Returns how many are open.
    fn begin<'b>(&'b self, sql: &mut StatementBuilder<'b>) -> usize {
        let mut open = 0;
        for (n, (step, conditions)) in self.steps.iter().enumerate() {
            let relationship = step.relationship;
            let (source, target) = ((relationship.source)(), (relationship.target)());
            let way = relationship.way();
            if step.is_to_one() {
                sql.push(if n == 0 { "" } else { " AND " });
                not_null(sql, source, way.source_columns);
            }
            sql.push(if n == 0 && !step.is_to_one() { "" } else { " AND " });
            let mut from = (source, way.source_columns);
            if let Some(through) = way.through {
                select(sql, from, (through.meta, through.source_columns));
                open += 1;
                sql.push(" WHERE ");
                not_null(sql, through.meta, through.source_columns);
                sql.conditions(" AND ", conditions.of_association()).push(" AND ");
                from = (through.meta, through.target_columns);
            }
            select(sql, from, (target, way.target_columns));
            open += 1;
            sql.push(" WHERE ");
            // A NULL in the subquery would turn a false result into an unknown one.
            not_null(sql, target, way.target_columns);
            sql.conditions(" AND ", conditions.of_target().chain(parts(&step.filters)));
        }
        let before = match (self.set, self.steps.is_empty()) {
            (Some((source, columns)), _) => {
                not_null(sql, source, columns);
                " AND "
            }
            (None, true) => "",
            (None, false) => " AND ",
        };
        sql.conditions(before, self.predicate.iter().map(|predicate| &**predicate as Piece<'b>));
        open
    }
}

/// Columns of a table.
type Columns = (&'static EntityMeta, &'static [usize]);

/// Writes `user.id IN (SELECT address.user_id FROM address`.
fn select(sql: &mut StatementBuilder<'_>, outside: Columns, inside: Columns) {
    sql.text().row_of(None, outside.0, outside.1).push(" IN (SELECT ");
    sql.text().list(inside.1, |text, &column| {
        text.column_of(None, inside.0, column);
    });
    sql.push(" FROM ").text().tables(inside.0);
}

fn not_null(sql: &mut StatementBuilder<'_>, meta: &EntityMeta, columns: &[usize]) {
    sql.text().separated(" AND ", columns, |text, &column| {
        text.column_of(None, meta, column).push(" IS NOT NULL");
    });
}

impl<S> Expression for RelationshipCondition<'_, S> {
    type SqlType = Bool;
}

impl<S: Entity, QS> AppearsOnTable<QS> for RelationshipCondition<'_, S> where
    QS: AppearsInFromClause<S::Table, Count = Once>
{
}

impl<S> ValidGrouping<()> for RelationshipCondition<'_, S> {
    type IsAggregate = is_aggregate::No;
}

impl<S: Entity, U: Entity<From: Reads<S::Table>>> ValidGrouping<ColumnsOf<U>>
    for RelationshipCondition<'_, S>
{
    type IsAggregate = is_aggregate::Never;
}

impl<S> QueryId for RelationshipCondition<'_, S> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S, DB: DieselDatabase> QueryFragment<DB> for RelationshipCondition<'_, S> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.write(&mut DB::writer(pass))
    }
}

impl<S> fmt::Debug for RelationshipCondition<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelationshipCondition")?;
        self.steps.iter().try_for_each(|(step, _)| write!(f, ".{}", step.relationship.name))
    }
}
