//! Conditions of queries: any Diesel expression, conditions composed at run time, and long lists.

use std::fmt;
use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::expression::{Expression, NonAggregate, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Bool, BoolOrNullableBool, IntoNotNullable};
use diesel::{AppearsOnTable, SelectableExpression};

use super::in_scope::{ColumnsOf, ExpressionOf};
use crate::backend::{Bind, DieselDatabase, SqlFragment, SqlWriter};
use crate::mapping::{Entity, Reads};

/// A condition of a query for `T`: any Diesel expression over the columns of the entity that is
/// true, false or NULL and that every enabled database supports.
#[diagnostic::on_unimplemented(
    message = "this is not a condition on `{T}`",
    label = "not a condition on `{T}`",
    note = "a condition compares columns of the entity, such as `user::name.eq(\"ada\")`; wrap a Uuid, a DateTime<Utc> or an unsigned integer in `val(…)`",
    note = "reach a column of the other side of a relationship through the relationship: `address::user.has(user::name.eq(\"ada\"))` in a query for addresses, `user::addresses.has_any(address::email.eq(\"home\"))` in one for users"
)]
pub trait Predicate<T: Entity>: SqlFragment {}

impl<T, P> Predicate<T> for P
where
    T: Entity,
    P: ExpressionOf<T> + Expression + NonAggregate,
    P::SqlType: BoolOrNullableBool,
{
}

/// A condition that is composed at run time from parts that may be absent. The type of a Diesel
/// expression changes with each part; the type of a `Condition` does not.
///
/// ```
/// # use orm_runtime::prelude::*;
/// # #[derive(Entity)] struct User { id: Auto<i64>, name: String, age: Option<i32> }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![User].create_all(&mut session)?;
/// fn search(
///     session: &mut Session,
///     name: Option<&str>,
///     ages: &[i32],
/// ) -> Result<Vec<Handle<User>>> {
///     let mut any_age = Condition::<User>::any();
///     for &age in ages {
///         any_age = any_age.or(user::age.eq(age));
///     }
///     let mut condition = Condition::<User>::all().and(any_age);
///     if let Some(name) = name {
///         condition = condition.and(user::name.like(format!("{name}%")));
///     }
///     session.query::<User>().filter(condition).all()
/// }
/// # search(&mut session, Some("a"), &[1, 2])?;
/// # Ok(()) }
/// ```
pub struct Condition<'q, T> {
    parts: Vec<Box<dyn SqlFragment + 'q>>,
    /// `true` if the parts are connected by `AND`, `false` for `OR`.
    conjunction: bool,
    negated: bool,
    entity: PhantomData<fn() -> T>,
}

impl<'q, T: Entity> Condition<'q, T> {
    /// Creates a condition that holds if all its parts hold. Without parts it always holds.
    pub fn all() -> Self {
        Condition { parts: Vec::new(), conjunction: true, negated: false, entity: PhantomData }
    }

    /// Creates a condition that holds if one of its parts holds. Without parts it never holds.
    pub fn any() -> Self {
        Condition { parts: Vec::new(), conjunction: false, negated: false, entity: PhantomData }
    }

    /// Returns `true` if the condition has no parts.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Adds a part: the result holds if the condition and the part both hold.
    #[must_use]
    pub fn and(self, part: impl Predicate<T> + 'q) -> Self {
        self.with(true, part)
    }

    /// Adds an alternative: the result holds if the condition or the part holds.
    #[must_use]
    pub fn or(self, part: impl Predicate<T> + 'q) -> Self {
        self.with(false, part)
    }

    fn with(mut self, conjunction: bool, part: impl Predicate<T> + 'q) -> Self {
        // Parts of the same kind are appended. For the other kind, the whole condition becomes the
        // first part.
        if self.negated || (self.conjunction != conjunction && !self.parts.is_empty()) {
            let first: Vec<Box<dyn SqlFragment + 'q>> = vec![Box::new(self)];
            self = Condition { parts: first, conjunction, negated: false, entity: PhantomData };
        }
        self.conjunction = conjunction;
        self.parts.push(Box::new(part));
        self
    }
}

impl<T: Entity> std::ops::Not for Condition<'_, T> {
    type Output = Self;

    /// Negates the condition. NULL stays NULL.
    fn not(mut self) -> Self {
        self.negated = !self.negated;
        self
    }
}

impl<T> fmt::Debug for Condition<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Condition of {} parts", self.parts.len())
    }
}

