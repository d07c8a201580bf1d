//! The subtypes of a hierarchy in memory: the subtype of an object, conversions of handles, and
//! errors about an object or a row of another subtype than expected.

use super::graph::IdentityMap;
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::mapping::{Entity, EntityMeta, Hierarchy, SubtypeOf};

impl<T> Handle<T> {
    /// Converts the handle to a handle of a base, or of the enum of the hierarchy: a boss to an
    /// employee. Sends no SQL.
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
    /// let ada = Employee::builder().name("ada").build();
    /// let boss = session.add(Boss::builder().employee(ada).golf(3).build());
    /// let employee: Handle<Employee> = boss.upcast();
    /// assert_eq!(session[employee].name, "ada");
    /// assert_eq!(session[boss.upcast::<Staff>()].name, "ada");
    /// # Ok(()) }
    /// ```
    pub fn upcast<U: Entity>(self) -> Handle<U>
    where
        T: SubtypeOf<U>,
    {
        self.same_object()
    }
}

impl IdentityMap {
    /// Converts a handle to a handle of a subtype, if the object is one: an employee to a boss.
    /// Returns `None` too if the object of the handle is gone. Sends no SQL.
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
    /// # let ada = Employee::builder().name("ada").build();
    /// # session.add(Boss::builder().employee(ada).golf(3).build());
    /// for employee in session.handles::<Employee>() {
    ///     if let Some(boss) = session.downcast::<Boss>(employee) {
    ///         println!("{} has a golf average of {}", session[boss].name, session[boss].golf);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn downcast<U: Entity>(
        &self,
        handle: Handle<impl Entity<Root = U::Root>>,
    ) -> Option<Handle<U>> {
        let handle = handle.same_object();
        self.try_get(handle).map(|_| handle)
    }

    /// Returns the handle of an object with its subtype: an enum with the variants of the entity.
    /// Returns `None` if the object of the handle is gone. Sends no SQL.
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
    /// # let ada = Employee::builder().name("ada").build();
    /// # session.add(Boss::builder().employee(ada).golf(3).build());
    /// for employee in session.handles::<Employee>() {
    ///     match session.subtype_of(employee) {
    ///         Some(StaffHandle::Boss(boss)) => println!("golf: {}", session[boss].golf),
    ///         Some(StaffHandle::Grunt(grunt)) => println!("savings: {}", session[grunt].savings),
    ///         None => println!("gone"),
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn subtype_of<T: Entity<Root: Hierarchy>>(
        &self,
        handle: Handle<T>,
    ) -> Option<<T::Root as Hierarchy>::Handles> {
        let handle = handle.same_object::<T::Root>();
        Some(self.try_get(handle)?.handle_of(handle))
    }

    /// Refuses a call that needs the object as exactly a `T` if the object is a subtype of `T`,
    /// because it would lose columns.
    pub(crate) fn expect_just<T: Entity>(
        &self,
        handle: Handle<T>,
        action: &'static str,
    ) -> Result<()> {
        let slot = self.expect(handle)?;
        if self.arena::<T>().is_some_and(|arena| arena.is_just::<T>(slot)) {
            return Ok(());
        }
        Err(Error::InvalidState {
            entity: T::META.name,
            key: self.key(handle).map(|key| format!("{key:?}")),
            action,
            reason: "it is of a subtype whose columns would be lost: pass the handle of the enum \
                     of the hierarchy, from upcast()",
        })
    }

    /// Returns `true` if an object belongs to an entity. In a hierarchy, objects of other subtypes
    /// do not.
    pub(crate) fn is(&self, meta: &EntityMeta, slot: u32) -> bool {
        meta.hierarchy.is_none()
            || self
                .arena_dyn(meta.entity.index())
                .is_some_and(|arena| meta.includes(arena.subtype(slot)))
    }

    /// Returns `true` if the row with this key must be read, because the object is not in memory,
    /// or older than the horizon. An object in memory that is another subtype is not a `T`.
    pub(crate) fn lacks<T: Entity>(&self, key: &T::Key, horizon: u32) -> bool {
        self.fresh::<T>(key, horizon).is_none() && !self.is_other_subtype::<T>(key)
    }

    /// Returns `true` if the object with this key is in memory and is not a `T`.
    pub(crate) fn is_other_subtype<T: Entity>(&self, key: &T::Key) -> bool {
        T::META.hierarchy.is_some()
            && self
                .arena::<T>()
                .is_some_and(|arena| arena.find(key).is_some_and(|slot| !arena.holds::<T>(slot)))
    }
}
