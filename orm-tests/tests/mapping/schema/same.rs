//! What a database treats as equal is not a difference; what it distinguishes is one.

use orm_runtime::{
    Schema,
    metadata::{
        CheckMeta, Code, ColumnMeta, ColumnType, EntityMeta, EnumMeta, EnumStorage, ForeignKeyMeta,
        GeneratedBy, IndexMeta, OnDelete, VariantMeta,
    },
    schema::DifferenceKind,
};
use orm_tests::{TestDb, on_all_databases, on_one_database};

use super::tables::{ID, TEAM, column, made, nullable, table, varchar};

pub(super) fn differences(db: &TestDb, metas: &[&'static EntityMeta]) -> Vec<String> {
    let schema = Schema::new(metas.iter().copied());
    let mut session = db.session();
    let differences: Vec<String> =
        schema.verify(&mut session).unwrap().iter().map(ToString::to_string).collect();
    let migration = schema.diff(&mut session).unwrap();
    assert_eq!(differences.is_empty(), migration.is_empty(), "{migration}");
    differences
}

fn none(db: &TestDb, metas: &[&'static EntityMeta]) {
    assert_eq!(differences(db, metas), [""; 0]);
}

/// Checks that there is one difference, that its text contains these words, and that its steps
/// remove it.
fn one(db: &TestDb, metas: &[&'static EntityMeta], words: &str) {
    let found = differences(db, metas);
    assert!(found.len() == 1 && found[0].contains(words), "{words}: {found:#?}");
    let schema = Schema::new(metas.iter().copied());
    let mut session = db.session();
    let migration = schema.diff(&mut session).unwrap();
    let done = migration.apply_with_data_loss(&mut session);
    done.unwrap_or_else(|error| panic!("{error}\n{migration}"));
    none(db, metas);
}

fn team() -> &'static EntityMeta {
    &TEAM
}

fn coded() -> &'static EntityMeta {
    &CODED
}

static CODED: EntityMeta = EntityMeta {
    table: "coded",
    auto_key: false,
    ..table("Coded", &[varchar("code", 12), nullable("age", ColumnType::Integer)])
};

static TO_CODED: EntityMeta = EntityMeta {
    foreign_keys: &[ForeignKeyMeta::new(&[1], coded, OnDelete::Restrict)],
    ..table("Item", &[ID, nullable("to", ColumnType::Text)])
};

const fn variant(name: &'static str) -> VariantMeta {
    VariantMeta { name, code: Code::Text(name), label: name, aliases: &[] }
}

static LONG: EnumMeta = EnumMeta {
    name: "Long",
    type_name: "an_enum_whose_name_in_the_program_is_longer_than_any_name_of_the_database_can_be",
    storage: EnumStorage::Native,
    variants: &[variant("a"), variant("b")],
};

on_all_databases! {
    fn a_reference_to_a_text_is_as_long_as_the_key(db: &TestDb) {
        let mut session = db.session();
        Schema::new([&CODED, &TO_CODED]).create_all(&mut session).unwrap();
        none(db, &[&CODED, &TO_CODED]);
        let sql = Schema::new([&CODED, &TO_CODED]).create_sql(db.dialect()).join(";");
        assert_eq!(sql.matches("VARCHAR(12)").count(), 2, "{sql}");
    }

    fn a_default_of_null_is_none(db: &TestDb) {
        static NULLS: EntityMeta = table(
            "Item",
            &[
                ID,
                made(ColumnMeta { nullable: true, ..varchar("name", 20) }, GeneratedBy::Default("NULL")),
                made(nullable("age", ColumnType::Integer), GeneratedBy::Default("NULL")),
            ],
        );
        Schema::new([&NULLS]).create_all(&mut db.session()).unwrap();
        none(db, &[&NULLS]);
        static BARE: EntityMeta =
            table("Item", &[ID, ColumnMeta { nullable: true, ..varchar("name", 20) }, nullable("age", ColumnType::Integer)]);
        none(db, &[&BARE]);
    }

    fn an_enum_has_a_name_of_any_length(db: &TestDb) {
        static LONG_ENUM: EntityMeta = table("Item", &[ID, nullable("kind", ColumnType::Enum(&LONG))]);
        Schema::new([&LONG_ENUM]).create_all(&mut db.session()).unwrap();
        none(db, &[&LONG_ENUM]);
    }

    fn a_check_is_the_same_under_any_name(db: &TestDb) {
        static GROWN: EntityMeta = EntityMeta {
            checks: &[
                CheckMeta { name: None, condition: "age BETWEEN 18 AND 150" },
                CheckMeta { name: None, condition: "name IN ('a', 'b') OR age = 20" },
                CheckMeta { name: None, condition: "name <> 'c'" },
            ],
            ..table("Item", &[ID, varchar("name", 5), column("age", ColumnType::Integer)])
        };
        let sql = Schema::new([&GROWN]).create_sql(db.dialect());
        let (_, key) = sql[0].split_once("PRIMARY KEY").unwrap();
        let mut made = sql[0].clone();
        for (n, name) in key.split("CONSTRAINT ").skip(1).enumerate() {
            let name = name.split(' ').next().unwrap();
            made = made.replace(name, &format!("other_{n}"));
        }
        db.execute(&made);
        none(db, &[&GROWN]);
        static OLDER: EntityMeta = EntityMeta {
            checks: &[
                CheckMeta { name: None, condition: "age BETWEEN 18 AND 150" },
                CheckMeta { name: None, condition: "name IN ('a', 'b') OR age = 20" },
                CheckMeta { name: Some("other_2"), condition: "name <> 'd'" },
            ],
            ..GROWN
        };
        one(db, &[&OLDER], "the check other_2 is");
    }

    fn other_defaults_are_seen(db: &TestDb) {
        const COLUMNS: [ColumnMeta; 5] = [
            ID,
            made(column("on", ColumnType::Bool), GeneratedBy::Default("TRUE")),
            made(column("at", ColumnType::Time), GeneratedBy::Default("'08:00'")),
            made(column("day", ColumnType::Date), GeneratedBy::Default("'2024-01-01'")),
            made(column("since", ColumnType::Timestamp), GeneratedBy::Default("'2024-01-01 00:00:00'")),
        ];
        const ON: ColumnMeta = made(column("on", ColumnType::Bool), GeneratedBy::Default("FALSE"));
        const AT: ColumnMeta = made(column("at", ColumnType::Time), GeneratedBy::Default("'09:00'"));
        const DAY: ColumnMeta = made(column("day", ColumnType::Date), GeneratedBy::Default("'2024-01-02'"));
        static BEFORE: EntityMeta = table("Item", &COLUMNS);
        static OFF: EntityMeta = table("Item", &[ID, ON, COLUMNS[2], COLUMNS[3], COLUMNS[4]]);
        static LATER: EntityMeta = table("Item", &[ID, ON, AT, COLUMNS[3], COLUMNS[4]]);
        static LAST: EntityMeta = table("Item", &[ID, ON, AT, DAY, COLUMNS[4]]);
        Schema::new([&BEFORE]).create_all(&mut db.session()).unwrap();
        none(db, &[&BEFORE]);
        one(db, &[&OFF], "the column on is DEFAULT");
        one(db, &[&LATER], "the column at is DEFAULT");
        one(db, &[&LAST], "the column day is DEFAULT");
    }

    fn another_operator_is_seen(db: &TestDb) {
        const fn computed(by: &'static str) -> ColumnMeta {
            made(nullable("next", ColumnType::Integer), GeneratedBy::Computed(by))
        }
        static UP: EntityMeta = table("Item", &[ID, nullable("age", ColumnType::Integer), computed("age + 1")]);
        static DOWN: EntityMeta = table("Item", &[ID, nullable("age", ColumnType::Integer), computed("age - 1")]);
        Schema::new([&UP]).create_all(&mut db.session()).unwrap();
        none(db, &[&UP]);
        one(db, &[&DOWN], "the column next is GENERATED");
    }

    fn what_happens_to_keys_is_seen(db: &TestDb) {
        static FOLLOWS: EntityMeta = EntityMeta {
            foreign_keys: &[ForeignKeyMeta {
                field: Some("to"),
                ..ForeignKeyMeta::new(&[1], coded, OnDelete::Restrict)
            }],
            ..TO_CODED
        };
        let mut session = db.session();
        Schema::new([&CODED, &FOLLOWS]).create_all(&mut session).unwrap();
        let sql = Schema::new([&CODED, &FOLLOWS]).create_sql(db.dialect()).join(";");
        assert!(sql.contains(" ON UPDATE CASCADE"), "{sql}");
        none(db, &[&CODED, &FOLLOWS]);
        one(db, &[&CODED, &TO_CODED], "on update cascade in the database");
        // A missing cascade is not a difference, because the database refuses to change the key.
        none(db, &[&CODED, &FOLLOWS]);
    }

    fn the_order_in_an_index_is_seen(db: &TestDb) {
        static INDEXED: EntityMeta = EntityMeta {
            indexes: &[IndexMeta { name: None, columns: &[1, 2], unique: false, condition: None }],
            ..table("Item", &[ID, column("a", ColumnType::Integer), column("b", ColumnType::Integer)])
        };
        static PLAIN: EntityMeta = EntityMeta { indexes: &[], ..INDEXED };
        Schema::new([&PLAIN]).create_all(&mut db.session()).unwrap();
        db.execute("CREATE INDEX ordered ON item (a, b DESC)");
        let found = differences(db, &[&INDEXED]);
        assert_eq!(
            found,
            [
                "Item: the index over (a, b) is missing from the database",
                "Item: the index over (a, b DESC) (ordered) is in the database but not in the mapping",
            ]
        );
    }

    fn an_accepted_difference_is_reported_when_it_is_none(db: &TestDb) {
        static PLAIN: EntityMeta = table("Item", &[ID, nullable("age", ColumnType::Integer)]);
        static MORE: EntityMeta =
            table("Item", &[ID, nullable("age", ColumnType::Integer), nullable("old", ColumnType::Integer)]);
        let mut session = db.session();
        Schema::new([&MORE]).create_all(&mut session).unwrap();
        let words = "Item: the column old of the table item is in the database but not in the mapping";
        let file = format!("# what is known\n\n{words}\n");
        let known = Schema::new([&PLAIN]).accept(file.lines());
        assert_eq!(known.verify(&mut session).unwrap(), []);
        let migration = known.diff(&mut session).unwrap();
        assert!(migration.is_empty(), "{migration}");
        Schema::new([&PLAIN]).diff(&mut session).unwrap().apply_with_data_loss(&mut session).unwrap();
        let told = known.verify(&mut session).unwrap();
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].kind(), told[0].entity()), (DifferenceKind::Outdated, "Item"));
        assert_eq!(
            told[0].to_string(),
            format!("Item: this accepted difference no longer exists: “{words}”")
        );
        assert!(known.diff(&mut session).unwrap().is_empty());
    }

    fn what_is_accepted_stays_when_the_rest_is_made_again(db: &TestDb) {
        static WANTED: EntityMeta = EntityMeta {
            checks: &[CheckMeta { name: None, condition: "age > 0" }],
            ..table("Item", &[ID, nullable("age", ColumnType::BigInt)])
        };
        static THERE: EntityMeta = table("Item", &[ID, column("age", ColumnType::Integer), nullable("old", ColumnType::Integer)]);
        let mut session = db.session();
        Schema::new([&THERE]).create_all(&mut session).unwrap();
        db.execute("INSERT INTO item (age, old) VALUES (1, 2)");
        let known = ["Item: the column old of the table item is in the database but not in the mapping"];
        let schema = Schema::new([&WANTED]).accept(known);
        schema.diff(&mut session).unwrap().apply(&mut session).unwrap();
        assert_eq!(schema.verify(&mut session).unwrap(), []);
        assert_eq!(db.rows("item", "id, age, old"), ["1|1|2"]);
    }
}

