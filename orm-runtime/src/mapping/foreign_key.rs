//! References: a column that is the key of another object, or an object that has no key yet.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{Concrete, Entity, Key, Newcomer, Reference, SubtypeOf};
use crate::handle::{Handle, RawHandle};

/// A reference to an object of another entity, or of the same entity. It *is* the column, or the
/// columns, that hold the key of the other object, so that key and relationship cannot disagree.
///
/// It holds a key, or the handle of an object that need not be flushed yet: the reference takes the
/// key when the database has generated it. `ForeignKey<Country, String>` says that the key of
/// `Country` is a `String`; `Option<ForeignKey<User>>` may be NULL.
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
    /// The key, if it is known.
    key: Option<K>,
    /// The object, if it is known: it takes precedence over the key.
    referenced: Referenced,
    target: PhantomData<fn() -> T>,
}

/// The object that a reference points to.
#[derive(Debug, Clone)]
enum Referenced {
    Unknown,
    Existing(RawHandle),
    /// An object that is not in a session yet.
    New(Arc<Newcomer>),
}

impl Referenced {
    /// Returns the object if it is in a session by now.
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
    /// Creates a reference to the object with this key, in memory or not.
    pub const fn to_key(key: K) -> Self {
        ForeignKey { key: Some(key), referenced: Referenced::Unknown, target: PhantomData }
    }

    /// Creates a reference to an object of the session, flushed or not.
    pub const fn to(handle: Handle<T>) -> Self {
        ForeignKey {
            key: None,
            referenced: Referenced::Existing(handle.raw()),
            target: PhantomData,
        }
    }

    /// Creates a reference to a new object, which is added to the session together with the object
    /// that references it. A builder takes the object itself:
    /// `.user(User::builder().name("ada").build())`.
    ///
    /// A copy of the reference points to the same object. If you assign the reference to an object
    /// of a session, the next flush adds the new object.
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

    /// Creates a reference that points to nothing yet. A builder uses it if the reference is not
    /// set, because the object will be put in a collection of the other object.
    pub const fn unset() -> Self {
        ForeignKey { key: None, referenced: Referenced::Unknown, target: PhantomData }
    }

    /// Returns the key of the object that it references, or `None` while the database has not
    /// generated it. Sends no SQL.
    pub fn key(&self) -> Option<&K> {
        self.key.as_ref()
    }

    /// Returns `true` if it references something: it has a key, the handle of an object, or a new
    /// object.
    pub fn is_set(&self) -> bool {
        self.key.is_some() || self.referenced != Referenced::Unknown
    }

    /// Returns the object, if it is known.
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
    /// Returns `true` if both reference the same object: by their keys if both are known, and
    /// otherwise by their handles.
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
    /// Allows `session[address].user = ada.into()` for a reference that may be NULL too.
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

/// A value that can become a reference: the handle of an object, its key, or a new object.
#[diagnostic::on_unimplemented(
    message = "`{F}` cannot reference a `{Self}`",
    label = "not an object, handle or key",
    note = "write a handle, as `session.add(…)` returns it, a key, or a new object: `.user(User::builder().name(\"ada\").build())`"
)]
pub trait IntoReference<F> {
    /// Converts the value to the reference.
    fn into_reference(self) -> F;
}

#[diagnostic::do_not_recommend]
impl<F, V: Into<F>> IntoReference<F> for V {
    fn into_reference(self) -> F {
        self.into()
    }
}

/// [`Concrete`] with a lifetime, so that generated code can have it as a bound on a type it knows
/// only by name.
#[doc(hidden)]
pub trait ConcreteBounds<'a>: Concrete {}

impl<T: Concrete> ConcreteBounds<'_> for T {}

/// What the derive requires of `ForeignKey<T, K>` and of `Option<ForeignKey<T, K>>`.
pub trait ForeignKeyField: Clone + fmt::Debug + Send + 'static {
    /// The type of the key.
    type Key: Key;

    /// Creates a field with this key; `None` is NULL.
    fn of_key(key: Option<Self::Key>) -> Self;

    /// Returns the key, if it is known.
    fn known_key(&self) -> Option<&Self::Key>;

    /// Returns what the field references.
    fn reference(&self) -> Reference<'_>;

    /// Sets the field to an object, with its key if it has one, or to NULL. A key of another type
    /// than the key of the field is ignored.
    fn set_reference(&mut self, to: Reference<'_>);

    /// Returns `true` if the database would store both as the same value.
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
