//! A value that does not fit its field is an error that names the row, the column and what was
//! found, in every way of reading. A value that fits is read, whatever type its column has.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_all_databases, on_one_database};
use uuid::Uuid;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    #[db_enum(code = 1)]
    Low,
    #[db_enum(code = 2)]
    High,
}

#[derive(DbType, Debug, Clone, PartialEq)]
pub struct Weight(i32);

/// One field of each type. All of them may be NULL, so that a row has one value at a time.
#[derive(Entity, Debug, Clone, PartialEq, Default)]
#[entity(table = "misfit")]
struct Fields {
    id: i64,
    small: Option<i16>,
    number: Option<i32>,
    large: Option<i64>,
    tiny: Option<u8>,
    single: Option<f32>,
    precise: Option<f64>,
    flag: Option<bool>,
    name: Option<String>,
    bytes: Option<Vec<u8>>,
    day: Option<NaiveDate>,
    clock: Option<NaiveTime>,
    at: Option<NaiveDateTime>,
    instant: Option<DateTime<Utc>>,
    uuid: Option<Uuid>,
    level: Option<Level>,
    weight: Option<Weight>,
    later: Deferred<Option<i32>>,
}

/// Creates the table with these column types and without other declarations, as another program
/// would.
fn table(db: &TestDb, types: &[(&str, &str)]) {
    db.execute("DROP TABLE IF EXISTS misfit");
    let columns = Fields::META.columns.iter().map(|column| {
        let ty = types.iter().find(|(name, _)| *name == column.name).map(|(_, ty)| *ty);
        let usual = match (db.dialect(), column.name) {
            (Dialect::Sqlite, "id") => "BIGINT PRIMARY KEY",
            (Dialect::Sqlite, _) => "",
            (_, "id") => "BIGINT PRIMARY KEY",
            (_, "small" | "tiny") => "SMALLINT",
            (_, "number" | "level" | "weight" | "later") => "INTEGER",
            (_, "large") => "BIGINT",
            (_, "single") => "REAL",
            (_, "precise") => "DOUBLE PRECISION",
            (_, "flag") => "BOOLEAN",
            (Dialect::Mysql, "bytes") => "LONGBLOB",
            (_, "bytes") => "BYTEA",
            (_, "day") => "DATE",
            (_, "clock") => "TIME",
            (Dialect::Mysql, "at" | "instant") => "DATETIME",
            (_, "at") => "TIMESTAMP",
            (_, "instant") => "TIMESTAMPTZ",
            (Dialect::Postgres, "uuid") => "UUID",
            _ => "VARCHAR(100)",
        };
        format!("{} {}", column.name, ty.unwrap_or(usual))
    });
    let columns: Vec<_> = columns.collect();
    db.execute(&format!("CREATE TABLE misfit ({})", columns.join(", ")));
}

/// Checks that an error names the row and the column, and says `found` without the value. Returns
/// its text.
fn names(error: Error, row: &str, column: &str, found: &str, value: &str) {
    let text = error.to_string();
    assert_matches!(&error, Error::Decode { entity: "Fields" | "a query", column: named, .. }
        if named == column);
    assert!(text.contains(row) && text.contains(found), "{text}");
    let value = value.trim_matches(['\'', 'x', 'X']);
    assert!(value.len() < 3 || !text.contains(value), "{text} repeats {value}");
}

/// Checks every way of reading one value of a column that does not fit.
macro_rules! misread {
    ($db:expr, $column:ident, $ty:ty, $value:expr, $found:expr) => {{
        let (db, value, found): (&TestDb, &str, &str) = ($db, $value, $found);
        let name = stringify!($column);
        db.execute("DELETE FROM misfit");
        db.execute(&format!("INSERT INTO misfit (id, {name}) VALUES (7, {value})"));
        let mut session = db.session();
        let failed = |error| names(error, "Fields 7", name, found, value);
        let in_row = |error| names(error, "(row 1)", name, found, value);
        failed(session.query::<Fields>().undefer(fields::later).all().unwrap_err());
        session.rollback().unwrap();
        failed(session.query::<Fields>().undefer(fields::later).rows().unwrap_err());
        session.rollback().unwrap();
        failed(session.from_sql::<Fields>("SELECT * FROM misfit").all().unwrap_err());
        session.rollback().unwrap();
        if name != "later" {
            failed(session.get::<Fields>(7).unwrap_err());
            session.rollback().unwrap();
            failed(
                session
                    .load_query::<Fields>({
                        use diesel::QueryDsl;
                        fields::table.select(fields::all_columns)
                    })
                    .unwrap_err(),
            );
            session.rollback().unwrap();
            let streamed: Result<Vec<_>> = session.query::<Fields>().stream().unwrap().collect();
            failed(streamed.unwrap_err());
            session.rollback().unwrap();
        }
        let one = session.query::<Fields>().select(fields::$column).one::<Option<$ty>>();
        in_row(one.unwrap_err());
        session.rollback().unwrap();
        let pair = session.query::<Fields>().select((fields::id, fields::$column));
        in_row(pair.load::<(i64, Option<$ty>)>().unwrap_err());
        session.rollback().unwrap();
        let pair = {
            use diesel::QueryDsl;
            fields::table.select((fields::id, fields::$column))
        };
        in_row(session.load_rows::<(i64, Option<$ty>), _>(pair).unwrap_err());
        session.rollback().unwrap();
    }};
}

