//! Relationships as data: the metadata that the attributes describe.

use super::{Carried, EntityMeta, ForeignKeyMeta, IndexMeta};
use crate::backend::SqlFragment;

/// A relationship of an entity: one of its references, or a collection of the objects that
/// reference it.
#[derive(Debug, Clone, Copy)]
pub struct RelationshipMeta {
    /// The name of the field.
    pub name: &'static str,
    /// The kind of the relationship.
    pub kind: RelationshipKind,
    /// The entity that has the field.
    pub source: fn() -> &'static EntityMeta,
    /// The entity at the other end.
    pub target: fn() -> &'static EntityMeta,
    /// The [foreign key](EntityMeta::foreign_keys) of the relationship: for a reference a foreign
    /// key of the source, for a collection a foreign key of the target, and for many-to-many the
    /// foreign key of the association that references the source.
    pub foreign_key: usize,
    /// The association of a many-to-many relationship.
    pub association: Option<AssociationMeta>,
    /// The order in which a collection is loaded: positions of columns of the target, each with
    /// `true` for descending order.
    pub order: &'static [(usize, bool)],
    /// The condition of the relationship, from the attribute `filter`.
    #[doc(hidden)]
    pub filter: Option<fn() -> Box<dyn SqlFragment>>,
    /// `true` if an object that leaves the collection is deleted.
    pub delete_orphan: bool,
}

/// The kind of a relationship.
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
    /// The entity whose rows connect the two sides.
    pub entity: fn() -> &'static EntityMeta,
    /// The position of its foreign key that references the target.
    pub foreign_key: usize,
    /// How the session creates its rows, if it does.
    #[doc(hidden)]
    pub connect: Option<Carried>,
}

impl RelationshipMeta {
    /// Returns `true` if it is a reference.
    pub(crate) fn is_to_one(&self) -> bool {
        self.kind == RelationshipKind::ManyToOne
    }

    /// Returns `true` if it has many objects.
    pub fn is_collection(&self) -> bool {
        matches!(self.kind, RelationshipKind::OneToMany | RelationshipKind::ManyToMany)
    }

    /// Returns `true` if both are the same relationship. The addresses of the metadata cannot be
    /// compared, because the compiler may copy consts.
    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
            || (self.name == other.name && {
                let (one, other) = ((self.source)(), (other.source)());
                one.entity.index() == other.entity.index() && one.subtype == other.subtype
            })
    }

    /// Returns the columns that join the two ends.
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

    /// Returns the foreign key of the relationship, and the entity that has it.
    pub(crate) fn made_by(&self) -> (&'static EntityMeta, &'static ForeignKeyMeta) {
        let entity = match (self.kind, self.association) {
            (RelationshipKind::ManyToOne, _) => (self.source)(),
            (_, Some(association)) => (association.entity)(),
            (_, None) => (self.target)(),
        };
        (entity, &entity.foreign_keys[self.foreign_key])
    }

    /// Returns `true` if several rows of the association may connect the same two objects, because
    /// it has no unique index or key that prevents it.
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

    /// Returns the positions of the foreign keys that join the two ends: its own, and for an
    /// association also the foreign key that references the target.
    pub(crate) fn references(&self) -> impl Iterator<Item = usize> + use<> {
        let association = self.association.map(|association| association.foreign_key);
        [self.foreign_key].into_iter().chain(association)
    }
}

/// The columns that join the two ends of a relationship.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JoinColumns {
    /// The columns of the source.
    pub(crate) source_columns: &'static [usize],
    /// The columns of the target.
    pub(crate) target_columns: &'static [usize],
    /// The association between the two ends.
    pub(crate) through: Option<Through>,
}

/// The association between the two ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Through {
    pub(crate) meta: &'static EntityMeta,
    /// Its columns that reference the source.
    pub(crate) source_columns: &'static [usize],
    /// Its columns that reference the target.
    pub(crate) target_columns: &'static [usize],
}