on_one_database! {
    Sqlite;
    fn types_of_one_affinity_are_the_same(db: &TestDb) {
        static ROW: EntityMeta = table(
            "Item",
            &[
                ID,
                varchar("name", 20),
                column("age", ColumnType::BigInt),
                nullable("at", ColumnType::Timestamp),
                nullable("on", ColumnType::Bool),
                nullable("pay", ColumnType::Double),
                nullable("data", ColumnType::Binary),
            ],
        );
        db.execute(
            "CREATE TABLE [item] ([id] INTEGER NOT NULL PRIMARY KEY, [name] NVARCHAR(160) not null, \
             [age] INT NOT NULL, [at] DATETIME, [on] TINYINT(1), [pay] NUMERIC(10,2), [data] IMAGE)",
        );
        none(db, &[&ROW]);
        static OTHER: EntityMeta = table("Item", &[ID, column("age", ColumnType::Text)]);
        db.execute("DROP TABLE item");
        db.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, age INT NOT NULL)");
        one(db, &[&OTHER], "the column age is INT in the database and TEXT in the mapping");
    }

    fn a_key_of_texts_is_never_null(db: &TestDb) {
        db.execute("CREATE TABLE coded (code VARCHAR(12) PRIMARY KEY, age INTEGER)");
        none(db, &[&CODED]);
    }

    fn a_counted_key_is_the_number_of_the_row(db: &TestDb) {
        static ONLY: EntityMeta = table("Item", &[ID]);
        db.execute("CREATE TABLE item (id BIGINT PRIMARY KEY NOT NULL)");
        one(db, &[&ONLY], "the column id is BIGINT in the database and INTEGER in the mapping");
    }

    fn deferred_references_and_collations_are_seen(db: &TestDb) {
        static ROW: EntityMeta = EntityMeta {
            foreign_keys: &[ForeignKeyMeta::new(&[1], team, OnDelete::Restrict)],
            ..table("Item", &[ID, nullable("team", ColumnType::Text), nullable("name", ColumnType::Text)])
        };
        Schema::new([&TEAM]).create_all(&mut db.session()).unwrap();
        let make = |reference: &str, name: &str| {
            db.execute("DROP TABLE IF EXISTS item");
            db.execute(&format!(
                "CREATE TABLE item (id INTEGER PRIMARY KEY, team TEXT REFERENCES team (code) {reference}, \
                 name TEXT {name})"
            ));
        };
        make("NOT DEFERRABLE INITIALLY IMMEDIATE", "COLLATE BINARY");
        none(db, &[&TEAM, &ROW]);
        make("DEFERRABLE INITIALLY DEFERRED", "");
        one(db, &[&TEAM, &ROW], "→ team (code) deferrable initially deferred in the database");
        make("", "COLLATE NOCASE");
        one(db, &[&TEAM, &ROW], "the collation of the column name is NOCASE in the database");
        make("ON DELETE SET DEFAULT", "");
        one(db, &[&TEAM, &ROW], "on delete set default in the database");
    }
}

