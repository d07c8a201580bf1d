//! What relationships such as `user::addresses` are built on to.

use diesel::Column;
use diesel::sql_types::IntoNullable;

use super::in_scope::{ExpressionOf, HasColumn};
use super::object_condition::To;
use super::path::{IntoPath, Path};
use super::related_column::OrNull;
use super::{Predicate, RelatedColumn, RelatedCount, RelationshipCondition};
use crate::mapping::{Relationship, TableOf, ToMany, ToOne};

/// What relationships such as `user::addresses` are built on to: longer paths, filtered ones.
pub trait RelationshipExt: Relationship {
    /// A path that goes on from where this relationship leads.
    fn then<'q, N: IntoPath<'q, Self::Target>>(self, next: N) -> Path<'q, Self::Source, N::Target> {
        Path::along(self).then(next)
    }

    /// Only objects for which a condition holds: the collection is loaded in part then, and read with
    /// `part`. Several conditions on the same relationship hold together, in one path or in several of
    /// a query.
    fn filter<'q>(
        self,
        condition: impl Predicate<Self::Target> + 'q,
    ) -> Path<'q, Self::Source, Self::Target> {
        Path::along(self).filter(condition)
    }

    /// The order in which the collection is loaded, in place of that of its attributes.
    fn order_by<'q, O>(self, order: O) -> Path<'q, Self::Source, Self::Target>
    where
        O: ExpressionOf<Self::Target> + 'q,
    {
        Path::along(self).order_by(order)
    }

    /// At most so many objects for each owner: the collection is loaded in part then, and read with
    /// `part`. Conditions and `count` do not know a limit, and a join refuses it.
    fn limit<'q>(self, objects: i64) -> Path<'q, Self::Source, Self::Target> {
        Path::along(self).limit(objects)
    }

    /// Whether a condition holds for one of the objects in the collection, as a condition on the owner. A
    /// semi-join; the condition of the relationship and the default scopes of its target count.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)]
    /// # struct User { id: Auto<i64>, name: String, addresses: HasMany<Address> }
    /// # #[derive(Entity)]
    /// # struct Address { id: Auto<i64>, email: String, user: ForeignKey<User> }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User, Address].create_all(&mut session)?;
    /// # let ada = session.add(User::builder().name("ada").build());
    /// # session.add(Address::builder().email("ada@example.org").user(ada).build());
    /// // … WHERE user.id IN (SELECT address.user_id FROM address WHERE address.email LIKE ?)
    /// let here = user::addresses.has_any(address::email.like("%@example.org"));
    /// assert_eq!(session.query::<User>().filter(here).all()?, [ada]);
    /// # Ok(()) }
    /// ```
    fn has_any<'q>(
        self,
        condition: impl Predicate<Self::Target> + 'q,
    ) -> RelationshipCondition<'q, Self::Source> {
        Path::along(self).has_any(condition)
    }

    /// Whether a condition holds for none of the objects in the collection; so it does for an empty one.
    fn has_none<'q>(
        self,
        condition: impl Predicate<Self::Target> + 'q,
    ) -> RelationshipCondition<'q, Self::Source> {
        Path::along(self).has_none(condition)
    }

    /// Whether it leads anywhere.
    fn exists<'q>(self) -> RelationshipCondition<'q, Self::Source> {
        Path::along(self).exists()
    }

    /// Whether it leads nowhere.
    fn not_exists<'q>(self) -> RelationshipCondition<'q, Self::Source> {
        Path::along(self).not_exists()
    }

    /// Whether a condition holds for the object to which a reference leads; for NULL it does not.
    fn has<'q>(
        self,
        condition: impl Predicate<Self::Target> + 'q,
    ) -> RelationshipCondition<'q, Self::Source>
    where
        Self: ToOne,
    {
        Path::along(self).has(condition)
    }

    /// Whether a reference leads to an object, or to the row with a key: `address.user_id = ?`. A new
    /// object has its key when the query is sent, for the query flushes what waits.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)]
    /// # struct User { id: Auto<i64>, name: String, addresses: HasMany<Address> }
    /// # #[derive(Entity)]
    /// # struct Address { id: Auto<i64>, email: String, user: ForeignKey<User> }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User, Address].create_all(&mut session)?;
    /// let ada = session.add(User::builder().name("ada").build());
    /// let home = session.add(Address::builder().email("home").user(ada).build());
    /// assert_eq!(session.query::<Address>().filter(address::user.eq(ada)).all()?, [home]);
    /// assert_eq!(session.query::<Address>().filter(address::user.eq(1)).all()?, [home]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Of the query: [`Error::InvalidHandle`](crate::Error::InvalidHandle) for a handle of another session, or of an object
    /// that has left; [`Error::InvalidState`](crate::Error::InvalidState) for an object whose key the database has yet to
    /// make, where the session does not flush by itself.
    fn eq<'q>(self, to: impl Into<To<Self::Target>>) -> RelationshipCondition<'q, Self::Source>
    where
        Self: ToOne,
    {
        Path::along(self).eq(to)
    }

    /// Whether a reference leads elsewhere, or nowhere.
    fn ne<'q>(self, to: impl Into<To<Self::Target>>) -> RelationshipCondition<'q, Self::Source>
    where
        Self: ToOne,
    {
        Path::along(self).ne(to)
    }

    /// Whether a reference leads to one of some objects, or of the rows with some keys: `user_id IN (?, ?)`.
    fn in_list<'q, R: Into<To<Self::Target>>>(
        self,
        to: impl IntoIterator<Item = R>,
    ) -> RelationshipCondition<'q, Self::Source>
    where
        Self: ToOne,
    {
        Path::along(self).in_list(to)
    }

    /// Whether an object, or the row with a key, is in the collection, as a condition on the owner.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)]
    /// # struct User { id: Auto<i64>, name: String, addresses: HasMany<Address> }
    /// # #[derive(Entity)]
    /// # struct Address { id: Auto<i64>, email: String, user: ForeignKey<User> }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User, Address].create_all(&mut session)?;
    /// # let ada = session.add(User::builder().name("ada").build());
    /// let home = session.add(Address::builder().email("home").user(ada).build());
    /// assert_eq!(session.query::<User>().filter(user::addresses.contains(home)).one()?, ada);
    /// # Ok(()) }
    /// ```
    fn contains<'q>(
        self,
        object: impl Into<To<Self::Target>>,
    ) -> RelationshipCondition<'q, Self::Source>
    where
        Self: ToMany,
    {
        Path::along(self).contains(object)
    }

    /// A column of the object to which a reference leads, to filter, order and select by; NULL for a NULL
    /// reference.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)]
    /// # struct User { id: Auto<i64>, name: String, addresses: HasMany<Address> }
    /// # #[derive(Entity)]
    /// # struct Address { id: Auto<i64>, email: String, user: ForeignKey<User> }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User, Address].create_all(&mut session)?;
    /// # let ada = session.add(User::builder().name("ada").build());
    /// # session.add(Address::builder().email("home").user(ada).build());
    /// // SELECT email, (SELECT name FROM user WHERE user.id = address.user_id) FROM address ORDER BY (…)
    /// let rows: Vec<(String, Option<String>)> = session
    ///     .query::<Address>()
    ///     .order_by(address::user.column(user::name).asc())
    ///     .select((address::email, address::user.column(user::name)))
    ///     .load()?;
    /// assert_eq!(rows, [("home".to_owned(), Some("ada".to_owned()))]);
    /// # Ok(()) }
    /// ```
    fn column<'q, C>(self, column: C) -> RelatedColumn<'q, Self::Source, OrNull<C>>
    where
        Self: ToOne,
        C: Column<Table: TableOf>,
        Self::Target: HasColumn<C>,
        C::SqlType: IntoNullable,
    {
        Path::along(self).column(column)
    }

    /// How many objects are in the collection in the database, to filter, order and select by.
    fn count<'q>(self) -> RelatedCount<'q, Self::Source> {
        Path::along(self).count()
    }

    /// Loads in the same statement, by a join, instead of in one more.
    fn joined<'q>(self) -> Path<'q, Self::Source, Self::Target> {
        Path::along(self).joined()
    }
}

impl<R: Relationship> RelationshipExt for R {}
