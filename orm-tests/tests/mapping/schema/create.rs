//! CREATE and DROP: their text, their order, and their result.

use orm_runtime::{
    Dialect, Schema,
    metadata::{ColumnType, EntityMeta, IndexMeta},
};
use orm_tests::{TestDb, on_all_databases, on_one_database};

use super::tables::{ID, LEFT, RIGHT, TEAM, WIDE, column, table, tables_on, wide_row};

fn all() -> Schema {
    Schema::new([&WIDE, &TEAM, &LEFT, &RIGHT])
}

fn all_on(db: &TestDb) -> Schema {
    tables_on(db, &[&WIDE, &TEAM, &LEFT, &RIGHT])
}

fn created(dialect: Dialect, schema: &Schema) -> Vec<String> {
    let statements = schema.create_sql(dialect);
    let tables = statements.iter().filter_map(|sql| {
        let rest = sql.strip_prefix("CREATE TABLE IF NOT EXISTS ")?;
        Some(rest.split_whitespace().next()?.trim_matches(['"', '`']).to_owned())
    });
    tables.filter(|name| name != "orm_sequence").collect()
}

#[test]
fn a_table_comes_after_its_targets_and_otherwise_as_it_was_given() {
    static A: EntityMeta = EntityMeta { table: "a", ..table("A", &[ID]) };
    static B: EntityMeta = EntityMeta { table: "b", ..table("B", &[ID]) };
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql] {
        let schema = Schema::new([&B, &WIDE, &RIGHT, &TEAM, &A]);
        assert_eq!(created(dialect, &schema), ["b", "team", "wide", "right_one", "a"]);
    }
}

#[test]
fn the_reference_that_closes_a_circle_comes_last() {
    let schema = Schema::new([&LEFT, &RIGHT]);
    let postgres = schema.create_sql(Dialect::Postgres);
    assert_eq!(created(Dialect::Postgres, &schema), ["right_one", "left_one"]);
    assert!(!postgres[0].contains("REFERENCES") && postgres[1].contains("REFERENCES"));
    assert_eq!(
        postgres[2],
        "DO $orm$\nBEGIN\n    ALTER TABLE \"right_one\" ADD CONSTRAINT \
         \"right_one__left_id_fkey\" FOREIGN KEY (\"left_id\") REFERENCES \"left_one\" (\"id\");\n\
         EXCEPTION WHEN duplicate_object THEN\n    NULL;\nEND\n$orm$"
    );
    assert_eq!(
        schema.drop_sql(Dialect::Postgres),
        ["DROP TABLE IF EXISTS \"left_one\", \"right_one\""]
    );
    assert_eq!(schema.create_sql(Dialect::Sqlite).len(), 2);
}

#[test]
fn names_of_several_columns_are_those_of_no_single_one() {
    static META: EntityMeta = EntityMeta {
        indexes: &[
            IndexMeta { name: None, columns: &[1, 2], unique: true, condition: None },
            IndexMeta { name: None, columns: &[1], unique: false, condition: Some("a > 1") },
            IndexMeta { name: None, columns: &[1], unique: false, condition: Some("a > 2") },
        ],
        ..table("Rows", &[ID, column("a", ColumnType::Integer), column("b", ColumnType::Integer)])
    };
    let sql = Schema::new([&META]).create_sql(Dialect::Postgres);
    assert!(sql[0].contains("CONSTRAINT \"item__a__b_key\" UNIQUE (\"a\", \"b\")"), "{sql:#?}");
    assert!(sql[1].starts_with("CREATE INDEX IF NOT EXISTS \"item_a_idx_"), "{sql:#?}");
    assert!(sql[1].ends_with(" ON \"item\" (\"a\") WHERE a > 1"), "{sql:#?}");
    assert_ne!(sql[1].split('"').nth(1), sql[2].split('"').nth(1));
}

#[test]
fn comments_stand_where_the_database_keeps_them() {
    let sqlite = all().create_sql(Dialect::Sqlite).join("\n");
    assert!(sqlite.contains("\"team\" ( /* Teams; it's * / a 'comment' \\ of one row */\n"));
    assert!(sqlite.contains("DEFAULT (1 + 2), /* how many; it's * / quoted */\n"), "{sqlite}");
    let postgres = all().create_sql(Dialect::Postgres).join("\n");
    assert!(
        postgres.contains("COMMENT ON COLUMN \"wide\".\"amount\" IS 'how many; it''s */ quoted'")
    );
    let mysql = all().create_sql(Dialect::Mysql).join("\n");
    assert!(mysql.contains("COMMENT 'Teams; it''s */ a ''comment'' \\\\ of one row'"), "{mysql}");
}