on_one_database! {
    Postgres;
    fn a_varchar_without_a_length_is_a_text(db: &TestDb) {
        static ROW: EntityMeta = table("Item", &[ID, nullable("name", ColumnType::Text)]);
        db.execute("CREATE TABLE item (id BIGSERIAL PRIMARY KEY, name VARCHAR)");
        none(db, &[&ROW]);
    }

    fn what_only_postgres_says_is_seen(db: &TestDb) {
        static ROW: EntityMeta = EntityMeta {
            foreign_keys: &[ForeignKeyMeta::new(&[1], team, OnDelete::Restrict)],
            indexes: &[IndexMeta { name: None, columns: &[2], unique: true, condition: None }],
            ..table("Item", &[ID, nullable("team", ColumnType::Text), nullable("name", ColumnType::Text)])
        };
        Schema::new([&TEAM]).create_all(&mut db.session()).unwrap();
        let make = |reference: &str, name: &str, unique: &str| {
            db.execute("DROP TABLE IF EXISTS item");
            db.execute(&format!(
                "CREATE TABLE item (id BIGSERIAL PRIMARY KEY, team TEXT REFERENCES team (code) {reference}, \
                 name TEXT {name} UNIQUE {unique})"
            ));
        };
        make("", "", "");
        none(db, &[&TEAM, &ROW]);
        make("DEFERRABLE", "", "");
        one(db, &[&TEAM, &ROW], "→ team (code) deferrable in the database");
        make("ON UPDATE SET NULL", "", "");
        one(db, &[&TEAM, &ROW], "on update set null in the database");
        make("", "COLLATE \"C\"", "");
        one(db, &[&TEAM, &ROW], "the collation of the column name is \"C\" in the database");
        make("", "", "NULLS NOT DISTINCT");
        let found = differences(db, &[&TEAM, &ROW]);
        assert_eq!(found.len(), 2, "{found:#?}");
        assert!(found[1].contains("with at most one NULL"), "{found:#?}");
    }
}

