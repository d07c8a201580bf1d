//! Numbers and booleans as columns.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_all_databases, on_one_database};

use super::types::{Sample, is_missing, refused, round_trip};

#[derive(Entity, Debug, Clone, PartialEq)]
struct Numbers {
    id: i64,
    tiny: i8,
    small: i16,
    medium: i32,
    large: i64,
    utiny: u8,
    usmall: u16,
    umedium: u32,
    single: f32,
    precise: f64,
    flag: bool,
}

#[derive(Entity, Debug, Clone, PartialEq, Default)]
struct Maybe {
    id: i64,
    tiny: Option<i8>,
    small: Option<i16>,
    medium: Option<i32>,
    large: Option<i64>,
    utiny: Option<u8>,
    usmall: Option<u16>,
    umedium: Option<u32>,
    single: Option<f32>,
    precise: Option<f64>,
    flag: Option<bool>,
}

#[derive(Entity, Debug, Clone, PartialEq)]
struct Measure {
    id: i64,
    single: f32,
    precise: f64,
}

macro_rules! samples {
    ($($name:ident),*) => {$(
        impl Sample for $name {
            fn id(&mut self) -> &mut i64 {
                &mut self.id
            }
        }
    )*};
}

samples!(Numbers, Maybe, Measure);

const NONE: Numbers = Numbers {
    id: 0,
    tiny: 0,
    small: 0,
    medium: 0,
    large: 0,
    utiny: 0,
    usmall: 0,
    umedium: 0,
    single: 0.0,
    precise: 0.0,
    flag: false,
};

const LOWEST: Numbers = Numbers {
    tiny: i8::MIN,
    small: i16::MIN,
    medium: i32::MIN,
    large: i64::MIN,
    single: -1.5,
    precise: -0.1,
    ..NONE
};

const HIGHEST: Numbers = Numbers {
    id: 0,
    tiny: i8::MAX,
    small: i16::MAX,
    medium: i32::MAX,
    large: i64::MAX,
    utiny: u8::MAX,
    usmall: u16::MAX,
    umedium: u32::MAX,
    single: 1.0 / 3.0,
    precise: 1.0 / 3.0,
    flag: true,
};

fn maybe(numbers: Numbers) -> Maybe {
    Maybe {
        id: 0,
        tiny: Some(numbers.tiny),
        small: Some(numbers.small),
        medium: Some(numbers.medium),
        large: Some(numbers.large),
        utiny: Some(numbers.utiny),
        usmall: Some(numbers.usmall),
        umedium: Some(numbers.umedium),
        single: Some(numbers.single),
        precise: Some(numbers.precise),
        flag: Some(numbers.flag),
    }
}

fn measure(single: f32, precise: f64) -> Measure {
    Measure { id: 0, single, precise }
}

