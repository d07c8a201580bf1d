//! Inheritance: a base, the subtypes that build on it, and the closed set of concrete subtypes.
//!
//! Each subtype is a struct with the columns it adds, and holds its base by value. The enum of the hierarchy
//! is the entity in whose arena all objects of the hierarchy lie; its columns are those of all subtypes, one
//! behind the other, and the structs are views of its objects. What a hierarchy is in the database, one
//! table for all subtypes or a table a subtype joined by the key, is the patterns *single table inheritance* and
//! *class table inheritance* of Fowler's "Patterns of Enterprise Application Architecture".

use diesel::QueryResult;

use super::{DbEnum, Discriminator, Entity, EntityMeta, SubtypePiece, SubtypeShape};
use crate::backend::{Row, SqlWriter};
use crate::handle::Handle;

/// A table of Diesel's that was made of an entity.
#[doc(hidden)]
pub trait TableOf: 'static {
    /// The entity's metadata.
    fn meta() -> &'static EntityMeta;
}

/// The enum of the hierarchy, of which `K` is one.
pub trait Wraps<K>: Sized {
    /// The object of a subtype as one of the enum, which says its subtype.
    fn wrap(kind: K) -> Self;
}

/// The same, asked by a derive that does not know it.
#[doc(hidden)]
pub trait WrapsBounds<'a, K>: Wraps<K> {}

impl<K, F: Wraps<K>> WrapsBounds<'_, K> for F {}

/// The type of the values that the variants of an enum of subtypes name, for a base that has none of it.
#[doc(hidden)]
pub trait HasDiscriminatorType {
    type Discriminator: DbEnum;
}

/// The enum of all subtypes, made by `#[derive(Entity)]` on it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the enum of the hierarchy of an entity",
    note = "derive it: `#[derive(Entity)]` on an enum with a variant for each subtype, as `Boss(Boss)`"
)]
pub trait Hierarchy: Entity<Root = Self> {
    /// A handle that knows the subtype of its object: an enum with the same variants.
    type Handles: Copy;

    /// The base of all subtypes.
    type Base: Subtype<Root = Self>;

    /// The subtypes, as far as they number what each adds.
    #[doc(hidden)]
    const SHAPES: &'static [SubtypeShape];

    /// The handle of an object that is there.
    #[doc(hidden)]
    fn handle_of(&self, handle: Handle<Self>) -> Self::Handles;

    /// The object as one of the subtypes.
    #[doc(hidden)]
    fn as_subtype<L: Subtype>(&self) -> Option<&L>;

    /// The same to change it.
    #[doc(hidden)]
    fn as_subtype_mut<L: Subtype>(&mut self) -> Option<&mut L>;

    /// The object itself, where it is of this subtype.
    #[doc(hidden)]
    fn into_subtype<L: Subtype>(self) -> Result<L, Self>;
}

/// A struct of a hierarchy: the base of all subtypes, or one that builds on it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no struct of a hierarchy",
    label = "it has no field with `#[entity(base)]`, and names no `hierarchy`",
    note = "the base names the enum of the hierarchy with `#[entity(hierarchy = ...)]`; a subtype has its base in a field with `#[entity(base)]`"
)]
pub trait Subtype: Entity {
    /// The struct, so that the derive of the enum of the subtypes names it as one of a hierarchy.
    #[doc(hidden)]
    type Itself: Entity;
    /// The base of all subtypes.
    type Base: Subtype<Root = Self::Root, Discriminator = Self::Discriminator>;
    /// The type by which subtypes are told apart.
    type Discriminator: DbEnum;
    /// The tables of this and of what it builds on, for Diesel to check conditions against.
    #[doc(hidden)]
    type Lineage: 'static;

    /// From the base to this, as far as others need it to number what each adds.
    #[doc(hidden)]
    const SHAPES: &'static [SubtypeShape];
    /// From the base to this, with all that is known of each.
    #[doc(hidden)]
    const PIECES: &'static [SubtypePiece];
    /// What the attributes of the base said.
    #[doc(hidden)]
    const BASE: &'static EntityMeta;
    /// The position of the discriminator.
    #[doc(hidden)]
    const DISCRIMINATOR: usize;

    /// Tells the object which subtype it is.
    #[doc(hidden)]
    fn set_discriminator(&mut self, kind: Self::Discriminator);

    /// Reads the subtype out of a row of the hierarchy, and goes back to where the object begins.
    #[doc(hidden)]
    fn read_discriminator(row: &mut Row<'_, '_>) -> QueryResult<Self::Discriminator>;

    /// Binds the code of a subtype.
    #[doc(hidden)]
    fn bind_discriminator<'b>(
        kind: &'b Discriminator<Self::Discriminator>,
        pass: &mut SqlWriter<'_, 'b>,
    ) -> QueryResult<()>;

    /// The object as the base of all subtypes.
    #[doc(hidden)]
    fn base(&self) -> &Self::Base;

    /// The same to change it.
    #[doc(hidden)]
    fn base_mut(&mut self) -> &mut Self::Base;

    /// The object as one of the subtypes it builds on, or itself.
    #[doc(hidden)]
    fn as_subtype<L: Subtype>(&self) -> Option<&L>;

    /// The same to change it.
    #[doc(hidden)]
    fn as_subtype_mut<L: Subtype>(&mut self) -> Option<&mut L>;
}

/// Where a query for the enum of the subtypes reads from, or one for the base of all subtypes: any table of the
/// hierarchy.
#[doc(hidden)]
#[derive(Debug)]
pub struct RootFrom<F>(std::marker::PhantomData<F>);
