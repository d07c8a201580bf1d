//! The machine's access to an object of any entity: create it, read its fields, set a field.

use std::collections::BTreeMap;

use orm_runtime::prelude::*;
use orm_runtime::{inheritance::Concrete, key::Key};

use crate::entities as e;
use crate::tables::*;

/// An object of any entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Obj {
    Org(Handle<e::Org>),
    Person(Handle<e::Person>),
    Team(Handle<e::Team>),
    Thing(Handle<e::Thing>),
    Badge(Handle<e::Badge>),
    Label(Handle<e::Label>),
    Member(Handle<e::Member>),
    Seat(Handle<e::Seat>),
    Ticket(Handle<e::Ticket>),
    Gear(Handle<e::Gear>),
    Remark(Handle<e::Remark>),
    Doc(Handle<e::Doc>),
}

/// Generates code for the entity of a table: `each!(table, T => …)`.
macro_rules! each {
    ($table:expr, $T:ident => $body:expr) => {
        match $table {
            $crate::tables::Org => each!(@Org, $T, $body),
            $crate::tables::Person => each!(@Person, $T, $body),
            $crate::tables::Team => each!(@Team, $T, $body),
            $crate::tables::Thing => each!(@Thing, $T, $body),
            $crate::tables::Badge => each!(@Badge, $T, $body),
            $crate::tables::Label => each!(@Label, $T, $body),
            $crate::tables::Member => each!(@Member, $T, $body),
            $crate::tables::Seat => each!(@Seat, $T, $body),
            $crate::tables::Ticket => each!(@Ticket, $T, $body),
            $crate::tables::Gear => each!(@Gear, $T, $body),
            $crate::tables::Remark => each!(@Remark, $T, $body),
            $crate::tables::Doc => each!(@Doc, $T, $body),
        }
    };
    (@$name:ident, $T:ident, $body:expr) => {{
        type $T = $crate::entities::$name;
        $body
    }};
}
pub(crate) use each;

/// The new value of a field.
#[derive(Clone, Debug)]
pub(crate) enum To {
    Null,
    Val(String),
    Object(Obj),
    Key(String),
}

/// The targets of references, if they are known.
pub(crate) struct Look<'a> {
    pub(crate) map: &'a IdentityMap,
    /// The numbers of rows by table and key.
    pub(crate) numbers: &'a BTreeMap<(Table, String), u32>,
}

/// An entity that can have handles.
pub(crate) trait Held: Entity + orm_runtime::relationship::Writable {
    fn wrap(handle: Handle<Self>) -> Obj;
    fn take(object: Obj) -> Handle<Self>;
}

/// An entity that is not the enum of a hierarchy.
pub(crate) trait Piece: Held + Concrete + Clone {
    const TABLE: Table;
    /// Creates a new object without references.
    fn fresh(n: u32) -> Self;
    fn name(&self) -> &str;
    /// Returns the value of a field, or `None` if it is not known.
    fn cell(&self, field: &str, look: &Look<'_>) -> Option<Cell>;
    fn set(&mut self, field: &str, to: &To);

    fn cells(&self, look: &Look<'_>) -> Vec<Option<Cell>> {
        Self::TABLE.columns().iter().map(|column| self.cell(column.field, look)).collect()
    }
}

/// A key as the reader of the database writes it.
pub(crate) trait KeyText: Key {
    fn text(&self) -> String;
    fn parse_text(text: &str) -> Self;
}

impl KeyText for i64 {
    fn text(&self) -> String {
        self.to_string()
    }

    fn parse_text(text: &str) -> Self {
        text.parse().unwrap()
    }
}

impl KeyText for String {
    fn text(&self) -> String {
        self.clone()
    }

