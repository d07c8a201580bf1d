//! The traits that `#[derive(Entity)]` implements: [`Entity`] for users, and internal traits
//! besides [`Mapped`] and [`Tracked`].

use std::any::Any;

use super::{
    Carried, ColumnSet, EntityMeta, EntityType, HasMany, HasOne, MadeAssociation, ManyToMany,
    Reference, Tracked, same_type,
};
use crate::backend::SqlFragment;
use crate::error::ValidationError;

/// A struct that is mapped to a table, or the enum of a hierarchy. Implemented by
/// `#[derive(Entity)]`; see there for the attributes.
///
/// `T::Key` is the type of the primary key: the type of the field, or a tuple if the key has
/// several. Every entity has a few more traits, which only the derive implements, for the session,
/// the identity map and the flush.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "not an entity",
    note = "add `#[derive(Entity)]` to a struct with a primary key"
)]
pub trait Entity: InHierarchy {
    /// Diesel's table, in the module of the columns.
    type Table: 'static;

    /// The metadata: what the attributes say.
    const META: &'static EntityMeta;

    /// Returns the key, or `None` while the database has not generated it.
    fn key(&self) -> Option<Self::Key>;
}

impl EntityType {
    /// Creates the type of an entity, with the functions of the identity map for its objects.
    pub const fn of<T: Entity>(objects: Carried) -> Self {
        EntityType {
            index: T::entity_index,
            scopes: || {
                let kinds = T::META.kind_condition();
                kinds.into_iter().chain((0..T::SCOPES).filter_map(T::scope)).collect()
            },
            objects,
        }
    }
}

/// An entity whose rows can be written: every entity that is not a view. Implemented by
/// `#[derive(Entity)]`.
///
/// Generic code that adds, changes or deletes objects needs this bound in addition to [`Entity`],
/// and [`Concrete`] to add new objects.
///
/// ```
/// use orm_runtime::prelude::*;
///
/// #[derive(Entity)] struct User { id: Auto<i64>, name: String }
///
/// /// Adds objects, and returns how many rows the entity then has.
/// fn import<T: Concrete + Writable>(session: &mut Session, objects: Vec<T>) -> Result<i64> {
///     session.add_all(objects);
///     session.query::<T>().count()
/// }
///
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![User].create_all(&mut session)?;
/// assert_eq!(import(&mut session, vec![User::builder().name("ada").build()])?, 1);
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "rows of `{Self}` cannot be written",
    label = "its rows are only read",
    note = "an entity with `#[entity(view)]` is only read: write to the tables that the view selects from; generic code asks for `T: Writable`"
)]
pub trait Writable: Entity {}

/// A deferred column of an entity, such as `user::portrait`: an argument of
/// [`Session::load`](crate::Session::load) and [`Query::undefer`](crate::Query::undefer).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a deferred column of `{T}`",
    note = "deferred columns are fields of the type `Deferred<…>`"
)]
pub trait DeferredColumn<T: Entity> {
    /// The position of the column.
    const POSITION: usize;
}

/// A default scope of an entity, such as `user::scopes::visible`: an argument of
/// [`Query::unscoped`](crate::Query::unscoped).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a default scope of `{T}`",
    note = "the scopes of an entity are in its module, as `user::scopes::visible` for `#[entity(scope = visible)]`"
)]
pub trait DefaultScope<T: Entity> {
    /// The position of the scope.
    const POSITION: usize;
}

/// An entity that is `T` itself or one of its subtypes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `{T}`",
    label = "expected `{T}` or one of its subtypes",
    note = "a subtype has its base in a field with `#[entity(base)]`"
)]
pub trait SubtypeOf<T: Entity>: Entity {}

#[diagnostic::do_not_recommend]
impl<T: Entity> SubtypeOf<T> for T {}

/// An entity that has objects. A base is abstract unless it is itself a variant of the enum.
///
/// The calls that take a new object, such as [`Session::add`](crate::Session::add), have this bound
/// and [`Writable`]. A function of yours that is generic over entities repeats the bounds of the
/// calls that it makes: `Entity` to read, `Concrete + Writable` to add objects. The prelude exports
/// all three. See the example of [`Writable`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity that can be instantiated",
    label = "abstract, or not known to be concrete",
    note = "in a function over any entity write the bound `Concrete` in place of `Entity`",
    note = "the base of a hierarchy has objects only if it is among the subtypes: add one of its subtypes, or make it a variant of the enum that `#[entity(hierarchy = ...)]` names"
)]
pub trait Concrete: Entity {
    /// Converts the object to the form in which the session keeps it.
    fn into_root(self) -> Self::Root;
}

#[diagnostic::do_not_recommend]
impl<T: Entity<Root = T>> Concrete for T {
    #[inline(always)]
    fn into_root(mut self) -> T {
        self.tell_subtype();
        self
    }
}

