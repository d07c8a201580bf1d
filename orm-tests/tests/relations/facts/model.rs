//! Organisations with teams, notes, things, a seat, and labels.

use orm_runtime::Schema;
use orm_runtime::prelude::*;
use orm_tests::TestDb;

#[derive(Entity, Clone, Debug)]
#[entity(table = "org")]
pub struct Org {
    pub id: Auto<i64>,
    pub name: String,
    #[entity(default = 0)]
    pub size: i64,
    #[entity(inverse = org)]
    pub teams: HasMany<Team>,
    #[entity(inverse = org)]
    pub notes: HasMany<Note>,
    #[entity(inverse = org, delete_orphan)]
    pub things: HasMany<Thing>,
    #[entity(inverse = org)]
    pub seat: HasOne<OrgSeat>,
    #[entity(through = "org_label")]
    pub labels: ManyToMany<Label>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "team")]
pub struct Team {
    pub id: Auto<i64>,
    pub name: String,
    #[entity(on_delete = nullify)]
    pub org: Option<ForeignKey<Org>>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "note")]
pub struct Note {
    pub id: Auto<i64>,
    pub text: String,
    #[entity(on_delete = cascade)]
    pub org: Option<ForeignKey<Org>>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "thing")]
pub struct Thing {
    pub id: Auto<i64>,
    pub name: String,
    #[entity(on_delete = cascade)]
    pub org: Option<ForeignKey<Org>>,
    #[entity(on_delete = cascade)]
    pub parent: Option<ForeignKey<Thing>>,
    #[entity(inverse = parent, delete_orphan)]
    pub children: HasMany<Thing>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "org_seat")]
pub struct OrgSeat {
    pub id: Auto<i64>,
    pub city: String,
    #[entity(unique, on_delete = cascade)]
    pub org: Option<ForeignKey<Org>>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "label")]
pub struct Label {
    pub id: Auto<i64>,
    #[entity(unique, length = 40)]
    pub name: String,
}

/// A row with a natural key.
#[derive(Entity, Clone, Debug, PartialEq)]
#[entity(table = "tag")]
pub struct Tag {
    #[entity(primary_key, length = 40)]
    pub name: String,
    pub weight: i64,
}

pub fn schema() -> Schema {
    schema![Org, Team, Note, Thing, OrgSeat, Label, Tag]
}

pub fn org(name: &str) -> Org {
    Org::builder().name(name).build()
}

pub fn thing(name: &str) -> Thing {
    Thing::builder().name(name).build()
}

/// Opens a session without autoflush on empty tables.
pub fn without_autoflush(db: &TestDb) -> Session {
    drop(db.session_for(schema()));
    db.session_with(SessionOptions { autoflush: false, ..SessionOptions::default() })
}
