//! The tables of entities that extend each other.

use orm_runtime::{
    Dialect, Schema,
    metadata::{
        CheckMeta, Code, ColumnMeta, ColumnSet, ColumnType, ConcreteMeta, EntityMeta, EnumMeta,
        EnumStorage, ForeignKeyMeta, HierarchyMeta, IndexMeta, OnDelete, SubtypeMeta, VariantMeta,
    },
};
use orm_tests::{TestDb, on_all_databases};

use super::tables::{ID, column, nullable, table, varchar};

const fn variant(name: &'static str) -> VariantMeta {
    VariantMeta { name, code: Code::Text(name), label: name, aliases: &[] }
}

static KIND: EnumMeta = EnumMeta {
    name: "EmployeeKind",
    type_name: "employee_kind",
    storage: EnumStorage::Text(10),
    variants: &[variant("boss"), variant("grunt"), variant("temp"), variant("intern")],
};

/// The base of the employees, bosses and grunts with separate tables, and two subtypes without,
/// which share the column `agency`.
const COLUMNS: &[ColumnMeta] = &[
    ID,
    varchar("name", 40),
    column("kind", ColumnType::Enum(&KIND)),
    column("golf_average", ColumnType::Double),
    column("savings", ColumnType::Double),
    nullable("employer_id", ColumnType::BigInt),
    ColumnMeta { nullable: true, index: true, ..varchar("agency", 20) },
    ColumnMeta { nullable: true, index: true, ..varchar("agency", 20) },
    nullable("tutor_id", ColumnType::BigInt),
];

const GRUNT_COLUMNS: &[ColumnMeta] = &[
    column("employee_id", ColumnType::BigInt),
    COLUMNS[1],
    COLUMNS[2],
    COLUMNS[3],
    COLUMNS[4],
    COLUMNS[5],
    COLUMNS[6],
    COLUMNS[7],
    COLUMNS[8],
];

const LEVEL: SubtypeMeta = SubtypeMeta {
    name: "Employee",
    base: None,
    table: 0,
    own: ColumnSet::first(3),
    lineage: ColumnSet::first(3),
    seen: ColumnSet::first(9),
    indexes: &[],
    checks: &[],
    foreign_keys: &[],
    comment: None,
    layout: &[],
};

const fn kind(name: &'static str, table: usize, first: usize, columns: usize) -> SubtypeMeta {
    let own = ColumnSet::first(columns).behind(first);
    SubtypeMeta { name, base: Some(0), table, own, seen: own, ..LEVEL }
}

const EMPLOYER: ForeignKeyMeta = ForeignKeyMeta {
    field: Some("employer"),
    ..ForeignKeyMeta::new(&[5], boss, OnDelete::Nullify)
};
const TUTOR: ForeignKeyMeta = ForeignKeyMeta::new(&[8], grunt, OnDelete::Restrict);

static HIERARCHY: HierarchyMeta = HierarchyMeta {
    discriminator: 2,
    subtypes: &[
        LEVEL,
        SubtypeMeta {
            checks: &[CheckMeta { name: None, condition: "golf_average > 0" }],
            ..kind("Boss", 1, 3, 1)
        },
        SubtypeMeta {
            indexes: &[IndexMeta { name: None, columns: &[5, 4], unique: false, condition: None }],
            foreign_keys: &[EMPLOYER],
            ..kind("Grunt", 2, 4, 2)
        },
        kind("Temp", 0, 6, 1),
        SubtypeMeta { foreign_keys: &[TUTOR], ..kind("Intern", 0, 7, 2) },
    ],
    concrete: &[
        ConcreteMeta { name: "Boss", subtype: 1, code: Code::Text("boss") },
        ConcreteMeta { name: "Grunt", subtype: 2, code: Code::Text("grunt") },
        ConcreteMeta { name: "Temp", subtype: 3, code: Code::Text("temp") },
        ConcreteMeta { name: "Intern", subtype: 4, code: Code::Text("intern") },
    ],
    tables: &[
        STAFF,
        EntityMeta { table: "boss", auto_key: false, comment: Some("who plays golf"), ..STAFF },
        EntityMeta { table: "grunt", columns: GRUNT_COLUMNS, auto_key: false, ..STAFF },
    ],
};

const STAFF: EntityMeta =
    EntityMeta { table: "employee", foreign_keys: &[EMPLOYER, TUTOR], ..table("Staff", COLUMNS) };

