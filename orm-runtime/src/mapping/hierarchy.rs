//! Inheritance: a base, the subtypes that build on it, and the closed set of concrete subtypes.
//!
//! Each subtype is a struct with the columns it adds, and holds its base by value. The enum of the hierarchy
//! is the entity in whose arena all objects of the hierarchy lie; its columns are those of all subtypes, one
//! behind the other, and the structs are views of its objects. What a hierarchy is in the database, one
//! table for all subtypes or a table a subtype joined by the key, is the patterns *single table inheritance* and
//! *class table inheritance* of Fowler's "Patterns of Enterprise Application Architecture".

use std::any::Any;

use diesel::QueryResult;

use super::{
    CheckMeta, ColumnMeta, ColumnSet, Entity, EntityMeta, ForeignKeyMeta, IndexMeta,
    RelationshipMeta,
};
use super::{DbEnum, Discriminator};
use crate::backend::{Row, SqlWriter};
use crate::handle::Handle;
use crate::types::Code;

/// The subtypes of an entity that has several.
#[derive(Debug, Clone, Copy)]
pub struct HierarchyMeta {
    /// The position of the column that tells the subtypes apart.
    pub discriminator: usize,
    /// The structs, each behind the one it builds on; the first is the base of all.
    pub subtypes: &'static [SubtypeMeta],
    /// The variants of the enum, in order.
    pub concrete: &'static [ConcreteMeta],
    /// The tables, each behind the one whose key it shares. The metadata is that of the enum, with the
    /// names of this table and of its key.
    pub tables: &'static [EntityMeta],
}

/// A struct of a hierarchy, and what it adds to its base.
#[derive(Debug, Clone, Copy)]
pub struct SubtypeMeta {
    /// The name of the struct.
    pub name: &'static str,
    /// The subtype it builds on.
    pub base: Option<usize>,
    /// Which of the tables its columns are in.
    pub table: usize,
    /// The columns it adds.
    pub own: ColumnSet,
    /// Those, and the columns of all subtypes below it: what an object has that is no more than this.
    pub lineage: ColumnSet,
    /// Those, and the columns of all subtypes that build on it: what a query for it reads.
    pub seen: ColumnSet,
    /// The indexes of the columns it adds.
    pub indexes: &'static [IndexMeta],
    /// The conditions it adds.
    pub checks: &'static [CheckMeta],
    /// The references it adds.
    pub foreign_keys: &'static [ForeignKeyMeta],
    /// The comment on its table, where that is its own.
    pub comment: Option<&'static str>,
    /// Where the columns of each subtype begin in a row of a query for this one.
    #[doc(hidden)]
    pub layout: &'static [u16],
}

/// A subtype of object: a variant of the enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConcreteMeta {
    /// The name of the variant.
    pub name: &'static str,
    /// The subtype of its struct.
    pub subtype: usize,
    /// What the discriminator holds.
    pub code: Code,
}

impl HierarchyMeta {
    /// Whether a subtype is another one or builds on it.
    pub const fn is(&self, subtype: usize, of: usize) -> bool {
        let mut next = Some(subtype);
        while let Some(subtype) = next {
            if subtype == of {
                return true;
            }
            next = self.subtypes[subtype].base;
        }
        false
    }

    /// The subtypes that are this subtype or build on it.
    pub fn concrete_of(&self, subtype: usize) -> impl Iterator<Item = &'static ConcreteMeta> {
        let (kinds, hierarchy) = (self.concrete, *self);
        kinds.iter().filter(move |kind| hierarchy.is(kind.subtype, subtype))
    }

    /// The tables in which an object of this subtype has rows, each behind the one whose key it shares.
    pub fn tables_of(&self, subtype: usize) -> Vec<usize> {
        let mut tables = Vec::new();
        let mut next = Some(subtype);
        while let Some(subtype) = next {
            let SubtypeMeta { base, table, .. } = self.subtypes[subtype];
            if tables.last() != Some(&table) {
                tables.push(table);
            }
            next = base;
        }
        tables.reverse();
        tables
    }

    /// Whether an object of this subtype has a row in a table.
    pub fn has_table(&self, subtype: usize, table: usize) -> bool {
        let mut subtypes = self.subtypes.iter().enumerate();
        subtypes.any(|(of, it)| it.table == table && self.is(subtype, of))
    }

    /// The table of a column.
    pub fn table_of_column(&self, column: usize) -> usize {
        let subtype = self.subtypes.iter().find(|subtype| subtype.own.contains(column));
        subtype.map_or(0, |subtype| subtype.table)
    }

    /// The columns of a table, without the key that it shares.
    pub fn columns_of_table(&self, table: usize) -> ColumnSet {
        let subtypes = self.subtypes.iter().filter(|subtype| subtype.table == table);
        subtypes.fold(ColumnSet::EMPTY, |columns, subtype| columns.or(subtype.own))
    }
}

