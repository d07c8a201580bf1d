//! Inheritance: a base, the levels that build on it, and the closed set of kinds.
//!
//! Each level is a struct with the columns it adds, and holds its base by value. The enum of the kinds
//! is the entity in whose arena all objects of the hierarchy lie; its columns are those of all levels, one
//! behind the other, and the structs are views of its objects. What a hierarchy is in the database, one
//! table for all kinds or a table a level joined by the key, is the patterns *single table inheritance* and
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

/// The levels and kinds of an entity that has several kinds.
#[derive(Debug, Clone, Copy)]
pub struct HierarchyMeta {
    /// The position of the column that tells the kinds apart.
    pub discriminator: usize,
    /// The structs, each behind the one it builds on; the first is the base of all.
    pub levels: &'static [LevelMeta],
    /// The variants of the enum, in order.
    pub kinds: &'static [KindMeta],
    /// The tables, each behind the one whose key it shares. The metadata is that of the enum, with the
    /// names of this table and of its key.
    pub tables: &'static [EntityMeta],
}

/// A struct of a hierarchy, and what it adds to its base.
#[derive(Debug, Clone, Copy)]
pub struct LevelMeta {
    /// The name of the struct.
    pub name: &'static str,
    /// The level it builds on.
    pub base: Option<usize>,
    /// Which of the tables its columns are in.
    pub table: usize,
    /// The columns it adds.
    pub own: ColumnSet,
    /// Those, and the columns of all levels below it: what an object has that is no more than this.
    pub lineage: ColumnSet,
    /// Those, and the columns of all levels that build on it: what a query for it reads.
    pub seen: ColumnSet,
    /// The indexes of the columns it adds.
    pub indexes: &'static [IndexMeta],
    /// The conditions it adds.
    pub checks: &'static [CheckMeta],
    /// The references it adds.
    pub foreign_keys: &'static [ForeignKeyMeta],
    /// The comment on its table, where that is its own.
    pub comment: Option<&'static str>,
    /// Where the columns of each level begin in a row of a query for this one.
    #[doc(hidden)]
    pub layout: &'static [u16],
}

/// A kind of object: a variant of the enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindMeta {
    /// The name of the variant.
    pub name: &'static str,
    /// The level of its struct.
    pub level: usize,
    /// What the discriminator holds.
    pub code: Code,
}

impl HierarchyMeta {
    /// Whether a level is another one or builds on it.
    pub const fn is(&self, level: usize, of: usize) -> bool {
        let mut next = Some(level);
        while let Some(level) = next {
            if level == of {
                return true;
            }
            next = self.levels[level].base;
        }
        false
    }

    /// The kinds that are this level or build on it.
    pub fn kinds_of(&self, level: usize) -> impl Iterator<Item = &'static KindMeta> {
        let (kinds, hierarchy) = (self.kinds, *self);
        kinds.iter().filter(move |kind| hierarchy.is(kind.level, level))
    }

    /// The tables in which an object of this level has rows, each behind the one whose key it shares.
    pub fn tables_of(&self, level: usize) -> Vec<usize> {
        let mut tables = Vec::new();
        let mut next = Some(level);
        while let Some(level) = next {
            let LevelMeta { base, table, .. } = self.levels[level];
            if tables.last() != Some(&table) {
                tables.push(table);
            }
            next = base;
        }
        tables.reverse();
        tables
    }

    /// Whether an object of this level has a row in a table.
    pub fn has_table(&self, level: usize, table: usize) -> bool {
        let mut levels = self.levels.iter().enumerate();
        levels.any(|(of, it)| it.table == table && self.is(level, of))
    }

    /// The table of a column.
    pub fn table_of_column(&self, column: usize) -> usize {
        let level = self.levels.iter().find(|level| level.own.contains(column));
        level.map_or(0, |level| level.table)
    }

    /// The columns of a table, without the key that it shares.
    pub fn columns_of_table(&self, table: usize) -> ColumnSet {
        let levels = self.levels.iter().filter(|level| level.table == table);
        levels.fold(ColumnSet::EMPTY, |columns, level| columns.or(level.own))
    }
}

impl EntityMeta {
    /// Its level, where it is one of a hierarchy.
    pub fn level_meta(&self) -> Option<&'static LevelMeta> {
        self.hierarchy.map(|hierarchy| &hierarchy.levels[self.level])
    }

    /// The columns that a query for it reads, deferred ones included.
    pub fn seen(&self) -> ColumnSet {
        self.level_meta().map_or(ColumnSet::first(self.columns.len()), |level| level.seen)
    }

    /// The columns that a query reads unless others are asked for.
    pub(crate) fn visible(&self) -> impl Iterator<Item = usize> + use<> {
        let columns = self.columns;
        self.seen().iter().filter(move |&column| !columns[column].deferred)
    }

    /// Whether an object of a level of its hierarchy has a column.
    pub(crate) fn has(&self, level: usize, column: usize) -> bool {
        self.hierarchy.is_none_or(|hierarchy| hierarchy.levels[level].lineage.contains(column))
    }

    /// Which of the tables of its hierarchy holds the columns that its struct adds.
    pub(crate) fn own_table(&self) -> usize {
        self.level_meta().map_or(0, |level| level.table)
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

/// An entity that is another one as well: a kind of it, or that itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no `{T}`",
    label = "neither `{T}` nor a kind of it",
    note = "a kind has its base in a field with `#[entity(base)]`"
)]
pub trait Is<T: Entity>: Entity {}