    fn parse_text(text: &str) -> Self {
        text.to_owned()
    }
}

macro_rules! pairs {
    ($($a:ty, $b:ty;)*) => {$(
        impl KeyText for ($a, $b) {
            fn text(&self) -> String {
                format!("{}/{}", self.0, self.1)
            }

            fn parse_text(text: &str) -> Self {
                let (a, b) = text.split_once('/').unwrap_or((text, "0"));
                (a.parse().unwrap(), b.parse().unwrap())
            }
        }
    )*};
}

pairs! { String, i32; i64, i64; }

/// Returns the target of a reference.
fn seen<T: Held + Piece, K: KeyText>(
    reference: Option<&ForeignKey<T, K>>,
    look: &Look<'_>,
) -> Option<Cell> {
    let Some(reference) = reference.filter(|it| it.is_set()) else { return Some(Cell::Null) };
    if let Some(key) = reference.key() {
        let key = key.text();
        let known = look.numbers.get(&(T::TABLE, key.clone())).copied();
        let nowhere = key.contains(&NOWHERE.to_string()).then_some(NOWHERE);
        if let Some(n) = known.or(nowhere) {
            return Some(Cell::Ref(n));
        }
    }
    match reference.handle(look.map) {
        Ok(handle) => Some(Cell::Ref(number(look.map[handle].name()))),
        Err(_) => reference.key().map(|_| Cell::Ref(0)),
    }
}

fn reference<T: Held, K: KeyText>(to: &To) -> Option<ForeignKey<T, K>> {
    match to {
        To::Null => None,
        To::Object(object) => Some(ForeignKey::to(T::take(*object))),
        To::Key(key) => Some(ForeignKey::to_key(K::parse_text(key))),
        To::Val(value) => panic!("{value} is not a reference"),
    }
}

fn value<T: std::str::FromStr<Err: std::fmt::Debug>>(to: &To) -> T {
    match to {
        To::Val(value) => value.parse().unwrap(),
        other => panic!("{other:?} is not a value"),
    }
}

fn text(value: impl ToString) -> Option<Cell> {
    Some(Cell::Val(value.to_string()))
}

macro_rules! piece {
    (
        $name:ident, |$n:ident| $fresh:expr,
        |$object:ident, $look:ident, $to:ident| { $($field:literal => $get:expr, $set:expr;)* }
    ) => {
        impl Held for e::$name {
            fn wrap(handle: Handle<Self>) -> Obj {
                Obj::$name(handle)
            }

            fn take(object: Obj) -> Handle<Self> {
                match object {
                    Obj::$name(handle) => handle,
                    other => panic!("{other:?} is not of {}", stringify!($name)),
                }
            }
        }

        impl Piece for e::$name {
            const TABLE: Table = $name;

            fn fresh($n: u32) -> Self {
                $fresh
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn cell(&self, field: &str, $look: &Look<'_>) -> Option<Cell> {
                let $object = self;
                match field {
                    "name" => text(&self.name),
                    $($field => $get,)*
                    other => panic!("{other}"),
                }
            }

            fn set(&mut self, field: &str, $to: &To) {
                let $object = self;
                match field {
                    "name" => $object.name = value($to),
                    $($field => $set,)*
                    other => panic!("{other}"),
                }
            }
        }
    };
}

piece! {
    Org,
    |n| Self::builder().name(name_of(Org, n)).price(e::Price { amount: 0, currency: 1 }).note("").build(),
    |it, look, to| {
        "data" => text(it.data), it.data = value(to);
        "price" => text(format!("{}/{}", it.price.amount, it.price.currency)), {
            let price: String = value(to);
            let (amount, currency) = price.split_once('/').unwrap();
            let amount = amount.parse().unwrap();
            it.price = e::Price { amount, currency: currency.parse().unwrap() };
        };
        "note" => { let _ = look; it.note.get().ok().and_then(text) }, it.note.set(value(to));
    }
}

piece! {
    Person, |n| Self::builder().name(name_of(Person, n)).text("text").build(),
    |it, look, to| {
        "text" => text(&it.text), it.text = value(to);
        "slot" => Some(it.slot.map_or(Cell::Null, |slot| Cell::Val(slot.to_string()))),
            it.slot = if let To::Null = to { None } else { Some(value(to)) };
        "version" => text(it.version), it.version = value(to);
        "org" => seen(it.org.as_ref(), look), it.org = reference(to);
        "boss" => seen(it.boss.as_ref(), look), it.boss = reference(to);
    }
}

piece! {
    Team, |n| Self::builder().name(name_of(Team, n)).org(ForeignKey::unset()).build(),
    |it, look, to| {
        "data" => text(it.data), it.data = value(to);
        "org" => seen(Some(&it.org), look), it.org = reference(to).unwrap_or_default();
    }
}

piece! {
    Thing, |n| Self::builder().name(name_of(Thing, n)).build(),
    |it, look, to| {
        "data" => text(it.data), it.data = value(to);
        "org" => seen(it.org.as_ref(), look), it.org = reference(to);
        "parent" => seen(it.parent.as_ref(), look), it.parent = reference(to);
    }
}

piece! {
    Badge, |n| Self::builder().name(name_of(Badge, n)).build(),
    |it, look, to| { "org" => seen(it.org.as_ref(), look), it.org = reference(to); }
}

piece! {
    Label, |n| Self::builder().name(name_of(Label, n)).build(),
    |it, look, to| { "data" => { let _ = look; text(it.data) }, it.data = value(to); }
}

piece! {
    Member,
    |n| {
        let (person, team) = (ForeignKey::unset(), ForeignKey::unset());
        Self::builder().name(name_of(Member, n)).person(person).team(team).build()
    },
    |it, look, to| {
        "data" => text(it.data), it.data = value(to);
        "person" => seen(Some(&it.person), look), it.person = reference(to).unwrap_or_default();
        "team" => seen(Some(&it.team), look), it.team = reference(to).unwrap_or_default();
    }
}

piece! {
    Seat, |n| Self::builder().name(name_of(Seat, n)).place(1).build(),
    |it, look, to| {
        "data" => { let _ = look; text(it.data) }, it.data = value(to);
        "place" => text(it.place), it.place = value(to);
    }
}

piece! {
    Ticket, |n| Self::builder().name(name_of(Ticket, n)).build(),
    |it, look, to| {
        "data" => text(it.data), it.data = value(to);
        "seat" => seen(it.seat.as_ref(), look), it.seat = reference(to);
    }
}

piece! {
    Gear,
    |n| {
        let asset = e::Asset::builder().name(name_of(Gear, n)).build();
        match n % 3 {
            0 => asset.into(),
            1 => e::Car::builder().asset(asset).speed(0).build().into(),
            _ => e::Tool::builder().asset(asset).weight(0).build().into(),
        }
    },
    |it, look, to| {
        "data" => text(it.data), it.data = value(to);
        "org" => seen(it.org.as_ref(), look), it.org = reference(to);
        "speed" => match it { e::Gear::Car(car) => text(car.speed), _ => Some(Cell::Null) },
            if let e::Gear::Car(car) = it { car.speed = value(to) };
        "weight" => match it { e::Gear::Tool(tool) => text(tool.weight), _ => Some(Cell::Null) },
            if let e::Gear::Tool(tool) = it { tool.weight = value(to) };
        "driver" => match it {
            e::Gear::Car(car) => seen(car.driver.as_ref(), look),
            _ => Some(Cell::Null),
        }, if let e::Gear::Car(car) = it { car.driver = reference(to) };
    }
}

impl Held for e::Asset {
    fn wrap(handle: Handle<Self>) -> Obj {
        Obj::Gear(handle.upcast())
    }

    fn take(object: Obj) -> Handle<Self> {
        e::Gear::take(object).upcast()
    }
}

piece! {
    Remark,
    |n| {
        let subject = e::Subject::Org(ForeignKey::unset());
        Self::builder().name(name_of(Remark, n)).subject(subject).build()
    },
    |it, look, to| {
        "data" => text(it.data), it.data = value(to);
        "subject" => match &it.subject {
            e::Subject::Org(it) => seen(Some(it), look),
            e::Subject::Person(it) => seen(Some(it), look),
            e::Subject::Label(it) => seen(Some(it), look),
        }, it.subject = match to {
            To::Object(Obj::Org(_)) => e::Subject::Org(reference(to).unwrap_or_default()),
            To::Object(Obj::Person(_)) => e::Subject::Person(reference(to).unwrap_or_default()),
            To::Object(_) => e::Subject::Label(reference(to).unwrap_or_default()),
            _ => e::Subject::Org(reference(to).unwrap_or_default()),
        };
    }
}

piece! {
    Doc, |n| Self::builder().name(name_of(Doc, n)).build(),
    |it, look, to| {
        "data" => text(it.data), it.data = value(to);
        "org" => seen(it.org.as_ref(), look), it.org = reference(to);
        "deleted_at" => text(if it.deleted_at.is_some() { "yes" } else { "no" }), panic!("{to:?}");
    }
}
