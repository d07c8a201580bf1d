//! User code that runs when an object is written or read.

use super::Entity;
use crate::error::ValidationError;

/// Code that runs when an object of the entity is inserted, updated, deleted or loaded. Every
/// method is optional. The attribute `hooks` on the struct says that there is an implementation; an
/// entity without it costs nothing.
///
/// [`flush`](crate::Session::flush) calls the hooks before it sends its first statement, and writes
/// the objects as the hooks leave them. It calls [`before_insert`](Self::before_insert) in the
/// order in which objects were added, and [`before_update`](Self::before_update) and
/// [`before_delete`](Self::before_delete) in the order of the keys. A flush that failed may be
/// repeated, so a hook can run more than once for one row. A hook sees one object and no session;
/// for logic over several objects use a [`SessionListener`](crate::events::SessionListener).
///
/// [`bulk_insert`](crate::Session::bulk_insert) and [`bulk_upsert`](crate::Session::bulk_upsert)
/// call `before_insert` and `validate` for each row, and
/// [`bulk_update`](crate::Session::bulk_update) calls `before_update` and `validate`. The set-based
/// [`update`](crate::Query::update) and [`delete`](crate::Query::delete) call no hooks, because
/// they load no objects.
///
/// ```
/// use orm_runtime::prelude::*;
///
/// #[derive(Entity)]
/// #[entity(hooks)]
/// struct User {
///     id: Auto<i64>,
///     email: String,
///     #[entity(skip)]
///     domain: String,
/// }
///
/// impl Hooks for User {
///     fn before_insert(&mut self) {
///         self.email.make_ascii_lowercase();
///     }
///
///     fn after_load(&mut self) {
///         self.domain = self.email.rsplit('@').next().unwrap_or_default().to_owned();
///     }
///
///     fn validate(&self) -> Result<(), ValidationError> {
///         match self.email.contains('@') {
///             true => Ok(()),
///             false => Err(ValidationError::new("email", "has no @")),
///         }
///     }
/// }
///
/// # fn main() -> Result<()> {
/// let mut session = Session::open("sqlite://:memory:")?;
/// schema![User].create_all(&mut session)?;
///
/// let ada = session.add(User::builder().email("Ada at example.org").build());
/// let error = session.commit().unwrap_err();
/// assert_eq!(error.to_string(), "User (new) is not valid: email has no @");
/// session[ada].email = "Ada@example.org".to_owned();
/// session.commit()?;
/// assert_eq!(session[ada].email, "ada@example.org");
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has the attribute `hooks`, and no hooks",
    label = "the trait `Hooks` is not implemented",
    note = "write `impl Hooks for {Self} {{ … }}` with the hooks you need, or remove the attribute `hooks`"
)]
pub trait Hooks: Entity + HooksWord {
    /// Runs before the row is inserted.
    fn before_insert(&mut self) {}

    /// Runs before the row is updated, only for an object whose columns differ from its row.
    /// Changes made here are part of the UPDATE.
    fn before_update(&mut self) {}

    /// Runs before the row is deleted. Changes made here are not written.
    fn before_delete(&mut self) {}

    /// Runs after a row was read into a new object, or after an object in memory took the values of
    /// its row. Use it to set skipped fields. It also runs in [`rows`](crate::Query::rows) and
    /// [`stream`](crate::Query::stream), but not when only a deferred column is loaded.
    ///
    /// A changed column counts as the value in the row, and so is not written. If the hook changes
    /// the key, the call that reads the row returns an error.
    fn after_load(&mut self) {}

    /// Checks whether the object may be written. Runs after `before_insert` and `before_update`.
    ///
    /// # Errors
    /// Returns what is wrong, field by field. The flush then fails with
    /// [`Error::Invalid`](crate::Error::Invalid) before it sends anything, and keeps every edit.
    fn validate(&self) -> Result<(), ValidationError> {
        Ok(())
    }
}

/// The attribute `hooks` is on the struct. Implemented by the derive.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the hooks of `{Self}` would never run",
    label = "the struct has no attribute `hooks`",
    note = "write `#[entity(hooks)]` on the struct"
)]
pub trait HooksWord {}
