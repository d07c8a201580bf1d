//! Pairs of objects, by a join along a path.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use crate::backend::{Cause, Dialect};
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::mapping::Entity;
use crate::select::{IntoPath, Node, chain};
use crate::session::Query;
use crate::session::load::eager::Joins;
use crate::session::query::statement_text::TextForm;

/// An object, and a related object or `None`.
pub type LeftPair<T, U> = (Handle<T>, Option<Handle<U>>);

/// A query for pairs: an object, and an object at the end of a path from it. Created by
/// [`Query::join`] and [`Query::left_join`]. `P` is the second object of a pair; for `left_join` it
/// can be absent.
#[must_use = "a query is sent by its final call, all()"]
pub struct Joined<'q, T: Entity, P> {
    query: Query<'q, T>,
    nodes: Vec<Node<'q>>,
    outer: bool,
    pair: PhantomData<fn() -> P>,
}

impl<'q, T: Entity> Query<'q, T> {
    /// Pairs each object with each object at the end of a path from it. An object occurs once for
    /// each related object. The conditions, order and limit of the query apply to the pairs. Write
    /// conditions on the related object in the path. Sends one SELECT with joins.
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
    /// // SELECT … FROM address JOIN user AS orm_j1 ON orm_j1.id = address.user_id
    /// for (address, user) in session.query::<Address>().join(address::user).all()? {
    ///     println!("{} of {}", session[address].email, session[user].name);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn join<P: IntoPath<'q, T>>(self, path: P) -> Joined<'q, T, Handle<P::Target>> {
        let nodes = chain(path.into_path().into_steps());
        Joined { query: self, nodes, outer: false, pair: PhantomData }
    }

    /// Pairs objects like [`join`](Self::join); an object without related objects occurs once, with
    /// `None`.
    pub fn left_join<P: IntoPath<'q, T>>(
        self,
        path: P,
    ) -> Joined<'q, T, Option<Handle<P::Target>>> {
        let nodes = chain(path.into_path().into_steps());
        Joined { query: self, nodes, outer: true, pair: PhantomData }
    }
}

impl<'q, T: Entity, U: Entity> Joined<'q, T, Handle<U>> {
    /// Returns the pairs. Sends one SELECT. No collection counts as loaded afterwards.
    ///
    /// # Errors
    /// The errors of [`Query::all`], and [`Error::Configuration`] if the query is distinct, locks
    /// rows or loads relationships, or if the path has a limit.
    #[track_caller]
    pub fn all(self) -> Result<Vec<(Handle<T>, Handle<U>)>> {
        Ok(self.load()?.into_iter().filter_map(|(a, b)| Some((a, b?))).collect())
    }
}

impl<'q, T: Entity, U: Entity> Joined<'q, T, Option<Handle<U>>> {
    /// Returns the pairs. Sends one SELECT. No collection counts as loaded afterwards.
    ///
    /// # Errors
    /// The errors of [`Query::all`], and [`Error::Configuration`] if the query is distinct, locks
    /// rows or loads relationships, or if the path has a limit.
    #[track_caller]
    pub fn all(self) -> Result<Vec<LeftPair<T, U>>> {
        self.load()
    }
}

impl<T: Entity, P> Joined<'_, T, P> {
    /// Sets the name of the query; see [`Query::named`].
    pub fn named(mut self, name: &str) -> Self {
        self.query = self.query.named(name);
        self
    }

    /// Returns the statement that the query sends, as text with placeholders, as the only element
    /// of the list; see [`Query::to_sql`]. Sends no SQL.
    ///
    /// # Errors
    /// The errors of [`Query::to_sql`].
    pub fn to_sql(&self, dialect: Dialect) -> Result<Vec<String>> {
        self.query.joined_texts(&self.nodes, self.outer, dialect, TextForm::Placeholders)
    }

    /// Returns the statement of [`to_sql`](Self::to_sql) with its values in place, for reading
    /// only. The warnings of [`Query::to_debug_sql`] apply. Sends no SQL.
    ///
    /// # Errors
    /// The errors of [`Query::to_debug_sql`].
    pub fn to_debug_sql(&self, dialect: Dialect) -> Result<Vec<String>> {
        self.query.joined_texts(&self.nodes, self.outer, dialect, TextForm::Values)
    }

    #[track_caller]
    fn load<U: Entity>(self) -> Result<Vec<LeftPair<T, U>>> {
        let _call = self.query.session().call(Cause::Query, T::META.name);
        self.query.refuse_eager("join()", "all() without a join")?;
        if self.query.selection().is_distinct() {
            let why = "the pairs of a join are always distinct: leave out distinct()";
            return Err(Error::Configuration(why.to_owned()));
        }
        let joins = Joins::of(&self.nodes)?.pairs(self.outer);
        let (session, select, how) = self.query.into_select()?;
        let mut pairs: Vec<(u32, Option<u32>)> = Vec::new();
        session.load_joined_entities(T::META, select, &joins, how, &mut |one, other| {
            pairs.push((one, other));
        })?;
        // An association row whose target is hidden by a condition has no related object. It must
        // not add a second pair with `None`.
        let mut told: HashSet<u32> =
            pairs.iter().filter(|pair| pair.1.is_some()).map(|pair| pair.0).collect();
        pairs.retain(|&(one, other)| other.is_some() || told.insert(one));
        let map = session.map();
        let pair = |(one, other): (u32, Option<u32>)| {
            (map.handle(one), other.map(|other| map.handle(other)))
        };
        Ok(pairs.into_iter().map(pair).collect())
    }
}

impl<T: Entity, P> fmt::Debug for Joined<'_, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Joined").field(&self.query).finish()
    }
}
