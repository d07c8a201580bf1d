//! The groups of a query, and the check that everything else selected is an aggregate.

use std::marker::PhantomData;

use diesel::expression::{IsContainedInGroupBy, is_contained_in_group_by};

use super::select_state::SelectState;
use crate::backend::{Dialect, SqlFragment, fragment_text};
use crate::error::{Error, Result};
use crate::sql::list_items;

/// The expressions by which a query is grouped, in the form that Diesel's grouping rules
/// understand, together with columns of referenced objects.
#[derive(Debug)]
pub struct Grouping<G>(PhantomData<fn() -> G>);

impl<C, G: IsContainedInGroupBy<C, Output: MakesGroups<C>>> IsContainedInGroupBy<C>
    for Grouping<G>
{
    type Output = is_contained_in_group_by::Yes;
}

/// Marks a column as one by which the query is grouped.
#[diagnostic::on_unimplemented(
    message = "the query is not grouped by `{C}`",
    note = "select the columns in `.group_by(…)`, and aggregates such as `count_star()` and `max(…)`"
)]
pub trait MakesGroups<C> {}

impl<C> MakesGroups<C> for is_contained_in_group_by::Yes {}

impl SelectState<'_> {
    /// Returns an error if a selected column of a referenced object is not one by which the query
    /// is grouped. Some databases would take the value of an arbitrary row.
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
        let why = "a selected column of a referenced object must also be in group_by(), along the same \
             path and without values in its filters: add it there, or select an aggregate of it";
        Err(Error::Configuration(why.to_owned()))
    }
}

/// The alias of the first referenced table.
const ALIAS: &str = "orm_r1";
