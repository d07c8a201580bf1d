//! The value of a new row, in an expression of an upsert.

use diesel::expression::{AppearsOnTable, Expression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::{Column, QueryResult};

use crate::backend::{DieselDatabase, SqlWriter};

/// The value that the new row of an upsert has in a column; created by [`excluded`].
#[derive(Debug, Clone, Copy)]
pub struct Excluded<C>(C);

/// Creates an expression for the value that the new row of an upsert has in a column, for
/// [`Bulk::combine`](crate::query::Bulk::combine).
///
/// ```
/// # use orm_runtime::prelude::*;
/// # use orm_runtime::query::excluded;
/// # #[derive(Entity)] struct Record { #[entity(primary_key)] id: i64, best: i64, runs: i64 }
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![Record].create_all(&mut session)?;
/// let run = |best| [Record::builder().id(1).best(best).runs(1).build()];
/// for best in [7, 9] {
///     let count = record::runs.eq(record::runs + excluded(record::runs));
///     session.bulk_upsert(run(best)).combine(count).run()?;
/// }
/// let stored = session.query::<Record>().select((record::best, record::runs));
/// assert_eq!(stored.one::<(i64, i64)>()?, (9, 2));
/// # Ok(()) }
/// ```
pub fn excluded<C: Column>(column: C) -> Excluded<C> {
    Excluded(column)
}

impl<C: Expression> Expression for Excluded<C> {
    type SqlType = C::SqlType;
}

impl<C: Column> AppearsOnTable<C::Table> for Excluded<C> {}

impl<C> ValidGrouping<()> for Excluded<C> {
    type IsAggregate = is_aggregate::No;
}

impl<C> QueryId for Excluded<C> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: Column> Excluded<C> {
    fn write(pass: &mut SqlWriter<'_, '_>) {
        let dialect = pass.dialect();
        let mut name = String::new();
        dialect.push_name(&mut name, C::NAME);
        pass.push_sql(&match dialect.forms().upserts_by_conflict {
            true => format!("excluded.{name}"),
            false => format!("VALUES({name})"),
        });
    }
}

impl<C: Column, DB: DieselDatabase> QueryFragment<DB> for Excluded<C> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        Excluded::<C>::write(&mut DB::writer(pass));
        Ok(())
    }
}
