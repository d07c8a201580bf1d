//! Relationships in the types: the metadata that the derive creates, and the unit structs that
//! stand for relationships.

use super::layout::same;
use super::{
    AssociationMeta, Carried, Concrete, Entity, RelationshipKind, RelationshipMeta, Writable,
};

impl RelationshipMeta {
    /// Creates the metadata of a reference. The derive sets what the attributes say by struct
    /// update.
    pub const fn to_one<S: Entity, T: Entity>(name: &'static str, foreign_key: usize) -> Self {
        Self::new::<S, T>(name, RelationshipKind::ManyToOne, foreign_key)
    }

    /// Creates the metadata of a relationship. The derive sets what the attributes say by struct
    /// update.
    pub const fn new<S: Entity, T: Entity>(
        name: &'static str,
        kind: RelationshipKind,
        foreign_key: usize,
    ) -> Self {
        RelationshipMeta {
            name,
            kind,
            source: || S::META,
            target: || T::META,
            foreign_key,
            association: None,
            order: &[],
            filter: None,
            delete_orphan: false,
        }
    }
}

impl AssociationMeta {
    /// Creates the association of a relationship whose association table is generated.
    pub const fn made<R: MadeAssociation>(connect: Carried) -> Self {
        AssociationMeta {
            entity: || R::Association::META,
            foreign_key: R::TO_TARGET,
            connect: Some(connect),
        }
    }

    /// Creates the association of a relationship whose association is an entity of the program.
    pub const fn entity<R: Associated>() -> Self {
        AssociationMeta {
            entity: || R::Association::META,
            foreign_key: R::TO_TARGET,
            connect: None,
        }
    }
}

/// A relationship: a unit struct beside its entity, such as `user::addresses`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a relationship",
    note = "relationships are fields of the types `ForeignKey`, `HasMany`, `HasOne` and `ManyToMany`; their unit structs are in the module of the entity, as in `user::addresses`"
)]
pub trait Relationship: Copy + Send + 'static {
    /// The entity that has the field.
    type Source: Entity;
    /// The entity at the other end.
    type Target: Entity;
    /// Its position among the [relationships](crate::metadata::EntityMeta::relationships) of the
    /// source.
    const POSITION: usize;

    /// Returns its metadata.
    fn meta() -> &'static RelationshipMeta {
        &Self::Source::META.relationships[Self::POSITION]
    }
}

/// A reference: a field of the type `ForeignKey`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a reference",
    note = "a reference is a field of the type `ForeignKey<…>`"
)]
pub trait ToOne: Relationship {
    /// Its position among the [foreign keys](crate::metadata::EntityMeta::foreign_keys) of the
    /// source.
    const FOREIGN_KEY: usize;
}

/// A collection, or the one object of `HasOne`: a relationship that can be linked and unlinked.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a collection",
    note = "a collection is a field of the type `HasMany<…>`, `HasOne<…>` or `ManyToMany<…>`"
)]
pub trait ToMany: Relationship {}

/// A many-to-many relationship.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a many-to-many relationship",
    note = "a many-to-many relationship is a field of the type `ManyToMany<…>`"
)]
pub trait Associated: ToMany {
    /// The entity whose rows connect the two sides.
    type Association: Concrete + Writable;
    /// The position of its foreign key that references the source.
    const TO_SOURCE: usize;
    /// The position of its foreign key that references the target.
    const TO_TARGET: usize;
}

/// A many-to-many relationship, from the point of view of its inverse.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a many-to-many relationship",
    label = "not a `ManyToMany` with a `through`",
    note = "name a field of the type `ManyToMany<…>` with `through`, or write `through = ...` here"
)]
pub trait Connects: Relationship {
    /// `true` if it declares itself to be the inverse, so that neither side names the association.
    const INVERSE: bool;
    /// The entity whose rows connect the two sides.
    type Association: Concrete;
    /// The position of its foreign key that references the source.
    const TO_SOURCE: usize;
    /// The position of its foreign key that references the target.
    const TO_TARGET: usize;
}

/// A many-to-many relationship whose association table is generated, so that the session can create
/// its rows too.
pub trait MadeAssociation: Associated {
    /// Creates a row that connects nothing yet.
    fn connect() -> Self::Association;
}

impl<R: Associated<Association: Connecting>> MadeAssociation for R {
    fn connect() -> R::Association {
        Connecting::unset()
    }
}

/// An entity that was generated for an association table.
#[diagnostic::on_unimplemented(
    message = "the session cannot create rows of `{Self}`",
    label = "the association entity is `{Self}`",
    note = "`{Self}` is an entity of your program: add objects of it, and write `through = {Self}` on both sides"
)]
pub trait Connecting: Entity {
    /// Creates a row that connects nothing yet.
    fn unset() -> Self;
}

/// The relationship of an entity with a given name, by the hash of the name. The derive of one
/// entity refers in this way to a field of another entity, of which it knows only the name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no relationship of this name",
    label = "not a relationship of `{Self}`",
    note = "name a field of `{Self}` whose type is `ForeignKey<…>`, or for many-to-many a `ManyToMany<…>` with `through`"
)]
pub trait Named<const HASH: u64>: Entity {
    /// Its unit struct.
    type Relationship: Relationship<Source = Self>;
}

/// An entity that has exactly one reference to `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no single `ForeignKey<{T}>` that could be the other side",
    label = "expected exactly one `ForeignKey<{T}>`",
    note = "give `{Self}` a field of the type `ForeignKey<{T}>`; if it has several, name one with `#[entity(inverse = field)]`"
)]
pub trait RefersTo<T>: Entity {
    /// The reference to `T`.
    type Relationship: ToOne;
}

/// A relationship with the target `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not reference `{T}`",
    label = "references another entity",
    note = "the two sides of a relationship reference each other's entities"
)]
pub trait LeadsTo<T: Entity>: Relationship {}

#[diagnostic::do_not_recommend]
impl<R: Relationship<Target = T>, T: Entity> LeadsTo<T> for R {}

/// Returns the position of the foreign key that is the inverse, if both sides of the relationship
/// fit.
pub const fn inverse_of<S: Entity, R: ToOne + LeadsTo<S>>() -> usize {
    R::FOREIGN_KEY
}

/// Returns the hash of a name, for [`Named`].
pub const fn name_hash(name: &str) -> u64 {
    // FNV-1a
    let bytes = name.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut n = 0;
    while n < bytes.len() {
        hash = (hash ^ bytes[n] as u64).wrapping_mul(0x0100_0000_01b3);
        n += 1;
    }
    hash
}

/// Returns the position of the column of a field. If there is no such field, compilation fails with
/// the message.
pub const fn column_position<T: Entity>(field: &str, message: &'static str) -> usize {
    let columns = T::COLUMNS;
    let mut n = 0;
    while n < columns.len() {
        if T::HAS.contains(n) && same(columns[n].field, field) {
            return n;
        }
        n += 1;
    }
    panic!("{}", message)
}
