//! What a column can be compared with: what Diesel takes, and plain values of types that Diesel
//! itself cannot store on all three databases.

use diesel::expression::array_comparison::AsInExpression;
use diesel::expression::{AsExpression, Expression, TypedExpressionType};
use diesel::sql_types::{Nullable, SingleValue, SqlType, is_nullable};

use super::Operand;
use crate::backend::values::{ByVal, Val, val};
use crate::mapping::TypeDecorator;

/// What can be compared with an expression of the SQL type `ST`, or assigned to a column of the
/// type: a value, a column, any expression. It is an argument of the
/// [`ExpressionMethods`](super::ExpressionMethods). The compiler infers `How`.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct Visit { id: Auto<i64>, pages: u32, seen: u32 }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![Visit].create_all(&mut session)?;
/// let long = visit::pages.gt(10_u32).and(visit::seen.lt(visit::pages));
/// assert_eq!(session.query::<Visit>().filter(long).count()?, 0);
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "a value of the SQL type `{ST}` cannot be compared with `{Self}`",
    label = "not a value of the column's type",
    note = "compare a column with a value of its field's type, without `Auto`, `ForeignKey` and other wrappers, with a column of the same type, or with `None` if it may be NULL",
    note = "a number has the type of its field: `10_u32`"
)]
pub trait IntoOperand<ST, How> {
    /// The expression of the value.
    type Expression: Expression<SqlType = ST>;
    /// Converts the value. Sends no SQL.
    fn into_operand(self) -> Operand<Self::Expression>;
}

/// Marks what Diesel takes.
#[derive(Debug, Clone, Copy)]
pub struct ByDiesel;

/// Marks a value that is compared as [`Val`].
#[derive(Debug, Clone, Copy)]
pub struct AsVal;

/// Marks a value of a column that has a decorator.
#[derive(Debug, Clone, Copy)]
pub struct ByDecorator;

/// Marks the same if the column may be NULL.
#[derive(Debug, Clone, Copy)]
pub struct ByNullableDecorator;

#[diagnostic::do_not_recommend]
impl<T, ST> IntoOperand<ST, ByDiesel> for T
where
    T: AsExpression<ST>,
    ST: SqlType + TypedExpressionType,
{
    type Expression = T::Expression;

    fn into_operand(self) -> Operand<T::Expression> {
        Operand::new(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, ST> IntoOperand<ST, AsVal> for T
where
    T: ByVal<ST>,
    Val<T>: AsExpression<ST>,
    ST: SqlType + TypedExpressionType,
{
    type Expression = <Val<T> as AsExpression<ST>>::Expression;

    fn into_operand(self) -> Operand<Self::Expression> {
        Operand::new(val(self))
    }
}

#[diagnostic::do_not_recommend]
impl<D> IntoOperand<D, ByDecorator> for D::Value
where
    D: TypeDecorator + SqlType + SingleValue + TypedExpressionType,
    Val<D::Value>: AsExpression<D>,
{
    type Expression = <Val<D::Value> as AsExpression<D>>::Expression;

    fn into_operand(self) -> Operand<Self::Expression> {
        Operand::new::<_, D>(val(self))
    }
}

#[diagnostic::do_not_recommend]
impl<D> IntoOperand<Nullable<D>, ByNullableDecorator> for D::Value
where
    D: TypeDecorator + SqlType<IsNull = is_nullable::NotNull> + SingleValue,
    Nullable<D>: TypedExpressionType,
    Val<D::Value>: AsExpression<Nullable<D>>,
{
    type Expression = <Val<D::Value> as AsExpression<Nullable<D>>>::Expression;

    fn into_operand(self) -> Operand<Self::Expression> {
        Operand::new::<_, Nullable<D>>(val(self))
    }
}

/// A list that a column of the SQL type `ST` can be compared with: values, or the result of a
/// query. The compiler infers `How`.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # use rust_decimal::Decimal;
/// # #[derive(Entity)]
/// # struct Item { id: Auto<i64>, #[entity(precision = 12, scale = 2)] price: Decimal }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![Item].create_all(&mut session)?;
/// let round = item::price.eq_any([Decimal::ONE, Decimal::TEN]);
/// assert_eq!(session.query::<Item>().filter(round).count()?, 0);
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "a value of the SQL type `{ST}` cannot be compared with the values of `{Self}`",
    label = "not a list of values of the column's type",
    note = "a list contains values of the column's field, without `Auto`, `ForeignKey` and other wrappers, or is a query with one column",
    note = "a number has the type of its field: `10_u32`"
)]
pub trait IntoOperands<ST: SqlType + TypedExpressionType, How> {
    /// What Diesel takes.
    type List: AsInExpression<ST>;
    /// Converts the values. Sends no SQL.
    fn into_operands(self) -> Self::List;
}

#[diagnostic::do_not_recommend]
impl<T, ST> IntoOperands<ST, ByDiesel> for T
where
    T: AsInExpression<ST>,
    ST: SqlType + TypedExpressionType,
{
    type List = T;

    fn into_operands(self) -> T {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<I, ST> IntoOperands<ST, AsVal> for I
where
    I: IntoIterator,
    I::Item: ByVal<ST>,
    Val<I::Item>: AsExpression<ST>,
    ST: SqlType + TypedExpressionType,
{
    type List = Vec<Val<I::Item>>;

    fn into_operands(self) -> Self::List {
        self.into_iter().map(val).collect()
    }
}

#[diagnostic::do_not_recommend]
impl<I, D> IntoOperands<D, ByDecorator> for I
where
    I: IntoIterator<Item = D::Value>,
    D: TypeDecorator + SqlType + SingleValue + TypedExpressionType,
    Val<D::Value>: AsExpression<D>,
{
    type List = Vec<Val<D::Value>>;

    fn into_operands(self) -> Self::List {
        self.into_iter().map(val).collect()
    }
}

#[diagnostic::do_not_recommend]
impl<I, D> IntoOperands<Nullable<D>, ByNullableDecorator> for I
where
    I: IntoIterator<Item = D::Value>,
    D: TypeDecorator + SqlType<IsNull = is_nullable::NotNull> + SingleValue,
    Nullable<D>: TypedExpressionType,
    Val<D::Value>: AsExpression<Nullable<D>>,
{
    type List = Vec<Val<D::Value>>;

    fn into_operands(self) -> Self::List {
        self.into_iter().map(val).collect()
    }
}