#[diagnostic::do_not_recommend]
impl<T: Entity> Is<T> for T {}

/// The enum of the kinds, of which `K` is one.
pub trait Wraps<K>: Sized {
    /// The object of a kind as one of the enum, which says its kind.
    fn wrap(kind: K) -> Self;
}

/// The same, asked by a derive that does not know it.
#[doc(hidden)]
pub trait WrapsBounds<'a, K>: Wraps<K> {}

impl<K, F: Wraps<K>> WrapsBounds<'_, K> for F {}

/// The type of the values that the variants of an enum of kinds name, for a base that has none of it.
#[doc(hidden)]
pub trait SaysKind {
    type Kind: DbEnum;
}

/// An entity of which there are objects. The base of others is none, unless it is among the kinds.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not known to be an entity of which there are objects",
    label = "no objects that are just this",
    note = "in a function over any entity write the bound `Concrete` in place of `Entity`",
    note = "the base of a hierarchy has objects only if it is among the kinds: add one of its kinds, or make it a variant of the enum that `#[entity(kinds = ...)]` names"
)]
pub trait Concrete: Entity {
    /// The object as the session keeps it.
    fn into_family(self) -> Self::Family;
}

#[diagnostic::do_not_recommend]
impl<T: Entity<Family = T>> Concrete for T {
    #[inline(always)]
    fn into_family(mut self) -> T {
        self.tell_kind();
        self
    }
}

/// The enum of all kinds, made by `#[derive(Entity)]` on it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the enum of the kinds of an entity",
    note = "derive it: `#[derive(Entity)]` on an enum with a variant for each kind, as `Boss(Boss)`"
)]
pub trait Kinds: Entity<Family = Self> {
    /// A handle that knows the kind of its object: an enum with the same variants.
    type Handles: Copy;

    /// The base of all kinds.
    type Base: Level<Family = Self>;

    /// The levels, as far as they number what each adds.
    #[doc(hidden)]
    const SHAPES: &'static [LevelShape];

    /// The handle of an object that is there.
    #[doc(hidden)]
    fn handle_of(&self, handle: Handle<Self>) -> Self::Handles;

    /// The object as one of the levels.
    #[doc(hidden)]
    fn as_level<L: Level>(&self) -> Option<&L>;

    /// The same to change it.
    #[doc(hidden)]
    fn as_level_mut<L: Level>(&mut self) -> Option<&mut L>;

    /// The object itself, where it is of this kind.
    #[doc(hidden)]
    fn into_level<L: Level>(self) -> Result<L, Self>;
}

/// A struct of a hierarchy: the base of all kinds, or one that builds on it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no struct of a hierarchy",
    label = "it has no field with `#[entity(base)]`, and names no `kinds`",
    note = "the base names the enum of its kinds with `#[entity(kinds = ...)]`; a kind has its base in a field with `#[entity(base)]`"
)]
pub trait Level: Entity {
    /// The struct, so that the derive of the enum of the kinds names it as one of a hierarchy.
    #[doc(hidden)]
    type Itself: Entity;
    /// The base of all kinds.
    type Root: Level<Family = Self::Family, Discriminator = Self::Discriminator>;
    /// The type by which kinds are told apart.
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

    /// Tells the object which kind it is.
    #[doc(hidden)]
    fn set_discriminator(&mut self, kind: Self::Discriminator);

    /// Reads the kind out of a row of the hierarchy, and goes back to where the object begins.
    #[doc(hidden)]
    fn read_discriminator(row: &mut Row<'_, '_>) -> QueryResult<Self::Discriminator>;

    /// Binds the code of a kind.
    #[doc(hidden)]
    fn bind_discriminator<'b>(
        kind: &'b Discriminator<Self::Discriminator>,
        pass: &mut SqlWriter<'_, 'b>,
    ) -> QueryResult<()>;

    /// The object as the base of all kinds.
    #[doc(hidden)]
    fn root(&self) -> &Self::Root;

    /// The same to change it.
    #[doc(hidden)]
    fn root_mut(&mut self) -> &mut Self::Root;

    /// The object as one of the levels it builds on, or itself.
    #[doc(hidden)]
    fn as_level<L: Level>(&self) -> Option<&L>;

    /// The same to change it.
    #[doc(hidden)]
    fn as_level_mut<L: Level>(&mut self) -> Option<&mut L>;
}

/// Where a query for the enum of the kinds reads from, or one for the base of all kinds: any table of the
/// hierarchy.
#[doc(hidden)]
#[derive(Debug)]
pub struct FamilyFrom<F>(std::marker::PhantomData<F>);

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

/// The columns of a level, and how much else it adds. The rest may name other levels of the hierarchy, for
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

/// What a level adds.
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

/// Where a level stands among all, and what it adds among what all add.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    pub level: usize,
    pub column: usize,
    pub foreign_key: usize,
    pub relationship: usize,
}
