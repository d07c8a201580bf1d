//! Serialises the fields of entities. An entity that derives `Serialize` and `Deserialize` is
//! written as its columns, references as keys, and collections as lists.

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
    /// Writes the key. A reference to an object that has no key yet is an error.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.key().is_none() && self.is_set() {
            return Err(S::Error::custom(
                "the referenced object has no key yet; flush the session first",
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
    /// Writes the value, or null if it is not loaded.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().ok().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Deferred<T> {
    /// Reads the value. Null becomes a column without a value, as in a new object, because it is
    /// written both for NULL and for a value that is not loaded.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or_else(Deferred::default, Deferred::new))
    }
}

macro_rules! made {
    ($($name:ident),*) => {$(
        impl<T: Serialize> Serialize for $name<T> {
            /// Writes the value, or null if the database has not generated it yet.
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
    /// Ignores the value, because the database computes it.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer)?;
        Ok(Computed::default())
    }
}

impl<E: DbEnum + Serialize> Serialize for Discriminator<E> {
    /// Writes the subtype, or null if the object has not been in a session.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

impl<'de, E: DbEnum + Deserialize<'de>> Deserialize<'de> for Discriminator<E> {
    /// Reads the subtype or null. The session uses the type of the object instead.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?
            .map_or_else(Discriminator::default, Discriminator::of))
    }
}

/// Returns the objects of a collection outside a session, or `None` if the collection is unset.
fn members<'a, T: Entity, E: Error>(
    content: &'a Content<T>,
) -> Result<Option<Vec<&'a T::Root>>, E> {
    let given = match content {
        Content::Unset => return Ok(None),
        Content::Given(given) => given.all(),
        Content::Placed(_) => {
            return Err(E::custom(
                "the collection belongs to an object of a session; serialise the copy that \
                 `session.copy_graph(handle)` returns",
            ));
        }
    };
    let object = |related: &'a Related<T>| match related {
        Related::New(object) => Ok(object),
        Related::Existing(_) => {
            Err(E::custom("the collection holds a handle, which belongs to a session"))
        }
    };
    given.iter().map(object).collect::<Result<_, E>>().map(Some)
}

macro_rules! collections {
    ($($name:ident),*) => {$(
        impl<T: Entity<Root: Serialize>, K> Serialize for $name<T, K> {
            /// Writes the objects as a list, or null if the collection is unset.
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
