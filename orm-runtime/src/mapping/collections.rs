//! The other side of references: what an object's collections hold before it is added, and who they
//! belong to afterwards. What is in them then is the business of the identity map.

use std::fmt;

use super::{Entity, RelationshipMeta};
use crate::map::{Handle, RawHandle};

/// An object for a collection: a new one, or one of the session.
#[derive(Debug)]
pub enum Related<T> {
    /// A new object, which is added together with the owner of the collection.
    New(T),
    /// An object of the session, flushed or not.
    Known(Handle<T>),
}

impl<T: Entity> From<T> for Related<T> {
    fn from(object: T) -> Self {
        Related::New(object)
    }
}

impl<T> From<Handle<T>> for Related<T> {
    fn from(handle: Handle<T>) -> Self {
        Related::Known(handle)
    }
}

/// What a collection field holds.
pub(crate) enum Content<T> {
    /// The owner is not in a session, and nothing is said about the collection.
    Unset,
    /// The owner is not in a session: what it will bring with it.
    Given(Held<T>),
    /// The owner is in a session, whose map knows what is in the collection.
    Placed(Place),
}

/// Objects in a collection that is in no session.
///
/// They are behind a trait, or else the compiler would walk from entity to entity through all that are
/// related, deeper than it can, to find out whether one of them may go to another thread.
pub(crate) struct Held<T>(Box<dyn Objects<T>>);

trait Objects<T>: Send + Sync {
    fn all(&self) -> &[Related<T>];
    fn take(self: Box<Self>) -> Vec<Related<T>>;
}

impl<T: Entity> Objects<T> for Vec<Related<T>> {
    fn all(&self) -> &[Related<T>] {
        self
    }

    fn take(self: Box<Self>) -> Vec<Related<T>> {
        *self
    }
}

impl<T> Held<T> {
    pub(crate) fn all(&self) -> &[Related<T>] {
        self.0.all()
    }

    pub(crate) fn take(self) -> Vec<Related<T>> {
        self.0.take()
    }
}

impl<T: Entity> FromIterator<Related<T>> for Held<T> {
    fn from_iter<I: IntoIterator<Item = Related<T>>>(objects: I) -> Self {
        Held(Box::new(objects.into_iter().collect::<Vec<_>>()))
    }
}

/// A collection of an object in a session.
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
            key: std::marker::PhantomData<fn() -> K>,
        }

        impl<T, K> $name<T, K> {
            /// A collection of which nothing is said, of an object that is not in a session.
            pub const fn new() -> Self {
                Self::of(Content::Unset)
            }

            pub(crate) const fn of(content: Content<T>) -> Self {
                $name { content, key: std::marker::PhantomData }
            }

            /// Where the collection is, if its owner is in a session.
            pub(crate) fn placed(&self) -> Option<Place> {
                match self.content {
                    Content::Placed(place) => Some(place),
                    Content::Unset | Content::Given(_) => None,
                }
            }

            /// What it holds while the owner is in no session: new objects, and known ones.
            pub fn given(&self) -> &[Related<T>] {
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

        /// A copy is of no session, and empty: what is in a collection is not a part of its owner.
        impl<T, K> Clone for $name<T, K> {
            fn clone(&self) -> Self {
                Self::new()
            }
        }

        impl<T, K> fmt::Debug for $name<T, K> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match &self.content {
                    Content::Given(given) => write!(f, "{} of {}", stringify!($name), given.all().len()),
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
    /// The objects that refer to this one by a [`ForeignKey`](super::ForeignKey).
    ///
    /// It is given to a builder, and not assigned later: an object of a session keeps the collection that
    /// its references make, which [`replace`](crate::Session::replace), [`link`](crate::Session::link) and
    /// [`unlink`](crate::Session::unlink) change.
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
    /// The one object that refers to this one by a [`ForeignKey`](super::ForeignKey).
    HasOne,
    /// The objects that are connected with this one by rows of an association table.
    ManyToMany,
}
