//! Exact decimal arithmetic in queries: sums, means, and values calculated from two columns.
//!
//! Diesel's own `sum`, `+` and similar operators do not compile for a `Decimal`, because on SQLite
//! they would use floating point. The functions of this module are exact on every database: SQLite
//! gets functions that the ORM registers, the others use their own operators.
//!
//! ```
//! use orm_runtime::decimal::{mul, sum};
//! use orm_runtime::prelude::*;
//! use rust_decimal::Decimal;
//!
//! #[derive(Entity)]
//! struct Item {
//!     id: Auto<i64>,
//!     bill: i64,
//!     price: Decimal,
//!     quantity: i32,
//! }
//!
//! # fn main() -> Result<()> {
//! # let mut session = Session::open("sqlite://:memory:")?;
//! # schema![Item].create_all(&mut session)?;
//! session.add(Item::builder().bill(7).price(Decimal::new(1, 1)).quantity(2).build());
//! session.add(Item::builder().bill(7).price(Decimal::new(20, 2)).quantity(1).build());
//! let totals: Vec<(i64, Option<Decimal>)> = session
//!     .query::<Item>()
//!     .group_by(item::bill)
//!     .having(sum(item::price).gt(val(Decimal::ZERO)))
//!     .select((item::bill, sum(mul(item::price, item::quantity))))
//!     .load()?;
//! assert_eq!(totals, [(7, Some(Decimal::new(4, 1)))]);
//! # Ok(()) }
//! ```

mod aggregate;

use diesel::QueryResult;
use diesel::SelectableExpression;
use diesel::expression::{AppearsOnTable, AsExpression, Expression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{IntoNullable, Nullable, SqlType, is_nullable};

use crate::backend::sql_types;
use crate::backend::values::Val;
use crate::backend::{Custom, CustomType, DieselDatabase, SqlFragment, SqlWriter};

pub use crate::backend::values::Collated;
pub use crate::mapping::decimal_field::fit;
pub use aggregate::{Aggregate, Nothing, Over, avg, avg_to, max, min, sum};

/// The SQL type of a decimal, nullable or not.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the SQL type of a decimal",
    note = "`orm_runtime::decimal` works with `Decimal` columns and with what is made of them; for other numbers take Diesel's functions"
)]
pub trait DecimalType: SqlType {}

impl DecimalType for sql_types::ExactDecimal {}
impl DecimalType for Nullable<sql_types::ExactDecimal> {}

// A newtype of a decimal; the result of a calculation is a plain decimal.
impl<T: CustomType<Sql = sql_types::ExactDecimal>> DecimalType for Custom<T> {}
impl<T: CustomType<Sql = sql_types::ExactDecimal>> DecimalType for Nullable<Custom<T>> {}

/// The SQL type of a number that a decimal can be added to or multiplied by.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither the SQL type of a decimal nor of an integer",
    note = "floats are not exact: a decimal goes together with a decimal or an integer"
)]
pub trait ExactNumber: SqlType {}

impl<T: DecimalType> ExactNumber for T {}

macro_rules! integers {
    ($($ty:ident),*) => {$(
        impl ExactNumber for diesel::sql_types::$ty {}
        impl ExactNumber for Nullable<diesel::sql_types::$ty> {}
    )*};
}

integers!(SmallInt, Integer, BigInt);

/// The second operand of decimal arithmetic: a column or an expression that is a decimal or an
/// integer, or a value in `val(…)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be calculated with a decimal",
    note = "take a column that is a `Decimal` or an integer, what is made of such, or `val(…)` with a `Decimal`"
)]
pub trait Operand<ST> {
    /// The expression of the operand.
    type Expression;
    /// Converts the operand to an expression.
    fn operand(self) -> Self::Expression;
}

#[diagnostic::do_not_recommend]
impl<ST, E: Expression<SqlType: ExactNumber>> Operand<ST> for E {
    type Expression = Self;