static ALL: EntityMeta = EntityMeta { hierarchy: Some(&HIERARCHY), ..STAFF };
static EMPLOYEE: EntityMeta = EntityMeta { name: "Employee", ..ALL };
static BOSS: EntityMeta = EntityMeta { name: "Boss", table: "boss", subtype: 1, ..ALL };
static GRUNT: EntityMeta = EntityMeta { name: "Grunt", table: "grunt", subtype: 2, ..ALL };

fn boss() -> &'static EntityMeta {
    &BOSS
}

fn grunt() -> &'static EntityMeta {
    &GRUNT
}

fn staff() -> Schema {
    Schema::new([&ALL])
}

#[test]
fn every_table_is_made_once_with_the_columns_of_its_structs() {
    assert_eq!(
        staff().create_sql(Dialect::Sqlite),
        [
            "CREATE TABLE IF NOT EXISTS \"employee\" (
    \"id\" INTEGER NOT NULL,
    \"name\" VARCHAR(40) NOT NULL,
    \"kind\" VARCHAR(10) NOT NULL,
    \"agency\" VARCHAR(20),
    \"tutor_id\" BIGINT,
    PRIMARY KEY (\"id\"),
    CONSTRAINT \"employee_kind_check\" CHECK (\"kind\" IN ('boss', 'grunt', 'temp', 'intern')),
    CONSTRAINT \"employee__tutor_id_fkey\" FOREIGN KEY (\"tutor_id\") REFERENCES \"grunt\" (\"employee_id\")
)",
            "CREATE INDEX IF NOT EXISTS \"employee_agency_idx\" ON \"employee\" (\"agency\")",
            "CREATE TABLE IF NOT EXISTS \"boss\" ( /* who plays golf */
    \"id\" INTEGER NOT NULL,
    \"golf_average\" DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (\"id\"),
    CONSTRAINT \"boss_check_9406045f\" CHECK (golf_average > 0),
    CONSTRAINT \"boss_id_fkey\" FOREIGN KEY (\"id\") REFERENCES \"employee\" (\"id\") ON DELETE CASCADE
)",
            "CREATE TABLE IF NOT EXISTS \"grunt\" (
    \"employee_id\" INTEGER NOT NULL,
    \"savings\" DOUBLE PRECISION NOT NULL,
    \"employer_id\" BIGINT,
    PRIMARY KEY (\"employee_id\"),
    CONSTRAINT \"grunt__employee_id_fkey\" FOREIGN KEY (\"employee_id\") REFERENCES \"employee\" (\"id\") ON DELETE CASCADE,
    CONSTRAINT \"grunt__employer_id_fkey\" FOREIGN KEY (\"employer_id\") REFERENCES \"boss\" (\"id\") ON DELETE SET NULL
)",
            "CREATE INDEX IF NOT EXISTS \"grunt__employer_id__savings_idx\" ON \"grunt\" (\"employer_id\", \"savings\")",
        ]
    );
}

#[test]
fn a_subtype_comes_after_its_base_although_the_base_references_it() {
    let drops = staff().drop_sql(Dialect::Postgres);
    assert_eq!(drops[0], "DROP TABLE IF EXISTS \"grunt\", \"boss\", \"employee\"");
    let sql = staff().create_sql(Dialect::Postgres);
    assert!(sql.last().unwrap().contains("ADD CONSTRAINT \"employee__tutor_id_fkey\""), "{sql:#?}");
}

#[test]
fn any_of_its_entities_brings_all_tables_of_a_hierarchy() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
        let all = staff().create_sql(dialect);
        assert_eq!(Schema::new([&GRUNT]).create_sql(dialect), all);
        assert_eq!(Schema::new([&BOSS, &EMPLOYEE, &GRUNT]).create_sql(dialect), all);
    }
}

#[test]
fn the_key_of_a_kind_follows_a_key_that_can_change() {
    const TABLE: EntityMeta = EntityMeta { auto_key: false, ..STAFF };
    static OF_NATURAL: HierarchyMeta = HierarchyMeta {
        tables: &[TABLE, EntityMeta { table: "boss", ..TABLE }],
        subtypes: &[LEVEL, kind("Boss", 1, 3, 1)],
        ..HIERARCHY
    };
    static NATURAL: EntityMeta = EntityMeta { hierarchy: Some(&OF_NATURAL), ..TABLE };
    let sql = Schema::new([&NATURAL]).create_sql(Dialect::Postgres);
    let follows = "REFERENCES \"employee\" (\"id\") ON DELETE CASCADE ON UPDATE CASCADE";
    assert!(sql[1].contains(follows), "{sql:#?}");
    let counted = staff().create_sql(Dialect::Postgres).join("\n");
    assert!(!counted.contains("ON UPDATE"), "{counted}");
}