impl<T> Condition<'_, T> {
    fn write<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        if self.negated {
            pass.push_sql("NOT ");
        }
        pass.push_sql("(");
        if self.parts.is_empty() {
            pass.push_sql(if self.conjunction { "1 = 1" } else { "1 = 0" });
        }
        write_parts(&self.parts, if self.conjunction { " AND " } else { " OR " }, pass)?;
        pass.push_sql(")");
        Ok(())
    }
}

/// Returns the condition of a scope without its type. Used by generated code.
#[doc(hidden)]
pub fn scope<T: Entity>(condition: fn() -> Condition<'static, T>) -> Box<dyn SqlFragment> {
    Box::new(condition())
}

/// Writes conditions, each in parentheses, with a conjunction between them.
pub(crate) fn write_parts<'b>(
    parts: &'b [Box<dyn SqlFragment + '_>],
    between: &str,
    pass: &mut SqlWriter<'_, 'b>,
) -> QueryResult<()> {
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            pass.push_sql(between);
        }
        pass.push_sql("(");
        pass.part(&**part)?;
        pass.push_sql(")");
    }
    Ok(())
}

/// Writes ` WHERE …`, if there is a condition.
pub(super) fn write_where<'b>(
    filters: &'b [Box<dyn SqlFragment + '_>],
    pass: &mut SqlWriter<'_, 'b>,
) -> QueryResult<()> {
    if filters.is_empty() {
        return Ok(());
    }
    pass.push_sql(" WHERE ");
    write_parts(filters, " AND ", pass)
}

impl<T> Expression for Condition<'_, T> {
    type SqlType = Bool;
}

impl<T: Entity<From = QS>, QS> AppearsOnTable<QS> for Condition<'_, T> {}

impl<T> ValidGrouping<()> for Condition<'_, T> {
    type IsAggregate = is_aggregate::No;
}

impl<T: Entity, U: Entity<From: Reads<T::Table>>> ValidGrouping<ColumnsOf<U>> for Condition<'_, T> {
    type IsAggregate = is_aggregate::Never;
}

impl<T> QueryId for Condition<'_, T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// A column compared with a list of values; created by [`InListExt::in_list`].
///
/// The list is sent as a single value where the database supports it: `= ANY` on PostgreSQL,
/// `json_each` on SQLite. Elsewhere it is padded. Lists of thousands of values work, and the
/// prepared statement also serves the next list.
#[derive(Debug, Clone)]
pub struct InList<C, U> {
    column: C,
    values: Vec<U>,
    json: Option<String>,
}

/// The SQL type of a column's values, without NULL.
type NotNull<C> = <<C as Expression>::SqlType as IntoNotNullable>::NotNullable;

/// Adds `column.in_list(values)` to the columns of Diesel's tables.
pub trait InListExt: Expression + Sized {
    /// Compares the column with a list: holds if the column's value is in it. An empty list holds
    /// for no row. Values may be borrowed: `user::name.in_list(["ada", "grace"])`.
    ///
    /// Lists of integers, strings and UUIDs may have any length. Values of other types are bound
    /// one by one on SQLite and MySQL, which limits a statement to 32,766 values on SQLite and
    /// 65,535 on MySQL. On MySQL the limit applies to lists of every type.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct User { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// let ids: Vec<i64> = (0..5_000).collect();
    /// let users = session.query::<User>().filter(user::id.in_list(ids)).all()?;
    /// # assert!(users.is_empty());
    /// # Ok(()) }
    /// ```
    fn in_list<U>(self, values: impl IntoIterator<Item = U>) -> InList<Self, U>
    where
        Self::SqlType: IntoNotNullable,
        U: Bind<NotNull<Self>> + ListValue,
    {
        let values: Vec<U> = values.into_iter().collect();
        let json = json_of(&values);
        InList { column: self, values, json }
    }
}

impl<C: diesel::Column> InListExt for C {}

/// A value that [`InListExt::in_list`] accepts: for example an integer, a string, a `Uuid`, a
/// `DbEnum` or a `DbType`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be in the list of `in_list`",
    label = "not a value of a column",
    note = "write the values, such as `user::name.in_list([\"ada\", \"grace\"])`; derive `DbEnum` or `DbType` for a type of your own"
)]
pub trait ListValue {
    /// Appends the value as JSON. Returns `true` if values of this type can be sent as JSON.
    #[doc(hidden)]
    fn push_json(&self, _json: &mut String) -> bool {
        false
    }
}

