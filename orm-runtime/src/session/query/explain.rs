//! How the database runs a query.

use crate::backend::{Cause, Plan, SqlFragment};
use crate::error::Result;
use crate::mapping::Entity;
use crate::session::{Query, Session};

impl<T: Entity> Query<'_, T> {
    /// Returns how the database would run the SELECT of the query. Sends one EXPLAIN, which does
    /// not run the query; paths of [`eager`](Self::eager) are not part of it. Pending changes are
    /// flushed first, and the transaction begins, as for [`all`](Self::all).
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// #[derive(Entity)]
    /// struct User { id: Auto<i64>, #[entity(index)] email: String, name: String }
    ///
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![User].create_all(&mut session)?;
    /// let by_name = session.query::<User>().filter(user::name.eq("ada")).explain()?;
    /// assert_eq!(by_name.full_scans, ["user"]);
    /// let by_email = session.query::<User>().filter(user::email.eq("ada@example.org")).explain()?;
    /// assert!(by_email.full_scans.is_empty());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Any error of the database, and the errors of [`Session::flush`].
    #[track_caller]
    pub fn explain(self) -> Result<Plan> {
        let _call = self.session().call(Cause::Query, T::META.name);
        let (session, select, _) = self.into_select()?;
        session.find_objects(&select)?;
        session.explained(&select)
    }
}

impl Session {
    /// Explains a statement.
    fn explained(&mut self, statement: &dyn SqlFragment) -> Result<Plan> {
        let plan = self.sender().explain(statement);
        plan.map_err(|fault| self.fault(fault))
    }
}
