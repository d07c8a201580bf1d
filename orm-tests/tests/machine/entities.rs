//! The entities of the machine, with every kind of key, reference, collection and column.
//!
//! Each object has a name with a number that is never used twice. It identifies objects and rows,
//! whatever keys the database generates and reuses.

use chrono::NaiveDateTime;
use orm_runtime::prelude::*;

/// Two columns that are one value.
#[derive(Embed, Debug, Clone, PartialEq)]
pub struct Price {
    pub amount: i32,
    pub currency: i32,
}

/// Has collections of every kind.
#[derive(Entity, Clone, Debug)]
#[entity(table = "m_org")]
pub struct Org {
    pub id: Auto<i64>,
    #[entity(unique, length = 20)]
    pub name: String,
    #[entity(default)]
    pub data: i32,
    #[entity(embed)]
    pub price: Price,
    pub note: Deferred<String>,
    #[entity(inverse = org)]
    pub people: HasMany<Person>,
    #[entity(inverse = org)]
    pub teams: HasMany<Team>,
    #[entity(inverse = org, delete_orphan)]
    pub things: HasMany<Thing>,
    #[entity(inverse = org)]
    pub badge: HasOne<Badge>,
    #[entity(through = "m_org_label")]
    pub labels: ManyToMany<Label, String>,
    #[entity(inverse = org)]
    pub gear: HasMany<Asset>,
    #[entity(inverse = subject_org)]
    pub remarks: HasMany<Remark>,
    #[entity(inverse = org)]
    pub docs: HasMany<Doc>,
}

/// Has a version, a unique column that may be NULL, validation, and a reference to its own table.
#[derive(Entity, Clone, Debug)]
#[entity(table = "m_person", hooks)]
pub struct Person {
    pub id: Auto<i64>,
    #[entity(unique, length = 20)]
    pub name: String,
    pub text: String,
    #[entity(unique)]
    pub slot: Option<i32>,
    #[entity(version)]
    pub version: i32,
    #[entity(on_delete = nullify)]
    pub org: Option<ForeignKey<Org>>,
    #[entity(on_delete = nullify)]
    pub boss: Option<ForeignKey<Person>>,
    #[entity(inverse = boss)]
    pub staff: HasMany<Person>,
    #[entity(inverse = person)]
    pub memberships: HasMany<Member>,
}

impl Hooks for Person {
    fn validate(&self) -> Result<(), ValidationError> {
        match self.text.is_empty() {
            true => Err(ValidationError::new("text", "is empty")),
            false => Ok(()),
        }
    }
}

/// Always belongs to an organisation.
#[derive(Entity, Clone, Debug)]
#[entity(table = "m_team")]
pub struct Team {
    pub id: Auto<i64>,
    #[entity(unique, length = 20)]
    pub name: String,
    #[entity(default)]
    pub data: i32,
    #[entity(on_delete = cascade)]
    pub org: ForeignKey<Org>,
    #[entity(inverse = team)]
    pub members: HasMany<Member>,
}

/// Is deleted when it is taken out of a collection. It is in two.
#[derive(Entity, Clone, Debug)]
#[entity(table = "m_thing")]
pub struct Thing {
    pub id: Auto<i64>,
    #[entity(unique, length = 20)]
    pub name: String,
    #[entity(default)]
    pub data: i32,
    #[entity(on_delete = cascade)]
    pub org: Option<ForeignKey<Org>>,
    #[entity(on_delete = cascade)]
    pub parent: Option<ForeignKey<Thing>>,
    #[entity(inverse = parent, delete_orphan)]
    pub parts: HasMany<Thing>,
}

/// The only badge of an organisation.
#[derive(Entity, Clone, Debug)]
#[entity(table = "m_badge")]
pub struct Badge {
    pub id: Auto<i64>,
    #[entity(unique, length = 20)]
    pub name: String,
    #[entity(unique, on_delete = nullify)]
    pub org: Option<ForeignKey<Org>>,
}

/// Has a natural key that changes.
#[derive(Entity, Clone, Debug)]
#[entity(table = "m_label")]
pub struct Label {
    #[entity(primary_key, length = 20)]
    pub name: String,
    #[entity(default)]
    pub data: i32,
    #[entity(inverse = labels)]
    pub orgs: ManyToMany<Org>,
    #[entity(inverse = subject_label)]
    pub remarks: HasMany<Remark>,
}

