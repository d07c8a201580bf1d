//! References: a column that is the key of another object, or an object that has no key yet.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{Concrete, Entity, Key, Newcomer, Reference, SubtypeOf};
use crate::handle::{Handle, RawHandle};

/// A reference to an object of another entity (or of the same one): it *is* the column, or the
/// columns, that hold the other's key, so that key and relationship can not drift apart.
///
/// It holds a key, or the handle of an object, which need not be flushed yet: the key follows when
/// the database has made it. `ForeignKey<Country, String>` says that the key of `Country` is a
/// `String`; `Option<ForeignKey<User>>` may be NULL.
///
/// ```
/// # use orm_runtime::prelude::*;
/// #[derive(Entity)]
/// struct User {
///     id: Auto<i64>,
///     name: String,
/// }
///
/// #[derive(Entity)]
/// struct Address {
///     id: Auto<i64>,
///     email: String,
///     user: ForeignKey<User>, // the column user_id
/// }
///
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![User, Address].create_all(&mut session)?;
/// let ada = session.add(User::builder().name("ada").build());
/// let home = session.add(Address::builder().email("ada@example.org").user(ada).build());
/// assert_eq!(session[home].user.get(&session)?.name, "ada");
/// session.flush()?;
/// assert_eq!(session[home].user.key(), Some(&1));
/// # Ok(()) }
/// ```
pub struct ForeignKey<T, K = i64> {
    /// The key, as far as it is known.
    key: Option<K>,
    /// The object, where it is known: it counts before the key.
    referenced: Referenced,
    target: PhantomData<fn() -> T>,
}

/// The object to which a reference leads.
#[derive(Debug, Clone)]
enum Referenced {
    Unknown,
    Existing(RawHandle),
    /// An object that is in no session yet.
    New(Arc<Newcomer>),
}

impl Referenced {
    /// The object, if it is in a session by now.
    #[inline]
    fn handle(&self) -> Option<RawHandle> {
        match self {
            Referenced::Existing(handle) => Some(*handle),
            Referenced::Unknown => None,
            Referenced::New(newcomer) => newcomer.added(),
        }
    }
}

impl PartialEq for Referenced {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Referenced::Unknown, Referenced::Unknown) => true,
            (Referenced::New(one), Referenced::New(other)) => Arc::ptr_eq(one, other),
            _ => self.handle().is_some() && self.handle() == other.handle(),
        }
    }
}

impl<T, K> ForeignKey<T, K> {
    /// A reference to the object with this key, in memory or not.
    pub const fn to_key(key: K) -> Self {
        ForeignKey { key: Some(key), referenced: Referenced::Unknown, target: PhantomData }
    }

    /// A reference to an object of the session, flushed or not.
    pub const fn to(handle: Handle<T>) -> Self {
        ForeignKey {
            key: None,
            referenced: Referenced::Existing(handle.raw()),
            target: PhantomData,
        }
    }

    /// A reference to a new object, which is added to the session together with the object that refers to
    /// it. A builder takes the object as it is: `.user(User::builder().name("ada").build())`.
    ///
    /// A copy of the reference leads to the same object. Assigned to an object of a session, the next flush
    /// adds it.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)]
    /// # struct User { id: Auto<i64>, name: String }
    /// # #[derive(Entity)]
    /// # struct Address { id: Auto<i64>, email: String, user: ForeignKey<User> }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User, Address].create_all(&mut session)?;
    /// let ada = User::builder().name("ada").build();
    /// let home = session.add(Address::builder().email("home").user(ada).build());
    /// assert_eq!(session[home].user.get(&session)?.name, "ada");
    /// session.commit()?; // an INSERT each, the user first
    /// # Ok(()) }
    /// ```
    pub fn to_new<U>(object: U) -> Self
    where
        T: Entity,
        U: Concrete + SubtypeOf<T>,
    {
        let newcomer = Arc::new(Newcomer::new(T::Root::META.entity, Box::new(object.into_root())));
        ForeignKey { key: None, referenced: Referenced::New(newcomer), target: PhantomData }
    }

    /// A reference that leads nowhere yet: what a builder makes of a reference that is not given,
    /// because the object will be given to the other's collection.
    pub const fn unset() -> Self {
        ForeignKey { key: None, referenced: Referenced::Unknown, target: PhantomData }
    }

    /// The key of the object it leads to, or `None` while the database has not made it. No SQL.
    pub fn key(&self) -> Option<&K> {
        self.key.as_ref()
    }

    /// Whether it leads somewhere: it has a key, the handle of an object, or a new object.
    pub fn is_set(&self) -> bool {
        self.key.is_some() || self.referenced != Referenced::Unknown
    }

    /// The object, where it is known.
    #[inline]
    pub(crate) fn raw_handle(&self) -> Option<RawHandle> {
        self.referenced.handle()
    }
}

impl<T, K: Clone> Clone for ForeignKey<T, K> {
    fn clone(&self) -> Self {
        ForeignKey {
            key: self.key.clone(),
            referenced: self.referenced.clone(),
            target: PhantomData,
        }
    }
}

impl<T, K> Default for ForeignKey<T, K> {
    fn default() -> Self {
        Self::unset()
    }
}

