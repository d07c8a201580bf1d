//! Comparisons with values that may be absent, and with times.

use std::any::TypeId;
use std::fmt::{self, Write};

use diesel::backend::Backend;
use diesel::expression::{
    AppearsOnTable, AsExpression, Expression, MixedAggregates, TypedExpressionType, ValidGrouping,
};
use diesel::query_builder::{AsChangeset, AstPass, QueryFragment, QueryId};
use diesel::sql_types::{self, Bool, Nullable, SqlType, is_nullable};
use diesel::{Insertable, QueryResult, SelectableExpression, dsl};

use crate::backend::DieselDatabase;

/// What a column is compared with, or set to: a value, a column, any expression.
///
/// A time with more precision than microseconds is truncated as it is when an object is written. On
/// PostgreSQL and MySQL that happens when a value is sent. On SQLite a time is text, which Diesel
/// writes with full precision.
#[derive(Debug, Clone, Copy)]
pub struct Operand<E> {
    value: E,
    /// Whether the value is an `Option`, which may be `None`.
    optional: bool,
}

impl<E> Operand<E> {
    pub(super) fn new<T, ST>(value: T) -> Self
    where
        ST: SqlType + TypedExpressionType,
        T: AsExpression<ST, Expression = E>,
    {
        Operand { value: value.as_expression(), optional: is_option::<T>() }
    }
}

/// Returns `true` if a type is an `Option`, or a reference to one. Only then is its value examined.
fn is_option<T>() -> bool {
    std::any::type_name::<T>().trim_start_matches('&').starts_with("core::option::Option<")
}

/// Returns `true` if a value, which is an `Option`, is `None`. Diesel shows values only by their
/// `Debug`.
fn is_none<DB, E>(value: &E) -> bool
where
    DB: Backend + Default,
    DB::QueryBuilder: Default,
    E: QueryFragment<DB>,
{
    // Only the first characters of the value are formatted.
    let mut start = Start(String::new());
    let _ = write!(start, "{:?}", diesel::debug_query::<DB, E>(value));
    start.0.split_once("binds: [").is_some_and(|(_, binds)| binds.starts_with("None]"))
}

/// Collects the first few characters of a string.
struct Start(String);

impl fmt::Write for Start {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend(text.chars().take(60 - self.0.len().min(60)));
        if self.0.len() < 60 { Ok(()) } else { Err(fmt::Error) }
    }
}

impl<E: Expression> Expression for Operand<E> {
    type SqlType = E::SqlType;
}

impl<E: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for Operand<E> {}
impl<E: SelectableExpression<QS>, QS> SelectableExpression<QS> for Operand<E> {}

impl<E: ValidGrouping<G>, G> ValidGrouping<G> for Operand<E> {
    type IsAggregate = E::IsAggregate;
}

impl<E: QueryId> QueryId for Operand<E> {
    type QueryId = Operand<E::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = E::HAS_STATIC_QUERY_ID;
}

/// Returns how many characters date and time take without a fraction, if they are text.
fn clock_width<ST: 'static>() -> Option<usize> {
    let ty = TypeId::of::<ST>();
    let is = |plain, nullable| ty == plain || ty == nullable;
    if is(TypeId::of::<sql_types::Timestamp>(), TypeId::of::<Nullable<sql_types::Timestamp>>()) {
        return Some("2024-02-29 12:00:00".len());
    }
    let is_time = is(TypeId::of::<sql_types::Time>(), TypeId::of::<Nullable<sql_types::Time>>());
    is_time.then_some("12:00:00".len())
}

impl<E, DB: DieselDatabase> QueryFragment<DB> for Operand<E>
where
    E: Expression<SqlType: 'static> + QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let width = clock_width::<E::SqlType>();
        let Some(width) = width.filter(|_| DB::DIALECT.forms().times_are_texts) else {
            return self.value.walk_ast(pass);
        };
        // A fraction has three, six or nine digits, or is absent.
        pass.push_sql(&format!(
            "(SELECT CASE WHEN length(t) <= {micros} THEN t \
             WHEN substr(t, {width} + 2, 6) = '000000' THEN substr(t, 1, {width}) \
             WHEN substr(t, {width} + 5, 3) = '000' THEN substr(t, 1, {millis}) \
             ELSE substr(t, 1, {micros}) END FROM (SELECT ",
            millis = width + 4,
            micros = width + 7,
        ));
        self.value.walk_ast(pass.reborrow())?;
        pass.push_sql(" AS t))");
        Ok(())
    }
}

/// The comparison of two values for equality, or with `NOT` for inequality; created by
/// [`eq`](super::ExpressionMethods::eq) and [`ne`](super::ExpressionMethods::ne).
#[derive(Debug, Clone, Copy)]
pub struct Equal<L, R, const NOT: bool = false> {
    left: L,
    right: Operand<R>,
}

