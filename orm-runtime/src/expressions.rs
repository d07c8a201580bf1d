//! Comparisons, orders and patterns that mean the same on every database. They replace Diesel's
//! methods of the same names.

mod comparison;
mod into_operand;
mod pattern;
mod sorted;

use diesel::dsl;
use diesel::expression::{CastsTo, FallibleCastsTo};
use diesel::sql_types::{SingleValue, SqlType};

pub use comparison::{Equal, Operand};
pub use into_operand::{IntoOperand, IntoOperands};
pub use pattern::{TextExpressionMethods, TextMatch, TextType};
pub use sorted::{Nullability, Sorted};

/// Methods of every expression with one value, such as a column. The prelude exports this trait in
/// place of Diesel's trait of the same name. It differs in four ways:
///
/// - `eq` and `ne` take an `Option`: `eq(None)` is `IS NULL`, and `ne(None)` is `IS NOT NULL`.
/// - [`asc`](Self::asc) and [`desc`](Self::desc) sort NULL below every value on every database,
///   unless [`nulls_first`](Sorted::nulls_first) or [`nulls_last`](Sorted::nulls_last) is called.
/// - They take plain values of every type of a field, such as a `Decimal` or a `Uuid`.
/// - A `NaiveDateTime` or `NaiveTime` with more precision than microseconds is compared and
///   assigned with the precision with which it would be stored.
///
/// If you need Diesel's own types, for example for `#[diesel::dsl::auto_type]`, import
/// `diesel::ExpressionMethods` by its name.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity, Debug)] struct User { id: Auto<i64>, name: String, age: Option<i32> }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![User].create_all(&mut session)?;
/// # session.add(User::builder().name("ada").build());
/// # session.add(User::builder().name("grace").age(85).build());
/// let age: Option<i32> = None;
/// assert_eq!(session.query::<User>().filter(user::age.eq(age)).count()?, 1);
///
/// let oldest = session.query::<User>().order_by(user::age.desc()).first()?;
/// assert_eq!(oldest.map(|user| session[user].age), Some(Some(85)));
/// # Ok(()) }
/// ```
#[allow(clippy::wrong_self_convention, reason = "the names are those of SQL, and of Diesel")]
pub trait ExpressionMethods: diesel::ExpressionMethods {
    /// Compares for equality; `eq(None)` is `IS NULL`. In an UPDATE it assigns the value to the
    /// column.
    fn eq<T, How>(self, other: T) -> Equal<Self, T::Expression>
    where
        Self::SqlType: SqlType,
        T: IntoOperand<Self::SqlType, How>,
    {
        Equal::new(self, other.into_operand())
    }

    /// Compares for inequality, which NULL never satisfies; `ne(None)` is `IS NOT NULL`.
    fn ne<T, How>(self, other: T) -> Equal<Self, T::Expression, true>
    where
        Self::SqlType: SqlType,
        T: IntoOperand<Self::SqlType, How>,
    {
        Equal::new(self, other.into_operand())
    }

    /// Checks that the left value is greater (`>`).
    fn gt<T, How>(self, other: T) -> dsl::Gt<Self, Operand<T::Expression>>
    where
        Self::SqlType: SqlType,
        T: IntoOperand<Self::SqlType, How>,
    {
        diesel::ExpressionMethods::gt(self, other.into_operand())
    }

    /// Checks that the left value is greater or equal (`>=`).
    fn ge<T, How>(self, other: T) -> dsl::GtEq<Self, Operand<T::Expression>>
    where
        Self::SqlType: SqlType,
        T: IntoOperand<Self::SqlType, How>,
    {
        diesel::ExpressionMethods::ge(self, other.into_operand())
    }

    /// Checks that the left value is less (`<`).
    fn lt<T, How>(self, other: T) -> dsl::Lt<Self, Operand<T::Expression>>
    where
        Self::SqlType: SqlType,
        T: IntoOperand<Self::SqlType, How>,
    {
        diesel::ExpressionMethods::lt(self, other.into_operand())
    }

    /// Checks that the left value is less or equal (`<=`).
    fn le<T, How>(self, other: T) -> dsl::LtEq<Self, Operand<T::Expression>>
    where
        Self::SqlType: SqlType,
        T: IntoOperand<Self::SqlType, How>,
    {
        diesel::ExpressionMethods::le(self, other.into_operand())
    }

    /// Checks that the value lies between two values, both included.
    fn between<T, U, How, As>(
        self,
        lower: T,
        upper: U,
    ) -> dsl::Between<Self, Operand<T::Expression>, Operand<U::Expression>>
    where
        Self::SqlType: SqlType,
        T: IntoOperand<Self::SqlType, How>,
        U: IntoOperand<Self::SqlType, As>,
    {
        diesel::ExpressionMethods::between(self, lower.into_operand(), upper.into_operand())
    }

    /// Checks that the value lies outside the range of two values.
    fn not_between<T, U, How, As>(
        self,
        lower: T,
        upper: U,
    ) -> dsl::NotBetween<Self, Operand<T::Expression>, Operand<U::Expression>>
    where
        Self::SqlType: SqlType,
        T: IntoOperand<Self::SqlType, How>,
        U: IntoOperand<Self::SqlType, As>,
    {
        diesel::ExpressionMethods::not_between(self, lower.into_operand(), upper.into_operand())
    }

    /// Checks that the value is one of several values, or in the result of a query. For a long list
    /// of values see [`in_list`](crate::query::InListExt::in_list).
    fn eq_any<T, How>(self, values: T) -> dsl::EqAny<Self, T::List>
    where
        Self::SqlType: SqlType,
        T: IntoOperands<Self::SqlType, How>,
    {
        diesel::ExpressionMethods::eq_any(self, values.into_operands())
    }

    /// Checks that the value is none of several values, and not in the result of a query.
    fn ne_all<T, How>(self, values: T) -> dsl::NeAny<Self, T::List>
    where
        Self::SqlType: SqlType,
        T: IntoOperands<Self::SqlType, How>,
    {
        diesel::ExpressionMethods::ne_all(self, values.into_operands())
    }

    /// Checks that the value is NULL.
    fn is_null(self) -> dsl::IsNull<Self> {
        diesel::ExpressionMethods::is_null(self)
    }

    /// Checks that the value is not NULL.
    fn is_not_null(self) -> dsl::IsNotNull<Self> {
        diesel::ExpressionMethods::is_not_null(self)
    }

    /// Writes `CAST(… AS type)`, to a type that every value can be converted to.
    fn cast<ST>(self) -> dsl::Cast<Self, ST>
    where
        ST: SingleValue,
        Self::SqlType: CastsTo<ST>,
    {
        diesel::ExpressionMethods::cast(self)
    }

    /// Writes `CAST(… AS type)`, which fails for a value that cannot be converted.
    fn fallible_cast<ST>(self) -> dsl::Cast<Self, ST>
    where
        ST: SingleValue,
        Self::SqlType: FallibleCastsTo<ST>,
    {
        diesel::ExpressionMethods::fallible_cast(self)
    }

    /// Sorts from the least value to the greatest, NULL first.
    fn asc(self) -> Sorted<Self> {
        Sorted::new(self, false)
    }

    /// Sorts from the greatest value to the least, NULL last.
    fn desc(self) -> Sorted<Self> {
        Sorted::new(self, true)
    }
}

impl<T: diesel::ExpressionMethods> ExpressionMethods for T {}