on_all_databases! {
    fn everything_can_be_made_twice_and_dropped_twice(db: &TestDb) {
        let mut session = db.session();
        for _ in 0..2 {
            all_on(db).create_all(&mut session).unwrap();
            all_on(db).create_all(&mut session).unwrap();
            db.execute("INSERT INTO team (code, title) VALUES ('t', 'T')");
            db.execute(&wide_row("name, nick, team", "'a', 'a', 't'"));
            db.execute("INSERT INTO left_one (id) VALUES (1)");
            db.execute("INSERT INTO right_one (id, left_id) VALUES (1, 1)");
            db.execute("UPDATE left_one SET right_id = 1");
            all_on(db).drop_all(&mut session).unwrap();
            all_on(db).drop_all(&mut session).unwrap();
            assert!(db.oracle().try_execute("DELETE FROM wide").is_err());
        }
    }

    fn the_database_makes_what_is_left_to_it(db: &TestDb) {
        let mut session = db.session();
        all_on(db).create_all(&mut session).unwrap();
        db.execute(&wide_row("name, nick", "'a', 'a'"));
        db.execute("UPDATE wide SET small = 2");
        db.execute(&wide_row("name, nick, number", "'b', 'a', 77"));
        db.execute("UPDATE wide SET small = 3 WHERE small = 1");
        db.execute(&wide_row("name, nick", "'c', 'a'"));
        assert_eq!(
            db.rows("wide", "id, amount, word, doubled, number"),
            [
                "1|3|it's|6|1".to_owned(),
                "2|3|it's|6|77".to_owned(),
                format!("3|3|it's|6|{}", if db.has_sequences() { 2 } else { 1 })
            ]
        );
        let recent = match db.dialect() {
            Dialect::Sqlite => "made_at > datetime('now', '-1 day')",
            Dialect::Postgres => "made_at > now() - interval '2 days'",
            Dialect::Mysql => "made_at > now() - interval 2 day",
         _ => unreachable!("a database without tests"), };
        let recent = format!("SELECT count(*) AS value FROM wide WHERE {recent}");
        assert_eq!(db.oracle().number(&recent), 3);
    }

    fn conditions_and_codes_are_kept(db: &TestDb) {
        let mut session = db.session();
        all_on(db).create_all(&mut session).unwrap();
        let mut oracle = db.oracle();
        oracle.execute(&wide_row("name, nick, size", "'a', 'a', NULL"));
        for wrong in [
            "small = -1",
            "amount = 1001",
            "mood = 'angry'",
            "size = 'M'",
            "level = 0",
            "only_one = 2",
            "team = 'none'",
            "parent = 99",
        ] {
            let statement = format!("UPDATE wide SET {wrong}");
            assert!(oracle.try_execute(&statement).is_err(), "{wrong}");
        }
        for right in ["mood = 'blue'", "mood = 'it''s sad'", "size = 'L'", "level = -1"] {
            oracle.execute(&format!("UPDATE wide SET {right}"));
        }
    }

    fn rows_differ_where_the_condition_holds(db: &TestDb) {
        let mut session = db.session();
        all_on(db).create_all(&mut session).unwrap();
        let mut oracle = db.oracle();
        for (name, amount) in [("a", 1), ("b", 2), ("c", 11)] {
            oracle.execute("UPDATE wide SET small = small + 10, level = 10");
            let row = wide_row("name, nick, amount", &format!("'{name}', 'same', {amount}"));
            oracle.execute(&row);
        }
        assert!(oracle.try_execute("UPDATE wide SET amount = 12 WHERE name = 'a'").is_err());
        oracle.execute("UPDATE wide SET amount = 12, nick = 'other' WHERE name = 'a'");
    }

    fn a_deleted_target_takes_its_rows_along_or_leaves_them_without(db: &TestDb) {
        let mut session = db.session();
        all_on(db).create_all(&mut session).unwrap();
        db.execute("INSERT INTO team (code, title) VALUES ('t', 'T')");
        db.execute(&wide_row("name, nick, team", "'a', 'a', 't'"));
        db.execute("UPDATE wide SET small = 2");
        db.execute(&wide_row("name, nick, parent", "'b', 'b', 1"));
        db.execute("DELETE FROM team");
        assert_eq!(db.rows("wide", "id, team, parent"), ["1|NULL|NULL", "2|NULL|1"]);
        db.execute("DELETE FROM wide WHERE id = 1");
        assert_eq!(db.count("wide"), 0);
        db.execute("INSERT INTO left_one (id) VALUES (1)");
        db.execute("INSERT INTO right_one (id, left_id) VALUES (1, 1)");
        assert!(db.oracle().try_execute("DELETE FROM left_one").is_err());
    }
}

on_one_database! { Sqlite;
    fn tables_in_a_circle_cannot_be_dropped_inside_a_foreign_transaction(db: &TestDb) {
        use diesel::Connection;
        use diesel::connection::{AnsiTransactionManager, TransactionManager};
        let path = db.file().unwrap();
        let mut connection =
            diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        AnsiTransactionManager::begin_transaction(&mut connection).unwrap();
        let mut session = orm_runtime::Session::new(connection);
        let schema = Schema::new([&LEFT, &RIGHT]);
        schema.create_all(&mut session).unwrap();
        let error = schema.drop_all(&mut session).unwrap_err();
        assert!(error.to_string().contains("only outside a transaction"), "{error}");
    }
}
