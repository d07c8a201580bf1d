//! The check that an expression of a query uses only columns of the query's entity.
//!
//! Diesel can check that the columns of an expression are in a FROM clause, but its compile error
//! speaks of `Once` and `Never`. Diesel can also check that all columns of an expression are among
//! those by which a query is grouped. This module asks that second question, with the columns of an
//! entity as the groups, so that it can attach its own compile error. Columns inside aggregates and
//! subqueries are not checked here: the database checks them.

use std::marker::PhantomData;

use diesel::expression::{
    Expression, IsContainedInGroupBy, ValidGrouping, is_contained_in_group_by,
};
use diesel::query_source::Column;

use crate::backend::SqlFragment;
use crate::mapping::{Entity, Reads};

/// The columns of an entity, as if a query were grouped by them.
#[derive(Debug)]
pub struct ColumnsOf<T>(PhantomData<fn() -> T>);

impl<T: Entity<From: Reads<C::Table>>, C: Column> IsContainedInGroupBy<C> for ColumnsOf<T> {
    type Output = is_contained_in_group_by::Yes;
}

/// An expression that uses only columns of an entity.
#[diagnostic::on_unimplemented(
    message = "this uses a column of an entity other than `{T}`",
    label = "not a column of `{T}`",
    note = "reach a column of the other side of a relationship through the relationship: `address::user.has(user::name.eq(\"ada\"))` and `address::user.column(user::name)` in a query for addresses, `user::addresses.has_any(address::email.eq(\"home\"))` in one for users",
    note = "for a Diesel query over several tables use `session.load_query(…)` or `session.load_rows(…)`"
)]
pub trait InScope<T: Entity> {}

#[diagnostic::do_not_recommend]
impl<T: Entity, E: ValidGrouping<ColumnsOf<T>>> InScope<T> for E {}

/// An expression by which a query for an entity can be ordered or grouped.
#[diagnostic::on_unimplemented(
    message = "this uses a column of an entity other than `{T}`",
    label = "not a column of `{T}`",
    note = "reach a column of the other side of a relationship through the relationship: `address::user.has(user::name.eq(\"ada\"))` and `address::user.column(user::name)` in a query for addresses, `user::addresses.has_any(address::email.eq(\"home\"))` in one for users"
)]
pub trait ExpressionOf<T: Entity>: SqlFragment {}

impl<T: Entity, E: InScope<T> + Expression + SqlFragment> ExpressionOf<T> for E {}

/// An entity that has a column, in its own table or in that of a base.
#[diagnostic::on_unimplemented(
    message = "`{C}` is not a column of `{Self}`",
    label = "not a column of `{Self}`",
    note = "the relationship has columns of `{Self}`; `then` goes on to other entities, as in `comment::post.then(post::author).column(author::name)`"
)]
pub trait HasColumn<C>: Entity {}

#[diagnostic::do_not_recommend]
impl<T: Entity<From: Reads<C::Table>>, C: Column> HasColumn<C> for T {}
