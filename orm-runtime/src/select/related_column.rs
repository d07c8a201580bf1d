//! Columns and counts of related objects, as expressions over the entity.

use std::fmt;
use std::marker::PhantomData;

use diesel::expression::{
    Expression, IsContainedInGroupBy, ValidGrouping, is_aggregate, is_contained_in_group_by,
};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_source::{AppearsInFromClause, Once};
use diesel::sql_types::{BigInt, IntoNullable, SingleValue, SqlType};
use diesel::{AppearsOnTable, Column, QueryResult, SelectableExpression};

use super::grouping::Grouping;
use super::in_scope::{ColumnsOf, HasColumn};
use super::join_text::{Side, write_on, write_once, write_table};
use super::path::{Path, PathStep};
use super::relationship_scopes::Conditions;
use super::statement_builder::{Piece, StatementBuilder, parts};
use crate::backend::{DieselDatabase, SqlWriter};
use crate::mapping::{ColumnSet, Entity, EntityMeta, Reads, TableOf};

/// A column of the object at the end of a reference or a path of references. NULL if a reference is
/// NULL. Created by [`column`](crate::query::RelationshipExt::column).
///
/// A scalar subquery: `(SELECT orm_r1.name FROM user AS orm_r1 WHERE orm_r1.id = address.user_id)`.
#[must_use = "it does nothing until a query takes it"]
pub struct RelatedColumn<'q, S, ST> {
    scalar: Scalar<'q>,
    types: PhantomData<fn() -> (S, ST)>,
}

/// The number of objects in a collection, or at the end of a path, in the database. Created by
/// [`count`](crate::query::RelationshipExt::count).
///
/// A scalar subquery: `(SELECT count(*) FROM address AS orm_r1 WHERE orm_r1.user_id = user.id)`.
pub type RelatedCount<'q, S> = RelatedColumn<'q, S, BigInt>;

/// The SQL type of a column that may be NULL.
pub(crate) type OrNull<C> = <<C as Expression>::SqlType as IntoNullable>::Nullable;

/// The name of a column, and the entity whose table has it.
type OwnedColumn = (&'static EntityMeta, &'static str);

/// A subquery that returns a single value.
struct Scalar<'q> {
    /// The column, or `None` for the number of rows.
    column: Option<OwnedColumn>,
    steps: Vec<(PathStep<'q>, Conditions)>,
}

impl<'q, S: Entity, T: Entity> Path<'q, S, T> {
    /// Returns a column of the object at the end of a path of references, as an expression to
    /// filter, order and select by. It is NULL if a reference is NULL. For a subtype, it may be a
    /// column of its base.
    ///
    /// A path with a collection can have many objects at its end: sending a query with such a
    /// column is an error.
    pub fn column<C>(self, _column: C) -> RelatedColumn<'q, S, OrNull<C>>
    where
        C: Column<Table: TableOf>,
        T: HasColumn<C>,
        C::SqlType: IntoNullable,
    {
        self.scalar(Some((C::Table::meta(), C::NAME)))
    }

    /// Returns the number of objects at the end of the path, as an expression to filter, order and
    /// select by.
    pub fn count(self) -> RelatedCount<'q, S> {
        self.scalar(None)
    }

    fn scalar<ST>(self, column: Option<OwnedColumn>) -> RelatedColumn<'q, S, ST> {
        let steps = self.steps.into_iter().map(|step| {
            let conditions = Conditions::of(step.relationship);
            (step, conditions)
        });
        RelatedColumn { scalar: Scalar { column, steps: steps.collect() }, types: PhantomData }
    }
}