impl EntityMeta {
    /// Its subtype, where it is one of a hierarchy.
    pub fn subtype_meta(&self) -> Option<&'static SubtypeMeta> {
        self.hierarchy.map(|hierarchy| &hierarchy.subtypes[self.subtype])
    }

    /// The columns that a query for it reads, deferred ones included.
    pub fn seen(&self) -> ColumnSet {
        self.subtype_meta().map_or(ColumnSet::first(self.columns.len()), |subtype| subtype.seen)
    }

    /// The columns that a query reads unless others are asked for.
    pub(crate) fn visible(&self) -> impl Iterator<Item = usize> + use<> {
        let columns = self.columns;
        self.seen().iter().filter(move |&column| !columns[column].deferred)
    }

    /// Whether an object of a subtype of its hierarchy has a column.
    pub(crate) fn has(&self, subtype: usize, column: usize) -> bool {
        self.hierarchy.is_none_or(|hierarchy| hierarchy.subtypes[subtype].lineage.contains(column))
    }

    /// Which of the tables of its hierarchy holds the columns that its struct adds.
    pub(crate) fn own_table(&self) -> usize {
        self.subtype_meta().map_or(0, |subtype| subtype.table)
    }

    /// The metadata of the table in which a column is.
    pub fn table_with(&self, column: usize) -> &EntityMeta {
        match self.hierarchy {
            Some(hierarchy) => &hierarchy.tables[hierarchy.table_of_column(column)],
            None => self,
        }
    }
}

/// A table of Diesel's that was made of an entity.
#[doc(hidden)]
pub trait TableOf: 'static {
    /// The entity's metadata.
    fn meta() -> &'static EntityMeta;
}

/// An entity that is another one as well: a subtype of it, or that itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no `{T}`",
    label = "neither `{T}` nor a subtype of it",
    note = "a subtype has its base in a field with `#[entity(base)]`"
)]
pub trait SubtypeOf<T: Entity>: Entity {}

#[diagnostic::do_not_recommend]
impl<T: Entity> SubtypeOf<T> for T {}

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

/// An entity of which there are objects. The base of others is none, unless it is among the subtypes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not known to be an entity of which there are objects",
    label = "no objects that are just this",
    note = "in a function over any entity write the bound `Concrete` in place of `Entity`",
    note = "the base of a hierarchy has objects only if it is among the subtypes: add one of its subtypes, or make it a variant of the enum that `#[entity(hierarchy = ...)]` names"
)]
pub trait Concrete: Entity {
    /// The object as the session keeps it.
    fn into_family(self) -> Self::Root;
}

#[diagnostic::do_not_recommend]
impl<T: Entity<Root = T>> Concrete for T {
    #[inline(always)]
    fn into_family(mut self) -> T {
        self.tell_subtype();
        self
    }
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
    const SHAPES: &'static [LevelShape];

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
    const SHAPES: &'static [LevelShape];
    /// From the base to this, with all that is known of each.
    #[doc(hidden)]
    const PIECES: &'static [LevelPiece];
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

/// An object as another type that it may be, which the compiler finds out.
#[doc(hidden)]
pub fn same_type<T: Any, U: Any>(object: T) -> Result<U, T> {
    let mut object = Some(object);
    let same = (&mut object as &mut dyn Any).downcast_mut::<Option<U>>().and_then(Option::take);
    match (same, object) {
        (Some(same), _) => Ok(same),
        (None, Some(object)) => Err(object),
        (None, None) => unreachable!("the object is of one type or the other"),
    }
}

/// The columns of a subtype, and how much else it adds. The rest may name other subtypes of the hierarchy, for
/// which the compiler has to know the columns of all.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct LevelShape {
    /// The path of the struct, by which it is known.
    pub path: &'static str,
    /// Whether it has a table of its own.
    pub table: bool,
    pub columns: &'static [ColumnMeta],
    pub foreign_keys: usize,
    pub relationships: usize,
}

/// What a subtype adds.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct LevelPiece {
    pub shape: LevelShape,
    pub name: &'static str,
    /// Its schema and table, if it has one of its own.
    pub table: Option<(Option<&'static str>, &'static str)>,
    /// The names of the key's columns in that, where they are others than in the base.
    pub key: &'static [&'static str],
    pub indexes: &'static [IndexMeta],
    pub checks: &'static [CheckMeta],
    pub foreign_keys: &'static [ForeignKeyMeta],
    pub relationships: &'static [RelationshipMeta],
    pub comment: Option<&'static str>,
}

/// Where a subtype stands among all, and what it adds among what all add.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    pub subtype: usize,
    pub column: usize,
    pub foreign_key: usize,
    pub relationship: usize,
}
