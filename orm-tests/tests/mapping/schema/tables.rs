//! Tables with everything a mapping can declare, written by hand so that these tests do not depend
//! on a derive.

use orm_runtime::__private::entity_meta;
use orm_runtime::{
    Schema,
    metadata::{
        CheckMeta, Code, ColumnMeta, ColumnType, EntityMeta, EnumMeta, EnumStorage, ForeignKeyMeta,
        GeneratedBy, IndexMeta, OnDelete, VariantMeta,
    },
};
use orm_tests::TestDb;

pub(crate) const fn column(name: &'static str, kind: ColumnType) -> ColumnMeta {
    ColumnMeta::new(name, name, kind)
}

pub(crate) const fn nullable(name: &'static str, kind: ColumnType) -> ColumnMeta {
    ColumnMeta { nullable: true, ..ColumnMeta::new(name, name, kind) }
}

pub(crate) const fn varchar(name: &'static str, length: u32) -> ColumnMeta {
    ColumnMeta { length: Some(length), ..ColumnMeta::new(name, name, ColumnType::Text) }
}

pub(crate) const fn made(column: ColumnMeta, by: GeneratedBy) -> ColumnMeta {
    ColumnMeta { generated: Some(by), ..column }
}

pub(crate) const ID: ColumnMeta = column("id", ColumnType::BigInt);

/// Returns a table whose first column is its generated key.
pub(crate) const fn table(name: &'static str, columns: &'static [ColumnMeta]) -> EntityMeta {
    EntityMeta {
        columns,
        key: &[0],
        auto_key: true,
        ..entity_meta::<super::AnyEntity>(name, "item", "item")
    }
}

/// Returns tables as a server can have them: MySQL has no sequences, so it uses 1 in place of their
/// values.
pub(crate) fn tables_on(db: &TestDb, tables: &[&'static EntityMeta]) -> Schema {
    let counts = |column: &ColumnMeta| matches!(column.generated, Some(GeneratedBy::Sequence(_)));
    let known = |meta: &&'static EntityMeta| -> &'static EntityMeta {
        if db.has_sequences() || !meta.columns.iter().any(counts) {
            return meta;
        }
        let columns = meta.columns.iter().map(|column| match counts(column) {
            true => made(*column, GeneratedBy::Default("1")),
            false => *column,
        });
        let columns = columns.collect::<Vec<_>>().leak();
        Box::leak(Box::new(EntityMeta { columns, ..**meta }))
    };
    Schema::new(tables.iter().map(known))
}

const fn variant(name: &'static str, code: Code) -> VariantMeta {
    VariantMeta { name, code, label: name, aliases: &[] }
}

pub(crate) static MOOD: EnumMeta = EnumMeta {
    name: "Mood",
    type_name: "mood",
    storage: EnumStorage::Native,
    variants: &[
        variant("Glad", Code::Text("glad")),
        VariantMeta { aliases: &[Code::Text("blue")], ..variant("Sad", Code::Text("it's sad")) },
    ],
};

static SIZE: EnumMeta = EnumMeta {
    name: "Size",
    type_name: "size",
    storage: EnumStorage::Text(8),
    variants: &[variant("Small", Code::Text("S")), variant("Large", Code::Text("L"))],
};

static LEVEL: EnumMeta = EnumMeta {
    name: "Level",
    type_name: "level",
    storage: EnumStorage::SmallInt,
    variants: &[variant("Low", Code::Integer(-1)), variant("High", Code::Integer(10))],
};

static ONLY: EnumMeta = EnumMeta {
    name: "Only",
    type_name: "only",
    storage: EnumStorage::Integer,
    variants: &[variant("One", Code::Integer(1))],
};

fn team() -> &'static EntityMeta {
    &TEAM
}

fn wide() -> &'static EntityMeta {
    &WIDE
}

/// References no table.
pub(crate) static TEAM: EntityMeta = EntityMeta {
    columns: &[column("code", ColumnType::Text), varchar("title", 40)],
    key: &[0],
    comment: Some("Teams; it's */ a 'comment' \\ of one row"),
    ..entity_meta::<super::AnyEntity>("Team", "team", "team")
};

