//! The database compared with the mapping: no differences, and every kind of difference.

use orm_runtime::{
    Dialect, Schema, Session,
    metadata::{
        CheckMeta, ColumnMeta, ColumnType, EntityMeta, ForeignKeyMeta, GeneratedBy, IndexMeta,
        OnDelete,
    },
    schema::DifferenceKind,
};
use orm_tests::{TestDb, on_all_databases, on_one_database};

use super::tables::{
    ID, LEFT, MOOD, RIGHT, TEAM, WIDE, column, made, nullable, table, tables_on, varchar,
};

fn all(db: &TestDb) -> Schema {
    tables_on(db, &[&WIDE, &TEAM, &LEFT, &RIGHT])
}

/// Returns the differences as text that is the same on all databases if they differ only in
/// spelling.
fn differences(session: &mut Session, schema: &Schema) -> Vec<String> {
    schema.verify(session).unwrap().iter().map(ToString::to_string).collect()
}

fn team() -> &'static EntityMeta {
    &TEAM
}

static MADE: EntityMeta = table(
    "Row",
    &[
        ID,
        varchar("name", 20),
        column("age", ColumnType::Integer),
        nullable("gone", ColumnType::Integer),
        nullable("team", ColumnType::Text),
    ],
);

/// The mapping that is compared with [`MADE`].
static MAPPED: EntityMeta = EntityMeta {
    indexes: &[IndexMeta { name: None, columns: &[1, 2], unique: false, condition: None }],
    checks: &[CheckMeta { name: Some("grown_up"), condition: "age >= 18" }],
    foreign_keys: &[ForeignKeyMeta::new(&[3], team, OnDelete::Cascade)],
    ..table(
        "User",
        &[
            ID,
            ColumnMeta { unique: true, ..varchar("name", 30) },
            nullable("age", ColumnType::BigInt),
            nullable("team", ColumnType::Text),
            made(column("rank", ColumnType::Integer), GeneratedBy::Default("7")),
        ],
    )
};

