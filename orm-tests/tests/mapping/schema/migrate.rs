//! Migrations from older shapes of a database, with its rows.

use diesel::backend::Backend;
use diesel::migration::{Migration, MigrationSource};
use diesel_migrations::MigrationHarness;
use orm_runtime::{
    Dialect, Error, Schema, Session,
    connection::AnyConnection,
    metadata::{
        CheckMeta, Code, ColumnMeta, ColumnType, EntityMeta, EnumMeta, EnumStorage, ForeignKeyMeta,
        GeneratedBy, IndexMeta, OnDelete, VariantMeta,
    },
    schema::NamedMigration,
};
use orm_tests::{TestDb, assert_matches, on_all_databases, on_one_database};

use super::tables::{ID, TEAM, WIDE, column, made, nullable, table, tables_on, varchar};

fn team() -> &'static EntityMeta {
    &TEAM
}

fn item() -> &'static EntityMeta {
    &NOW
}

/// References the table that changes.
static PART: EntityMeta = EntityMeta {
    table: "part",
    foreign_keys: &[ForeignKeyMeta::new(&[1], item, OnDelete::Cascade)],
    ..table("Part", &[ID, nullable("item_id", ColumnType::BigInt)])
};

/// The table after the migrations.
static NOW: EntityMeta = EntityMeta {
    indexes: &[
        IndexMeta { name: None, columns: &[1, 2], unique: false, condition: None },
        IndexMeta {
            name: Some("one_each"),
            columns: &[2],
            unique: true,
            condition: Some("age > 5"),
        },
    ],
    checks: &[CheckMeta { name: None, condition: "age >= 0" }],
    foreign_keys: &[ForeignKeyMeta::new(&[3], team, OnDelete::Nullify)],
    comment: Some("things"),
    ..table(
        "Item",
        &[
            ID,
            ColumnMeta { unique: true, comment: Some("of it"), ..varchar("name", 30) },
            nullable("age", ColumnType::BigInt),
            nullable("team", ColumnType::Text),
            made(column("grade", ColumnType::Integer), GeneratedBy::Default("7")),
            made(nullable("twice", ColumnType::BigInt), GeneratedBy::Computed("age * 2")),
            nullable("size", ColumnType::Enum(&SIZE)),
            made(column("number", ColumnType::BigInt), GeneratedBy::Sequence("item_number")),
        ],
    )
};

const fn variant(name: &'static str) -> VariantMeta {
    VariantMeta { name, code: Code::Text(name), label: name, aliases: &[] }
}

static SIZE: EnumMeta = EnumMeta {
    name: "Size",
    type_name: "size",
    storage: EnumStorage::Native,
    variants: &[variant("small"), variant("middle"), variant("large")],
};

static OLD_SIZE: EnumMeta = EnumMeta { variants: &[variant("small"), variant("large")], ..SIZE };

static ODD_SIZE: EnumMeta =
    EnumMeta { variants: &[variant("large"), variant("huge"), variant("small")], ..SIZE };

/// An earlier table, from which nothing is lost.
static FIRST: EntityMeta =
    table("Item", &[ID, varchar("name", 20), nullable("age", ColumnType::Integer)]);

/// A later table with other rules.
static SECOND: EntityMeta = EntityMeta {
    checks: &[CheckMeta { name: None, condition: "age > 0" }],
    foreign_keys: &[ForeignKeyMeta::new(&[3], team, OnDelete::Cascade)],
    ..table(
        "Item",
        &[
            ID,
            varchar("name", 20),
            nullable("age", ColumnType::SmallInt),
            nullable("team", ColumnType::Text),
            made(nullable("grade", ColumnType::Integer), GeneratedBy::Default("6")),
            made(nullable("twice", ColumnType::BigInt), GeneratedBy::Computed("age * 3")),
            nullable("size", ColumnType::Enum(&OLD_SIZE)),
        ],
    )
};

/// A table with more than the mapping has now.
static MORE: EntityMeta = EntityMeta {
    indexes: &[IndexMeta { name: Some("old"), columns: &[4], unique: true, condition: None }],
    checks: &[CheckMeta { name: Some("old_rule"), condition: "age < 1000" }],
    foreign_keys: &[ForeignKeyMeta::new(&[3], team, OnDelete::Cascade)],
    ..table(
        "Item",
        &[
            ID,
            varchar("name", 40),
            nullable("age", ColumnType::BigInt),
            nullable("old_team", ColumnType::Text),
            nullable("extra", ColumnType::Integer),
            nullable("twice", ColumnType::BigInt),
            nullable("size", ColumnType::Enum(&ODD_SIZE)),
        ],
    )
};

