//! Relationships as data: what the attributes said about them.

use super::{Carried, EntityMeta, ForeignKeyMeta, IndexMeta};
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

impl RelationshipMeta {
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
