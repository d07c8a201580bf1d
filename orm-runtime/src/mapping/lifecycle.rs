//! What happens to an object before it is written and after it was loaded, and default scopes.

use super::Referencing;
use crate::backend::SqlFragment;
use crate::error::ValidationError;

/// Prepares objects for a flush, completes loaded ones, and has the default scopes.
///
/// Asked for by a flush and by queries.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "no entity",
    note = "derive it: `#[derive(Entity)]` on a struct with a primary key"
)]
pub trait Lifecycle: Referencing {
    /// Whether an object is prepared before it is written; without, no flush walks the objects.
    const PREPARES: bool = false;

    /// Before the INSERT: what is filled in by itself, the user's hook, then what can be refused.
    fn prepare_insert(&mut self) -> Result<(), ValidationError> {
        Ok(())
    }

    /// The same before an UPDATE of an object whose columns differ. What is as in the row is neither
    /// brought to what its column keeps nor refused.
    fn prepare_update(&mut self, _before: &Self) -> Result<(), ValidationError> {
        Ok(())
    }

    /// Sets the times of the last write to the present, where there are any.
    fn stamp_updated(&mut self) {}

    /// Before the DELETE.
    fn prepare_delete(&mut self) {}

    /// Whether there is something to do behind a load.
    const COMPLETES: bool = false;

    /// After the values of a row were taken.
    fn complete(&mut self) {}

    /// How many default scopes there are.
    const SCOPES: usize = 0;

    /// The condition of a default scope.
    fn scope(_scope: usize) -> Option<Box<dyn SqlFragment>> {
        None
    }

    /// The time that is written when a row is deleted, where deleted rows are kept.
    fn deletion() -> Option<Box<dyn SqlFragment>> {
        None
    }
}