impl<T, K: PartialEq> PartialEq for ForeignKey<T, K> {
    /// Whether both lead to the same object, as far as their keys say, or else their handles.
    fn eq(&self, other: &Self) -> bool {
        match (&self.key, &other.key) {
            (Some(a), Some(b)) => a == b,
            (None, None) => self.referenced == other.referenced,
            _ => self.referenced != Referenced::Unknown && self.referenced == other.referenced,
        }
    }
}

impl<T, K: Eq> Eq for ForeignKey<T, K> {}

impl<T, K: fmt::Debug> fmt::Debug for ForeignKey<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.key, &self.referenced) {
            (Some(key), _) => key.fmt(f),
            (None, Referenced::Unknown) => f.write_str("unset"),
            (None, handle) if handle.handle().is_some() => f.write_str("not flushed"),
            (None, _) => f.write_str("new"),
        }
    }
}

impl<T: Entity, U: SubtypeOf<T>, K> From<Handle<U>> for ForeignKey<T, K> {
    fn from(handle: Handle<U>) -> Self {
        ForeignKey::to(handle.upcast())
    }
}

impl<T: Entity, U: SubtypeOf<T>, K> From<Handle<U>> for Option<ForeignKey<T, K>> {
    /// So that `session[address].user = ada.into()` is the same whether the reference may be NULL or not.
    fn from(handle: Handle<U>) -> Self {
        Some(ForeignKey::to(handle.upcast()))
    }
}

impl<T, K: Key> From<K> for ForeignKey<T, K> {
    fn from(key: K) -> Self {
        ForeignKey::to_key(key)
    }
}

impl<T> From<&str> for ForeignKey<T, String> {
    fn from(key: &str) -> Self {
        ForeignKey::to_key(key.to_owned())
    }
}

/// What stands for an object in a reference: its handle, its key, or a new object.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that `{F}` can lead to",
    label = "no object, handle or key",
    note = "give a handle, as `session.add(…)` returns it, or a key, or a new object: `.user(User::builder().name(\"ada\").build())`"
)]
pub trait IntoReference<F> {
    /// The reference.
    fn into_reference(self) -> F;
}

#[diagnostic::do_not_recommend]
impl<F, V: Into<F>> IntoReference<F> for V {
    fn into_reference(self) -> F {
        self.into()
    }
}

/// What a type must be for its objects to be added, which is asked by a derive that does not know it.
#[doc(hidden)]
pub trait ConcreteBounds<'a>: Concrete {}

impl<T: Concrete> ConcreteBounds<'_> for T {}

/// What the derive needs of `ForeignKey<T, K>` and of `Option` of it.
pub trait ForeignKeyField: Clone + fmt::Debug + Send + 'static {
    /// The type of the key.
    type Key: Key;

    /// A field with this key; none is NULL.
    fn of_key(key: Option<Self::Key>) -> Self;

    /// The key, as far as it is known.
    fn known_key(&self) -> Option<&Self::Key>;

    /// What the field leads to.
    fn reference(&self) -> Reference<'_>;

    /// Makes the field lead to an object, with a key if it has one, or nowhere. A key of another type
    /// than that of the field is left out.
    fn set_reference(&mut self, to: Reference<'_>);

    /// Whether both would be the same value in the database.
    fn same(&self, other: &Self) -> bool;
}

impl<T: 'static, K: Key> ForeignKeyField for ForeignKey<T, K> {
    type Key = K;

    #[inline]
    fn of_key(key: Option<K>) -> Self {
        ForeignKey { key, referenced: Referenced::Unknown, target: PhantomData }
    }

    #[inline]
    fn known_key(&self) -> Option<&K> {
        self.key.as_ref()
    }

    #[inline]
    fn reference(&self) -> Reference<'_> {
        let key = self.key.as_ref().map(|key| key as &dyn Any);
        match &self.referenced {
            Referenced::Unknown => Reference::with_key(None, key),
            Referenced::Existing(handle) => Reference::with_key(Some(*handle), key),
            Referenced::New(newcomer) => {
                Reference { handle: newcomer.added(), key, new: Some(newcomer) }
            }
        }
    }

    fn set_reference(&mut self, to: Reference<'_>) {
        self.referenced = match (to.handle, to.new) {
            (Some(handle), _) => Referenced::Existing(handle),
            (None, Some(newcomer)) => Referenced::New(Arc::clone(newcomer)),
            (None, None) => Referenced::Unknown,
        };
        self.key = to.key.and_then(|key| key.downcast_ref::<K>()).cloned();
    }

    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl<T: 'static, K: Key> ForeignKeyField for Option<ForeignKey<T, K>> {
    type Key = K;

    #[inline]
    fn of_key(key: Option<K>) -> Self {
        key.map(ForeignKey::to_key)
    }

    #[inline]
    fn known_key(&self) -> Option<&K> {
        self.as_ref()?.key.as_ref()
    }

    #[inline]
    fn reference(&self) -> Reference<'_> {
        self.as_ref().map_or(Reference::NULL, ForeignKeyField::reference)
    }

    fn set_reference(&mut self, to: Reference<'_>) {
        *self = (!to.is_null()).then(|| {
            let mut reference = ForeignKey::unset();
            reference.set_reference(to);
            reference
        });
    }

    fn same(&self, other: &Self) -> bool {
        let set = |field: &Self| field.as_ref().is_some_and(ForeignKey::is_set);
        match (self, other) {
            (Some(a), Some(b)) => a == b,
            _ => set(self) == set(other),
        }
    }
}