#[test]
fn a_picture_shows_which_tables_build_on_which() {
    let mermaid = staff().mermaid();
    assert!(mermaid.contains("    Employee ||--o| Boss : \"kind\"\n"), "{mermaid}");
    assert!(mermaid.contains("    Boss |o--o{ Grunt : \"employer_id\"\n"), "{mermaid}");
    let picture = staff().svg();
    assert_eq!(picture.matches("url(#base)").count(), 2);
    assert_eq!(picture.matches("url(#head)").count(), 2);
}

#[test]
fn kinds_may_share_a_column_of_their_bases_table() {
    assert_eq!(HIERARCHY.checked().subtypes.len(), 5);
}

/// Returns the hierarchy with a different second `agency`.
fn with_other_agency(agency: ColumnMeta) -> HierarchyMeta {
    let mut columns = COLUMNS.to_vec();
    columns[7] = agency;
    let staff = EntityMeta { columns: columns.leak(), ..STAFF };
    HierarchyMeta {
        tables: vec![staff, HIERARCHY.tables[1], HIERARCHY.tables[2]].leak(),
        ..HIERARCHY
    }
}

#[test]
#[should_panic(
    expected = "`Temp` and `Intern` share the column `agency` of the table `employee`, and \
                           declare it differently"
)]
fn a_shared_column_is_not_said_in_two_ways() {
    with_other_agency(ColumnMeta { length: Some(21), ..COLUMNS[7] }).checked();
}

#[test]
#[should_panic(
    expected = "`Intern` adds the column `name` to the table `employee`, which already has \
                           a column of that name"
)]
fn a_kind_does_not_repeat_a_column_of_its_base() {
    with_other_agency(COLUMNS[1]).checked();
}

#[test]
#[should_panic(expected = "`Grunt` adds the column `employee_id` to the table `grunt`")]
fn a_kind_does_not_repeat_its_key() {
    let mut columns = GRUNT_COLUMNS.to_vec();
    columns[5] = ColumnMeta { nullable: true, ..GRUNT_COLUMNS[0] };
    let grunt = EntityMeta { columns: columns.leak(), ..HIERARCHY.tables[2] };
    let tables = vec![HIERARCHY.tables[0], HIERARCHY.tables[1], grunt];
    HierarchyMeta { tables: tables.leak(), ..HIERARCHY }.checked();
}

on_all_databases! {
    fn the_tables_of_a_hierarchy_are_made_compared_and_dropped(db: &TestDb) {
        let mut session = db.session();
        staff().create_all(&mut session).unwrap();
        assert_eq!(staff().verify(&mut session).unwrap(), []);
        assert!(staff().diff(&mut session).unwrap().is_empty());
        db.execute("INSERT INTO employee (id, name, kind) VALUES (7, 'b', 'boss')");
        db.execute("INSERT INTO boss (id, golf_average) VALUES (7, 71.5)");
        db.execute("DELETE FROM employee WHERE id = 7");
        assert_eq!(db.count("boss"), 0, "a subtype's row is deleted with the row of its base");
        staff().drop_all(&mut session).unwrap();
        assert_eq!(staff().verify(&mut session).unwrap().len(), 3);
    }

    fn a_kind_that_is_new_comes_with_its_table_and_its_columns(db: &TestDb) {
        static OF_BEFORE: HierarchyMeta =
            HierarchyMeta { subtypes: &[LEVEL, kind("Boss", 1, 3, 1)], ..HIERARCHY };
        static BEFORE: EntityMeta = EntityMeta { hierarchy: Some(&OF_BEFORE), ..STAFF };
        let mut session = db.session();
        Schema::new([&BEFORE]).create_all(&mut session).unwrap();
        let words: Vec<String> =
            staff().verify(&mut session).unwrap().iter().map(ToString::to_string).collect();
        let has = |text: &str| words.iter().any(|words| words == text);
        assert!(has("Grunt: the table grunt is missing from the database"), "{words:#?}");
        assert!(has("Temp.agency: the column agency is missing from the database"), "{words:#?}");
        assert!(has("Intern.tutor_id: the column tutor_id is missing from the database"), "{words:#?}");
        staff().diff(&mut session).unwrap().apply(&mut session).unwrap();
        assert_eq!(staff().verify(&mut session).unwrap(), []);
    }
}