/// Connects a person and a team. Both are its key.
#[derive(Entity, Clone, Debug)]
#[entity(table = "m_member")]
pub struct Member {
    #[entity(primary_key, on_delete = cascade)]
    pub person: ForeignKey<Person>,
    #[entity(primary_key, on_delete = cascade)]
    pub team: ForeignKey<Team>,
    #[entity(unique, length = 20)]
    pub name: String,
    #[entity(default)]
    pub data: i32,
}

/// Has a key of two columns, one of which changes.
#[derive(Entity, Clone, Debug)]
#[entity(table = "m_seat")]
pub struct Seat {
    #[entity(primary_key, length = 20)]
    pub name: String,
    #[entity(primary_key)]
    pub place: i32,
    #[entity(default)]
    pub data: i32,
    #[entity(inverse = seat)]
    pub tickets: HasMany<Ticket>,
}

/// References a key of two columns.
#[derive(Entity, Clone, Debug)]
#[entity(table = "m_ticket")]
pub struct Ticket {
    pub id: Auto<i64>,
    #[entity(unique, length = 20)]
    pub name: String,
    #[entity(default)]
    pub data: i32,
    #[entity(columns(seat_name, seat_place), on_delete = nullify)]
    pub seat: Option<ForeignKey<Seat, (String, i32)>>,
}

/// The subtypes of assets.
#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssetKind {
    Plain,
    Car,
    Tool,
}

/// The base, which is also a subtype.
#[derive(Entity, Clone, Debug)]
#[entity(table = "m_asset", hierarchy = Gear)]
pub struct Asset {
    pub id: Auto<i64>,
    #[entity(unique, length = 20)]
    pub name: String,
    pub kind: Discriminator<AssetKind>,
    #[entity(default)]
    pub data: i32,
    #[entity(on_delete = nullify)]
    pub org: Option<ForeignKey<Org>>,
}

/// Has a separate table.
#[derive(Entity, Clone, Debug)]
#[entity(table = "m_car")]
pub struct Car {
    #[entity(base)]
    pub asset: Asset,
    pub speed: i32,
    #[entity(on_delete = nullify)]
    pub driver: Option<ForeignKey<Person>>,
}

/// Has its column in the table of the base.
#[derive(Entity, Clone, Debug)]
pub struct Tool {
    #[entity(base)]
    pub asset: Asset,
    pub weight: i32,
}

/// All subtypes.
#[derive(Entity, Clone, Debug)]
pub enum Gear {
    #[entity(discriminator = AssetKind::Plain)]
    Plain(Asset),
    #[entity(discriminator = AssetKind::Car)]
    Car(Car),
    #[entity(discriminator = AssetKind::Tool)]
    Tool(Tool),
}

/// The object that a remark is about.
#[derive(OneOf, Clone, Debug, PartialEq)]
pub enum Subject {
    #[entity(on_delete = cascade)]
    Org(ForeignKey<Org>),
    #[entity(on_delete = cascade)]
    Person(ForeignKey<Person>),
    #[entity(on_delete = cascade)]
    Label(ForeignKey<Label, String>),
}

/// Is about one of three objects.
#[derive(Entity, Clone, Debug)]
#[entity(table = "m_remark")]
pub struct Remark {
    pub id: Auto<i64>,
    #[entity(unique, length = 20)]
    pub name: String,
    #[entity(default)]
    pub data: i32,
    #[entity(one_of)]
    pub subject: Subject,
}

/// Its rows are kept when they are deleted.
#[derive(Entity, Clone, Debug)]
#[entity(table = "m_doc")]
pub struct Doc {
    pub id: Auto<i64>,
    #[entity(unique, length = 20)]
    pub name: String,
    #[entity(default)]
    pub data: i32,
    #[entity(on_delete = nullify)]
    pub org: Option<ForeignKey<Org>>,
    #[entity(soft_delete)]
    pub deleted_at: Option<NaiveDateTime>,
}

/// Returns all tables.
pub fn schema() -> orm_runtime::Schema {
    schema![
        Org, Person, Team, Thing, Badge, Label, MOrgLabel, Member, Seat, Ticket, Gear, Remark, Doc
    ]
}
