//! A collection as a query, without loading it.

use diesel::QueryResult;

use crate::backend::{Cause, SqlFragment, SqlWriter};
use crate::error::Result;
use crate::handle::Handle;
use crate::map::{KeyList, ObjectState};
use crate::mapping::{EntityMeta, Relationship, RelationshipMeta, SubtypeOf};
use crate::select::{Conditions, StatementBuilder, parts, wrong_state};
use crate::session::{Query, Session};

impl Session {
    /// Creates a query for the objects of a relationship of an object: to filter, count, page or
    /// delete them. The collection is not loaded, and the objects have only the order of the query.
    /// Sends no SQL before the final call of the query, except that pending changes are flushed
    /// first, so that the object has a key.
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
    /// // SELECT count(*) FROM address WHERE user_id = ? AND email LIKE ?
    /// let here = session
    ///     .related(ada, user::addresses)?
    ///     .filter(address::email.like("%@example.org"))
    ///     .count()?;
    /// assert_eq!(here, 1);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidHandle`](crate::Error::InvalidHandle) for a handle that points to no object
    /// of the session; [`Error::InvalidState`](crate::Error::InvalidState) for an object that has
    /// no row; the errors of [`flush`](Self::flush).
    #[track_caller]
    pub fn related<R: Relationship>(
        &mut self,
        handle: Handle<impl SubtypeOf<R::Source>>,
        _relationship: R,
    ) -> Result<Query<'_, R::Target>> {
        let _call = self.call(Cause::Query, (R::meta().target)().name);
        let slot = self.map().expect(handle)?;
        self.autoflush()?;
        let relationship = R::meta();
        if self.map().state(handle) != ObjectState::Persistent {
            let reason = "it has no row; add it and flush the session first";
            return Err(wrong_state(self.map(), handle, "queried for related objects", reason));
        }
        let keys = self.related_keys(relationship, slot);
        let mut query = self.query::<R::Target>();
        let condition = RelatedTo { relationship, keys, conditions: Conditions::of(relationship) };
        query.selection_mut().filter(Box::new(condition));
        Ok(query)
    }

    /// Returns the key of an object, or of the object that it references.
    fn related_keys(
        &mut self,
        relationship: &'static RelationshipMeta,
        slot: u32,
    ) -> Box<dyn KeyList> {
        let [source, target]: [&'static EntityMeta; 2] =
            [(relationship.source)(), (relationship.target)()];
        let target_index = target.entity.index();
        self.map_mut().arena_dyn_of(source);
        self.map_mut().arena_dyn_of(target);
        let arena = |meta: &EntityMeta| self.map().arena_dyn(meta.entity.index());
        let (Some(source), Some(target)) = (arena(source), arena(target)) else {
            unreachable!("the arenas of both ends are made before")
        };
        if !relationship.is_to_one() {
            return source.stored_keys(&[slot]);
        }
        let reference = source.reference(slot, relationship.foreign_key);
        // An edited reference that is not flushed yet may have the object but not its key.
        match self.map().target_slot(reference, target_index) {
            Some(slot) => target.stored_keys(&[slot]),
            None => target.keys_to_load(reference.key.as_slice(), u32::MAX),
        }
    }
}

/// The condition that a row is related to an object.
struct RelatedTo {
    relationship: &'static RelationshipMeta,
    /// The key of the object, or of the object that it references. Empty if the reference is NULL.
    keys: Box<dyn KeyList>,
    conditions: Conditions,
}

impl SqlFragment for RelatedTo {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        if self.keys.len() == 0 {
            pass.push_sql("1 = 0");
            return Ok(());
        }
        let (target, way) = ((self.relationship.target)(), self.relationship.way());
        let Some(through) = way.through else {
            self.equal_key(target, way.target_columns, pass)?;
            return self.only(pass);
        };
        let mut sql = StatementBuilder::new(pass.dialect(), "");
        sql.text().row_of(None, target, way.target_columns).push(" IN (SELECT ");
        sql.text().list(through.target_columns, |text, &column| {
            text.column_of(None, through.meta, column);
        });
        sql.push(" FROM ").text().tables(through.meta).push(" WHERE ");
        sql.write(pass)?;
        self.equal_key(through.meta, through.source_columns, pass)?;
        let mut sql = StatementBuilder::new(pass.dialect(), "");
        sql.conditions(" AND ", self.conditions.of_association()).push(")");
        sql.write(pass)?;
        self.only(pass)
    }
}

impl RelatedTo {
    fn equal_key<'b>(
        &'b self,
        meta: &EntityMeta,
        columns: &[usize],
        pass: &mut SqlWriter<'_, 'b>,
    ) -> QueryResult<()> {
        for (part, &column) in columns.iter().enumerate() {
            let mut sql =
                StatementBuilder::new(pass.dialect(), if part == 0 { "" } else { " AND " });
            sql.text().column_of(None, meta, column).push(" = ");
            sql.write(pass)?;
            self.keys.bind(0, part, pass)?;
        }
        Ok(())
    }

    /// Writes the condition of the relationship itself. The default scopes are those of the query.
    fn only<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        let mut sql = StatementBuilder::new(pass.dialect(), "");
        sql.conditions(" AND ", parts(self.conditions.only()));
        sql.write(pass)
    }
}