/// Values that are sent in the same form as keys of their type.
macro_rules! list_values {
    ($($ty:ty),*) => {$(
        impl ListValue for $ty {
            fn push_json(&self, json: &mut String) -> bool {
                crate::mapping::Key::push_json(self, json)
            }
        }
    )*};
}

list_values!(i8, i16, i32, i64, u8, u16, u32, u64, bool, String);
#[cfg(feature = "uuid")]
list_values!(uuid::Uuid);
#[cfg(feature = "decimal")]
list_values!(rust_decimal::Decimal);

impl ListValue for str {
    fn push_json(&self, json: &mut String) -> bool {
        crate::mapping::push_json_text(self, json)
    }
}

impl<V: ListValue + ?Sized> ListValue for &V {
    fn push_json(&self, json: &mut String) -> bool {
        V::push_json(self, json)
    }
}

/// Values that are bound one by one where the database has no arrays.
macro_rules! bound_values {
    ($($ty:ty),*) => {$(impl ListValue for $ty {})*};
}

bound_values!(f64, f32, Vec<u8>);
#[cfg(feature = "chrono")]
bound_values!(
    chrono::NaiveDate,
    chrono::NaiveTime,
    chrono::NaiveDateTime,
    chrono::DateTime<chrono::Utc>
);
#[cfg(feature = "time")]
bound_values!(time::Date, time::Time, time::PrimitiveDateTime, time::OffsetDateTime);
#[cfg(feature = "jiff")]
bound_values!(jiff::civil::Date, jiff::civil::Time, jiff::civil::DateTime, jiff::Timestamp);

fn json_of<U: ListValue>(values: &[U]) -> Option<String> {
    let mut json = String::from("[");
    for (n, value) in values.iter().enumerate() {
        if n > 0 {
            json.push(',');
        }
        if !value.push_json(&mut json) {
            return None;
        }
    }
    json.push(']');
    Some(json)
}

impl<C: SqlFragment, U> InList<C, U> {
    fn write<'b, ST>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()>
    where
        U: Bind<ST>,
    {
        if self.values.is_empty() {
            pass.push_sql("1 = 0");
            return Ok(());
        }
        self.column.walk(pass)?;
        let forms = pass.dialect().forms();
        match &self.json {
            _ if forms.arrays => {
                pass.push_sql(" = ANY(");
                pass.bind_array(|array| {
                    self.values.iter().try_for_each(|value| value.bind(array))
                })?;
                pass.push_sql(")");
            }
            Some(json) if forms.json_lists => {
                pass.push_sql(" IN (SELECT value FROM json_each(");
                pass.bind::<diesel::sql_types::Text, String>(json)?;
                pass.push_sql("))");
            }
            _ => {
                pass.push_sql(" IN (");
                let padded = self.values.len().next_power_of_two();
                // Near the limit of the protocol, padding would make a list too long that fits
                // without it.
                let length = if padded > forms.max_binds / 2 { self.values.len() } else { padded };
                let last = self.values.last().into_iter().cycle();
                for (n, value) in self.values.iter().chain(last).take(length).enumerate() {
                    if n > 0 {
                        pass.push_sql(", ");
                    }
                    value.bind(pass)?;
                }
                pass.push_sql(")");
            }
        }
        Ok(())
    }
}

impl<C: Expression, U> Expression for InList<C, U> {
    type SqlType = diesel::sql_types::Nullable<Bool>;
}

impl<C: AppearsOnTable<QS>, U, QS> AppearsOnTable<QS> for InList<C, U> {}
impl<C: SelectableExpression<QS>, U, QS> SelectableExpression<QS> for InList<C, U> {}

impl<C: ValidGrouping<G>, U, G> ValidGrouping<G> for InList<C, U> {
    type IsAggregate = C::IsAggregate;
}

impl<C, U> QueryId for InList<C, U> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T, DB: DieselDatabase> QueryFragment<DB> for Condition<'_, T> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.write(&mut DB::writer(pass))
    }
}

impl<C, U, DB: DieselDatabase> QueryFragment<DB> for InList<C, U>
where
    C: Expression + SqlFragment,
    C::SqlType: IntoNotNullable,
    U: Bind<NotNull<C>>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.write::<NotNull<C>>(&mut DB::writer(pass))
    }
}