/// Creates a table of an older shape with a row, and a table that references it, and opens a
/// session.
fn older(db: &TestDb, shape: &'static EntityMeta) -> Session {
    let mut session = db.session();
    tables_on(db, &[&TEAM, shape, &PART]).create_all(&mut session).unwrap();
    db.execute("INSERT INTO team (code, title) VALUES ('t', 'T')");
    db.execute("INSERT INTO item (name, age) VALUES ('ada', 8)");
    db.execute("INSERT INTO item (name, age) VALUES ('bob', 9)");
    db.execute("INSERT INTO part (item_id) VALUES (1)");
    session
}

fn now(db: &TestDb) -> Schema {
    tables_on(db, &[&TEAM, &NOW, &PART])
}

fn differences(db: &TestDb, session: &mut Session) -> Vec<String> {
    now(db).verify(session).unwrap().iter().map(ToString::to_string).collect()
}

on_all_databases! {
    fn a_database_that_matches_needs_no_migration(db: &TestDb) {
        let mut session = db.session();
        let wide = tables_on(db, &[&TEAM, &WIDE]);
        let migration = wide.diff(&mut session).unwrap();
        assert_eq!(migration.destructive().count(), 0);
        migration.apply(&mut session).unwrap();
        let migration = wide.diff(&mut session).unwrap();
        assert!(migration.is_empty(), "{migration}");
        migration.apply(&mut session).unwrap();
    }

    fn a_first_shape_grows_without_loss(db: &TestDb) {
        let counted = |number: i32| if db.has_sequences() { number } else { 1 };
        let mut session = older(db, &FIRST);
        let migration = now(db).diff(&mut session).unwrap();
        assert_eq!(migration.destructive().count(), 0, "{migration}");
        migration.apply(&mut session).unwrap();
        assert_eq!(differences(db, &mut session), [""; 0]);
        assert_eq!(
            db.rows("item", "id, name, age, grade, twice, number").as_slice(),
            [format!("1|ada|8|7|16|{}", counted(1)), format!("2|bob|9|7|18|{}", counted(2))]
        );
        assert_eq!(db.count("part"), 1, "rows that reference a rebuilt table still exist");
        db.execute("INSERT INTO item (name, age) VALUES ('eve', 3)");
        assert_eq!(db.rows("item", "name, number")[2], format!("eve|{}", counted(3)));
        db.execute("DELETE FROM item WHERE id = 1");
        assert_eq!(db.count("part"), 0, "and foreign keys are enforced again");
    }

    fn other_rules_and_codes_are_not_a_loss(db: &TestDb) {
        let mut session = older(db, &SECOND);
        db.execute("UPDATE item SET size = 'large', team = 't', grade = 1");
        let migration = now(db).diff(&mut session).unwrap();
        assert_eq!(migration.destructive().count(), 0, "{migration}");
        migration.apply(&mut session).unwrap();
        assert_eq!(differences(db, &mut session), [""; 0]);
        db.execute("UPDATE item SET size = 'middle', age = 0 WHERE id = 2");
        db.execute("DELETE FROM team");
        assert_eq!(db.rows("item", "id, size, team, twice"), ["1|large|NULL|16", "2|middle|NULL|0"]);
    }

    fn what_loses_values_is_run_only_by_its_name(db: &TestDb) {
        let mut session = older(db, &MORE);
        db.execute("UPDATE item SET extra = id, twice = 1, size = 'large'");
        let migration = now(db).diff(&mut session).unwrap();
        assert!(migration.destructive().count() > 0, "{migration}");
        let error = migration.apply(&mut session).unwrap_err();
        assert_matches!(error, Error::Configuration(_));
        let named = migration.named("1_x").unwrap_err().to_string();
        let narrowed = "Item.name: the column name is VARCHAR(40)";
        let is_kept = db.dialect() == Dialect::Sqlite;
        for lost in ["Item: the column extra", narrowed].into_iter().take(if is_kept { 1 } else { 2 }) {
            assert!(error.to_string().contains(lost), "{error}");
            assert!(named.contains(lost), "{named}");
        }
        assert_eq!(db.rows("item", "id, extra"), ["1|1", "2|2"]);
        migration.apply_with_data_loss(&mut session).unwrap();
        assert_eq!(differences(db, &mut session), [""; 0]);
        assert_eq!(db.rows("item", "id, name, size, twice"), ["1|ada|large|16", "2|bob|large|18"]);
        assert_eq!(db.count("part"), 1);
    }

    fn there_is_a_way_back_from_every_shape_to_every_other(db: &TestDb) {
        let shapes = [&FIRST, &NOW, &SECOND, &MORE, &FIRST, &MORE, &NOW, &MORE, &SECOND, &FIRST];
        let mut session = older(db, shapes[0]);
        for shape in shapes {
            let schema = tables_on(db, &[&TEAM, shape, &PART]);
            let migration = schema.diff(&mut session).unwrap();
            let applied = migration.apply_with_data_loss(&mut session);
            applied.unwrap_or_else(|error| panic!("{error}\n{migration}"));
            let left = schema.verify(&mut session).unwrap();
            assert!(left.is_empty(), "{left:#?}\n{migration}");
        }
        assert_eq!(db.rows("item", "id, name"), ["1|ada", "2|bob"]);
        assert_eq!(db.count("part"), 1);
    }

    fn a_column_that_may_have_been_renamed_is_named_with_all_others(db: &TestDb) {
        static BEFORE: EntityMeta = table("Item", &[ID, column("years", ColumnType::Integer)]);
        static AFTER: EntityMeta = table(
            "Item",
            &[ID, column("age", ColumnType::Integer), column("size", ColumnType::Integer)],
        );
        let mut session = db.session();
        Schema::new([&BEFORE]).create_all(&mut session).unwrap();
        db.execute("INSERT INTO item (id, years) VALUES (5, 7)");
        let error = Schema::new([&AFTER]).diff(&mut session).unwrap_err().to_string();
        let renamed = "ALTER TABLE item RENAME COLUMN years TO age";
        assert!(error.contains("Item.age") && error.contains(renamed), "{error}");
        assert!(error.contains("Item.size"), "{error}");
    }

    fn a_column_that_nothing_fills_is_refused_where_there_are_rows(db: &TestDb) {
        static BEFORE: EntityMeta = table("Item", &[ID]);
        static AFTER: EntityMeta = table("Item", &[ID, column("age", ColumnType::Integer)]);
        let mut session = db.session();
        Schema::new([&BEFORE]).create_all(&mut session).unwrap();
        // This plan was made for an empty table, and the database refuses it when there are rows.
        let early = Schema::new([&AFTER]).diff(&mut session).unwrap();
        session.rollback().unwrap();
        db.execute("INSERT INTO item (id) VALUES (5)");
        let error = Schema::new([&AFTER]).diff(&mut session).unwrap_err();
        assert!(error.to_string().starts_with("Item.age: the new column age is NOT NULL"), "{error}");
        session.rollback().unwrap();
        early.apply(&mut session).unwrap_err();
        assert_eq!(db.count("item"), 1);
        db.execute("DELETE FROM item");
        Schema::new([&AFTER]).diff(&mut session).unwrap().apply(&mut session).unwrap();
        assert_eq!(Schema::new([&AFTER]).verify(&mut session).unwrap().len(), 0);
    }

    fn a_wider_key_takes_its_references_along(db: &TestDb) {
        fn small() -> &'static EntityMeta {
            &SMALL
        }
        fn large() -> &'static EntityMeta {
            &LARGE
        }
        static SMALL: EntityMeta = table("Item", &[column("id", ColumnType::Integer)]);
        static LARGE: EntityMeta = table("Item", &[ID]);
        static SMALL_PART: EntityMeta = EntityMeta {
            table: "part",
            foreign_keys: &[ForeignKeyMeta::new(&[1], small, OnDelete::Restrict)],
            ..table("Part", &[column("id", ColumnType::Integer), column("item", ColumnType::Integer)])
        };
        static LARGE_PART: EntityMeta = EntityMeta {
            table: "part",
            foreign_keys: &[ForeignKeyMeta::new(&[1], large, OnDelete::Restrict)],
            ..table("Part", &[ID, column("item", ColumnType::BigInt)])
        };
        let mut session = db.session();
        Schema::new([&SMALL, &SMALL_PART]).create_all(&mut session).unwrap();
        let large = Schema::new([&LARGE, &LARGE_PART]);
        let migration = large.diff(&mut session).unwrap();
        migration.apply(&mut session).unwrap_or_else(|error| panic!("{error}\n{migration}"));
        assert_eq!(large.verify(&mut session).unwrap(), []);
    }

    fn digits_are_compared_and_widened(db: &TestDb) {
        const fn price(all: u32, behind: u32) -> ColumnMeta {
            ColumnMeta { digits: Some((all, behind)), ..nullable("price", ColumnType::Decimal) }
        }
        static BEFORE: EntityMeta = table("Item", &[ID, price(10, 2)]);
        static AFTER: EntityMeta = table("Item", &[ID, price(14, 4)]);
        static ANY: EntityMeta = table("Item", &[ID, nullable("price", ColumnType::Decimal)]);
        let mut session = db.session();
        Schema::new([&BEFORE]).create_all(&mut session).unwrap();
        if db.dialect() == Dialect::Sqlite {
            // SQLite ignores the digits.
            assert_eq!(Schema::new([&AFTER]).verify(&mut session).unwrap(), []);
            return;
        }
        assert_eq!(
            Schema::new([&AFTER]).verify(&mut session).unwrap()[0].to_string().replace("NUMERIC", "DECIMAL"),
            "Item.price: the column price is DECIMAL(10,2) in the database and DECIMAL(14,4) in the mapping"
        );
        db.execute("INSERT INTO item (price) VALUES ('12.34')");
        for wider in [&AFTER, &ANY] {
            Schema::new([wider]).diff(&mut session).unwrap().apply(&mut session).unwrap();
            assert_eq!(Schema::new([wider]).verify(&mut session).unwrap(), []);
        }
        assert!(db.rows("item", "id, price")[0].starts_with("1|12.34"));
        let back = Schema::new([&BEFORE]).diff(&mut session).unwrap();
        assert_eq!((back.steps().count(), back.destructive().count()), (0, 1));
    }

    fn a_key_is_counted_from_now_on(db: &TestDb) {
        static BEFORE: EntityMeta = EntityMeta { auto_key: false, ..table("Item", &[ID]) };
        static AFTER: EntityMeta = table("Item", &[ID]);
        let mut session = db.session();
        Schema::new([&BEFORE]).create_all(&mut session).unwrap();
        db.execute("INSERT INTO item (id) VALUES (7)");
        Schema::new([&AFTER]).diff(&mut session).unwrap().apply(&mut session).unwrap();
        assert_eq!(Schema::new([&AFTER]).verify(&mut session).unwrap(), []);
        session.rollback().unwrap();
        let default = if db.dialect() == Dialect::Mysql { "() VALUES ()" } else { "DEFAULT VALUES" };
        db.execute(&format!("INSERT INTO item {default}"));
        assert_eq!(db.rows("item", "id"), ["7", "8"]);
        Schema::new([&BEFORE]).diff(&mut session).unwrap().apply(&mut session).unwrap();
        assert_eq!(Schema::new([&BEFORE]).verify(&mut session).unwrap(), []);
    }

    fn another_key_is_a_step(db: &TestDb) {
        static BEFORE: EntityMeta = EntityMeta {
            auto_key: false,
            ..table("Item", &[column("a", ColumnType::BigInt), column("b", ColumnType::BigInt)])
        };
        static AFTER: EntityMeta = EntityMeta { key: &[1, 0], ..BEFORE };
        let mut session = db.session();
        Schema::new([&BEFORE]).create_all(&mut session).unwrap();
        db.execute("INSERT INTO item (a, b) VALUES (1, 2)");
        Schema::new([&AFTER]).diff(&mut session).unwrap().apply(&mut session).unwrap();
        assert_eq!(Schema::new([&AFTER]).verify(&mut session).unwrap(), []);
        assert_eq!(db.rows("item", "a, b"), ["1|2"]);
    }

    fn diesel_migrations_runs_it_and_remembers(db: &TestDb) {
        let mut session = older(db, &FIRST);
        let migration = now(db).diff(&mut session).unwrap();
        let named = migration.named("2026-01-31-120000_items").unwrap();
        drop(session);
        match db.dialect() {
            Dialect::Sqlite => {
                let path = db.url().trim_start_matches("sqlite://").to_owned();
                run(&named, <diesel::SqliteConnection as diesel::Connection>::establish(&path))
            }
            #[cfg(feature = "servers")]
            Dialect::Postgres => {
                run(&named, <diesel::PgConnection as diesel::Connection>::establish(db.url()))
            }
            #[cfg(feature = "servers")]
            Dialect::Mysql => {
                run(&named, <diesel::MysqlConnection as diesel::Connection>::establish(db.url()))
            }
            #[cfg(not(feature = "servers"))]
            other => panic!("{other:?} is not enabled"),
         _ => unreachable!("a database without tests"), }
        let mut session = db.session();
        assert_eq!(differences(db, &mut session), [""; 0]);
        assert_eq!(db.rows("__diesel_schema_migrations", "version"), ["20260131120000"]);
        assert_eq!(db.count("part"), 1);
        assert!(migration.named("_").is_err());
    }
}

