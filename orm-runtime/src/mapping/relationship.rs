//! What the attributes said about relationships, and the unit structs that stand for them.

use super::layout::same;
use super::{Carried, Concrete, Entity, EntityMeta, ForeignKeyMeta, IndexMeta, Writable};
use crate::backend::SqlFragment;

/// A relationship of an entity: one of its references, or a collection of what refers to it.
#[derive(Debug, Clone, Copy)]
pub struct RelationshipMeta {
    /// The name of the field.
    pub name: &'static str,
    /// What kind of relationship it is.
    pub kind: RelationshipKind,
    /// The entity that has the field.
    pub source: fn() -> &'static EntityMeta,
    /// The entity at the other end.
    pub target: fn() -> &'static EntityMeta,
    /// Which of the [foreign keys](EntityMeta::foreign_keys) makes it: one of the source for a
    /// reference, of the target for a collection, of the association for many-to-many, where it leads
    /// to the source.
    pub foreign_key: usize,
    /// The association of many-to-many.
    pub association: Option<AssociationMeta>,
    /// The order in which a collection is loaded: positions of columns of the target, and whether
    /// from the last to the first.
    pub order: &'static [(usize, bool)],
    /// The condition that belongs to the relationship, as `filter` gives it.
    #[doc(hidden)]
    pub filter: Option<fn() -> Box<dyn SqlFragment>>,
    /// Whether an object that leaves the collection is deleted.
    pub delete_orphan: bool,
}

/// What kind of relationship it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RelationshipKind {
    /// `ForeignKey`
    ManyToOne,
    /// `HasMany`
    OneToMany,
    /// `HasOne`
    OneToOne,
    /// `ManyToMany`
    ManyToMany,
}

/// The association of a many-to-many relationship.
#[derive(Debug, Clone, Copy)]
pub struct AssociationMeta {
    /// The entity whose rows connect the two.
    pub entity: fn() -> &'static EntityMeta,
    /// Which of its foreign keys leads to the target.
    pub foreign_key: usize,
    /// How its rows are made, if the session makes them.
    #[doc(hidden)]
    pub connect: Option<Carried>,
}

impl AssociationMeta {
    /// The association of a relationship whose table is made for the program.
    pub const fn made<R: MadeAssociation>(connect: Carried) -> Self {
        AssociationMeta {
            entity: || R::Association::META,
            foreign_key: R::TO_TARGET,
            connect: Some(connect),
        }
    }

    /// The association of a relationship whose table is an entity of the program.
    pub const fn entity<R: Associated>() -> Self {
        AssociationMeta {
            entity: || R::Association::META,
            foreign_key: R::TO_TARGET,
            connect: None,
        }
    }
}

impl RelationshipMeta {
    /// A reference; the derive adds what the attributes say by struct update.
    pub const fn to_one<S: Entity, T: Entity>(name: &'static str, foreign_key: usize) -> Self {
        Self::new::<S, T>(name, RelationshipKind::ManyToOne, foreign_key)
    }

    /// A relationship without more than these; the derive adds what the attributes say.
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

    /// Whether it is a reference.
    pub(crate) fn is_to_one(&self) -> bool {
        self.kind == RelationshipKind::ManyToOne
    }

    /// Whether it leads to many objects.
    pub fn is_collection(&self) -> bool {
        matches!(self.kind, RelationshipKind::OneToMany | RelationshipKind::ManyToMany)
    }

    /// Whether both are the same relationship. The address of metadata does not tell: the compiler may
    /// make copies.
    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
            || (self.name == other.name && {
                let (one, other) = ((self.source)(), (other.source)());
                one.entity.index() == other.entity.index() && one.subtype == other.subtype
            })
    }

    /// The columns by which the two ends find each other.
    pub(crate) fn way(&self) -> JoinColumns {
        let (source, target) = ((self.source)(), (self.target)());
        let columns = self.made_by().1.columns;
        match (self.kind, self.association) {
            (RelationshipKind::ManyToOne, _) => {
                JoinColumns { source_columns: columns, target_columns: target.key, through: None }
            }
            (_, None) => {
                JoinColumns { source_columns: source.key, target_columns: columns, through: None }
            }
            (_, Some(association)) => {
                let meta = (association.entity)();
                let to_target = meta.foreign_keys[association.foreign_key].columns;
                let through = Through { meta, source_columns: columns, target_columns: to_target };
                JoinColumns {
                    source_columns: source.key,
                    target_columns: target.key,
                    through: Some(through),
                }
            }
        }
    }

    /// The foreign key that makes it, and the entity which has it.
    pub(crate) fn made_by(&self) -> (&'static EntityMeta, &'static ForeignKeyMeta) {
        let entity = match (self.kind, self.association) {
            (RelationshipKind::ManyToOne, _) => (self.source)(),
            (_, Some(association)) => (association.entity)(),
            (_, None) => (self.target)(),
        };
        (entity, &entity.foreign_keys[self.foreign_key])
    }

    /// Whether several rows of the association may connect the same two objects: nothing of the entity
    /// that makes them says otherwise.
    pub(crate) fn may_repeat(&self) -> bool {
        let Some(Through { meta, source_columns, target_columns }) = self.way().through else {
            return false;
        };
        let is_end =
            |column: &usize| source_columns.contains(column) || target_columns.contains(column);
        let unique = |index: &&IndexMeta| index.unique && index.condition.is_none();
        let indexes = meta.indexes.iter().filter(unique).map(|index| index.columns);
        let single = |column: &usize| meta.columns[*column].unique;
        !(indexes.chain([meta.key]).any(|columns| columns.iter().all(is_end))
            || source_columns.iter().chain(target_columns).any(single))
    }

    /// The numbers of the foreign keys by which the two ends find each other: of the one that makes it, and
    /// of the one by which an association leads on.
    pub(crate) fn references(&self) -> impl Iterator<Item = usize> + use<> {
        let association = self.association.map(|association| association.foreign_key);
        [self.foreign_key].into_iter().chain(association)
    }
}