/// Every kind of column that all databases have, and every declaration on a table.
pub(crate) static WIDE: EntityMeta = EntityMeta {
    columns: &[
        ID,
        column("small", ColumnType::SmallInt),
        column("normal", ColumnType::Integer),
        nullable("big", ColumnType::BigInt),
        column("real4", ColumnType::Float),
        column("real8", ColumnType::Double),
        column("truth", ColumnType::Bool),
        ColumnMeta { unique: true, ..varchar("name", 30) },
        column("long_text", ColumnType::Text),
        nullable("bytes", ColumnType::Binary),
        column("day", ColumnType::Date),
        column("hour", ColumnType::Time),
        column("moment", ColumnType::Timestamp),
        column("instant", ColumnType::TimestampTz),
        column("uuid", ColumnType::Uuid),
        nullable("document", ColumnType::Json),
        column("mood", ColumnType::Enum(&MOOD)),
        nullable("size", ColumnType::Enum(&SIZE)),
        column("level", ColumnType::Enum(&LEVEL)),
        column("only_one", ColumnType::Enum(&ONLY)),
        ColumnMeta {
            comment: Some("how many; it's */ quoted"),
            ..made(column("amount", ColumnType::Integer), GeneratedBy::Default("1 + 2"))
        },
        made(varchar("word", 12), GeneratedBy::Default("'it''s'")),
        made(column("made_at", ColumnType::Timestamp), GeneratedBy::Default("CURRENT_TIMESTAMP")),
        made(nullable("doubled", ColumnType::Integer), GeneratedBy::Computed("amount * 2")),
        made(column("number", ColumnType::BigInt), GeneratedBy::Sequence("wide_number")),
        ColumnMeta { index: true, ..nullable("team", ColumnType::Text) },
        nullable("parent", ColumnType::BigInt),
        ColumnMeta { index: true, ..varchar("nick", 20) },
    ],
    key: &[0],
    auto_key: true,
    indexes: &[
        IndexMeta { name: None, columns: &[1, 2], unique: true, condition: None },
        IndexMeta { name: None, columns: &[2, 7], unique: false, condition: None },
        IndexMeta {
            name: Some("wide_when"),
            columns: &[27],
            unique: true,
            condition: Some("amount > 10"),
        },
        IndexMeta { name: None, columns: &[3], unique: false, condition: Some("big > 0") },
    ],
    checks: &[
        CheckMeta { name: None, condition: "small >= 0" },
        CheckMeta { name: Some("wide_amount"), condition: "amount BETWEEN 0 AND 1000" },
    ],
    foreign_keys: &[
        ForeignKeyMeta::new(&[25], team, OnDelete::Nullify),
        ForeignKeyMeta::new(&[26], wide, OnDelete::Cascade),
    ],
    comment: Some("Everything"),
    ..entity_meta::<super::AnyEntity>("Wide", "wide", "wide")
};

/// Returns an INSERT of a row of [`WIDE`] with the required columns, and more columns.
pub(crate) fn wide_row(columns: &str, values: &str) -> String {
    format!(
        "INSERT INTO wide (small, normal, real4, real8, truth, long_text, day, hour, moment, \
         instant, uuid, mood, level, only_one, {columns}) VALUES (1, 2, 1.5, 2.5, TRUE, 't', \
         '2026-01-02', '10:00:00', '2026-01-02 10:00:00', '2026-01-02 10:00:00', \
         '6f1c9c1e-0000-4000-8000-000000000000', 'glad', 10, 1, {values})"
    )
}

fn left() -> &'static EntityMeta {
    &LEFT
}

fn right() -> &'static EntityMeta {
    &RIGHT
}

/// References [`RIGHT`], which references this table.
pub(crate) static LEFT: EntityMeta = EntityMeta {
    columns: &[ID, nullable("right_id", ColumnType::BigInt)],
    key: &[0],
    auto_key: true,
    foreign_keys: &[ForeignKeyMeta::new(&[1], right, OnDelete::Restrict)],
    ..entity_meta::<super::AnyEntity>("Left", "left_one", "left_one")
};

pub(crate) static RIGHT: EntityMeta = EntityMeta {
    columns: &[ID, nullable("left_id", ColumnType::BigInt)],
    key: &[0],
    auto_key: true,
    foreign_keys: &[ForeignKeyMeta::new(&[1], left, OnDelete::Restrict)],
    ..entity_meta::<super::AnyEntity>("Right", "right_one", "right_one")
};
