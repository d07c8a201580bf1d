//! Fields of entities for serde: an entity that derives `Serialize` and `Deserialize` is written as its
//! columns, references as keys, and its collections as lists.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Error, Serialize, SerializeSeq, Serializer};

use super::{
    Auto, AutoKey, Computed, Content, DbEnum, Deferred, Discriminator, Entity, ForeignKey,
    Generated, HasMany, HasOne, ManyToMany, Related,
};

impl<K: AutoKey + Serialize> Serialize for Auto<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

impl<'de, K: AutoKey + Deserialize<'de>> Deserialize<'de> for Auto<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<K>::deserialize(deserializer)?.map_or_else(Auto::default, Auto::from))
    }
}

impl<T, K: Serialize> Serialize for ForeignKey<T, K> {
    /// The key; a reference to an object that has none yet can not be written.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.key().is_none() && self.is_set() {
            return Err(S::Error::custom(
                "the object that is referred to has no key yet; flush the session before",
            ));
        }
        self.key().serialize(serializer)
    }
}

impl<'de, T, K: Deserialize<'de>> Deserialize<'de> for ForeignKey<T, K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or_else(ForeignKey::unset, ForeignKey::to_key))
    }
}

impl<T: Serialize> Serialize for Deferred<T> {
    /// The value, or nothing where it is not loaded.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().ok().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Deferred<T> {
    /// The value, or that of a new object: nothing says both that a column is NULL and that it was not
    /// loaded.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or_else(Deferred::default, Deferred::new))
    }
}

macro_rules! made {
    ($($name:ident),*) => {$(
        impl<T: Serialize> Serialize for $name<T> {
            /// The value, or nothing where the database has not made it yet.
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.get().serialize(serializer)
            }
        }
    )*};
}

made!(Generated, Computed);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Generated<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<T>::deserialize(deserializer)?.map_or_else(Generated::default, Generated::from))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Computed<T> {
    /// What the database computes is read, and left to the database.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer)?;
        Ok(Computed::default())
    }
}

impl<E: DbEnum + Serialize> Serialize for Discriminator<E> {
    /// The kind, or nothing where the object has not been in a session.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

impl<'de, E: DbEnum + Deserialize<'de>> Deserialize<'de> for Discriminator<E> {
    /// What is written, or nothing; the session goes by the type of the object.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?
            .map_or_else(Discriminator::default, Discriminator::of))
    }
}

/// The objects of a collection outside a session; nothing where nothing is said of it.
fn members<'a, T: Entity, E: Error>(
    content: &'a Content<T>,
) -> Result<Option<Vec<&'a T::Root>>, E> {
    let given = match content {
        Content::Unset => return Ok(None),
        Content::Given(given) => given.all(),
        Content::Placed(_) => {
            return Err(E::custom(
                "the collection belongs to an object of a session; write the copy that \
                 session.copy_graph(handle) makes",
            ));
        }
    };
    let object = |related: &'a Related<T>| match related {
        Related::New(object) => Ok(object),
        Related::Existing(_) => {
            Err(E::custom("the collection holds a handle, which is of a session"))
        }
    };
    given.iter().map(object).collect::<Result<_, E>>().map(Some)
}

macro_rules! collections {
    ($($name:ident),*) => {$(
        impl<T: Entity<Root: Serialize>, K> Serialize for $name<T, K> {
            /// The objects as a list; nothing where nothing is said of the collection.
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let Some(members) = members(&self.content)? else { return serializer.serialize_none() };
                let mut list = serializer.serialize_seq(Some(members.len()))?;
                members.into_iter().try_for_each(|object| list.serialize_element(object))?;
                list.end()
            }
        }

        impl<'de, T: Entity<Root: Deserialize<'de>>, K> Deserialize<'de> for $name<T, K> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let objects: Option<Vec<T::Root>> = Option::deserialize(deserializer)?;
                Ok(Self::of(objects.map_or(Content::Unset, |objects| {
                    Content::Given(objects.into_iter().map(Related::New).collect())
                })))
            }
        }
    )*};
}

collections!(HasMany, HasOne, ManyToMany);
