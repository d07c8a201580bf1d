//! The subtypes of a hierarchy in memory: which object is of which subtype, handles as one and as the other,
//! and what is said of an object or a row that is of another subtype than was asked for.

use super::graph::IdentityMap;
use crate::error::{Error, Result};
use crate::handle::Handle;
use crate::mapping::{Entity, EntityMeta, Hierarchy, SubtypeOf};

impl<T> Handle<T> {
    /// The same object as what it is besides: a boss as an employee, or as one of the staff. No SQL.
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
    /// #     #[entity(discriminator = Kind::Boss)] Boss(Boss), #[entity(discriminator = Kind::Grunt)] Grunt(Grunt),
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
    /// The same object as a further subtype, if it is one: an employee as a boss. `None` as well for a handle
    /// that leads nowhere. No SQL.
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
    /// #     #[entity(discriminator = Kind::Boss)] Boss(Boss), #[entity(discriminator = Kind::Grunt)] Grunt(Grunt),
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

    /// The handle of an object by its subtype: an enum with the variants of the entity. `None` for a handle
    /// that leads nowhere. No SQL.
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
    /// #     #[entity(discriminator = Kind::Boss)] Boss(Boss), #[entity(discriminator = Kind::Grunt)] Grunt(Grunt),
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

    /// Refuses a call that needs the object as a `T`, where it is a further subtype and would lose columns.
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
            reason: "it is of a further subtype, with columns that would be lost: take the handle as that \
                     of the enum of the hierarchy, by upcast()",
        })
    }

    /// Whether an object is of an entity: of a hierarchy those of other subtypes are not.
    pub(crate) fn is(&self, meta: &EntityMeta, slot: u32) -> bool {
        meta.hierarchy.is_none()
            || self
                .arena_dyn(meta.entity.index())
                .is_some_and(|arena| meta.includes(arena.subtype(slot)))
    }

    /// Returns whether a row has to be read for the object with this key: it is not in memory, or older
    /// than the horizon. An object that is in memory as another subtype is not a `T`.
    pub(crate) fn lacks<T: Entity>(&self, key: &T::Key, horizon: u32) -> bool {
        self.fresh::<T>(key, horizon).is_none() && !self.is_other_subtype::<T>(key)
    }

    /// Whether the object with this key is in memory, and no `T`.
    pub(crate) fn is_other_subtype<T: Entity>(&self, key: &T::Key) -> bool {
        T::META.hierarchy.is_some()
            && self
                .arena::<T>()
                .is_some_and(|arena| arena.find(key).is_some_and(|slot| !arena.holds::<T>(slot)))
    }
}
