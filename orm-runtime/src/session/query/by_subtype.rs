//! Objects, distinguished by subtype.

use crate::error::Result;
use crate::mapping::{Entity, Hierarchy};
use crate::session::Query;

impl<T: Entity<Root: Hierarchy>> Query<'_, T> {
    /// Returns the objects that [`all`](Self::all) finds, distinguished by subtype: an enum of
    /// handles with one variant for each subtype. Sends the same statements as `all`.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
    /// # pub enum Kind { Boss, Grunt }
    /// # #[derive(Entity)] #[entity(hierarchy = Staff)]
    /// # pub struct Employee { id: Auto<i64>, name: String, subtype: Discriminator<Kind> }
    /// # #[derive(Entity)] #[entity(table = "boss")]
    /// # pub struct Boss { #[entity(base)] employee: Employee, golf: i32 }
    /// # #[derive(Entity)] #[entity(table = "grunt")]
    /// # pub struct Grunt { #[entity(base)] employee: Employee, savings: i32 }
    /// # #[derive(Entity)] pub enum Staff {
    /// #     #[entity(discriminator = Kind::Boss)] Boss(Boss),
    /// #     #[entity(discriminator = Kind::Grunt)] Grunt(Grunt),
    /// # }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Staff].create_all(&mut session)?;
    /// # let ada = Employee::builder().name("ada").build();
    /// # session.add(Boss::builder().employee(ada).golf(3).build());
    /// for subtype in session.query::<Staff>().order_by(employee::name.asc()).by_subtype()? {
    ///     match subtype {
    ///         StaffHandle::Boss(boss) => println!("golf: {}", session[boss].golf),
    ///         StaffHandle::Grunt(grunt) => println!("savings: {}", session[grunt].savings),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The same errors as [`all`](Self::all).
    #[track_caller]
    pub fn by_subtype(self) -> Result<Vec<<T::Root as Hierarchy>::Handles>> {
        let (session, handles) = self.fetch()?;
        Ok(handles.into_iter().filter_map(|handle| session.map().subtype_of(handle)).collect())
    }
}
