//! Aggregates of decimals, over groups and over windows.

use diesel::expression::{Expression, ValidGrouping, is_aggregate};
use diesel::query_builder::QueryId;
use diesel::sql_types::{Bool, BoolOrNullableBool, Nullable};
use diesel::{AppearsOnTable, QueryResult, SelectableExpression};

use super::DecimalType;
use crate::backend::sql_types;
use crate::backend::{SqlFragment, SqlWriter};

/// The default number of digits after the decimal point of a mean.
const MEAN_DIGITS: u32 = 12;

/// How many sums of integers represent one sum of decimals.
const LIMBS: usize = 6;

/// Returns the exact sum of a decimal over the rows of a group; NULL if there are none.
///
/// The sum has as many digits after the decimal point as the longest of its values, or as the
/// column declares. The query fails with a decoding error if the sum has more digits than a
/// [`Decimal`](rust_decimal::Decimal) can hold.
pub fn sum<E: Expression<SqlType: DecimalType>>(of: E) -> Aggregate<E> {
    Aggregate { function: Function::Sum, of, filter: None }
}

/// Returns the mean of a decimal over the rows of a group; NULL if there are none. It is rounded
/// half away from zero to 12 digits after the decimal point, on every database.
pub fn avg<E: Expression<SqlType: DecimalType>>(of: E) -> Aggregate<E> {
    avg_to(of, MEAN_DIGITS)
}

/// Returns the mean of a decimal, rounded half away from zero to this many digits after the decimal
/// point, at most 28; otherwise like [`avg`].
pub fn avg_to<E: Expression<SqlType: DecimalType>>(of: E, digits: u32) -> Aggregate<E> {
    Aggregate { function: Function::Avg(digits.min(28)), of, filter: None }
}

/// Returns the smallest value of a decimal over the rows of a group; NULL if there are none.
pub fn min<E: Expression<SqlType: DecimalType>>(of: E) -> Aggregate<E> {
    Aggregate { function: Function::Min, of, filter: None }
}

/// Returns the largest value of a decimal over the rows of a group; NULL if there are none.
pub fn max<E: Expression<SqlType: DecimalType>>(of: E) -> Aggregate<E> {
    Aggregate { function: Function::Max, of, filter: None }
}

#[derive(Debug, Clone, Copy)]
enum Function {
    Sum,
    Avg(u32),
    Min,
    Max,
}

/// An aggregate of decimals, over all rows or over those that satisfy a condition; see [`sum`],
/// [`avg`], [`min`] and [`max`].
#[derive(Debug, Clone, Copy)]
pub struct Aggregate<E, F = Nothing> {
    function: Function,
    of: E,
    filter: Option<F>,
}

/// An aggregate of decimals over a window: each row stays a row of the result, with the aggregate
/// of the rows around it.
#[derive(Debug, Clone, Copy)]
pub struct Over<E, F = Nothing, P = Nothing, O = Nothing> {
    aggregate: Aggregate<E, F>,
    partition: Option<P>,
    order: Option<O>,
}

/// In the type of an aggregate, the placeholder for a part that was not given.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct Nothing;

impl<E> Aggregate<E> {
    /// Restricts the aggregate to rows that satisfy the condition: `FILTER`, or `CASE` on MySQL.
    pub fn filter<F>(self, condition: F) -> Aggregate<E, F>
    where
        F: Expression<SqlType: BoolOrNullableBool>,
    {
        Aggregate { function: self.function, of: self.of, filter: Some(condition) }
    }
}

impl<E, F> Aggregate<E, F> {
    /// Turns the aggregate into a window function. The window has all rows until
    /// [`partition_by`](Over::partition_by) or [`order_by`](Over::order_by) restricts it.
    pub fn over(self) -> Over<E, F> {
        Over { aggregate: self, partition: None, order: None }
    }
}

impl<E, F, O> Over<E, F, Nothing, O> {
    /// Restricts the window to the rows that have the same value as this one, of a column or of a
    /// tuple of columns.
    pub fn partition_by<P: Expression>(self, part: P) -> Over<E, F, P, O> {
        Over { aggregate: self.aggregate, partition: Some(part), order: self.order }
    }
}

impl<E, F, P> Over<E, F, P, Nothing> {
    /// Restricts the window to the rows up to this one in an order, including rows that are equal
    /// in it: a running sum.
    pub fn order_by<O: Expression>(self, order: O) -> Over<E, F, P, O> {
        Over { aggregate: self.aggregate, partition: self.partition, order: Some(order) }
    }
}