/// Checks that a value fits, although its column has a different type.
fn fits(db: &TestDb, column: &str, value: &str, expected: Fields) {
    db.execute("DELETE FROM misfit");
    db.execute(&format!("INSERT INTO misfit (id, {column}) VALUES (7, {value})"));
    let mut session = db.session();
    let found = session.query::<Fields>().undefer(fields::later).rows().unwrap();
    assert_eq!(found, [Fields { id: 7, ..expected }], "{column} = {value}");
}

fn none() -> Fields {
    Fields { later: Deferred::from(None), ..Fields::default() }
}

on_one_database! { Sqlite;
    fn on_sqlite_the_storage_class_is_looked_at(db: &TestDb) {
        table(db, &[]);
        misread!(db, small, i16, "40000", "a number out of range");
        misread!(db, number, i32, "5000000000", "a number out of range");
        misread!(db, number, i32, "'abc'", "text, but the field holds a 32-bit integer");
        misread!(db, number, i32, "1.5", "a number out of range");
        misread!(db, number, i32, "x'616263'", "found bytes");
        misread!(db, large, i64, "'12 apples'", "text");
        misread!(db, large, i64, "1e300", "a number out of range");
        misread!(db, tiny, u8, "256", "a number out of range");
        misread!(db, tiny, u8, "'9'", "text");
        misread!(db, single, f32, "1e300", "a number out of range");
        misread!(db, precise, f64, "'1.5x'", "text");
        misread!(db, precise, f64, "9007199254740993", "a number out of range");
        misread!(db, flag, bool, "'Y'", "text, but the field holds a boolean");
        misread!(db, flag, bool, "2", "a number out of range");
        misread!(db, flag, bool, "1.0", "a floating point number");
        misread!(db, name, String, "x'61626364'", "bytes, but the field holds text");
        misread!(db, name, String, "12345", "an integer");
        misread!(db, name, String, "1.5", "a floating point number");
        misread!(db, bytes, Vec<u8>, "'letters'", "text, but the field holds bytes");
        misread!(db, bytes, Vec<u8>, "12345", "an integer");
        misread!(db, day, NaiveDate, "20240229", "an integer");
        misread!(db, day, NaiveDate, "'29.02.2024'", "invalid");
        misread!(db, clock, NaiveTime, "'noonish'", "not a time of day");
        misread!(db, at, NaiveDateTime, "1700000000", "an integer");
        misread!(db, at, NaiveDateTime, "'1234567'", "text that is not a date");
        misread!(db, at, NaiveDateTime, "'2024-02-29 lunch'", "not a date");
        misread!(db, instant, DateTime<Utc>, "1700000000", "an integer");
        misread!(db, instant, DateTime<Utc>, "'2024-02-29 lunch'", "not a date");
        misread!(db, uuid, Uuid, "'sixteen letters!'", "not a UUID");
        misread!(db, uuid, Uuid, "x'6162636465'", "not a UUID");
        misread!(db, uuid, Uuid, "12345", "an integer");
        misread!(db, level, Level, "'Low'", "text");
        misread!(db, level, Level, "5000000001", "a number out of range");
        misread!(db, weight, Weight, "5000000000", "a number out of range");
        misread!(db, later, i32, "5000000000", "a number out of range");

        fits(db, "number", "3.0", Fields { number: Some(3), ..none() });
        fits(db, "precise", "3", Fields { precise: Some(3.0), ..none() });
        fits(db, "single", "0.1", Fields { single: Some(0.1), ..none() });
        let at = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap().and_hms_opt(12, 0, 0);
        fits(db, "at", "julianday('2024-02-29 12:00')", Fields { at, ..none() });
        let uuid = Some(Uuid::from_bytes(*b"sixteen letters!"));
        fits(db, "uuid", "CAST('sixteen letters!' AS BLOB)", Fields { uuid, ..none() });
    }

    fn a_date_of_sqlite_is_read_alike_with_and_without_a_format(db: &TestDb) {
        table(db, &[]);
        for text in [
            "2024-02-29 12:30:05", "2024-02-29 12:30:05.5", "2024-02-29 12:30:05.123456789",
            "0000-01-01 00:00:00", "9999-12-31 23:59:59.999999", "2024-02-29T12:30:05",
            "2024-02-29 12:30", "2024-02-29 12:30:05Z", "2024-02-29 12:30:60",
            "2023-02-29 12:30:05", "2024-13-01 12:30:05", "2024-02-29 24:00:00",
            "2024-02-29 12:30:05.", "2024-02-29 12:30:05.1x", "2024-02-29 12:30:05.1234567890",
            "2024-02-29 1a:30:05", "2024-02-29", "-044-03-15 12:00:00", "12024-02-29 12:30:05", "",
        ] {
            db.execute("DELETE FROM misfit");
            db.execute(&format!("INSERT INTO misfit (id, at) VALUES (1, '{text}')"));
            let mut session = db.session();
            let object = session.get::<Fields>(1).map(|found| session[found.unwrap()].at);
            let by_format = session.query::<Fields>().select(fields::at).first();
            match (object, by_format) {
                (Ok(object), Ok(Some(by_format))) => assert_eq!(object, by_format, "{text}"),
                (Err(Error::Decode { .. }), Err(Error::Decode { .. })) => {}
                (object, by_format) => panic!("{text}: {object:?} and {by_format:?}"),
            }
        }
    }

    fn a_text_of_sqlite_that_is_not_utf_8_is_an_error(db: &TestDb) {
        table(db, &[]);
        db.execute("INSERT INTO misfit (id, name) VALUES (1, CAST(x'80' AS TEXT))");
        let mut session = db.session();
        assert_matches!(session.get::<Fields>(1).unwrap_err(), Error::Decode { column, .. }
            if column == "name");
        session.rollback().unwrap();
        let names = session.query::<Fields>().select(fields::name).load::<Option<String>>();
        assert_matches!(names.unwrap_err(), Error::Decode { column, .. } if column == "name");
    }
}

