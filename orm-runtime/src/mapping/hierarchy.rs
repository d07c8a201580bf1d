//! Inheritance: a base, the subtypes that build on it, and the closed set of concrete subtypes.
//!
//! Each subtype is a struct with the columns that it adds, and holds its base by value. All objects
//! of the hierarchy are in the arena of one entity, the enum of the hierarchy. The columns of the
//! enum are the columns of all subtypes, one subtype after another, and the structs are views of
//! its objects. In the database a hierarchy is one table for all subtypes, or one table for each
//! subtype, joined by the key. These are the patterns *single table inheritance* and *class table
//! inheritance* of Fowler's "Patterns of Enterprise Application Architecture".

use diesel::QueryResult;

use super::{DbEnum, Discriminator, Entity, EntityMeta, SubtypePiece, SubtypeShape};
use crate::backend::{Row, SqlWriter};
use crate::handle::Handle;

/// A Diesel table that was generated for an entity.
#[doc(hidden)]
pub trait TableOf: 'static {
    /// Returns the metadata of the entity.
    fn meta() -> &'static EntityMeta;
}

/// The enum of the hierarchy that `K` belongs to.
pub trait Wraps<K>: Sized {
    /// Wraps the object of a subtype in the enum, and sets its discriminator.
    fn wrap(kind: K) -> Self;
}

/// [`Wraps`] with a lifetime, so that generated code can have it as a bound on a type it knows only
/// by name.
#[doc(hidden)]
pub trait WrapsBounds<'a, K>: Wraps<K> {}

impl<K, F: Wraps<K>> WrapsBounds<'_, K> for F {}

/// The type of the values that the variants of an enum of subtypes name, for a base without a
/// discriminator.
#[doc(hidden)]
pub trait HasDiscriminatorType {
    type Discriminator: DbEnum;
}

/// The enum of the concrete subtypes. Implemented by `#[derive(Entity)]` on the enum.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the enum of the hierarchy of an entity",
    note = "add `#[derive(Entity)]` to an enum with a variant for each subtype, as in `Boss(Boss)`"
)]
pub trait Hierarchy: Entity<Root = Self> {
    /// A handle that knows the subtype of its object: an enum with the same variants.
    type Handles: Copy;

    /// The base of all subtypes.
    type Base: Subtype<Root = Self>;

    /// What is needed of each subtype to number what it adds.
    #[doc(hidden)]
    const SHAPES: &'static [SubtypeShape];

    /// Returns the handle of an existing object, with its subtype.
    #[doc(hidden)]
    fn handle_of(&self, handle: Handle<Self>) -> Self::Handles;

    /// Returns the object as one of the subtypes.
    #[doc(hidden)]
    fn as_subtype<L: Subtype>(&self) -> Option<&L>;

    /// Returns the object as one of the subtypes for changes.
    #[doc(hidden)]
    fn as_subtype_mut<L: Subtype>(&mut self) -> Option<&mut L>;

    /// Converts the object to this subtype. The error is the object, if it is another subtype.
    #[doc(hidden)]
    fn into_subtype<L: Subtype>(self) -> Result<L, Self>;
}

/// A struct of a hierarchy: the base of all subtypes, or one that builds on it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a struct of a hierarchy",
    label = "it has no field with `#[entity(base)]`, and names no `hierarchy`",
    note = "the base names the enum of the hierarchy with `#[entity(hierarchy = ...)]`; a subtype has its base in a field with `#[entity(base)]`"
)]
pub trait Subtype: Entity {
    /// The struct, by which the derive of the enum checks that the variant is a struct of a
    /// hierarchy.
    #[doc(hidden)]
    type Itself: Entity;
    /// The base of all subtypes.
    type Base: Subtype<Root = Self::Root, Discriminator = Self::Discriminator>;
    /// The type of the discriminator.
    type Discriminator: DbEnum;
    /// The tables of this struct and of its bases, so that Diesel can check conditions.
    #[doc(hidden)]
    type Lineage: 'static;

    /// The subtypes from the base to this one, with what is needed to number what each adds.
    #[doc(hidden)]
    const SHAPES: &'static [SubtypeShape];
    /// The subtypes from the base to this one, with everything that is known of each.
    #[doc(hidden)]
    const PIECES: &'static [SubtypePiece];
    /// The metadata of the base.
    #[doc(hidden)]
    const BASE: &'static EntityMeta;
    /// The position of the discriminator.
    #[doc(hidden)]
    const DISCRIMINATOR: usize;

    /// Sets the discriminator of the object.
    #[doc(hidden)]
    fn set_discriminator(&mut self, kind: Self::Discriminator);

    /// Reads the subtype from a row of the hierarchy, and moves back to the beginning of the
    /// object.
    #[doc(hidden)]
    fn read_discriminator(row: &mut Row<'_, '_>) -> QueryResult<Self::Discriminator>;

    /// Binds the code of a subtype.
    #[doc(hidden)]
    fn bind_discriminator<'b>(
        kind: &'b Discriminator<Self::Discriminator>,
        pass: &mut SqlWriter<'_, 'b>,
    ) -> QueryResult<()>;

    /// Returns the object as the base of all subtypes.
    #[doc(hidden)]
    fn base(&self) -> &Self::Base;

    /// Returns the object as the base of all subtypes for changes.
    #[doc(hidden)]
    fn base_mut(&mut self) -> &mut Self::Base;

    /// Returns the object as this subtype, or as one of the subtypes that it builds on.
    #[doc(hidden)]
    fn as_subtype<L: Subtype>(&self) -> Option<&L>;

    /// Returns the object as this subtype, or as one that it builds on, for changes.
    #[doc(hidden)]
    fn as_subtype_mut<L: Subtype>(&mut self) -> Option<&mut L>;
}

/// What a query for the enum, or for the base of all subtypes, reads from: any table of the
/// hierarchy.
#[doc(hidden)]
#[derive(Debug)]
pub struct RootFrom<F>(std::marker::PhantomData<F>);