on_all_databases! {
    fn tables_that_were_just_made_are_as_they_should_be(db: &TestDb) {
        let mut session = db.session();
        all(db).create_all(&mut session).unwrap();
        assert_eq!(differences(&mut session, &all(db)), [""; 0]);
    }

    fn the_statements_do_not_grow_with_the_tables(db: &TestDb) {
        let mut session = db.session();
        let most = 6;
        Schema::new([&TEAM]).verify(&mut session).unwrap();
        let one = session.take_log().iter().filter(|sent| !sent.is_transaction_control()).count();
        all(db).verify(&mut session).unwrap();
        let all = session.take_log().iter().filter(|sent| !sent.is_transaction_control()).count();
        assert!(one <= most && all <= most, "{one}, {all}");
    }

    fn missing_tables_are_found(db: &TestDb) {
        let mut session = db.session();
        Schema::new([&TEAM]).create_all(&mut session).unwrap();
        db.execute("CREATE TABLE nobody (id INTEGER)");
        let found = Schema::new([&TEAM, &MADE]).verify(&mut session).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].to_string(), "Row: the table item is missing from the database");
        assert_eq!((found[0].entity(), found[0].field()), ("Row", None));
        assert_eq!((found[0].table(), found[0].kind()), ("item", DifferenceKind::Missing));
    }

    fn every_difference_of_a_table_is_found_at_once(db: &TestDb) {
        let mut session = db.session();
        Schema::new([&TEAM, &MADE]).create_all(&mut session).unwrap();
        db.execute("CREATE INDEX others ON item (gone)");
        let text = if db.dialect() == Dialect::Mysql { "LONGTEXT" } else { "TEXT" };
        let mut expected = vec![
            "User.name: the column name is VARCHAR(20) in the database and VARCHAR(30) in the mapping"
                .to_owned(),
            "User.age: the column age is INTEGER in the database and BIGINT in the mapping".to_owned(),
            "User.age: the column age is NOT NULL in the database and NULL in the mapping".to_owned(),
            "User.rank: the column rank is missing from the database".to_owned(),
            "User: the column gone of the table item is in the database but not in the mapping"
                .to_owned(),
            "User.name: the unique index over (name) is missing from the database".to_owned(),
            "User: the index over (name, age) is missing from the database".to_owned(),
            "User: the index over (gone) (others) is in the database but not in the mapping".to_owned(),
            "User: the check grown_up (age >= 18) is missing from the database".to_owned(),
            "User.team: the reference (team) → team (code) on delete cascade is missing from the database"
                .to_owned(),
        ];
        if db.dialect() == Dialect::Sqlite {
            // SQLite treats those types alike.
            expected.drain(..2);
        }
        if text == "LONGTEXT" {
            let ty = "User.team: the column team is LONGTEXT in the database and VARCHAR(255) in \
                      the mapping";
            expected.insert(3, ty.to_owned());
        }
        assert_eq!(differences(&mut session, &Schema::new([&TEAM, &MAPPED])), expected);
    }

    fn references_are_compared_by_where_they_lead_and_what_they_do(db: &TestDb) {
        static CASCADES: EntityMeta = EntityMeta {
            foreign_keys: &[ForeignKeyMeta::new(&[1], team, OnDelete::Cascade)],
            ..table("Row", &[ID, nullable("team", ColumnType::Text)])
        };
        static REFUSES: EntityMeta = EntityMeta {
            foreign_keys: &[ForeignKeyMeta::new(&[1], team, OnDelete::Restrict)],
            ..CASCADES
        };
        static ALONE: EntityMeta = EntityMeta { foreign_keys: &[], ..CASCADES };
        let mut session = db.session();
        Schema::new([&TEAM, &CASCADES]).create_all(&mut session).unwrap();
        assert_eq!(
            differences(&mut session, &Schema::new([&REFUSES])),
            ["Row.team: the reference is (team) → team (code) on delete cascade in the database \
              and (team) → team (code) in the mapping"]
        );
        let alone = match db.dialect() {
            Dialect::Mysql => ["Row.team: the column team is VARCHAR(255) in the database and \
                                LONGTEXT in the mapping"].to_vec(),
            _ => Vec::new(),
        };
        let additional = "Row.team: the reference (team) → team (code) on delete cascade is in \
                          the database but not in the mapping";
        assert_eq!(
            differences(&mut session, &Schema::new([&ALONE])),
            alone.into_iter().chain([additional]).collect::<Vec<_>>()
        );
    }

    fn what_the_database_makes_is_compared(db: &TestDb) {
        static FOUND: EntityMeta = table("Row", &[
            ID,
            made(column("a", ColumnType::Integer), GeneratedBy::Default("1")),
            made(varchar("b", 9), GeneratedBy::Default("'x'")),
            made(nullable("c", ColumnType::Integer), GeneratedBy::Computed("a + 1")),
            made(column("d", ColumnType::BigInt), GeneratedBy::Sequence("counts")),
            nullable("e", ColumnType::Integer),
        ]);
        static WANTED: EntityMeta = table("Row", &[
            ID,
            made(column("a", ColumnType::Integer), GeneratedBy::Default("2")),
            made(varchar("b", 9), GeneratedBy::Default("'y'")),
            made(nullable("c", ColumnType::Integer), GeneratedBy::Computed("a + 2")),
            made(column("d", ColumnType::BigInt), GeneratedBy::Sequence("others")),
            made(nullable("e", ColumnType::Integer), GeneratedBy::Computed("a + 1")),
        ]);
        let mut session = db.session();
        tables_on(db, &[&FOUND]).create_all(&mut session).unwrap();
        assert_eq!(differences(&mut session, &tables_on(db, &[&FOUND])), [""; 0]);
        let found = tables_on(db, &[&WANTED]).verify(&mut session).unwrap();
        let fields: Vec<_> = found.iter().filter_map(|found| found.field()).collect();
        if !db.has_sequences() {
            assert_eq!(fields, ["a", "b", "c", "e"], "{found:#?}");
            return;
        }
        assert_eq!(fields, ["d", "a", "b", "c", "d", "e"], "{found:#?}");
        let first = "Row.d: the sequence others is missing from the database";
        assert_eq!(found[0].to_string(), first);
    }

    fn codes_are_compared(db: &TestDb) {
        use orm_runtime::{metadata::{Code, EnumMeta, EnumStorage, VariantMeta}};
        const fn moods(codes: &'static [VariantMeta]) -> EnumMeta {
            EnumMeta { variants: codes, ..MOOD_LIKE }
        }
        const MOOD_LIKE: EnumMeta = EnumMeta {
            name: "Mood",
            type_name: "mood",
            storage: EnumStorage::Native,
            variants: &[],
        };
        const fn variant(code: i32, text: &'static str) -> VariantMeta {
            let code = if code == 0 { Code::Text(text) } else { Code::Integer(code) };
            VariantMeta { name: text, code, label: text, aliases: &[] }
        }
        static FEW: EnumMeta = moods(&[variant(0, "glad")]);
        static MANY: EnumMeta = moods(&[variant(0, "glad"), variant(0, "sad")]);
        static ONE: EnumMeta = EnumMeta { storage: EnumStorage::SmallInt, ..moods(&[variant(1, "a")]) };
        static TWO: EnumMeta =
            EnumMeta { storage: EnumStorage::SmallInt, ..moods(&[variant(1, "a"), variant(-2, "b")]) };
        static FOUND: EntityMeta =
            table("Row", &[ID, column("mood", ColumnType::Enum(&FEW)), column("n", ColumnType::Enum(&ONE))]);
        static WANTED: EntityMeta =
            table("Row", &[ID, column("mood", ColumnType::Enum(&MANY)), column("n", ColumnType::Enum(&TWO))]);
        let mut session = db.session();
        Schema::new([&FOUND]).create_all(&mut session).unwrap();
        assert_eq!(differences(&mut session, &Schema::new([&FOUND])), [""; 0]);
        let found = differences(&mut session, &Schema::new([&WANTED]));
        assert_eq!(found.len(), 2, "{found:#?}");
        assert!(found[0].starts_with("Row.mood: the ") && found[0].contains("sad"), "{found:#?}");
        assert!(found[1].starts_with("Row.n: the check item_n_check is "), "{found:#?}");
    }

    fn conditions_are_compared(db: &TestDb) {
        static FOUND: EntityMeta = EntityMeta {
            checks: &[
                CheckMeta { name: Some("named"), condition: "a > 1" },
                CheckMeta { name: None, condition: "a < 100" },
            ],
            indexes: &[IndexMeta {
                name: Some("part"),
                columns: &[1],
                unique: true,
                condition: Some("a > 1"),
            }],
            ..table("Row", &[ID, column("a", ColumnType::Integer)])
        };
        static WANTED: EntityMeta = EntityMeta {
            checks: &[
                CheckMeta { name: Some("named"), condition: "a > 2" },
                CheckMeta { name: None, condition: "a <= 100" },
            ],
            indexes: &[IndexMeta {
                name: Some("part"),
                columns: &[1],
                unique: true,
                condition: Some("a > 2"),
            }],
            ..FOUND
        };
        let mut session = db.session();
        Schema::new([&FOUND]).create_all(&mut session).unwrap();
        assert_eq!(differences(&mut session, &Schema::new([&FOUND])), [""; 0]);
        let found = differences(&mut session, &Schema::new([&WANTED]));
        let hidden = db.dialect() == Dialect::Mysql;
        assert_eq!(found.len(), if hidden { 4 } else { 5 }, "{found:#?}");
    }

    fn entities_may_share_a_table(db: &TestDb) {
        static ONE: EntityMeta = table("One", &[ID, nullable("a", ColumnType::Enum(&MOOD))]);
        static OTHER: EntityMeta = EntityMeta {
            indexes: &[IndexMeta { name: None, columns: &[1, 2], unique: true, condition: None }],
            ..table(
                "Other",
                &[ID, nullable("b", ColumnType::Integer), nullable("a", ColumnType::Enum(&MOOD))],
            )
        };
        let mut session = db.session();
        Schema::new([&ONE, &OTHER]).create_all(&mut session).unwrap();
        assert_eq!(differences(&mut session, &Schema::new([&ONE, &OTHER])), [""; 0]);
        db.execute("INSERT INTO item (a, b) VALUES ('glad', 1)");
    }

    fn a_separate_schema_is_used(db: &TestDb) {
        let name: &'static str = match db.dialect() {
            Dialect::Sqlite => "temp",
            _ => format!("{}_other", db.name()).leak(),
        };
        static ROW: EntityMeta = EntityMeta {
            indexes: &[
                IndexMeta { name: None, columns: &[1, 2], unique: true, condition: Some("b > 1") },
                IndexMeta { name: None, columns: &[2], unique: false, condition: None },
            ],
            checks: &[CheckMeta { name: None, condition: "b < 100" }],
            comment: Some("elsewhere"),
            ..table(
                "Row",
                &[
                    ID,
                    ColumnMeta { unique: true, ..varchar("a", 20) },
                    column("b", ColumnType::Integer),
                    made(column("n", ColumnType::BigInt), GeneratedBy::Sequence("numbers")),
                ],
            )
        };
        let own: &'static EntityMeta =
            Box::leak(Box::new(EntityMeta { schema: Some(name), ..ROW }));
        let schema = tables_on(db, &[own]);
        match db.dialect() {
            Dialect::Sqlite => {}
            Dialect::Postgres => drop(db.execute(&format!("CREATE SCHEMA {name}"))),
            Dialect::Mysql => drop(db.execute(&format!("CREATE DATABASE {name}"))),
         _ => unreachable!("a database without tests"), }
        db.execute("CREATE TABLE item (id INTEGER)");
        let mut session = db.session();
        let found = differences(&mut session, &schema);
        let missing = |it: &String| it.ends_with(".item is missing from the database");
        assert!(found.iter().any(missing), "{found:#?}");
        schema.create_all(&mut session).unwrap();
        assert_eq!(differences(&mut session, &schema), [""; 0]);
        schema.drop_all(&mut session).unwrap();
        schema.diff(&mut session).unwrap().apply(&mut session).unwrap();
        assert_eq!(differences(&mut session, &schema), [""; 0]);
        session.rollback().unwrap();
        match db.dialect() {
            Dialect::Sqlite => {}
            Dialect::Postgres => drop(db.execute(&format!("DROP SCHEMA {name} CASCADE"))),
            Dialect::Mysql => drop(db.execute(&format!("DROP DATABASE {name}"))),
         _ => unreachable!("a database without tests"), }
    }

    fn the_key_is_compared(db: &TestDb) {
        static FOUND: EntityMeta = EntityMeta {
            auto_key: false,
            ..table("Row", &[column("a", ColumnType::BigInt), column("b", ColumnType::BigInt)])
        };
        static WANTED: EntityMeta = EntityMeta { key: &[1, 0], ..FOUND };
        let mut session = db.session();
        Schema::new([&FOUND]).create_all(&mut session).unwrap();
        assert_eq!(
            differences(&mut session, &Schema::new([&WANTED])),
            ["Row: the primary key of item is (a) in the database and (b, a) in the mapping"]
        );
    }
}