on_one_database! {
    Mysql;
    fn the_index_that_a_reference_needs_is_not_a_difference(db: &TestDb) {
        static ROW: EntityMeta = EntityMeta {
            foreign_keys: &[ForeignKeyMeta::new(&[1], coded, OnDelete::Restrict)],
            ..table("Item", &[ID, ColumnMeta { index: true, nullable: true, ..varchar("to", 12) }])
        };
        static WITHOUT: EntityMeta = EntityMeta {
            columns: &[ID, ColumnMeta { nullable: true, ..varchar("to", 12) }],
            ..ROW
        };
        Schema::new([&CODED]).create_all(&mut db.session()).unwrap();
        let asked = "SELECT table_collation AS value FROM information_schema.tables WHERE \
                     table_schema = DATABASE()";
        let collation = db.oracle().texts(asked).remove(0);
        for key in ["", ", KEY by_hand (`to`)"] {
            db.execute("DROP TABLE IF EXISTS item");
            db.execute(&format!(
                "CREATE TABLE item (id BIGINT AUTO_INCREMENT PRIMARY KEY, `to` VARCHAR(12){key}, \
                 CONSTRAINT leads FOREIGN KEY (`to`) REFERENCES coded (code)) COLLATE {collation}"
            ));
            none(db, &[&CODED, &ROW]);
            none(db, &[&CODED, &WITHOUT]);
        }
    }

    fn what_only_mysql_says_is_seen(db: &TestDb) {
        static ROW: EntityMeta = EntityMeta {
            indexes: &[IndexMeta { name: None, columns: &[1], unique: false, condition: None }],
            ..table("Item", &[ID, varchar("name", 12)])
        };
        let make = |name: &str, index: &str| {
            db.execute("DROP TABLE IF EXISTS item");
            db.execute(&format!(
                "CREATE TABLE item (id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(12) {name} NOT NULL, \
                 {index} (name)) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
            ));
        };
        make("", "KEY");
        none(db, &[&ROW]);
        make("CHARACTER SET utf8mb3 COLLATE utf8mb3_bin", "KEY");
        none(db, &[&ROW]);
        make("COLLATE utf8mb4_general_ci", "KEY");
        one(db, &[&ROW], "the collation of the column name is utf8mb4_general_ci in the database");
        make("", "FULLTEXT");
        let found = differences(db, &[&ROW]);
        assert_eq!(found.len(), 2, "{found:#?}");
        assert!(found[1].contains("FULLTEXT name"), "{found:#?}");
    }
}