    fn operand(self) -> Self {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<ST, T> Operand<ST> for Val<T>
where
    ST: SqlType + diesel::expression::TypedExpressionType,
    Self: AsExpression<ST>,
{
    type Expression = <Self as AsExpression<ST>>::Expression;

    fn operand(self) -> Self::Expression {
        self.as_expression()
    }
}

/// The SQL type that results when this type is combined with one that may or may not be NULL.
pub trait Beside<Null> {
    /// The resulting type.
    type Type: diesel::expression::TypedExpressionType;
}

impl<ST: SqlType + diesel::expression::TypedExpressionType> Beside<is_nullable::NotNull> for ST {
    type Type = ST;
}

impl<ST> Beside<is_nullable::IsNullable> for ST
where
    ST: IntoNullable<Nullable: diesel::expression::TypedExpressionType>,
{
    type Type = ST::Nullable;
}

/// Two decimals joined by an operator.
#[derive(Debug, Clone, Copy, ValidGrouping)]
pub struct Arithmetic<L, R> {
    left: L,
    right: R,
    operator: Operator,
}

#[derive(Debug, Clone, Copy)]
enum Operator {
    Add,
    Sub,
    Mul,
}

/// Adds two decimals: columns, or a column and a `val(…)`. The second operand may be an integer.
/// The result has as many digits after the decimal point as the longer operand.
pub fn add<L, R>(left: L, right: R) -> Arithmetic<L, R::Expression>
where
    L: Expression<SqlType: DecimalType>,
    R: Operand<L::SqlType>,
{
    Arithmetic { left, right: right.operand(), operator: Operator::Add }
}

/// Subtracts one decimal from another; otherwise like [`add`].
pub fn sub<L, R>(left: L, right: R) -> Arithmetic<L, R::Expression>
where
    L: Expression<SqlType: DecimalType>,
    R: Operand<L::SqlType>,
{
    Arithmetic { left, right: right.operand(), operator: Operator::Sub }
}

/// Multiplies two decimals, or a decimal and an integer: `mul(item::price, item::quantity)`. The
/// result has as many digits after the decimal point as both operands together. MySQL keeps at most
/// 30 of them, and a [`Decimal`](rust_decimal::Decimal) 28.
pub fn mul<L, R>(left: L, right: R) -> Arithmetic<L, R::Expression>
where
    L: Expression<SqlType: DecimalType>,
    R: Operand<L::SqlType>,
{
    Arithmetic { left, right: right.operand(), operator: Operator::Mul }
}

impl<L: SqlFragment, R: SqlFragment> Arithmetic<L, R> {
    fn write<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let calls = pass.dialect().forms().decimals.by_functions;
        let (function, operator) = match self.operator {
            Operator::Add => ("decimal_add(", " + "),
            Operator::Sub => ("decimal_sub(", " - "),
            Operator::Mul => ("decimal_mul(", " * "),
        };
        pass.push_sql(if calls { function } else { "(" });
        self.left.walk(pass)?;
        pass.push_sql(if calls { ", " } else { operator });
        self.right.walk(pass)?;
        pass.push_sql(if calls { ") COLLATE decimal" } else { ")" });
        Ok(())
    }
}

impl<L, R> Expression for Arithmetic<L, R>
where
    R: Expression<SqlType: SqlType>,
    L: Expression<SqlType: Beside<<R::SqlType as SqlType>::IsNull>>,
{
    type SqlType = <L::SqlType as Beside<<R::SqlType as SqlType>::IsNull>>::Type;
}

impl<QS, L, R> AppearsOnTable<QS> for Arithmetic<L, R>
where
    Self: Expression,
    L: AppearsOnTable<QS>,
    R: AppearsOnTable<QS>,
{
}

impl<QS, L, R> SelectableExpression<QS> for Arithmetic<L, R>
where
    Self: AppearsOnTable<QS>,
    L: SelectableExpression<QS>,
    R: SelectableExpression<QS>,
{
}

impl<L, R> QueryId for Arithmetic<L, R> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<L: SqlFragment, R: SqlFragment, DB: DieselDatabase> QueryFragment<DB> for Arithmetic<L, R> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.write(&mut DB::writer(pass))
    }
}

impl<E: SqlFragment, F: SqlFragment, DB: DieselDatabase> QueryFragment<DB> for Aggregate<E, F> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.write(None, &mut DB::writer(pass))
    }
}

impl<E, F, P, O, DB: DieselDatabase> QueryFragment<DB> for Over<E, F, P, O>
where
    E: SqlFragment,
    F: SqlFragment,
    P: SqlFragment,
    O: SqlFragment,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.write(&mut DB::writer(pass))
    }
}

impl<DB: DieselDatabase> QueryFragment<DB> for Nothing {
    fn walk_ast<'b>(&'b self, _pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        Ok(())
    }
}
