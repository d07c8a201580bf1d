//! Polymorphic associations: a reference to exactly one of several entities, as an enum.

use std::fmt;

use diesel::QueryResult;
use diesel::result::Error::DeserializationError;

use super::{EntityMeta, ForeignKeyField, Reference};

/// An enum of references. An entity holds exactly one of them, in a field with `#[entity(one_of)]`.
/// Implemented by [`#[derive(OneOf)]`](macro@crate::OneOf).
///
/// ```
/// # use orm_runtime::prelude::*;
/// #[derive(OneOf, Clone, Debug)]
/// enum Subject {
///     Post(ForeignKey<Post>),
///     Photo(ForeignKey<Photo>),
/// }
///
/// #[derive(Entity)]
/// struct Comment {
///     id: Auto<i64>,
///     #[entity(one_of)]
///     subject: Subject, // the columns subject_post_id and subject_photo_id
/// }
///
/// #[derive(Entity)]
/// struct Post {
///     id: Auto<i64>,
///     comments: HasMany<Comment>,
/// }
///
/// #[derive(Entity)]
/// struct Photo {
///     id: Auto<i64>,
/// }
///
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![Post, Photo, Comment].create_all(&mut session)?;
/// let post = session.add(Post::builder().build());
/// let photo = session.add(Photo::builder().build());
/// let comment = session.add(Comment::builder().subject(post).build());
/// assert_eq!(session[post].comments.len(&session)?, 1);
/// session[comment].subject = photo.into();
/// assert_eq!(session[post].comments.len(&session)?, 0);
/// session.commit()?;
///
/// let of_photos = session.query::<Comment>().filter(comment::subject_photo.exists()).count()?;
/// assert_eq!(of_photos, 1);
/// match &session[comment].subject {
///     Subject::Post(post) => panic!("it is about {post:?}"),
///     Subject::Photo(photo) => assert_eq!(photo.key(), Some(&1)),
/// }
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of references",
    label = "not an enum of references",
    note = "add `#[derive(OneOf)]` to an enum with a `ForeignKey<…>` in each variant"
)]
pub trait OneOf: Clone + fmt::Debug + Send + 'static {
    /// Returns the position of the current variant.
    #[doc(hidden)]
    fn variant(&self) -> usize;

    /// Returns what the current variant references.
    #[doc(hidden)]
    fn reference(&self) -> Reference<'_>;

    /// Creates a variant that references an object, or nothing.
    #[doc(hidden)]
    fn lead(variant: usize, to: Reference<'_>) -> Self;
}

/// One variant of such an enum, by its position.
#[doc(hidden)]
pub trait Variant<const N: usize>: Sized {
    type ForeignKey: ForeignKeyField;

    /// Returns the reference, if this is the current variant.
    fn get(&self) -> Option<&Self::ForeignKey>;

    fn of(foreign_key: Self::ForeignKey) -> Self;
}

/// The type of the key by which a variant references its target.
type KeyOf<F, const N: usize> =
    <<<F as OneOfField>::OneOf as Variant<N>>::ForeignKey as ForeignKeyField>::Key;

/// What the derive requires of a field that is an enum of references, or an `Option` of one. The
/// field acts as one reference for each variant, and at most one of them is set.
#[doc(hidden)]
pub trait OneOfField: Sized {
    type OneOf: OneOf;

    fn get(&self) -> Option<&Self::OneOf>;

    /// Creates the field from a row, with the variant that the row has, if any.
    fn read(found: Option<Self::OneOf>) -> QueryResult<Self>;

    /// Creates a field that references nothing yet, because its object will be put in a collection
    /// of another one.
    fn unset() -> Self;

    /// Returns what the reference of a variant points to.
    #[inline]
    fn reference(&self, variant: usize) -> Reference<'_> {
        match self.get() {
            Some(one) if one.variant() == variant => OneOf::reference(one),
            _ => Reference::NULL,
        }
    }

    /// Sets the reference of a variant to an object, which unsets the other variants; or unsets it,
    /// which does not change the other variants.
    fn set_reference(&mut self, variant: usize, to: Reference<'_>);

    /// Returns the key of a variant, if it is known.
    #[inline]
    fn known_key<const N: usize>(&self) -> Option<&KeyOf<Self, N>>
    where
        Self::OneOf: Variant<N>,
    {
        Variant::<N>::get(self.get()?)?.known_key()
    }

    /// Returns `true` if the database would store the same in the columns of a variant.
    fn same<const N: usize>(&self, other: &Self) -> bool
    where
        Self::OneOf: Variant<N>,
    {
        let (one, another) = (self.get(), other.get());
        match (one.and_then(Variant::<N>::get), another.and_then(Variant::<N>::get)) {
            (Some(a), Some(b)) => a.same(b),
            _ => self.reference(N).is_null() && other.reference(N).is_null(),
        }
    }

    /// Returns the reference of a variant as debug text.
    fn show<const N: usize>(&self) -> String
    where
        Self::OneOf: Variant<N>,
    {
        format!("{:?}", self.get().and_then(Variant::<N>::get))
    }

    /// Takes the key of a variant from a row, if it has one.
    fn take<const N: usize>(
        found: &mut Option<Self::OneOf>,
        key: Option<KeyOf<Self, N>>,
    ) -> QueryResult<()>
    where
        Self::OneOf: Variant<N>,
    {
        if key.is_none() {
            return Ok(());
        }
        if found.is_some() {
            let message = "the row has a value in it, and in another column of the same `one_of`";
            return Err(DeserializationError(message.into()));
        }
        *found = Some(Variant::<N>::of(ForeignKeyField::of_key(key)));
        Ok(())
    }
}

impl<T: OneOf> OneOfField for T {
    type OneOf = T;

    #[inline]
    fn get(&self) -> Option<&T> {
        Some(self)
    }

    fn read(found: Option<T>) -> QueryResult<T> {
        found.ok_or_else(|| {
            let message = "it is NULL, and so are the other columns of the same `one_of`";
            DeserializationError(message.into())
        })
    }

    fn unset() -> T {
        T::lead(0, Reference::NULL)
    }

    fn set_reference(&mut self, variant: usize, to: Reference<'_>) {
        if !to.is_null() || self.variant() == variant {
            *self = T::lead(variant, to);
        }
    }
}

impl<T: OneOf> OneOfField for Option<T> {
    type OneOf = T;

    #[inline]
    fn get(&self) -> Option<&T> {
        self.as_ref()
    }

    fn read(found: Option<T>) -> QueryResult<Self> {
        Ok(found)
    }

    fn unset() -> Self {
        None
    }

    fn set_reference(&mut self, variant: usize, to: Reference<'_>) {
        if !to.is_null() {
            *self = Some(T::lead(variant, to));
        } else if self.as_ref().is_some_and(|one| one.variant() == variant) {
            *self = None;
        }
    }
}

impl EntityMeta {
    /// Returns the references of the same `one_of` field, this one included. At most one of them is
    /// set. Any other reference is returned alone.
    pub(crate) fn alternatives(&self, foreign_key: usize) -> impl Iterator<Item = usize> {
        let one_of = self.foreign_keys[foreign_key].one_of;
        let all = self.foreign_keys.iter().enumerate();
        let fits = move |n: usize, other| n == foreign_key || (one_of.is_some() && other == one_of);
        all.filter(move |(n, other)| fits(*n, other.one_of)).map(|(n, _)| n)
    }
}