/// Views the objects of a hierarchy as one of its entities.
///
/// An entity without a hierarchy is its own root, and views of it are the objects themselves.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "not an entity",
    note = "add `#[derive(Entity)]` to a struct with a primary key"
)]
pub trait InHierarchy: Lifecycle {
    /// What a query reads from, so that Diesel can check conditions: the table, or the tables of a
    /// subtype and its bases.
    type From: 'static;

    /// The entity whose arena holds the objects: this entity, or the enum of the hierarchy.
    type Root: Concrete<Root = Self::Root, Key = Self::Key>;

    /// The columns of this entity, if other entities of the hierarchy have more.
    const HAS: ColumnSet = ColumnSet::first(128);

    /// Returns the object as this entity, if it is one. An entity that is its own root returns the
    /// object unchanged.
    #[inline(always)]
    fn view(object: &Self::Root) -> Option<&Self> {
        (object as &dyn Any).downcast_ref()
    }

    /// Returns the object as this entity for changes, if it is one.
    #[inline(always)]
    fn view_mut(object: &mut Self::Root) -> Option<&mut Self> {
        (object as &mut dyn Any).downcast_mut()
    }

    /// Converts the object to this entity. The error is the object, if it is a subtype of this
    /// entity.
    #[inline(always)]
    fn from_root(object: Self::Root) -> Result<Self, Self::Root> {
        same_type(object)
    }

    /// Sets the discriminator of an object of a hierarchy.
    fn tell_subtype(&mut self) {}

    /// Returns the subtype of an object in its hierarchy.
    fn subtype(&self) -> usize {
        0
    }

    /// Returns the number of this entity in the process, by which an identity map finds its
    /// objects.
    fn entity_index() -> usize;
}

/// Prepares objects for a flush, completes loaded objects, and returns the default scopes.
///
/// The flush and queries use it.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "not an entity",
    note = "add `#[derive(Entity)]` to a struct with a primary key"
)]
pub trait Lifecycle: Referencing {
    /// `true` if objects are prepared before they are written. Otherwise a flush does not visit the
    /// objects.
    const PREPARES: bool = false;

    /// Prepares the object for an INSERT: sets automatic values, calls the user's hook, then checks
    /// the values.
    fn prepare_insert(&mut self) -> Result<(), ValidationError> {
        Ok(())
    }

    /// Prepares an object whose columns differ for an UPDATE. Values that are the same as in the
    /// row before are neither fitted to their columns nor checked, if that row is known.
    fn prepare_update(&mut self, _before: Option<&Self>) -> Result<(), ValidationError> {
        Ok(())
    }

    /// Sets the times of the last write, if the entity has any, to the present.
    fn stamp_updated(&mut self) {}

    /// Prepares the object for a DELETE.
    fn prepare_delete(&mut self) {}

    /// `true` if objects are completed after a load.
    const COMPLETES: bool = false;

    /// Completes the object after it has taken the values of a row.
    fn complete(&mut self) {}

    /// The number of default scopes.
    const SCOPES: usize = 0;

    /// Returns the condition of a default scope.
    fn scope(_scope: usize) -> Option<Box<dyn SqlFragment>> {
        None
    }

    /// Returns the time that a soft delete writes, or `None` if deleting removes the row.
    fn deletion() -> Option<Box<dyn SqlFragment>> {
        None
    }
}

/// Reads and sets the references of an object, and visits its collections.
///
/// The identity map uses it for the relationships between objects.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "not an entity",
    note = "add `#[derive(Entity)]` to a struct with a primary key"
)]
pub trait Referencing: Tracked {
    /// Returns what a foreign key references. A foreign key that is not a field of the type
    /// [`ForeignKey`](super::ForeignKey) references nothing here.
    fn reference(&self, _foreign_key: usize) -> Reference<'_> {
        Reference::NULL
    }

    /// Sets a foreign key to an object, or to NULL.
    fn set_reference(&mut self, _foreign_key: usize, _to: Reference<'_>) {}

    /// `true` if there are collections to visit.
    const HAS_COLLECTIONS: bool = false;

    /// Visits the collections in the order of the fields.
    fn visit_collections<V: CollectionVisitor>(&mut self, _visitor: &mut V) {}
}

/// An operation on each collection of an object. Generated code calls one method for each field, in
/// the order of the fields; `relationship` is the position of the relationship in the metadata of
/// the entity.
pub trait CollectionVisitor {
    /// Visits a collection of the objects that reference the owner.
    fn has_many<T: Entity, K>(&mut self, field: &mut HasMany<T, K>, relationship: usize);

    /// Visits the one object that references the owner.
    fn has_one<T: Entity, K>(&mut self, field: &mut HasOne<T, K>, relationship: usize);

    /// Visits a collection whose association table is generated.
    fn many_to_many<R: MadeAssociation, K>(
        &mut self,
        field: &mut ManyToMany<R::Target, K>,
        relationship: R,
    );

    /// Visits a collection whose association is an entity of the program.
    fn through_entity<T: Entity, K>(&mut self, field: &mut ManyToMany<T, K>, relationship: usize);
}
