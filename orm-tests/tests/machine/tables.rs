//! The machine's description of its tables: their columns, and how deletions cascade.

use std::collections::{BTreeMap, BTreeSet};

/// The tables without the association `m_org_label`, whose rows have no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    Org,
    Person,
    Team,
    Thing,
    Badge,
    Label,
    Member,
    Seat,
    Ticket,
    Gear,
    Remark,
    Doc,
}

pub(crate) use Table::*;

impl Table {
    /// In an order in which rows can be inserted.
    pub(crate) const ALL: [Table; 12] =
        [Org, Label, Seat, Person, Team, Thing, Badge, Member, Ticket, Gear, Remark, Doc];

    /// Returns the entity names that an error can have for its rows.
    pub(crate) fn entities(self) -> &'static [&'static str] {
        match self {
            Org => &["Org", "MOrgLabel"],
            Person => &["Person"],
            Team => &["Team"],
            Thing => &["Thing"],
            Badge => &["Badge"],
            Label => &["Label", "MOrgLabel"],
            Member => &["Member"],
            Seat => &["Seat"],
            Ticket => &["Ticket"],
            Gear => &["Gear", "Asset", "Car", "Tool"],
            Remark => &["Remark"],
            Doc => &["Doc"],
        }
    }

    /// Returns its name in the database.
    pub(crate) fn sql(self) -> &'static str {
        match self {
            Org => "m_org",
            Person => "m_person",
            Team => "m_team",
            Thing => "m_thing",
            Badge => "m_badge",
            Label => "m_label",
            Member => "m_member",
            Seat => "m_seat",
            Ticket => "m_ticket",
            Gear => "m_asset",
            Remark => "m_remark",
            Doc => "m_doc",
        }
    }

    /// Returns its key as one SQL string.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Label => "t.name",
            Member => "concat_ws('/', t.person_id, t.team_id)",
            Seat => "concat_ws('/', t.name, t.place)",
            _ => "t.id",
        }
    }

    /// Returns its columns. The first is the name.
    pub(crate) fn columns(self) -> &'static [Column] {
        match self {
            Org => {
                const {
                    &[
                        NAME,
                        DATA,
                        col(
                            "price",
                            What::Pair,
                            "concat_ws('/', t.price_amount, t.price_currency)",
                        ),
                        col("note", What::Deferred, "t.note"),
                    ]
                }
            }
            Person => {
                const {
                    &[
                        NAME,
                        col("text", What::Data, "t.text"),
                        col("slot", What::Slot, "t.slot"),
                        col("version", What::Version, "t.version"),
                        reference("org", TO_ORG, AT_ORG, OnDelete::Nullify),
                        reference(
                            "boss",
                            &[Person],
                            "(SELECT o.name FROM m_person o WHERE o.id = t.boss_id)",
                            OnDelete::Nullify,
                        ),
                    ]
                }
            }
            Team => {
                const { &[NAME, DATA, reference("org", TO_ORG, AT_ORG, OnDelete::Cascade).required()] }
            }
            Thing => {
                const {
                    &[
                        NAME,
                        DATA,
                        reference("org", TO_ORG, AT_ORG, OnDelete::Cascade).orphan(),
                        reference(
                            "parent",
                            &[Thing],
                            "(SELECT o.name FROM m_thing o WHERE o.id = t.parent_id)",
                            OnDelete::Cascade,
                        )
                        .orphan(),
                    ]
                }
            }
            Badge => {
                const { &[NAME, reference("org", TO_ORG, AT_ORG, OnDelete::Nullify).unique()] }
            }
            Label => const { &[NAME, DATA] },
            Member => {
                const {
                    &[
                        NAME,
                        DATA,
                        reference(
                            "person",
                            &[Person],
                            "(SELECT o.name FROM m_person o WHERE o.id = t.person_id)",
                            OnDelete::Cascade,
                        )
                        .required()
                        .fixed(),
                        reference(
                            "team",
                            &[Team],
                            "(SELECT o.name FROM m_team o WHERE o.id = t.team_id)",
                            OnDelete::Cascade,
                        )
                        .required()
                        .fixed(),
                    ]
                }
            }
            Seat => const { &[NAME, DATA, col("place", What::Place, "t.place")] },
            Ticket => {
                const {
                    &[
                        NAME,
                        DATA,
                        reference(
                            "seat",
                            &[Seat],
                            "(SELECT o.name FROM m_seat o WHERE o.name = t.seat_name AND o.place = t.seat_place)",
                            OnDelete::Nullify,
                        ),
                    ]
                }
            }
            Gear => {
                const {
                    &[
                NAME,
                DATA,
                reference("org", TO_ORG, AT_ORG, OnDelete::Nullify),
                col("speed", What::OfKind(1), "(SELECT c.speed FROM m_car c WHERE c.id = t.id)"),
                col("weight", What::OfKind(2), "t.weight"),
                reference(
                    "driver",
                    &[Person],
                    "(SELECT o.name FROM m_person o, m_car c WHERE c.id = t.id AND o.id = c.driver_id)",
                    OnDelete::Nullify,
                )
                .of_kind(1),
            ]
                }
            }
            Remark => {
                const {
                    &[
                        NAME,
                        DATA,
                        reference(
                            "subject",
                            &[Org, Person, Label],
                            "coalesce((SELECT o.name FROM m_org o WHERE o.id = t.subject_org_id), \
                     (SELECT o.name FROM m_person o WHERE o.id = t.subject_person_id), \
                     t.subject_label_id)",
                            OnDelete::Cascade,
                        )
                        .required(),
                    ]
                }
            }
            Doc => {
                const {
                    &[
                        NAME,
                        DATA,
                        reference("org", TO_ORG, AT_ORG, OnDelete::Nullify),
                        col(
                            "deleted_at",
                            What::Gone,
                            "CASE WHEN t.deleted_at IS NULL THEN 'no' ELSE 'yes' END",
                        ),
                    ]
                }
            }
        }
    }

    /// Returns the columns of a key that changes.
    pub(crate) fn key_columns(self) -> impl Iterator<Item = usize> {
        let columns = self.columns().iter().enumerate();
        let in_key = move |column: &Column| {
            column.what == What::Place || column.what == What::Name && self == Label
        };
        columns.filter(move |(_, column)| in_key(column)).map(|(at, _)| at)
    }

    /// Returns the position of a column.
    pub(crate) fn at(self, field: &str) -> usize {
        let found = self.columns().iter().position(|column| column.field == field);
        found.unwrap_or_else(|| panic!("{self:?} has no {field}"))
    }
}

