//! The other side of references: what the collections of an object hold before it is added, and
//! which object they belong to afterwards. The identity map knows what is in the collections of its
//! objects.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;

use super::{Concrete, Entity, RelationshipMeta, SubtypeOf};
use crate::handle::{Handle, RawHandle};

/// An object for a collection: a new object, or an object of the session.
#[non_exhaustive]
pub enum Related<T: Entity> {
    /// A new object, which is added together with the owner of the collection. If the entity has
    /// subtypes, this is the enum of the hierarchy.
    New(T::Root),
    /// An object of the session, flushed or not.
    Existing(Handle<T>),
}

impl<T: Entity, U: Concrete + SubtypeOf<T> + Entity<Root = T::Root>> From<U> for Related<T> {
    fn from(object: U) -> Self {
        Related::New(object.into_root())
    }
}

impl<T: Entity, U: SubtypeOf<T>> From<Handle<U>> for Related<T> {
    fn from(handle: Handle<U>) -> Self {
        Related::Existing(handle.upcast())
    }
}

impl<T: Entity<Root: fmt::Debug>> fmt::Debug for Related<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Related::New(object) => f.debug_tuple("New").field(object).finish(),
            Related::Existing(handle) => f.debug_tuple("Existing").field(handle).finish(),
        }
    }
}

/// The content of a collection field.
pub(crate) enum Content<T> {
    /// The owner is not in a session, and the collection has not been set.
    Unset,
    /// The owner is not in a session: the objects that will be added with it.
    Given(Held<T>),
    /// The owner is in a session, and its map knows what is in the collection.
    Placed(Place),
}

/// Objects in a collection whose owner is not in a session.
///
/// The type of the vector is erased. Otherwise the compiler would walk through all related
/// entities, beyond its recursion limit, to find out whether one of them may move to another
/// thread.
pub(crate) struct Held<T> {
    objects: Box<dyn Any + Send + Sync>,
    len: usize,
    entity: PhantomData<fn() -> T>,
}

impl<T> Held<T> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }
}

impl<T: Entity> Held<T> {
    pub(crate) fn all(&self) -> &[Related<T>] {
        self.objects.downcast_ref::<Vec<Related<T>>>().map_or(&[], Vec::as_slice)
    }

    pub(crate) fn take(self) -> Vec<Related<T>> {
        self.objects.downcast::<Vec<Related<T>>>().map(|objects| *objects).unwrap_or_default()
    }
}

impl<T: Entity> FromIterator<Related<T>> for Held<T> {
    fn from_iter<I: IntoIterator<Item = Related<T>>>(objects: I) -> Self {
        let objects: Vec<Related<T>> = objects.into_iter().collect();
        Held { len: objects.len(), objects: Box::new(objects), entity: PhantomData }
    }
}

/// The place of a collection whose owner is in a session.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub(crate) owner: RawHandle,
    pub(crate) relationship: &'static RelationshipMeta,
}

macro_rules! collections {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        pub struct $name<T, K = i64> {
            pub(crate) content: Content<T>,
            key: PhantomData<fn() -> K>,
        }

        impl<T, K> $name<T, K> {
            /// Creates an unset collection, for an object that is not in a session.
            pub const fn new() -> Self {
                Self::of(Content::Unset)
            }

            pub(crate) const fn of(content: Content<T>) -> Self {
                $name { content, key: PhantomData }
            }

            /// Returns the place of the collection if its owner is in a session.
            pub(crate) fn placed(&self) -> Option<Place> {
                match self.content {
                    Content::Placed(place) => Some(place),
                    Content::Unset | Content::Given(_) => None,
                }
            }
        }

        impl<T: Entity, K> $name<T, K> {
            /// Returns what the collection holds while its owner is not in a session: new objects,
            /// and objects of a session.
            pub fn pending(&self) -> &[Related<T>] {
                match &self.content {
                    Content::Given(given) => given.all(),
                    Content::Unset | Content::Placed(_) => &[],
                }
            }
        }

        impl<T, K> Default for $name<T, K> {
            fn default() -> Self {
                Self::new()
            }
        }

        /// A copy belongs to no session and is empty, because the objects in a collection are not
        /// part of its owner.
        impl<T, K> Clone for $name<T, K> {
            fn clone(&self) -> Self {
                Self::new()
            }
        }

        impl<T, K> fmt::Debug for $name<T, K> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match &self.content {
                    Content::Given(given) => write!(f, "{} of {}", stringify!($name), given.len()),
                    Content::Unset | Content::Placed(_) => f.write_str(stringify!($name)),
                }
            }
        }

        impl<T: Entity, K, R: Into<Related<T>>> FromIterator<R> for $name<T, K> {
            fn from_iter<I: IntoIterator<Item = R>>(objects: I) -> Self {
                Self::of(Content::Given(objects.into_iter().map(Into::into).collect()))
            }
        }
    )*};
}

collections! {
    /// The objects that reference this one by a [`ForeignKey`](super::ForeignKey).
    ///
    /// Set the collection in the builder, not later. The collection of an object in a session
    /// follows from the references to it; [`replace`](crate::Session::replace),
    /// [`link`](crate::Session::link) and [`unlink`](crate::Session::unlink) change it.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Team { id: Auto<i64>, players: HasMany<Player> }
    /// # #[derive(Entity)] struct Player { id: Auto<i64>, name: String, team: ForeignKey<Team> }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// let players = ["ada", "grace"].map(|name| Player::builder().name(name).build());
    /// let reds = session.add(Team::builder().players(players).build());
    /// let names: Vec<_> = session[reds].players.iter(&session)?.map(|one| &*one.name).collect();
    /// assert_eq!(names, ["ada", "grace"]);
    /// # Ok(()) }
    /// ```
    HasMany,
    /// The one object that references this one by a [`ForeignKey`](super::ForeignKey).
    HasOne,
    /// The objects that rows of an association table connect with this one.
    ManyToMany,
}
