//! Comparisons, orders and patterns that mean the same on every database, in place of Diesel's methods
//! of the same names.

mod comparison;
mod pattern;
mod sorted;

use diesel::dsl;
use diesel::expression::array_comparison::AsInExpression;
use diesel::expression::{AsExpression, CastsTo, FallibleCastsTo};
use diesel::sql_types::{SingleValue, SqlType};

pub use comparison::{Equal, Operand};
pub use pattern::{TextExpressionMethods, TextMatch, TextType};
pub use sorted::{Nullability, Sorted};

/// Methods of every expression with one value, such as a column. The prelude has them in place of Diesel's
/// trait of this name, from which they differ in three ways:
///
/// - `eq` and `ne` take an `Option`: `eq(None)` is `IS NULL`, and `ne(None)` is `IS NOT NULL`.
/// - [`asc`](Self::asc) and [`desc`](Self::desc) sort NULL below every value on every database, unless
///   [`nulls_first`](Sorted::nulls_first) or [`nulls_last`](Sorted::nulls_last) says otherwise.
/// - A `NaiveDateTime` or `NaiveTime` that is finer than a microsecond is compared and assigned as it
///   would be stored.
///
/// Where Diesel's own types are wanted, as for `#[diesel::dsl::auto_type]`, import
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
    /// Whether both are the same value; `eq(None)` is whether there is none. In an UPDATE the value
    /// that the column takes.
    fn eq<T>(self, other: T) -> Equal<Self, T::Expression>
    where
        Self::SqlType: SqlType,
        T: AsExpression<Self::SqlType>,
    {
        Equal::new(self, Operand::new(other))
    }

    /// Whether both are different values, neither of them NULL; `ne(None)` is whether there is one.
    fn ne<T>(self, other: T) -> Equal<Self, T::Expression, true>
    where
        Self::SqlType: SqlType,
        T: AsExpression<Self::SqlType>,
    {
        Equal::new(self, Operand::new(other))
    }

    /// Whether it is greater.
    fn gt<T>(self, other: T) -> dsl::Gt<Self, Operand<T::Expression>>
    where
        Self::SqlType: SqlType,
        T: AsExpression<Self::SqlType>,
    {
        diesel::ExpressionMethods::gt(self, Operand::new(other))
    }

    /// Whether it is greater or the same.
    fn ge<T>(self, other: T) -> dsl::GtEq<Self, Operand<T::Expression>>
    where
        Self::SqlType: SqlType,
        T: AsExpression<Self::SqlType>,
    {
        diesel::ExpressionMethods::ge(self, Operand::new(other))
    }

    /// Whether it is less.
    fn lt<T>(self, other: T) -> dsl::Lt<Self, Operand<T::Expression>>
    where
        Self::SqlType: SqlType,
        T: AsExpression<Self::SqlType>,
    {
        diesel::ExpressionMethods::lt(self, Operand::new(other))
    }

    /// Whether it is less or the same.
    fn le<T>(self, other: T) -> dsl::LtEq<Self, Operand<T::Expression>>
    where
        Self::SqlType: SqlType,
        T: AsExpression<Self::SqlType>,
    {
        diesel::ExpressionMethods::le(self, Operand::new(other))
    }

    /// Whether it lies between two values, or is one of them.
    fn between<T, U>(
        self,
        lower: T,
        upper: U,
    ) -> dsl::Between<Self, Operand<T::Expression>, Operand<U::Expression>>
    where
        Self::SqlType: SqlType,
        T: AsExpression<Self::SqlType>,
        U: AsExpression<Self::SqlType>,
    {
        diesel::ExpressionMethods::between(self, Operand::new(lower), Operand::new(upper))
    }

    /// Whether it lies outside of two values.
    fn not_between<T, U>(
        self,
        lower: T,
        upper: U,
    ) -> dsl::NotBetween<Self, Operand<T::Expression>, Operand<U::Expression>>
    where
        Self::SqlType: SqlType,
        T: AsExpression<Self::SqlType>,
        U: AsExpression<Self::SqlType>,
    {
        diesel::ExpressionMethods::not_between(self, Operand::new(lower), Operand::new(upper))
    }

    /// Whether it is one of several values, or of those of a query; for a long list of values see
    /// [`in_list`](crate::query::InListExt::in_list).
    fn eq_any<T>(self, values: T) -> dsl::EqAny<Self, T>
    where
        Self::SqlType: SqlType,
        T: AsInExpression<Self::SqlType>,
    {
        diesel::ExpressionMethods::eq_any(self, values)
    }

    /// Whether it is none of several values, nor of those of a query.
    fn ne_all<T>(self, values: T) -> dsl::NeAny<Self, T>
    where
        Self::SqlType: SqlType,
        T: AsInExpression<Self::SqlType>,
    {
        diesel::ExpressionMethods::ne_all(self, values)
    }

    /// Whether it is NULL.
    fn is_null(self) -> dsl::IsNull<Self> {
        diesel::ExpressionMethods::is_null(self)
    }

    /// Whether it is not NULL.
    fn is_not_null(self) -> dsl::IsNotNull<Self> {
        diesel::ExpressionMethods::is_not_null(self)
    }

    /// `CAST(… AS type)`, to a type that every value can become.
    fn cast<ST>(self) -> dsl::Cast<Self, ST>
    where
        ST: SingleValue,
        Self::SqlType: CastsTo<ST>,
    {
        diesel::ExpressionMethods::cast(self)
    }

    /// `CAST(… AS type)`, which fails for a value that can not become one.
    fn fallible_cast<ST>(self) -> dsl::Cast<Self, ST>
    where
        ST: SingleValue,
        Self::SqlType: FallibleCastsTo<ST>,
    {
        diesel::ExpressionMethods::fallible_cast(self)
    }

    /// From the least value to the greatest, NULL first.
    fn asc(self) -> Sorted<Self> {
        Sorted::new(self, false)
    }

    /// From the greatest value to the least, NULL last.
    fn desc(self) -> Sorted<Self> {
        Sorted::new(self, true)
    }
}

impl<T: diesel::ExpressionMethods> ExpressionMethods for T {}
