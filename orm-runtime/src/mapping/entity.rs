//! The trait that `#[derive(Entity)]` implements.

use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::QueryResult;

use super::{
    CollectionVisitor, ColumnMeta, ColumnSet, Concrete, EntityMeta, Key, LeftOut, Reference,
};
use crate::backend::{Row, SqlFragment, SqlWriter};
use crate::error::Invalid;

/// A struct that is mapped to a table. Implemented by `#[derive(Entity)]`; see there for the
/// attributes.
///
/// The methods move values between one object and one statement or row. They know no connection and
/// decide nothing; what is moved when is the business of the identity map and the plan.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "no entity",
    note = "derive it: `#[derive(Entity)]` on a struct with a primary key"
)]
pub trait Entity: Sized + Send + Sync + 'static {
    /// The type of the primary key: the field's type, or a tuple where there are several.
    type Key: Key;

    /// Diesel's table, generated beside the struct.
    type Table: 'static;

    /// What a query reads from, for Diesel to check conditions against: the table, or those of a kind and
    /// its bases.
    type From: 'static;

    /// The entity in whose arena the objects lie: itself, or the enum of all kinds.
    type Family: Concrete<Family = Self::Family, Key = Self::Key>;

    /// The columns, in the order of the fields.
    ///
    /// They stand apart from [`META`](Self::META) so that other entities can look at them at compile
    /// time while each refers to the other.
    const COLUMNS: &'static [ColumnMeta];

    /// What the attributes said.
    const META: &'static EntityMeta;

    /// The columns which the entity has, where others of its hierarchy have more.
    #[doc(hidden)]
    const HAS: ColumnSet = ColumnSet::first(128);

    /// The object as this entity sees it, if it is one.
    #[doc(hidden)]
    fn view(object: &Self::Family) -> Option<&Self>;

    /// The same to change it.
    #[doc(hidden)]
    fn view_mut(object: &mut Self::Family) -> Option<&mut Self>;

    /// The object itself, if it is no more than this entity.
    #[doc(hidden)]
    fn from_family(object: Self::Family) -> Result<Self, Self::Family>;

    /// Tells an object of a hierarchy which kind it is.
    #[doc(hidden)]
    fn tell_kind(&mut self) {}

    /// The level of an object in its hierarchy.
    #[doc(hidden)]
    fn level(&self) -> usize {
        Self::META.level
    }

    /// The number of this entity in the process, by which an identity map finds its objects.
    #[doc(hidden)]
    fn entity_index() -> usize;

    /// The key, or `None` while the database has not made it.
    fn key(&self) -> Option<Self::Key>;

    /// Gives the object the key that the database made, or takes it back.
    #[doc(hidden)]
    fn set_auto_key(&mut self, _key: Option<i64>) {}

    /// Binds the value of one column.
    #[doc(hidden)]
    fn bind<'b>(&'b self, column: usize, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()>;

    /// Binds one part of a key.
    #[doc(hidden)]
    fn bind_key<'b>(
        key: &'b Self::Key,
        part: usize,
        pass: &mut SqlWriter<'_, 'b>,
    ) -> QueryResult<()>;

    /// Makes an object from a row that has the columns which are not deferred, in order, and whose
    /// key has been read.
    #[doc(hidden)]
    fn decode(row: &mut Row<'_, '_>, key: &Self::Key) -> QueryResult<Self>;

    /// Reads only the key of such a row.
    #[doc(hidden)]
    fn decode_key(row: &mut Row<'_, '_>) -> QueryResult<Self::Key>;

    /// Reads a key whose columns stand side by side.
    #[doc(hidden)]
    fn decode_leading_key(row: &mut Row<'_, '_>) -> QueryResult<Self::Key>;

    /// Reads one column into the object.
    #[doc(hidden)]
    fn decode_column(&mut self, column: usize, row: &mut Row<'_, '_>) -> QueryResult<()>;

    /// A copy of the columns, for change tracking; fields that are not columns are defaults.
    #[doc(hidden)]
    fn snapshot(&self) -> Self;

    /// The columns whose values differ.
    #[doc(hidden)]
    fn diff(&self, before: &Self) -> ColumnSet;

    /// Whether a column has a value: only an unloaded [`Deferred`](super::Deferred) and an unset
    /// [`Auto`](super::Auto) have none.
    #[doc(hidden)]
    fn is_set(&self, _column: usize) -> bool {
        true
    }

    /// Whether a column has no value because it was left out when the row was read.
    #[doc(hidden)]
    fn left_out(&self, _column: usize) -> LeftOut {
        None
    }

    /// Takes back values that the database has made, and lets go of deferred ones.
    #[doc(hidden)]
    fn unmake(&mut self, _columns: ColumnSet) {}

    /// About how many bytes the object adds to an INSERT beyond its fixed size.
    #[doc(hidden)]
    fn payload(&self) -> usize;

    /// Takes over the fields that are not columns when a row replaces an object.
    #[doc(hidden)]
    fn keep_skipped(&mut self, _before: &mut Self) {}

    /// Takes over the columns of another object, but for deferred ones that it has not loaded.
    #[doc(hidden)]
    fn merge_from(&mut self, from: Self);

    /// Exchanges the fields of these columns with those of another image of the same row. A field of
    /// several columns is exchanged whole if any of them is named.
    #[doc(hidden)]
    fn take_fields(&mut self, columns: ColumnSet, from: &mut Self);

    /// The version of optimistic locking after one more UPDATE.
    #[doc(hidden)]
    fn bump_version(&mut self) {}

    /// Whether the type of the version has no room for another one.
    #[doc(hidden)]
    fn has_last_version(&self) -> bool {
        false
    }

    /// Takes the version of another image of the same row.
    #[doc(hidden)]
    fn copy_version(&mut self, _from: &Self) {}

    /// Where a foreign key leads; for one that is no field of the type
    /// [`ForeignKey`](super::ForeignKey), nowhere.
    #[doc(hidden)]
    fn reference(&self, _foreign_key: usize) -> Reference<'_> {
        Reference::NULL
    }

    /// Makes a foreign key lead to an object, or nowhere.
    #[doc(hidden)]
    fn set_reference(&mut self, _foreign_key: usize, _to: Reference<'_>) {}

    /// Visits the collections, in the order of the fields.
    #[doc(hidden)]
    fn visit_collections<V: CollectionVisitor>(&mut self, _visitor: &mut V) {}

    /// Whether there are collections to visit.
    #[doc(hidden)]
    const HAS_COLLECTIONS: bool = false;

    /// Whether an object is prepared before it is written; without, no flush walks the objects.
    #[doc(hidden)]
    const PREPARES: bool = false;

    /// Before the INSERT: what is filled in by itself, the user's hook, then what can be refused.
    #[doc(hidden)]
    fn prepare_insert(&mut self) -> Result<(), Invalid> {
        Ok(())
    }

    /// The same before an UPDATE of an object whose columns differ. What is as in the row is neither
    /// brought to what its column keeps nor refused.
    #[doc(hidden)]
    fn prepare_update(&mut self, _before: &Self) -> Result<(), Invalid> {
        Ok(())
    }

    /// Sets the times of the last write to the present, where there are any.
    #[doc(hidden)]
    fn stamp_updated(&mut self) {}

    /// Before the DELETE.
    #[doc(hidden)]
    fn prepare_delete(&mut self) {}

    /// Whether there is something to do behind a load.
    #[doc(hidden)]
    const COMPLETES: bool = false;

    /// After the values of a row were taken.
    #[doc(hidden)]
    fn complete(&mut self) {}

    /// How many default scopes there are.
    #[doc(hidden)]
    const SCOPES: usize = 0;

    /// The condition of a default scope.
    #[doc(hidden)]
    fn scope(_scope: usize) -> Option<Box<dyn SqlFragment>> {
        None
    }

    /// The time that is written when a row is deleted, where deleted rows are kept.
    #[doc(hidden)]
    fn deletion() -> Option<Box<dyn SqlFragment>> {
        None
    }

    /// Debug text of a column's value, for [`changes`](crate::Session::changes).
    #[doc(hidden)]
    fn show(&self, column: usize) -> String;
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

/// The process-wide number of an entity, given out at first use.
#[doc(hidden)]
#[derive(Debug)]
pub struct EntityIndex(AtomicUsize);

impl EntityIndex {
    /// Not numbered yet.
    #[allow(clippy::new_without_default, reason = "only the derive makes one, in a static")]
    pub const fn new() -> Self {
        EntityIndex(AtomicUsize::new(usize::MAX))
    }

    /// The number.
    #[inline]
    pub fn get(&self) -> usize {
        match self.0.load(Ordering::Relaxed) {
            usize::MAX => self.assign(),
            index => index,
        }
    }

    #[cold]
    fn assign(&self) -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        // Two threads may race for the first use; the number of the one that comes second is lost.
        match self.0.compare_exchange(usize::MAX, next, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => next,
            Err(index) => index,
        }
    }
}
