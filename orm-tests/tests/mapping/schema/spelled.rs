//! A type is the same under any name that its database takes for it.

use orm_runtime::{ColumnMeta, DbTypeNames, EntityMeta, Schema, SqlKind};
use orm_tests::{TestDb, on_one_database};

use super::same::differences;
use super::tables::{ID, nullable, table};

fn leaked<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// A table with one column more than its key.
fn item(column: ColumnMeta) -> &'static EntityMeta {
    leaked(table("Item", leaked([ID, column])))
}

fn of_type(ty: &'static str) -> ColumnMeta {
    let names = DbTypeNames { sqlite: Some(ty), postgres: Some(ty), mysql: Some(ty) };
    ColumnMeta { db_type: Some(names), ..nullable("value", SqlKind::Text) }
}

/// The differences of a table that one mapping has made and another one looks at.
fn seen(db: &TestDb, made: &'static EntityMeta, looked_at: &'static EntityMeta) -> Vec<String> {
    let mut session = db.session();
    Schema::new([made]).drop_all(&mut session).unwrap();
    let done = Schema::new([made]).create_all(&mut session);
    done.unwrap_or_else(|error| panic!("{:?}: {error}", made.columns[1].db_type));
    drop(session);
    differences(db, &[looked_at])
}

/// That a table is as the mapping that has made it says.
fn is_itself(db: &TestDb, meta: &'static EntityMeta) {
    assert_eq!(seen(db, meta, meta), [""; 0], "{:?}", meta.columns[1]);
}

on_one_database! {
    Postgres;
    fn a_type_of_postgres_is_the_same_under_any_name(db: &TestDb) {
        db.execute("CREATE DOMAIN cents AS integer");
        db.execute("CREATE TYPE mood AS ENUM ('glad', 'sad')");
        for ty in [
            "numeric(10)", "dec(10, 2)", "decimal(10)", "float(20)", "float(30)", "bpchar(4)", "bpchar",
            "nchar(3)", "national character varying(5)", "bit", "varbit(3)", "int[3]", "int[][]",
            "integer ARRAY", "numeric(5)[]", "cents", "\"cents\"", "mood", "\"mood\"",
        ] {
            is_itself(db, item(of_type(ty)));
        }
        let found = seen(db, item(of_type("\"char\"")), item(of_type("char")));
        assert_eq!(found.len(), 1, "{found:?}");
        let found = seen(db, item(of_type("numeric(10)")), item(of_type("numeric(10,2)")));
        assert_eq!(found.len(), 1, "{found:?}");
    }
}

on_one_database! {
    Mysql;
    fn a_type_of_mysql_is_the_same_under_any_name(db: &TestDb) {
        for ty in [
            "DECIMAL", "DECIMAL(10)", "NUMERIC", "FIXED(10, 2)", "DEC(10,2) UNSIGNED", "FLOAT(10)", "FLOAT(30)",
            "DOUBLE PRECISION", "REAL", "BIT", "BINARY", "CHARACTER(3)", "CHARACTER VARYING(20)",
            "INT(5) ZEROFILL", "DATETIME(0)", "TIMESTAMP NULL", "TEXT(200)", "LONG VARCHAR",
            "NVARCHAR(20)", "VARCHAR(20) CHARACTER SET latin1", "VARCHAR(20) CHARSET utf8", "VARCHAR(20) BINARY",
            "VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin",
        ] {
            is_itself(db, item(of_type(ty)));
        }
        let found = seen(db, item(of_type("DECIMAL(10)")), item(of_type("DECIMAL(10, 2)")));
        assert_eq!(found.len(), 1, "{found:?}");
    }

    fn a_text_of_another_character_set_is_seen(db: &TestDb) {
        let latin = item(of_type("VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_bin"));
        for (other, differences) in [("VARCHAR(20) CHARACTER SET utf8mb4", 1), ("VARCHAR(30) CHARACTER SET utf8mb4", 2)] {
            let other = item(of_type(other));
            let found = seen(db, latin, other);
            assert_eq!(found.len(), differences, "{found:?}");
            let schema = Schema::new([other]);
            let mut session = db.session();
            schema.diff(&mut session).unwrap().apply_with_data_loss(&mut session).unwrap();
            assert_eq!(super::same::differences(db, &[other]), [""; 0]);
        }
    }
}
