//! A type, a default or a condition is the same in every spelling that its database accepts.

use orm_runtime::{
    Schema,
    column::DbTypeNames,
    metadata::{CheckMeta, ColumnMeta, ColumnType, EntityMeta, GeneratedBy},
};
use orm_tests::{TestDb, on_all_databases, on_one_database};

use super::same::differences;
use super::tables::{ID, column, made, nullable, table, varchar};

fn leaked<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// Returns a table with one column beside its key.
fn item(column: ColumnMeta) -> &'static EntityMeta {
    leaked(table("Item", leaked([ID, column])))
}

fn of_type(ty: &'static str) -> ColumnMeta {
    let names = DbTypeNames { sqlite: Some(ty), postgres: Some(ty), mysql: Some(ty) };
    ColumnMeta { db_type: Some(names), ..nullable("value", ColumnType::Text) }
}

/// Creates a table with one mapping, and returns the differences from another.
fn seen(db: &TestDb, made: &'static EntityMeta, looked_at: &'static EntityMeta) -> Vec<String> {
    let mut session = db.session();
    Schema::new([made]).drop_all(&mut session).unwrap();
    let done = Schema::new([made]).create_all(&mut session);
    done.unwrap_or_else(|error| panic!("{:?}: {error}", made.columns[1].db_type));
    drop(session);
    differences(db, &[looked_at])
}

/// Checks that a table has no differences from the mapping that created it.
fn is_itself(db: &TestDb, meta: &'static EntityMeta) {
    assert_eq!(seen(db, meta, meta), [""; 0], "{:?} {:?}", meta.columns[1], meta.checks);
}

fn computed(expression: &'static str) -> ColumnMeta {
    made(nullable("value", ColumnType::Text), GeneratedBy::Computed(expression))
}

fn with_name(value: ColumnMeta) -> &'static EntityMeta {
    leaked(table("Item", leaked([ID, value, varchar("name", 20)])))
}

fn checked(condition: &'static str) -> &'static EntityMeta {
    let check = CheckMeta { name: Some("holds"), condition };
    let columns = leaked([ID, column("age", ColumnType::Integer), varchar("name", 20)]);
    leaked(EntityMeta { checks: leaked([check]), ..table("Item", columns) })
}

on_all_databases! {
    fn a_function_that_a_database_renames_is_the_same(db: &TestDb) {
        for expression in ["lower(name)", "upper(name)", "coalesce(name, '')"] {
            is_itself(db, with_name(computed(expression)));
        }
        for condition in ["name = upper(name)", "name = lower(name)", "length(name) > 3", "abs(age) < 9"] {
            is_itself(db, checked(condition));
        }
    }

    fn another_function_is_a_difference(db: &TestDb) {
        let found = seen(db, with_name(computed("ltrim(name)")), with_name(computed("rtrim(name)")));
        assert_eq!(found.len(), 1, "{found:?}");
        let found = seen(db, checked("abs(age) > 3"), checked("sign(age) > 3"));
        assert_eq!(found.len(), 1, "{found:?}");
    }
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

    fn a_default_of_postgres_is_the_same_in_any_words(db: &TestDb) {
        db.execute("CREATE SEQUENCE item_value_seq");
        db.execute("CREATE SEQUENCE other_seq");
        let by = |default| item(made(nullable("value", ColumnType::Integer), GeneratedBy::Default(default)));
        let counted = by("nextval('item_value_seq')");
        is_itself(db, counted);
        assert_eq!(seen(db, counted, by("nextval('item_value_seq'::regclass)")), [""; 0]);
        assert_eq!(seen(db, counted, by("nextval('other_seq')")).len(), 1);
        let on = |default| item(made(nullable("value", ColumnType::Date), GeneratedBy::Default(default)));
        assert_eq!(seen(db, on("('now'::text)::date"), on("CURRENT_DATE")), [""; 0]);
        assert_eq!(seen(db, on("CURRENT_DATE"), on("('now'::text)::date")), [""; 0]);
    }

    fn another_function_of_postgres_makes_another_default(db: &TestDb) {
        let at = |default| item(made(nullable("value", ColumnType::Timestamp), GeneratedBy::Default(default)));
        assert_eq!(seen(db, at("now()"), at("CURRENT_TIMESTAMP")), [""; 0]);
        for other in ["clock_timestamp()", "CURRENT_DATE", "date_trunc('day', now())"] {
            assert_eq!(seen(db, at("now()"), at(other)).len(), 1, "{other}");
        }
        let text = |default| item(made(ColumnMeta { nullable: true, ..varchar("value", 20) }, GeneratedBy::Default(default)));
        is_itself(db, text("upper('x')"));
        assert_eq!(seen(db, text("upper('x')"), text("lower('x')")).len(), 1);
        let uuid = |default| item(made(nullable("value", ColumnType::Uuid), GeneratedBy::Default(default)));
        is_itself(db, uuid("gen_random_uuid()"));
        assert_eq!(seen(db, uuid("gen_random_uuid()"), uuid("md5('x')::uuid")).len(), 1);
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

    fn bits_and_bytes_are_the_same_in_any_digits(db: &TestDb) {
        let by = |default| item(made(of_type("BIT(8)"), GeneratedBy::Default(default)));
        is_itself(db, by("b'101'"));
        assert_eq!(seen(db, by("b'101'"), by("5")), [""; 0]);
        assert_eq!(seen(db, by("b'101'"), by("b'100'")).len(), 1);
    }

    fn a_condition_of_mysql_is_the_same_in_any_words(db: &TestDb) {
        for condition in [
            "name = ucase(name)", "name = \"x\"", "instr(name, 'x') > 0", "age && age > 1", "!(age = 2)",
            "age > 0 || age < -9", "(age <> 0) IS TRUE",
        ] {
            is_itself(db, checked(condition));
        }
    }
}