on_one_database! { Postgres;
    fn on_postgres_a_number_of_another_width_is_read_and_another_type_is_named(db: &TestDb) {
        table(db, &[("small", "INT"), ("number", "BIGINT"), ("large", "INT"), ("tiny", "BIGINT"),
            ("single", "FLOAT8"), ("precise", "REAL"), ("weight", "INT8"), ("later", "INT8")]);
        misread!(db, small, i16, "40000", "a number out of range");
        misread!(db, number, i32, "5000000000", "a number out of range");
        misread!(db, tiny, u8, "300", "a number out of range");
        misread!(db, single, f32, "1e300", "a number out of range");
        misread!(db, weight, Weight, "5000000000", "a number out of range");
        misread!(db, later, i32, "5000000000", "a number out of range");
        fits(db, "small", "-4", Fields { small: Some(-4), ..none() });
        fits(db, "number", "-5", Fields { number: Some(-5), ..none() });
        fits(db, "large", "6", Fields { large: Some(6), ..none() });
        fits(db, "tiny", "255", Fields { tiny: Some(255), ..none() });
        fits(db, "single", "0.1", Fields { single: Some(0.1), ..none() });
        fits(db, "precise", "0.5", Fields { precise: Some(0.5), ..none() });

        // Values with the right number of bytes that are not numbers.
        table(db, &[("number", "TEXT"), ("single", "INT"), ("large", "TIMESTAMP"),
            ("name", "NUMERIC"), ("bytes", "INT"), ("flag", "\"char\""), ("precise", "TEXT"),
            ("at", "TIME"), ("day", "INT"), ("uuid", "INTERVAL"), ("level", "NUMERIC")]);
        misread!(db, number, i32, "'abcd'", "a value of the type text");
        misread!(db, large, i64, "'2024-02-29'", "of the type timestamp");
        misread!(db, name, String, "12.5", "of the type numeric");
        misread!(db, bytes, Vec<u8>, "12", "of the type integer");
        misread!(db, flag, bool, "'Y'", "of the type with OID 18");
        misread!(db, precise, f64, "'12345678'", "of the type text");
        misread!(db, at, NaiveDateTime, "'12:00'", "of the type time");
        misread!(db, day, NaiveDate, "12", "of the type integer");
        misread!(db, uuid, Uuid, "'1 day'", "of the type interval");
        misread!(db, level, Level, "1", "of the type numeric");
        fits(db, "single", "3", Fields { single: Some(3.0), ..none() });
        misread!(db, single, f32, "16777217", "a number out of range");
        misread!(db, single, f32, "-16777219", "a number out of range");
    }
}