impl<L, R, const NOT: bool> Equal<L, R, NOT> {
    pub(super) fn new(left: L, right: Operand<R>) -> Self {
        Equal { left, right }
    }
}

impl<L, R, const NOT: bool> Expression for Equal<L, R, NOT>
where
    L: Expression<SqlType: SqlType>,
    R: Expression<SqlType: SqlType>,
    is_nullable::IsSqlTypeNullable<L::SqlType>:
        sql_types::OneIsNullable<is_nullable::IsSqlTypeNullable<R::SqlType>>,
    is_nullable::IsOneNullable<L::SqlType, R::SqlType>: sql_types::MaybeNullableType<Bool>,
{
    type SqlType =
        is_nullable::MaybeNullable<is_nullable::IsOneNullable<L::SqlType, R::SqlType>, Bool>;
}

impl<L, R, QS, const NOT: bool> AppearsOnTable<QS> for Equal<L, R, NOT>
where
    Self: Expression,
    L: AppearsOnTable<QS>,
    R: AppearsOnTable<QS>,
{
}

impl<L, R, QS, const NOT: bool> SelectableExpression<QS> for Equal<L, R, NOT>
where
    Self: AppearsOnTable<QS>,
    L: SelectableExpression<QS>,
    R: SelectableExpression<QS>,
{
}

impl<L, R, G, const NOT: bool> ValidGrouping<G> for Equal<L, R, NOT>
where
    L: ValidGrouping<G>,
    R: ValidGrouping<G>,
    L::IsAggregate: MixedAggregates<R::IsAggregate>,
{
    type IsAggregate = <L::IsAggregate as MixedAggregates<R::IsAggregate>>::Output;
}

/// The text of the SQL differs if a value is `None`.
impl<L, R, const NOT: bool> QueryId for Equal<L, R, NOT> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// Diesel's own type, for assignments.
type Plain<L, R> = dsl::Eq<L, Operand<R>>;

impl<L, R> Equal<L, R>
where
    L: diesel::ExpressionMethods<SqlType: SqlType>,
    Operand<R>: AsExpression<L::SqlType>,
{
    fn plain(self) -> Plain<L, R> {
        diesel::ExpressionMethods::eq(self.left, self.right)
    }
}

/// An assignment of an UPDATE.
impl<L, R> AsChangeset for Equal<L, R>
where
    L: diesel::ExpressionMethods<SqlType: SqlType>,
    Operand<R>: AsExpression<L::SqlType>,
    Plain<L, R>: AsChangeset,
{
    type Target = <Plain<L, R> as AsChangeset>::Target;
    type Changeset = <Plain<L, R> as AsChangeset>::Changeset;

    fn as_changeset(self) -> Self::Changeset {
        self.plain().as_changeset()
    }
}

/// A value of one of Diesel's INSERT statements.
impl<L, R, Tab> Insertable<Tab> for Equal<L, R>
where
    L: diesel::ExpressionMethods<SqlType: SqlType>,
    Operand<R>: AsExpression<L::SqlType>,
    Plain<L, R>: Insertable<Tab>,
{
    type Values = <Plain<L, R> as Insertable<Tab>>::Values;

    fn values(self) -> Self::Values {
        self.plain().values()
    }
}

impl<L, R, DB: DieselDatabase, const NOT: bool> QueryFragment<DB> for Equal<L, R, NOT>
where
    L: QueryFragment<DB>,
    R: QueryFragment<DB>,
    Operand<R>: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_sql("(");
        self.left.walk_ast(pass.reborrow())?;
        if self.right.optional && is_none::<DB, R>(&self.right.value) {
            pass.push_sql(if NOT { " IS NOT NULL)" } else { " IS NULL)" });
            return Ok(());
        }
        pass.push_sql(if NOT { " != " } else { " = " });
        self.right.walk_ast(pass.reborrow())?;
        pass.push_sql(")");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_told_from_any_other_type() {
        assert!(is_option::<Option<i32>>() && is_option::<&Option<&str>>());
        assert!(!is_option::<i32>() && !is_option::<Vec<Option<i32>>>());
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn none_is_told_from_a_value() {
        use diesel::IntoSql;
        use diesel::sql_types::{Integer, Text};
        type Db = diesel::sqlite::Sqlite;
        assert!(is_none::<Db, _>(&None::<i32>.into_sql::<Nullable<Integer>>()));
        assert!(!is_none::<Db, _>(&Some(1).into_sql::<Nullable<Integer>>()));
        assert!(!is_none::<Db, _>(&Some("binds: [None]").into_sql::<Nullable<Text>>()));
    }
}
