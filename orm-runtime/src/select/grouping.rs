//! What groups are made by, and that nothing else is selected beside aggregates.

use std::marker::PhantomData;

use diesel::expression::{IsContainedInGroupBy, is_contained_in_group_by};

use super::select_state::SelectState;
use crate::backend::{Dialect, SqlFragment, fragment_text};
use crate::error::{Error, Result};
use crate::sql::list_items;

/// What a query is grouped by: an expression or a tuple of them, as Diesel's rules for columns know them, and
/// columns of the other side of references beside these.
#[derive(Debug)]
pub struct Grouping<G>(PhantomData<fn() -> G>);

impl<C, G: IsContainedInGroupBy<C, Output: MakesGroups<C>>> IsContainedInGroupBy<C>
    for Grouping<G>
{
    type Output = is_contained_in_group_by::Yes;
}

/// Says of a column that the query is grouped by it.
#[diagnostic::on_unimplemented(
    message = "the query is not grouped by `{C}`",
    note = "select the columns in `.group_by(…)`, and aggregates such as `count_star()` and `max(…)`"
)]
pub trait MakesGroups<C> {}

impl<C> MakesGroups<C> for is_contained_in_group_by::Yes {}

impl SelectState<'_> {
    /// Refuses a selected column of the other side by which the query is not grouped: some databases take
    /// any row's value for it.
    pub(crate) fn check_groups(&self, dialect: Dialect, columns: &dyn SqlFragment) -> Result<()> {
        let Some(group) = self.group_text(dialect) else { return Ok(()) };
        let selected = fragment_text(dialect, columns)?;
        if !selected.contains(ALIAS) {
            return Ok(());
        }
        let group = group?;
        let groups = list_items(&group);
        let is_related = |item: &str| item.starts_with("(SELECT ") && item.contains(ALIAS);
        let is_grouped = |item: &&str| !is_related(item) || groups.contains(item);
        if list_items(&selected).iter().all(is_grouped) {
            return Ok(());
        }
        let why = "a selected column of the other side of a reference has to be in group_by() too, along the \
             same path, and without values in its filters; or select an aggregate of it";
        Err(Error::Configuration(why.to_owned()))
    }
}

/// The name of the first table at the other side.
const ALIAS: &str = "orm_r1";