on_one_database! { Mysql;
    fn on_mysql_a_number_of_another_type_is_read_where_it_fits(db: &TestDb) {
        table(db, &[("small", "INT"), ("number", "FLOAT"), ("large", "BIGINT UNSIGNED"),
            ("tiny", "TINYINT"), ("single", "DOUBLE"), ("precise", "BIGINT"), ("flag", "INT"),
            ("level", "DECIMAL(10, 2)"), ("weight", "INT UNSIGNED"), ("later", "BIGINT")]);
        misread!(db, small, i16, "40000", "a number out of range");
        misread!(db, number, i32, "1.5", "a number out of range");
        misread!(db, number, i32, "1e20", "a number out of range");
        misread!(db, large, i64, "9223372036854775808", "a number out of range");
        misread!(db, tiny, u8, "-1", "a number out of range");
        misread!(db, single, f32, "1e300", "a number out of range");
        misread!(db, precise, f64, "9007199254740993", "a number out of range");
        misread!(db, flag, bool, "2", "an integer, but the field holds a boolean");
        misread!(db, level, Level, "1.5", "a number out of range");
        misread!(db, weight, Weight, "4000000000", "a number out of range");
        misread!(db, later, i32, "5000000000", "a number out of range");
        fits(db, "number", "3", Fields { number: Some(3), ..none() });
        fits(db, "level", "2", Fields { level: Some(Level::High), ..none() });
        fits(db, "flag", "1", Fields { flag: Some(true), ..none() });
        fits(db, "large", "7", Fields { large: Some(7), ..none() });
    }

    fn on_mysql_a_value_of_another_kind_is_an_error(db: &TestDb) {
        table(db, &[("number", "VARCHAR(20)"), ("name", "DATETIME"), ("bytes", "INT"),
            ("flag", "VARCHAR(5)"), ("day", "DATETIME"), ("clock", "DATETIME"),
            ("at", "VARCHAR(30)"), ("uuid", "INT")]);
        misread!(db, number, i32, "'12345'", "text or bytes");
        misread!(db, name, String, "'2024-02-29'", "a date and time");
        misread!(db, bytes, Vec<u8>, "12345", "an integer");
        misread!(db, flag, bool, "'Y'", "text");
        misread!(db, day, NaiveDate, "'2024-02-29 12:00'", "a date and time");
        misread!(db, clock, NaiveTime, "'2024-02-29 12:00'", "a date and time");
        misread!(db, at, NaiveDateTime, "'2024-02-29'", "text or bytes");
        misread!(db, uuid, Uuid, "12345", "an integer");
        fits(db, "day", "'2024-02-29'",
            Fields { day: NaiveDate::from_ymd_opt(2024, 2, 29), ..none() });
        table(db, &[("flag", "BIT(1)"), ("name", "DECIMAL(9, 2)")]);
        fits(db, "flag", "b'1'", Fields { flag: Some(true), ..none() });
        misread!(db, name, String, "12345.50", "a decimal");
    }
}

/// A key, and a column that the database generates.
#[derive(Entity, Debug, Clone)]
#[entity(table = "misfit_made")]
struct Made {
    id: i32,
    #[entity(db_default = "5000000000")]
    number: Generated<i32>,
}

on_all_databases! {
    fn keys_sums_and_what_the_database_makes_are_looked_at_too(db: &TestDb) {
        db.execute("CREATE TABLE misfit_made (id BIGINT PRIMARY KEY, number BIGINT DEFAULT 5000000000)");
        let mut session = db.session();
        session.add(Made::builder().id(1).build());
        let error = session.flush().unwrap_err();
        assert_matches!(&error, Error::Decode { entity: "Made", key: Some(key), column, .. }
            if key == "1" && column == "number");
        session.rollback().unwrap();
        db.execute("INSERT INTO misfit_made VALUES (5000000000, 1)");
        let error = session.query::<Made>().all().unwrap_err();
        assert_matches!(&error, Error::Decode { entity: "Made", key: None, row: Some(1), column, .. }
            if column == "id");
        session.rollback().unwrap();
        let error = session.query::<Made>().stream().unwrap().next().unwrap().unwrap_err();
        assert_matches!(&error, Error::Decode { key: None, row: Some(1), .. });
        session.rollback().unwrap();
        let largest = session.query::<Made>().select(diesel::dsl::max(made::id));
        let error = largest.one::<Option<i32>>().unwrap_err();
        assert_matches!(&error, Error::Decode { entity: "Made", row: Some(1), .. });
        session.rollback().unwrap();
        assert_eq!(db.count("misfit_made"), 1);
    }
}