/// The columns by which the two ends of a relationship find each other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JoinColumns {
    /// Of the source.
    pub(crate) source_columns: &'static [usize],
    /// Of the target.
    pub(crate) target_columns: &'static [usize],
    /// The table between the two.
    pub(crate) through: Option<Through>,
}

/// The association between the two ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Through {
    pub(crate) meta: &'static EntityMeta,
    /// Its columns that lead to the source.
    pub(crate) source_columns: &'static [usize],
    /// Its columns that lead to the target.
    pub(crate) target_columns: &'static [usize],
}

/// A relationship, as the unit structs beside an entity stand for it: `user::addresses`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a relationship",
    note = "relationships are fields of the types `ForeignKey`, `HasMany`, `HasOne` and `ManyToMany`; the unit structs of their names stand in the module beside the entity, as `user::addresses`"
)]
pub trait Relationship: Copy + Send + 'static {
    /// The entity that has the field.
    type Source: Entity;
    /// The entity at the other end.
    type Target: Entity;
    /// Its place among the [relationships](EntityMeta::relationships) of the source.
    const POSITION: usize;

    /// What the attributes said about it.
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
    /// Its place among the [foreign keys](EntityMeta::foreign_keys) of the source.
    const FOREIGN_KEY: usize;
}

/// A collection, or the one object of `HasOne`: what can be linked and unlinked.
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
    /// The entity whose rows connect the two.
    type Association: Concrete + Writable;
    /// Which of its foreign keys leads to the source.
    const TO_SOURCE: usize;
    /// Which of its foreign keys leads to the target.
    const TO_TARGET: usize;
}

/// A many-to-many relationship, as its inverse sees it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a many-to-many relationship",
    label = "no `ManyToMany` that this could be the inverse of",
    note = "name a field of the type `ManyToMany<…>` with `through`, or write `through = ...` here"
)]
pub trait Connects: Relationship {
    /// Whether it says itself that it is the inverse, so that nothing says what connects the two.
    const INVERSE: bool;
    /// The entity whose rows connect the two.
    type Association: Concrete;
    /// Which of its foreign keys leads to the source.
    const TO_SOURCE: usize;
    /// Which of its foreign keys leads to the target.
    const TO_TARGET: usize;
}

/// A many-to-many relationship whose association table is made for the program, so that its rows can
/// be made as well.
pub trait MadeAssociation: Associated {
    /// A row that connects nothing yet.
    fn connect() -> Self::Association;
}

impl<R: Associated<Association: Connecting>> MadeAssociation for R {
    fn connect() -> R::Association {
        Connecting::unset()
    }
}

/// An entity that was made of an association table.
#[diagnostic::on_unimplemented(
    message = "the session cannot make rows of `{Self}`",
    label = "connects by `{Self}`",
    note = "`{Self}` is an entity of the program, with columns of its own: add objects of it, and write `through = {Self}` on both sides"
)]
pub trait Connecting: Entity {
    /// A row that connects nothing yet.
    fn unset() -> Self;
}

/// The relationship of an entity that has a name, by the name's hash: how the derive of one entity
/// refers to a field of another, of which it knows no more than the name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no relationship of this name",
    label = "no field of `{Self}` that is a relationship is called so",
    note = "name a field of `{Self}` whose type is `ForeignKey<…>`, or for many-to-many a `ManyToMany<…>` with `through`"
)]
pub trait Named<const HASH: u64>: Entity {
    /// Its unit struct.
    type Relationship: Relationship<Source = Self>;
}

/// An entity that has one reference to `T`, and no more.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no single `ForeignKey<{T}>` that could be the other side",
    label = "none, or more than one, refers to `{T}`",
    note = "give `{Self}` a field of the type `ForeignKey<{T}>`; if it has several, say which with `#[entity(inverse = field)]`"
)]
pub trait RefersTo<T>: Entity {
    /// The reference, which leads to `T`.
    type Relationship: ToOne;
}

/// A relationship that leads to `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not lead to `{T}`",
    label = "leads to another entity",
    note = "the two sides of a relationship lead to each other's entities"
)]
pub trait LeadsTo<T: Entity>: Relationship {}

#[diagnostic::do_not_recommend]
impl<R: Relationship<Target = T>, T: Entity> LeadsTo<T> for R {}

/// The place of a foreign key, where both sides of a relationship fit.
pub const fn inverse_of<S: Entity, R: ToOne + LeadsTo<S>>() -> usize {
    R::FOREIGN_KEY
}

/// The hash of a name, for [`Named`].
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

/// The position of a field among columns; a name that is none ends the compilation with the message.
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
