//! The order of enums by the declaration of their variants.

use diesel::QueryResult;
use diesel::SelectableExpression;
use diesel::expression::{AppearsOnTable, Expression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Integer, Nullable, SqlType};

use crate::backend::{Custom, DieselDatabase, SqlFragment, SqlWriter};
use crate::mapping::DbEnum;
use crate::types::EnumMeta;

/// The SQL type of an enum, nullable or not.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the SQL type of an enum",
    note = "only a column whose field is an enum with `#[derive(DbEnum)]` has an order of variants"
)]
pub trait EnumType: SqlType {
    /// What the enum's attributes declare.
    const META: &'static EnumMeta;
}

impl<T: DbEnum> EnumType for Custom<T> {
    const META: &'static EnumMeta = T::META;
}

impl<T: DbEnum> EnumType for Nullable<Custom<T>> {
    const META: &'static EnumMeta = T::META;
}

/// A column as the position of its variant; created by
/// [`declared_order`](EnumOrderExt::declared_order).
#[derive(Debug, Clone, Copy, ValidGrouping)]
pub struct DeclaredOrder<C>(C);

/// The method `declared_order` for columns of enums.
pub trait EnumOrderExt: Expression<SqlType: EnumType> + Sized {
    /// Returns the position of the variant, counted from 0. Use it to order rows the same way on
    /// every database. A column that is ordered directly follows its variants if the database has
    /// native enumerations, and its codes otherwise. An alias counts as its variant.
    ///
    /// ```
    /// use orm_runtime::prelude::*;
    ///
    /// #[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
    /// pub enum Size { Small, Medium, Large }
    ///
    /// #[derive(Entity)]
    /// struct Shirt { id: Auto<i64>, size: Size }
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Shirt].create_all(&mut session)?;
    /// session.add_all([Size::Large, Size::Small].map(|size| Shirt::builder().size(size).build()));
    /// let query = session.query::<Shirt>().order_by(shirt::size.declared_order());
    /// let sizes: Vec<Size> = query.select(shirt::size).load()?;
    /// assert_eq!(sizes, [Size::Small, Size::Large]);
    /// # Ok(()) }
    /// ```
    fn declared_order(self) -> DeclaredOrder<Self> {
        DeclaredOrder(self)
    }
}

impl<C> EnumOrderExt for C where C: Expression<SqlType: EnumType> {}

impl<C: Expression> Expression for DeclaredOrder<C> {
    type SqlType = Nullable<Integer>;
}

impl<C: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for DeclaredOrder<C> {}
impl<C: SelectableExpression<QS>, QS> SelectableExpression<QS> for DeclaredOrder<C> {}

impl<C> QueryId for DeclaredOrder<C> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: Expression<SqlType: EnumType> + SqlFragment> DeclaredOrder<C> {
    /// Writes `CASE column WHEN code THEN position … END`. The codes are string literals of the
    /// program.
    fn write<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        pass.push_sql("CASE ");
        self.0.walk(pass)?;
        let dialect = pass.dialect();
        for (place, variant) in <C::SqlType as EnumType>::META.variants.iter().enumerate() {
            for &code in std::iter::once(&variant.code).chain(variant.aliases) {
                pass.push_sql(&format!(" WHEN {} THEN {place}", dialect.literal(code)));
            }
        }
        pass.push_sql(" END");
        Ok(())
    }
}

impl<C, DB: DieselDatabase> QueryFragment<DB> for DeclaredOrder<C>
where
    C: Expression<SqlType: EnumType> + SqlFragment,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.write(&mut DB::writer(pass))
    }
}