on_all_databases! {
    fn numbers_keep_their_values_to_the_ends_of_their_types(db: &TestDb) {
        round_trip(db, vec![NONE, LOWEST, HIGHEST]);
    }

    fn numbers_may_be_null(db: &TestDb) {
        round_trip(db, vec![Maybe::default(), maybe(LOWEST), Maybe::default(), maybe(HIGHEST)]);
    }

    fn columns_may_all_be_null(db: &TestDb) {
        round_trip(db, vec![Maybe::default(), Maybe::default(), Maybe::default()]);
    }

    fn floats_keep_every_bit(db: &TestDb) {
        let mut rows = vec![
            measure(f32::MAX, f64::MAX),
            measure(f32::MIN, f64::MIN),
            measure(f32::MIN_POSITIVE, f64::MIN_POSITIVE),
            measure(f32::EPSILON, f64::EPSILON),
            measure(16_777_217.0, 9_007_199_254_740_993.0),
            measure(0.1, 0.1),
            measure(1e-30, 1e-300),
        ];
        if db.dialect() != Dialect::Mysql {
            rows.push(measure(f32::INFINITY, f64::NEG_INFINITY));
        }
        round_trip(db, rows);
    }

    fn numbers_are_compared_as_what_they_are(db: &TestDb) {
        let mut session = db.session_for(schema![Numbers]);
        session.add_all(Numbers::numbered([NONE, LOWEST, HIGHEST]));
        session.commit().unwrap();
        let mut count = |condition: Condition<'_, Numbers>| {
            session.query::<Numbers>().filter(condition).count().unwrap()
        };
        assert_eq!(count(Condition::all().and(numbers::tiny.lt(val(0_i8)))), 1);
        assert_eq!(count(Condition::all().and(numbers::utiny.eq(val(u8::MAX)))), 1);
        assert_eq!(count(Condition::all().and(numbers::usmall.ge(val(0_u16)))), 3);
        assert_eq!(count(Condition::all().and(numbers::umedium.gt(val(u32::MAX - 1)))), 1);
        assert_eq!(count(Condition::all().and(numbers::small.eq(i16::MIN))), 1);
        assert_eq!(count(Condition::all().and(numbers::large.between(i64::MIN, -1))), 1);
        assert_eq!(count(Condition::all().and(numbers::precise.lt(0.0))), 1);
        assert_eq!(count(Condition::all().and(numbers::flag.eq(true))), 1);
        assert_eq!(count(Condition::all().and(numbers::medium.in_list([i32::MIN, i32::MAX]))), 2);
    }

    fn a_number_too_large_for_its_field_is_an_error_that_names_the_column(db: &TestDb) {
        let mut session = db.session_for(schema![Numbers]);
        session.add_all(Numbers::numbered([NONE, NONE]));
        session.commit().unwrap();
        for (column, value) in [("tiny", 128), ("utiny", 256), ("utiny", -1), ("usmall", -1)] {
            db.execute(&format!("UPDATE numbers SET {column} = {value} WHERE id = 2"));
            let error = session.query::<Numbers>().order_by(numbers::id.asc()).all().unwrap_err();
            let Error::Decode { entity, key, column: named, .. } = error else { panic!("{error}") };
            assert_eq!((entity, key.as_deref(), named.as_str()), ("Numbers", Some("2"), column));
            session.rollback().unwrap();
            db.execute(&format!("UPDATE numbers SET {column} = 0"));
        }
        assert_eq!(session.query::<Numbers>().all().unwrap().len(), 2, "the session still works");
    }

    fn null_where_no_null_can_be_is_an_error(db: &TestDb) {
        db.execute(
            "CREATE TABLE measure (id BIGINT PRIMARY KEY, single REAL, precise DOUBLE PRECISION)",
        );
        db.execute("INSERT INTO measure VALUES (1, 1.5, NULL)");
        let mut session = db.session();
        let error = session.get::<Measure>(1).unwrap_err();
        assert_matches!(error, Error::Decode { column, .. } if column == "precise");
        session.rollback().unwrap();
        db.execute("UPDATE measure SET precise = 2.5");
        let one = session.get_one::<Measure>(1).unwrap();
        assert_eq!(session[one], Measure { id: 1, ..measure(1.5, 2.5) });
    }
}

on_one_database! { Postgres;
    fn postgres_keeps_the_sign_of_zero_and_nan(db: &TestDb) {
        let mut session = db.session_for(schema![Measure]);
        session.add_all(Measure::numbered([measure(-0.0, -0.0), measure(f32::NAN, f64::NAN)]));
        session.commit().unwrap();
        let rows = db.session().query::<Measure>().order_by(measure::id.asc()).rows().unwrap();
        assert!(rows[0].single.is_sign_negative() && rows[0].precise.is_sign_negative());
        assert!(rows[1].single.is_nan() && rows[1].precise.is_nan());
    }
}

on_one_database! { Sqlite;
    fn sqlite_takes_a_nan_for_null(db: &TestDb) {
        let error = refused(db, measure(0.0, f64::NAN), measure(1.0, 1.0));
        assert!(is_missing(&error), "{error}");
    }

    fn a_nan_in_a_column_that_may_be_null_comes_back_as_none(db: &TestDb) {
        let mut session = db.session_for(schema![Maybe]);
        session.add(Maybe { id: 1, precise: Some(f64::NAN), ..Maybe::default() });
        session.commit().unwrap();
        assert_eq!(db.session().query::<Maybe>().rows().unwrap()[0].precise, None);
    }
}

on_one_database! { Mysql;
    fn mysql_refuses_numbers_that_are_not_finite(db: &TestDb) {
        for bad in [f64::NAN, f64::INFINITY] {
            let db = TestDb::create(db.dialect()).unwrap();
            refused(&db, measure(0.0, bad), measure(1.0, 1.0));
        }
    }
}