const NAME: Column = col("name", What::Name, "t.name");
const DATA: Column = col("data", What::Data, "t.data");
const TO_ORG: &[Table] = &[Org];
const AT_ORG: &str = "(SELECT o.name FROM m_org o WHERE o.id = t.org_id)";

/// A field, which may be several columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) field: &'static str,
    pub(crate) what: What,
    /// Its value as text, or the name of the row that it references.
    pub(crate) sql: &'static str,
}

/// What a field contains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum What {
    /// The identity, and for some entities the key.
    Name,
    /// A unique value.
    Data,
    /// Two columns: a unique value, and one of two values.
    Pair,
    /// Not loaded by default.
    Deferred,
    /// A small number that no other row has, or NULL.
    Slot,
    Version,
    /// A part of the key.
    Place,
    /// Data of one subtype.
    OfKind(u32),
    /// Whether the row is marked as deleted.
    Gone,
    Ref(Ref),
}

/// A reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ref {
    pub(crate) to: &'static [Table],
    pub(crate) on_delete: OnDelete,
    pub(crate) required: bool,
    pub(crate) orphan: bool,
    pub(crate) unique: bool,
    /// It is part of the key, and is not changed.
    pub(crate) fixed: bool,
    pub(crate) kind: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum OnDelete {
    Cascade,
    Nullify,
}

const fn col(field: &'static str, what: What, sql: &'static str) -> Column {
    Column { field, what, sql }
}

const fn reference(
    field: &'static str,
    to: &'static [Table],
    sql: &'static str,
    on_delete: OnDelete,
) -> Column {
    let reference = Ref {
        to,
        on_delete,
        required: false,
        orphan: false,
        unique: false,
        fixed: false,
        kind: None,
    };
    Column { field, what: What::Ref(reference), sql }
}

macro_rules! words {
    ($($word:ident),*) => {$(
        const fn $word(mut self) -> Self {
            if let What::Ref(reference) = &mut self.what {
                reference.$word = true;
            }
            self
        }
    )*};
}

impl Column {
    words!(required, orphan, unique, fixed);

    const fn of_kind(mut self, kind: u32) -> Self {
        if let What::Ref(reference) = &mut self.what {
            reference.kind = Some(kind);
        }
        self
    }

    pub(crate) fn reference(&self) -> Option<Ref> {
        match self.what {
            What::Ref(reference) => Some(reference),
            _ => None,
        }
    }
}

/// A value in a row. A reference is the number of its target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cell {
    Null,
    Val(String),
    Ref(u32),
}

/// A reference to a row that does not exist.
pub(crate) const NOWHERE: u32 = 999_999_999;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) table: Table,
    pub(crate) cells: Vec<Cell>,
}

/// The rows of all tables, by their numbers, and which organisations and labels are connected.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rows {
    pub(crate) rows: BTreeMap<u32, Row>,
    pub(crate) ties: BTreeSet<(u32, u32)>,
}

impl Rows {
    pub(crate) fn cell(&self, n: u32, column: usize) -> Option<&Cell> {
        self.rows.get(&n)?.cells.get(column)
    }

    /// Returns `true` if a query finds the row: it exists, and is not marked as deleted.
    pub(crate) fn shows(&self, n: u32) -> bool {
        self.rows.get(&n).is_some_and(|row| {
            row.table != Doc || row.cells[Doc.at("deleted_at")] == Cell::Val("no".to_owned())
        })
    }

    pub(crate) fn of(&self, table: Table) -> BTreeSet<u32> {
        let of = self.rows.iter().filter(|(n, row)| row.table == table && self.shows(**n));
        of.map(|(&n, _)| n).collect()
    }
}

/// Returns the number in a name.
pub(crate) fn number(name: &str) -> u32 {
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("{name:?} has no number"))
}

/// Returns a name with a number.
pub(crate) fn name_of(table: Table, n: u32) -> String {
    format!("{}{n}", format!("{table:?}").to_lowercase())
}