on_one_database! { Postgres;
    fn kinds_that_only_postgres_has_are_as_they_should_be(db: &TestDb) {
        static ROW: EntityMeta = EntityMeta {
            schema: Some("pg_temp"),
            foreign_keys: &[ForeignKeyMeta::new(&[5], row, OnDelete::Cascade)],
            ..table("Row", &[
                ID,
                nullable("moods", ColumnType::Array(&ColumnType::Enum(&MOOD))),
                nullable("texts", ColumnType::Array(&ColumnType::Text)),
                nullable("span", ColumnType::Range(&ColumnType::TimestampTz)),
                ColumnMeta { digits: Some((12, 2)), ..column("price", ColumnType::Decimal) },
                nullable("parent", ColumnType::BigInt),
                nullable("any", ColumnType::Decimal),
            ])
        };
        fn row() -> &'static EntityMeta {
            &ROW
        }
        let mut session = db.session();
        Schema::new([&ROW]).create_all(&mut session).unwrap();
        assert_eq!(differences(&mut session, &Schema::new([&ROW])), [""; 0]);
    }

    fn a_serial_counts_as_well(db: &TestDb) {
        db.execute("CREATE TABLE item (id BIGSERIAL PRIMARY KEY)");
        static ROW: EntityMeta = table("Row", &[ID]);
        let mut session = db.session();
        assert_eq!(differences(&mut session, &Schema::new([&ROW])), [""; 0]);
    }
}

on_one_database! { Sqlite;
    fn the_schema_of_an_entity_is_honoured(db: &TestDb) {
        static ROW: EntityMeta =
            EntityMeta { schema: Some("temp"), ..table("Row", &[ID, varchar("name", 20)]) };
        db.execute("CREATE TABLE item (id INTEGER PRIMARY KEY)");
        let mut session = db.session();
        assert_eq!(
            differences(&mut session, &Schema::new([&ROW])),
            ["Row: the table temp.item is missing from the database"]
        );
        Schema::new([&ROW]).create_all(&mut session).unwrap();
        assert_eq!(differences(&mut session, &Schema::new([&ROW])), [""; 0]);
    }
}
