//! Code of the user's that runs when an object is written or read.

use super::Entity;
use crate::error::ValidationError;

/// Code that runs when an object of the entity is inserted, updated, deleted or loaded. Every method
/// may be left out. The word `hooks` on the struct says that there is an implementation; an entity
/// without it pays nothing.
///
/// [`flush`](crate::Session::flush) calls the hooks before it sends its first statement, and makes
/// its plan of what they leave behind: [`before_insert`](Self::before_insert) in the order in which
/// objects were added, [`before_update`](Self::before_update) and
/// [`before_delete`](Self::before_delete) in the order of the keys. A flush that fails may be
/// repeated, so that a hook can run more than once for one row. Hooks see one object, and no session;
/// what concerns several objects is
/// for a [`SessionListener`](crate::events::SessionListener).
///
/// [`bulk_insert`](crate::Session::bulk_insert) and [`bulk_upsert`](crate::Session::bulk_upsert) run
/// `before_insert` and `validate` for each row. The set-based
/// [`update`](crate::Query::update) and [`delete`](crate::Query::delete) run no hook, since they see
/// no objects.
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
///         if self.email.contains('@') { Ok(()) } else { Err(ValidationError::new("email", "has no @")) }
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
    message = "`{Self}` says `hooks`, and has none",
    label = "the trait `Hooks` is not implemented",
    note = "write `impl Hooks for {Self} {{ … }}` with the hooks you need, or remove the word `hooks`"
)]
pub trait Hooks: Entity + HooksWord {
    /// Before the row is inserted.
    fn before_insert(&mut self) {}

    /// Before the row is updated: only for an object whose columns differ from its row. What is
    /// changed here is part of the UPDATE.
    fn before_update(&mut self) {}

    /// Before the row is deleted. What is changed here is not written.
    fn before_delete(&mut self) {}

    /// After a row was read into a new object, or an object in memory took the values of its row:
    /// the place for fields that are skipped. In [`rows`](crate::Query::rows) and
    /// [`stream`](crate::Query::stream) too, but not when only a deferred column is loaded.
    ///
    /// A column that is changed here is taken for what is in the row, and so is not written. A key
    /// that is changed here is an error of the call that reads the row.
    fn after_load(&mut self) {}

    /// Whether the object may be written; called after `before_insert` and `before_update`.
    ///
    /// # Errors
    /// What is wrong, field by field. The flush then fails with
    /// [`Error::Invalid`](crate::Error::Invalid) before it sends anything, and every edit is kept.
    fn validate(&self) -> Result<(), ValidationError> {
        Ok(())
    }
}

/// The word `hooks` stands on the struct; implemented by the derive.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the hooks of `{Self}` would never run",
    label = "the struct does not say `hooks`",
    note = "write `#[entity(hooks)]` on the struct"
)]
pub trait HooksWord {}
