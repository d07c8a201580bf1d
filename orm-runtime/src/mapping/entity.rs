//! The trait that `#[derive(Entity)]` implements.

use super::{EntityMeta, InHierarchy};

/// A struct that is mapped to a table, or the enum of a hierarchy. Implemented by `#[derive(Entity)]`; see
/// there for the attributes.
///
/// `T::Key` is the type of the primary key: the field's type, or a tuple where there are several. What the
/// session, the identity map and the plan ask of an entity is in traits that only the derive implements, and
/// that every entity has.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "no entity",
    note = "derive it: `#[derive(Entity)]` on a struct with a primary key"
)]
pub trait Entity: InHierarchy {
    /// Diesel's table, generated beside the struct.
    type Table: 'static;

    /// What the attributes said.
    const META: &'static EntityMeta;

    /// The key, or `None` while the database has not made it.
    fn key(&self) -> Option<Self::Key>;
}

/// An entity whose rows can be written: every one but those of views. Implemented by
/// `#[derive(Entity)]`.
///
/// Generic code that adds, changes or deletes objects asks for it beside [`Entity`].
#[diagnostic::on_unimplemented(
    message = "rows of `{Self}` can not be written",
    label = "its rows are only read",
    note = "an entity with `#[entity(view)]` is only read: write to the tables that the view selects from; generic code asks for `T: Writable`"
)]
pub trait Writable: Entity {}

/// A deferred column of an entity, such as `user::portrait`: what
/// [`Session::load`](crate::Session::load) and [`Query::undefer`](crate::Query::undefer) take.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a deferred column of `{T}`",
    note = "deferred columns are fields of the type `Deferred<…>`"
)]
pub trait DeferredColumn<T: Entity> {
    /// The position of the column.
    const POSITION: usize;
}

/// A default scope of an entity, such as `user::scopes::visible`: what
/// [`Query::unscoped`](crate::Query::unscoped) takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a default scope of `{T}`",
    note = "the scopes of an entity stand in the module beside it, as `user::scopes::visible` for `#[entity(scope = visible)]`"
)]
pub trait DefaultScope<T: Entity> {
    /// The position of the scope.
    const POSITION: usize;
}
