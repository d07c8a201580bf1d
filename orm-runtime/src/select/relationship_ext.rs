//! Methods of relationships such as `user::addresses`: paths, conditions and columns.

use diesel::Column;
use diesel::sql_types::IntoNullable;

use super::in_scope::{ExpressionOf, HasColumn};
use super::object_condition::To;
use super::path::{IntoPath, Path};
use super::related_column::OrNull;
use super::{Predicate, RelatedColumn, RelatedCount, RelationshipCondition};
use crate::mapping::{Relationship, TableOf, ToMany, ToOne};

/// Methods of relationships such as `user::addresses`: longer paths, filters, conditions, and
/// columns of related objects.
pub trait RelationshipExt: Relationship {
    /// Extends the relationship to a path that continues at its target.
    fn then<'q, N: IntoPath<'q, Self::Target>>(self, next: N) -> Path<'q, Self::Source, N::Target> {
        Path::along(self).then(next)
    }

    /// Restricts the relationship to objects for which a condition holds. The collection is then
    /// loaded as a part, and read with [`part`](crate::HasMany::part). Several conditions on the
    /// same relationship must all hold, in one path or in several paths of a query.
    fn filter<'q>(
        self,
        condition: impl Predicate<Self::Target> + 'q,
    ) -> Path<'q, Self::Source, Self::Target> {
        Path::along(self).filter(condition)
    }

    /// Sets the order in which the collection is loaded. It replaces the order declared in the
    /// attributes.
    fn order_by<'q, O>(self, order: O) -> Path<'q, Self::Source, Self::Target>
    where
        O: ExpressionOf<Self::Target> + 'q,
    {
        Path::along(self).order_by(order)
    }

    /// Limits the number of objects for each owner. The collection is then loaded as a part, and
    /// read with [`part`](crate::HasMany::part). Conditions and `count` ignore the limit; a join
    /// returns an error.
    fn limit<'q>(self, objects: i64) -> Path<'q, Self::Source, Self::Target> {
        Path::along(self).limit(objects)
    }

    /// Checks, as a condition on the owner, that a condition holds for at least one of the objects
    /// in the collection. Writes a semi-join. The condition of the relationship and the default
    /// scopes of its target apply.
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

    /// Checks that a condition holds for none of the objects in the collection. This is true for an
    /// empty collection.
    fn has_none<'q>(
        self,
        condition: impl Predicate<Self::Target> + 'q,
    ) -> RelationshipCondition<'q, Self::Source> {
        Path::along(self).has_none(condition)
    }

    /// Checks that the relationship has at least one object.
    fn exists<'q>(self) -> RelationshipCondition<'q, Self::Source> {
        Path::along(self).exists()
    }

    /// Checks that the relationship has no object.
    fn not_exists<'q>(self) -> RelationshipCondition<'q, Self::Source> {
        Path::along(self).not_exists()
    }

    /// Checks that a condition holds for the referenced object. This is false if the reference is
    /// NULL.
    fn has<'q>(
        self,
        condition: impl Predicate<Self::Target> + 'q,
    ) -> RelationshipCondition<'q, Self::Source>
    where
        Self: ToOne,
    {
        Path::along(self).has(condition)
    }

    /// Compares a reference with an object, or with the row that has a key: `address.user_id = ?`.
    /// A new object has its key when the query is sent, because the query flushes pending changes
    /// first.
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
    /// Returned by the query: [`Error::InvalidHandle`](crate::Error::InvalidHandle) for a handle of
    /// another session, or of an object that has left the session;
    /// [`Error::InvalidState`](crate::Error::InvalidState) for an object whose key the database has
    /// not generated yet, if autoflush is off.
    fn eq<'q>(self, to: impl Into<To<Self::Target>>) -> RelationshipCondition<'q, Self::Source>
    where
        Self: ToOne,
    {
        Path::along(self).eq(to)
    }

    /// Compares a reference with an object or a key: holds if it references another object or is
    /// NULL.
    fn ne<'q>(self, to: impl Into<To<Self::Target>>) -> RelationshipCondition<'q, Self::Source>
    where
        Self: ToOne,
    {
        Path::along(self).ne(to)
    }

    /// Compares a reference with several objects or keys: `user_id IN (?, ?)`.
    fn in_list<'q, R: Into<To<Self::Target>>>(
        self,
        to: impl IntoIterator<Item = R>,
    ) -> RelationshipCondition<'q, Self::Source>
    where
        Self: ToOne,
    {
        Path::along(self).in_list(to)
    }

    /// Checks, as a condition on the owner, that the collection contains an object, or the row with
    /// a key.
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

    /// Returns a column of the referenced object, as an expression to filter, order and select by.
    /// It is NULL if the reference is NULL.
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
    /// // SELECT email, (SELECT name FROM user WHERE user.id = address.user_id)
    /// // FROM address ORDER BY (…)
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

    /// Returns the number of objects in the collection in the database, as an expression to filter,
    /// order and select by.
    fn count<'q>(self) -> RelatedCount<'q, Self::Source> {
        Path::along(self).count()
    }

    /// Loads the relationship by a join in the same statement, instead of in a separate statement.
    fn joined<'q>(self) -> Path<'q, Self::Source, Self::Target> {
        Path::along(self).joined()
    }
}

impl<R: Relationship> RelationshipExt for R {}
