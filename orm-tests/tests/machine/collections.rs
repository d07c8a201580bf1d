//! The collections of the entities, and the calls on them.

use orm_runtime::Result;
use orm_runtime::prelude::*;

use crate::entities as e;
use crate::pieces::{Held, Obj};
use crate::tables::*;

/// How objects are in a collection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum By {
    /// By a reference in the object.
    Reference(&'static str),
    /// By rows of the association, seen from organisations or from labels.
    Ties { from_org: bool },
}

/// How a query for owners loads a collection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Way {
    Eager,
    Joined,
    Populate,
}

/// A collection, and the calls on it.
pub(crate) struct Collection {
    pub(crate) owner: Table,
    pub(crate) field: &'static str,
    pub(crate) members: Table,
    pub(crate) by: By,
    /// It contains at most one object.
    pub(crate) one: bool,
    pub(crate) read: fn(&IdentityMap, Obj) -> Result<Vec<Obj>>,
    pub(crate) load: fn(&mut Session, Obj) -> Result<()>,
    pub(crate) load_all: fn(&mut Session, &[Obj]) -> Result<()>,
    pub(crate) link: fn(&mut Session, Obj, Obj) -> Result<()>,
    pub(crate) unlink: fn(&mut Session, Obj, Obj) -> Result<()>,
    pub(crate) replace: fn(&mut Session, Obj, &[Obj]) -> Result<()>,
    pub(crate) query: fn(&mut Session, Way) -> Result<Vec<Obj>>,
    pub(crate) expire: fn(&mut Session, Obj) -> Result<()>,
    pub(crate) count: fn(&mut Session, Obj) -> Result<i64>,
}

fn wrap<T: Held>(handles: Vec<Handle<T>>) -> Vec<Obj> {
    handles.into_iter().map(T::wrap).collect()
}

fn take<T: Held>(objects: &[Obj]) -> Vec<Handle<T>> {
    objects.iter().map(|&object| T::take(object)).collect()
}

macro_rules! collections {
    ($($owner:ident $module:ident $field:ident: $target:ident in $members:ident, $by:expr, $kind:ident;)*) => {
        /// All collections.
        pub(crate) const COLLECTIONS: &[Collection] = &[$(Collection {
            owner: $owner,
            field: stringify!($field),
            members: $members,
            by: $by,
            one: collections!(@one $kind),
            read: |map, owner| {
                let owner = &map[e::$owner::take(owner)];
                collections!(@read $kind, owner.$field, map)
            },
            load: |s, owner| s.load(e::$owner::take(owner), e::$module::$field),
            load_all: |s, owners| s.load_all(&take::<e::$owner>(owners), e::$module::$field),
            link: |s, owner, it| {
                s.link(e::$owner::take(owner), e::$module::$field, e::$target::take(it))
            },
            unlink: |s, owner, it| {
                s.unlink(e::$owner::take(owner), e::$module::$field, e::$target::take(it))
            },
            replace: |s, owner, them| {
                let them = take::<e::$target>(them);
                s.replace(e::$owner::take(owner), e::$module::$field, &them)
            },
            query: |s, way| {
                let query = s.query::<e::$owner>();
                let query = match way {
                    Way::Eager => query.eager(e::$module::$field),
                    Way::Joined => query.eager(e::$module::$field.joined()),
                    Way::Populate => query.populate_existing().eager(e::$module::$field),
                };
                query.all().map(wrap)
            },
            expire: |s, owner| s.expire_only(e::$owner::take(owner), e::$module::$field),
            count: |s, owner| s.related(e::$owner::take(owner), e::$module::$field)?.count(),
        }),*];
    };
    (@one One) => { true };
    (@one Many) => { false };
    (@read One, $collection:expr, $map:expr) => {
        $collection.handle($map).map(|one| wrap(one.into_iter().collect()))
    };
    (@read Many, $collection:expr, $map:expr) => { $collection.handles($map).map(wrap) };
}

collections! {
    Org org people: Person in Person, By::Reference("org"), Many;
    Org org teams: Team in Team, By::Reference("org"), Many;
    Org org things: Thing in Thing, By::Reference("org"), Many;
    Org org badge: Badge in Badge, By::Reference("org"), One;
    Org org labels: Label in Label, By::Ties { from_org: true }, Many;
    Org org gear: Asset in Gear, By::Reference("org"), Many;
    Org org remarks: Remark in Remark, By::Reference("subject"), Many;
    Org org docs: Doc in Doc, By::Reference("org"), Many;
    Person person staff: Person in Person, By::Reference("boss"), Many;
    Person person memberships: Member in Member, By::Reference("person"), Many;
    Team team members: Member in Member, By::Reference("team"), Many;
    Thing thing parts: Thing in Thing, By::Reference("parent"), Many;
    Label label orgs: Org in Org, By::Ties { from_org: false }, Many;
    Label label remarks: Remark in Remark, By::Reference("subject"), Many;
    Seat seat tickets: Ticket in Ticket, By::Reference("seat"), Many;
}
