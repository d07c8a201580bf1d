//! The order of rows, with a defined place for NULL.

use diesel::expression::expression_types::NotSelectable;
use diesel::expression::{AppearsOnTable, Expression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{SqlType, is_nullable};
use diesel::{QueryResult, SelectableExpression};

use crate::backend::{DieselDatabase, SqlFragment, SqlWriter};

/// An expression to order by; created by [`asc`](super::ExpressionMethods::asc) and
/// [`desc`](super::ExpressionMethods::desc).
///
/// NULL sorts below every value on every database: it is first in ascending order, and last in
/// descending order.
#[derive(Debug, Clone, Copy)]
pub struct Sorted<E> {
    expression: E,
    descending: bool,
    /// Whether NULL is first, if the program chose it.
    nulls_first: Option<bool>,
}

impl<E> Sorted<E> {
    pub(super) fn new(expression: E, descending: bool) -> Self {
        Sorted { expression, descending, nulls_first: None }
    }

    /// Puts NULL before every value.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity, Debug)] struct Task { id: Auto<i64>, due: Option<i32> }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Task].create_all(&mut session)?;
    /// # session.add_all([Some(1), None, Some(2)].map(|due| Task { id: Auto::default(), due }));
    /// let urgent = session.query::<Task>().order_by(task::due.desc().nulls_first());
    /// let due: Vec<Option<i32>> = urgent.select(task::due).load()?;
    /// assert_eq!(due, [None, Some(2), Some(1)]);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn nulls_first(self) -> Self {
        Sorted { nulls_first: Some(true), ..self }
    }

    /// Puts NULL after every value.
    #[must_use]
    pub fn nulls_last(self) -> Self {
        Sorted { nulls_first: Some(false), ..self }
    }
}

/// Whether an SQL type is nullable.
#[doc(hidden)]
pub trait Nullability {
    const NULLABLE: bool;
}

impl Nullability for is_nullable::NotNull {
    const NULLABLE: bool = false;
}

impl Nullability for is_nullable::IsNullable {
    const NULLABLE: bool = true;
}

impl<E: Expression> Expression for Sorted<E> {
    type SqlType = NotSelectable;
}

impl<E: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for Sorted<E> {}
impl<E: SelectableExpression<QS>, QS> SelectableExpression<QS> for Sorted<E> {}

impl<E: ValidGrouping<G>, G> ValidGrouping<G> for Sorted<E> {
    type IsAggregate = E::IsAggregate;
}

impl<E> QueryId for Sorted<E> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<E> Sorted<E>
where
    E: Expression<SqlType: SqlType<IsNull: Nullability>> + SqlFragment,
{
    fn write<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let first = self.nulls_first.unwrap_or(!self.descending);
        let nullable = <<E::SqlType as SqlType>::IsNull as Nullability>::NULLABLE;
        let forms = pass.dialect().forms();
        // The database's default order.
        let is_default = first == (self.descending == forms.nulls_are_greatest);
        let says = nullable && !is_default;
        if says && !forms.says_order_of_nulls {
            self.expression.walk(pass)?;
            pass.push_sql(if first { " IS NOT NULL, " } else { " IS NULL, " });
        }
        self.expression.walk(pass)?;
        pass.push_sql(if self.descending { " DESC" } else { " ASC" });
        if says && forms.says_order_of_nulls {
            pass.push_sql(if first { " NULLS FIRST" } else { " NULLS LAST" });
        }
        Ok(())
    }
}

impl<E, DB: DieselDatabase> QueryFragment<DB> for Sorted<E>
where
    E: Expression<SqlType: SqlType<IsNull: Nullability>> + SqlFragment,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.write(&mut DB::writer(pass))
    }
}