impl Scalar<'_> {
    /// Finds the column among the columns of the target, which can be in several tables.
    fn position(&self, (owner, column): OwnedColumn) -> Option<(&'static EntityMeta, usize)> {
        let target = (self.steps.last()?.0.relationship.target)();
        let hierarchy = target.hierarchy.filter(|_| target.is_split())?;
        let table = owner.own_table();
        let key: ColumnSet = target.key.iter().copied().collect();
        let columns = key.or(hierarchy.columns_of_table(table)).iter();
        let names = hierarchy.tables[table].columns;
        columns.into_iter().find(|&it| names[it].name == column).map(|it| (target, it))
    }

    fn write<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        if self.column.is_some() && self.steps.iter().any(|(step, _)| !step.is_to_one()) {
            // Only an error from the database can report the cause here: Diesel also writes the
            // statement for its log, where it expects no error.
            pass.push_sql("(SELECT column_goes_along_references_only)");
            return Ok(());
        }
        let mut sql = StatementBuilder::new(pass.dialect(), "(SELECT ");
        match self.column {
            Some(column) => {
                let alias = format!("orm_r{}", self.steps.len());
                match self.position(column) {
                    Some((target, position)) => {
                        sql.text().column_of(Some(&alias), target, position)
                    }
                    None => sql.push(&alias).push(".").text().name(column.1),
                };
            }
            None => {
                sql.push("count(*)");
            }
        }
        // The condition on the first table is written last.
        let mut outside = None;
        let aliases = |letter: &str| -> Vec<String> {
            (1..=self.steps.len()).map(|n| format!("orm_{letter}{n}")).collect()
        };
        let (targets, associations) = (aliases("r"), aliases("a"));
        for (n, (step, conditions)) in self.steps.iter().enumerate() {
            let relationship = step.relationship;
            let target = (relationship.target)();
            let way = relationship.way();
            let before = n.checked_sub(1).map(|n| &*targets[n]);
            let mut source_columns: Side<'_> =
                (before, (relationship.source)(), way.source_columns);
            if let Some(through) = way.through {
                let conditions: Vec<_> = conditions.of_association().collect();
                let side = (Some(&*associations[n]), through.meta, through.source_columns);
                table(&mut sql, &mut outside, &conditions, side, source_columns);
                if n > 0 && relationship.may_repeat() {
                    write_once(&mut sql, through, &conditions, &associations[n]);
                }
                source_columns = (Some(&*associations[n]), through.meta, through.target_columns);
            }
            let conditions: Vec<_> = conditions.of_target().chain(parts(&step.filters)).collect();
            table(
                &mut sql,
                &mut outside,
                &conditions,
                (Some(&*targets[n]), target, way.target_columns),
                source_columns,
            );
        }
        if let Some(outside) = outside {
            sql.push(" WHERE ").push(&outside);
        }
        if let Some((step, conditions)) = self.steps.first()
            && let Some(through) = step.relationship.way().through
            && step.relationship.may_repeat()
        {
            let conditions: Vec<_> = conditions.of_association().collect();
            write_once(&mut sql, through, &conditions, &associations[0]);
        }
        sql.push(")");
        sql.write(pass)
    }
}

/// Adds a table: the first after FROM, the others by joins.
fn table<'a>(
    sql: &mut StatementBuilder<'a>,
    outside: &mut Option<String>,
    conditions: &[Piece<'a>],
    side: Side<'_>,
    source_columns: Side<'_>,
) {
    sql.push(if outside.is_none() { " FROM " } else { " JOIN " });
    write_table(sql, side.1, side.1.seen().iter(), conditions, side.0.unwrap_or_default());
    if outside.is_some() {
        sql.push(" ON ");
        return write_on(sql.text(), side, source_columns);
    }
    let mut text = crate::sql::Text::new(sql.text().dialect, "");
    write_on(&mut text, side, source_columns);
    *outside = Some(text.finish());
}

impl<S, ST: SqlType + SingleValue> Expression for RelatedColumn<'_, S, ST> {
    type SqlType = ST;
}

impl<S: Entity, QS, ST> AppearsOnTable<QS> for RelatedColumn<'_, S, ST>
where
    Self: Expression,
    QS: AppearsInFromClause<S::Table, Count = Once>,
{
}

impl<S: Entity, QS, ST> SelectableExpression<QS> for RelatedColumn<'_, S, ST> where
    Self: AppearsOnTable<QS>
{
}

impl<S, ST> ValidGrouping<()> for RelatedColumn<'_, S, ST> {
    type IsAggregate = is_aggregate::No;
}

impl<S: Entity, ST, U: Entity<From: Reads<S::Table>>> ValidGrouping<ColumnsOf<U>>
    for RelatedColumn<'_, S, ST>
{
    type IsAggregate = is_aggregate::Never;
}

/// The type does not contain the column, so whether the query is grouped by it is checked when the
/// query is sent.
impl<S, ST, G> ValidGrouping<Grouping<G>> for RelatedColumn<'_, S, ST> {
    type IsAggregate = is_aggregate::Yes;
}

impl<S, ST, C> IsContainedInGroupBy<C> for RelatedColumn<'_, S, ST> {
    type Output = is_contained_in_group_by::No;
}

impl<S, ST> QueryId for RelatedColumn<'_, S, ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S, ST, DB: DieselDatabase> QueryFragment<DB> for RelatedColumn<'_, S, ST> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.scalar.write(&mut DB::writer(pass))
    }
}

impl<S, ST> fmt::Debug for RelatedColumn<'_, S, ST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelatedColumn")?;
        self.scalar
            .steps
            .iter()
            .try_for_each(|(step, _)| write!(f, ".{}", step.relationship.name))?;
        write!(f, ".{}", self.scalar.column.map_or("count()", |(_, column)| column))
    }
}
