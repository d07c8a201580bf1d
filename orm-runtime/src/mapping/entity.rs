//! The traits of an entity, which `#[derive(Entity)]` implements: [`Entity`] for users, and those that the
//! machinery asks for, beside [`Mapped`] and [`Tracked`].

use std::any::Any;

use super::{
    Carried, ColumnSet, EntityMeta, EntityType, HasMany, HasOne, MadeAssociation, ManyToMany,
    Reference, Tracked, same_type,
};
use crate::backend::SqlFragment;
use crate::error::ValidationError;

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

impl EntityType {
    /// Creates the type of an entity, with what the identity map does with its objects.
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

/// An entity that is another one as well: a subtype of it, or that itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `{T}`",
    label = "expected `{T}` or one of its subtypes",
    note = "a subtype has its base in a field with `#[entity(base)]`"
)]
pub trait SubtypeOf<T: Entity>: Entity {}

#[diagnostic::do_not_recommend]
impl<T: Entity> SubtypeOf<T> for T {}

/// An entity that can be instantiated. A base is abstract unless it is itself a variant of the enum.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not known to be an entity of which there are objects",
    label = "no objects that are just this",
    note = "in a function over any entity write the bound `Concrete` in place of `Entity`",
    note = "the base of a hierarchy has objects only if it is among the subtypes: add one of its subtypes, or make it a variant of the enum that `#[entity(hierarchy = ...)]` names"
)]
pub trait Concrete: Entity {
    /// The object as the session keeps it.
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

/// Sees objects of a hierarchy as one of its entities.
///
/// An entity without a hierarchy is its own root, and is seen as it is.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "no entity",
    note = "derive it: `#[derive(Entity)]` on a struct with a primary key"
)]
pub trait InHierarchy: Lifecycle {
    /// What a query reads from, for Diesel to check conditions against: the table, or those of a subtype and
    /// its bases.
    type From: 'static;

    /// The entity in whose arena the objects lie: itself, or the enum of the hierarchy.
    type Root: Concrete<Root = Self::Root, Key = Self::Key>;

    /// The columns which the entity has, where others of its hierarchy have more.
    const HAS: ColumnSet = ColumnSet::first(128);

    /// Returns the object as this entity sees it, if it is one. An entity that is its own root sees
    /// its objects as they are.
    #[inline(always)]
    fn view(object: &Self::Root) -> Option<&Self> {
        (object as &dyn Any).downcast_ref()
    }

    /// The same to change it.
    #[inline(always)]
    fn view_mut(object: &mut Self::Root) -> Option<&mut Self> {
        (object as &mut dyn Any).downcast_mut()
    }

    /// Returns the object itself, if it is no more than this entity.
    #[inline(always)]
    fn from_root(object: Self::Root) -> Result<Self, Self::Root> {
        same_type(object)
    }

    /// Tells an object of a hierarchy which subtype it is.
    fn tell_subtype(&mut self) {}

    /// The subtype of an object in its hierarchy.
    fn subtype(&self) -> usize {
        0
    }

    /// The number of this entity in the process, by which an identity map finds its objects.
    fn entity_index() -> usize;
}

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

/// Reads and sets the references of an object, and visits its collections.
///
/// Asked for by the identity map, for what objects say of each other.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "no entity",
    note = "derive it: `#[derive(Entity)]` on a struct with a primary key"
)]
pub trait Referencing: Tracked {
    /// Where a foreign key leads; for one that is no field of the type
    /// [`ForeignKey`](super::ForeignKey), nowhere.
    fn reference(&self, _foreign_key: usize) -> Reference<'_> {
        Reference::NULL
    }

    /// Makes a foreign key lead to an object, or nowhere.
    fn set_reference(&mut self, _foreign_key: usize, _to: Reference<'_>) {}

    /// Whether there are collections to visit.
    const HAS_COLLECTIONS: bool = false;

    /// Visits the collections, in the order of the fields.
    fn visit_collections<V: CollectionVisitor>(&mut self, _visitor: &mut V) {}
}

/// What is done with each collection of an object. The derive calls one method a field, in the order of the
/// fields; `relationship` is the position of the relationship in the metadata of the entity.
pub trait CollectionVisitor {
    /// Visits a collection of the objects that reference the owner.
    fn has_many<T: Entity, K>(&mut self, field: &mut HasMany<T, K>, relationship: usize);

    /// Visits the one object that references the owner.
    fn has_one<T: Entity, K>(&mut self, field: &mut HasOne<T, K>, relationship: usize);

    /// Visits a collection by an association table that is made for the program.
    fn many_to_many<R: MadeAssociation, K>(
        &mut self,
        field: &mut ManyToMany<R::Target, K>,
        relationship: R,
    );

    /// Visits a collection by an association that is an entity of the program.
    fn through_entity<T: Entity, K>(&mut self, field: &mut ManyToMany<T, K>, relationship: usize);
}