impl<E: SqlFragment, F: SqlFragment> Aggregate<E, F> {
    pub(super) fn write<'b>(
        &'b self,
        window: Option<&'b dyn Window>,
        pass: &mut SqlWriter<'_, 'b>,
    ) -> QueryResult<()> {
        let forms = &pass.dialect().forms().decimals;
        if forms.by_functions {
            self.write_calls(window, pass)?;
            pass.push_sql(" COLLATE decimal");
            return Ok(());
        }
        let of = ["", ""];
        match self.function {
            Function::Sum => self.call("SUM", of, window, pass),
            Function::Min => self.call("MIN", of, window, pass),
            Function::Max => self.call("MAX", of, window, pass),
            Function::Avg(digits) => {
                pass.push_sql("ROUND(");
                self.call("AVG", forms.around_means, window, pass)?;
                pass.push_sql(&format!(", {digits})"));
                Ok(())
            }
        }
    }

    /// Writes the calls. SQLite accepts a function of the program as an aggregate, but not over a
    /// window. There the sums are sums of integers, combined outside the window.
    fn write_calls<'b>(
        &'b self,
        window: Option<&'b dyn Window>,
        pass: &mut SqlWriter<'_, 'b>,
    ) -> QueryResult<()> {
        match (self.function, window) {
            (Function::Min, _) => self.call("MIN", ["(", ") COLLATE decimal"], window, pass),
            (Function::Max, _) => self.call("MAX", ["(", ") COLLATE decimal"], window, pass),
            (Function::Sum, None) => self.call("decimal_sum", ["", ""], None, pass),
            (Function::Avg(digits), None) => {
                self.call("decimal_avg", ["", &format!(", {digits}")], None, pass)
            }
            (Function::Sum, _) => {
                pass.push_sql("decimal_join(");
                self.call("MAX", ["decimal_scale(", ")"], window, pass)?;
                self.sum_limbs(window, pass)
            }
            (Function::Avg(digits), _) => {
                pass.push_sql("decimal_mean(");
                self.call("COUNT", ["", ""], window, pass)?;
                pass.push_sql(&format!(", {digits}"));
                self.sum_limbs(window, pass)
            }
        }
    }

    fn sum_limbs<'b>(
        &'b self,
        window: Option<&'b dyn Window>,
        pass: &mut SqlWriter<'_, 'b>,
    ) -> QueryResult<()> {
        for limb in 0..LIMBS {
            pass.push_sql(", ");
            self.call("SUM", ["decimal_limb(", &format!(", {limb})")], window, pass)?;
        }
        pass.push_sql(")");
        Ok(())
    }

    /// Writes `FUNCTION(expression) FILTER (WHERE condition) OVER (window)`, with something around
    /// the expression.
    fn call<'b>(
        &'b self,
        function: &str,
        around: [&str; 2],
        window: Option<&'b dyn Window>,
        pass: &mut SqlWriter<'_, 'b>,
    ) -> QueryResult<()> {
        let by_case = !pass.dialect().forms().decimals.filters_aggregates;
        pass.push_sql(function);
        pass.push_sql("(");
        if let (Some(condition), true) = (&self.filter, by_case) {
            pass.push_sql("CASE WHEN ");
            condition.walk(pass)?;
            pass.push_sql(" THEN ");
        }
        pass.push_sql(around[0]);
        self.of.walk(pass)?;
        pass.push_sql(around[1]);
        if self.filter.is_some() && by_case {
            pass.push_sql(" END");
        }
        pass.push_sql(")");
        if let (Some(condition), false) = (&self.filter, by_case) {
            pass.push_sql(" FILTER (WHERE ");
            condition.walk(pass)?;
            pass.push_sql(")");
        }
        window.map_or(Ok(()), |window| window.write(pass))
    }
}

/// Writes the text that follows `OVER`.
pub(super) trait Window {
    fn write<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()>;
}

impl<E, F, P: SqlFragment, O: SqlFragment> Window for Over<E, F, P, O> {
    fn write<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        pass.push_sql(" OVER (");
        if let Some(part) = &self.partition {
            pass.push_sql("PARTITION BY ");
            part.walk(pass)?;
        }
        if let Some(order) = &self.order {
            pass.push_sql(" ORDER BY ");
            order.walk(pass)?;
        }
        pass.push_sql(")");
        Ok(())
    }
}

impl<E: SqlFragment, F: SqlFragment, P: SqlFragment, O: SqlFragment> Over<E, F, P, O> {
    pub(super) fn write<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        self.aggregate.write(Some(self), pass)
    }
}

impl<E, F> Expression for Aggregate<E, F> {
    type SqlType = Nullable<sql_types::ExactDecimal>;
}

impl<E, F, P, O> Expression for Over<E, F, P, O> {
    type SqlType = Nullable<sql_types::ExactDecimal>;
}

impl Expression for Nothing {
    type SqlType = Bool;
}

impl<E, F, G> ValidGrouping<G> for Aggregate<E, F> {
    type IsAggregate = is_aggregate::Yes;
}

impl<E: ValidGrouping<G>, F, P, O, G> ValidGrouping<G> for Over<E, F, P, O> {
    type IsAggregate = E::IsAggregate;
}

impl<QS> AppearsOnTable<QS> for Nothing {}

impl<QS, E: AppearsOnTable<QS>, F: AppearsOnTable<QS>> AppearsOnTable<QS> for Aggregate<E, F> {}

impl<QS, E, F> SelectableExpression<QS> for Aggregate<E, F>
where
    E: SelectableExpression<QS>,
    F: AppearsOnTable<QS>,
{
}

impl<QS, E, F, P, O> AppearsOnTable<QS> for Over<E, F, P, O>
where
    E: AppearsOnTable<QS>,
    F: AppearsOnTable<QS>,
    P: AppearsOnTable<QS>,
    O: AppearsOnTable<QS>,
{
}

impl<QS, E, F, P, O> SelectableExpression<QS> for Over<E, F, P, O>
where
    Self: AppearsOnTable<QS>,
    E: SelectableExpression<QS>,
{
}

impl<E, F> QueryId for Aggregate<E, F> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<E, F, P, O> QueryId for Over<E, F, P, O> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