struct Source<'m>(&'m NamedMigration);

impl<DB: Backend> MigrationSource<DB> for Source<'_>
where
    NamedMigration: Migration<DB>,
{
    fn migrations(&self) -> diesel::migration::Result<Vec<Box<dyn Migration<DB>>>> {
        Ok(vec![Box::new(self.0.clone())])
    }
}

fn run<C, DB>(migration: &NamedMigration, connection: diesel::ConnectionResult<C>)
where
    DB: Backend,
    C: MigrationHarness<DB>,
    NamedMigration: Migration<DB>,
{
    let mut connection = connection.unwrap();
    assert_eq!(connection.run_pending_migrations(Source(migration)).unwrap().len(), 1);
    assert_eq!(connection.run_pending_migrations(Source(migration)).unwrap().len(), 0);
    assert!(connection.revert_last_migration(Source(migration)).is_err());
}

on_one_database! { Sqlite;
    fn a_rebuild_keeps_the_triggers_of_others_and_views_work_on(db: &TestDb) {
        let mut session = older(db, &FIRST);
        db.execute("CREATE TABLE seen (name TEXT)");
        db.execute(
            "CREATE TRIGGER watch AFTER INSERT ON item BEGIN INSERT INTO seen VALUES (NEW.name); END",
        );
        db.execute("CREATE VIEW names AS SELECT name FROM item");
        now(db).diff(&mut session).unwrap().apply(&mut session).unwrap();
        db.execute("INSERT INTO item (name, age) VALUES ('eve', 3)");
        assert_eq!(db.rows("seen", "name"), ["eve"]);
        assert_eq!(db.count("names"), 3);
    }

    fn a_rebuild_that_fails_changes_nothing_and_checks_references_again(db: &TestDb) {
        static STRICT: EntityMeta = EntityMeta {
            checks: &[CheckMeta { name: None, condition: "age > 8" }],
            ..table("Item", &[ID, varchar("name", 20), nullable("age", ColumnType::Integer)])
        };
        let mut session = older(db, &FIRST);
        let migration = Schema::new([&STRICT]).diff(&mut session).unwrap();
        assert!(migration.apply(&mut session).is_err());
        assert_eq!(db.rows("item", "id, age"), ["1|8", "2|9"]);
        let connection = session.connection::<diesel::SqliteConnection>().unwrap();
        let broken = diesel::connection::SimpleConnection::batch_execute(
            connection,
            "INSERT INTO part (item_id) VALUES (99)",
        );
        assert!(broken.is_err());
    }

    fn a_rebuild_inside_a_foreign_transaction_is_refused(db: &TestDb) {
        use diesel::Connection;
        drop(older(db, &FIRST));
        let path = db.file().unwrap();
        let mut connection =
            diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        connection.begin_test_transaction().unwrap();
        let mut session = Session::new(AnyConnection::from(connection));
        let migration = now(db).diff(&mut session).unwrap();
        let error = migration.apply(&mut session).unwrap_err();
        assert!(error.to_string().contains("only outside a transaction"), "{error}");
    }
}

#[cfg(feature = "servers")]
on_one_database! { Postgres;
    fn a_migration_of_another_database_is_refused(db: &TestDb) {
        let mut sqlite = Session::open("sqlite://:memory:").unwrap();
        let migration = now(db).diff(&mut sqlite).unwrap();
        let error = migration.apply(&mut db.session()).unwrap_err();
        assert!(error.to_string().contains("generated for Sqlite"), "{error}");
        let named = migration.named("1_items").unwrap();
        let mut connection =
            <diesel::PgConnection as diesel::Connection>::establish(db.url()).unwrap();
        assert!(connection.run_pending_migrations(Source(&named)).is_err());
        assert!(migration.to_string().starts_with("-- "), "{migration}");
    }
}
