//! Every type of primary key, in every call that finds a row.

use std::fmt::Debug;

use chrono::{DateTime, NaiveDate, Utc};
use orm_runtime::prelude::*;
use orm_runtime::{Schema, error::DatabaseErrorKind, key::Key};
use orm_tests::{TestDb, assert_matches, assert_sql, on_all_databases};
use uuid::Uuid;

/// An entity whose only other column is a note.
trait Noted: orm_runtime::inheritance::Concrete + orm_runtime::relationship::Writable + Debug {
    fn with(key: Self::Key) -> Self;
    fn note(&mut self) -> &mut String;
}

macro_rules! noted {
    ($($name:ident($($part:ident: $ty:ty $(= $length:literal)?),*))*) => {$(
        #[derive(Entity, Debug)]
        #[entity(table = "noted")]
        struct $name {
            $(#[entity(primary_key $(, length = $length)?)] $part: $ty,)*
            note: String,
        }

        impl Noted for $name {
            #[allow(unused_parens, reason = "a key of one part is not a tuple")]
            fn with(($($part),*): Self::Key) -> Self {
                $name { $($part: $part.into(),)* note: "new".to_owned() }
            }

            fn note(&mut self) -> &mut String {
                &mut self.note
            }
        }
    )*};
}

noted! {
    ByAuto64(id: Auto<i64>)
    ByAuto32(id: Auto<i32>)
    ByI64(id: i64)
    ByI32(id: i32)
    ByI16(id: i16)
    ByI8(id: i8)
    ByU8(id: u8)
    ByU16(id: u16)
    ByU32(id: u32)
    ByBool(id: bool)
    ByText(id: String = 100)
    ByUuid(id: Uuid)
    ByDate(id: NaiveDate)
    ByTime(id: DateTime<Utc>)
    ByTwo(a: i32, b: i32)
    ByThree(a: String = 20, b: i64, c: Uuid)
    ByFour(a: i16, b: String = 20, c: NaiveDate, d: u32)
}

/// Stores, finds, changes and deletes rows with these keys, one by one and many at once. The keys
/// are given in ascending order.
fn every_way<T: Noted>(db: &TestDb, keys: &[T::Key]) {
    let mut session = db.session_for(Schema::new([T::META]));
    let (first, rest) = keys.split_first().unwrap();
    session.add(T::with(first.clone()));
    session.flush().unwrap();
    session.add_all(rest.iter().cloned().map(T::with));
    session.commit().unwrap();
    assert_sql!(session, format!("I noted x{}", keys.len()));

    let mut other = db.session();
    for key in keys {
        let handle = other.get_one::<T>(key.clone()).unwrap();
        assert_eq!(other.key(handle).as_ref(), Some(key));
        assert_eq!(other.find::<T>(key.clone()), Some(handle));
        assert_eq!(other.get::<T>(key.clone()).unwrap(), Some(handle));
    }
    other.clear();
    other.take_log();
    let mut backwards: Vec<T::Key> = keys.to_vec();
    backwards.reverse();
    let handles = other.get_many::<T>(backwards.clone()).unwrap();
    assert_sql!(other, "S noted");
    let found: Vec<_> = handles.iter().map(|handle| other.key(handle.unwrap()).unwrap()).collect();
    assert_eq!(found, backwards);

    let handles: Vec<_> = handles.into_iter().flatten().collect();
    other[handles[0]].note().push('!');
    other.commit().unwrap();
    assert_sql!(other, "U noted[note] x1");
    for (&handle, n) in handles.iter().zip(0..) {
        *other[handle].note() = format!("note {n}");
    }
    other.commit().unwrap();
    assert_sql!(other, format!("U noted[note] x{}", keys.len()));
    for (key, n) in backwards.iter().zip(0..) {
        let handle = session.get_one::<T>(key.clone()).unwrap();
        assert_eq!(*session[handle].note(), format!("note {n}"));
    }
    other.refresh(&handles).unwrap();
    other.rollback().unwrap();
    session.commit().unwrap();

    other.take_log();
    other.delete(handles[0]).unwrap();
    other.commit().unwrap();
    assert_eq!(other.get::<T>(backwards[0].clone()).unwrap(), None);
    for &handle in &handles[1..] {
        other.delete(handle).unwrap();
    }
    other.commit().unwrap();
    assert_eq!(db.count("noted"), 0);
    assert!(other.is_empty());
}

fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

on_all_databases! {
    fn auto_i64_is_a_key(db: &TestDb) {
        every_way::<ByAuto64>(db, &[-5, 1, 7, 513, i64::MAX]);
    }

    fn auto_i32_is_a_key(db: &TestDb) {
        every_way::<ByAuto32>(db, &[-5, 1, 7, 513, i32::MAX]);
    }

    fn i64_is_a_key(db: &TestDb) {
        every_way::<ByI64>(db, &[i64::MIN, -1, 0, 1, i64::MAX]);
    }

    fn i32_is_a_key(db: &TestDb) {
        every_way::<ByI32>(db, &[i32::MIN, -1, 0, 1, i32::MAX]);
    }

    fn i16_is_a_key(db: &TestDb) {
        every_way::<ByI16>(db, &[i16::MIN, -1, 0, 1, i16::MAX]);
    }

    fn i8_is_a_key(db: &TestDb) {
        every_way::<ByI8>(db, &[i8::MIN, -1, 0, 1, i8::MAX]);
    }

    fn u8_is_a_key(db: &TestDb) {
        every_way::<ByU8>(db, &[0, 1, 127, 128, u8::MAX]);
    }

    fn u16_is_a_key(db: &TestDb) {
        every_way::<ByU16>(db, &[0, 1, 32_767, 32_768, u16::MAX]);
    }

    fn u32_is_a_key(db: &TestDb) {
        every_way::<ByU32>(db, &[0, 1, 1 << 31, u32::MAX]);
    }

    fn bool_is_a_key(db: &TestDb) {
        every_way::<ByBool>(db, &[false, true]);
    }

    fn text_is_a_key(db: &TestDb) {
        let keys =
            ["", "A", "a", "a\"b\\c", "a'b", "a\nb\tc\r", "null", "\u{e4}\u{df}", "\u{1f980}"];
        let mut keys = keys.map(str::to_owned);
        keys.sort_unstable();
        every_way::<ByText>(db, &keys);
    }

    fn uuid_is_a_key(db: &TestDb) {
        every_way::<ByUuid>(db, &[uuid(0), uuid(1), uuid(1 << 100), uuid(u128::MAX)]);
    }

    fn date_is_a_key(db: &TestDb) {
        every_way::<ByDate>(db, &[date("1000-01-01"), date("2024-02-29"), date("9999-12-31")]);
    }

    fn a_point_in_time_is_a_key(db: &TestDb) {
        let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        every_way::<ByTime>(
            db,
            &[
                time("1970-01-01T00:00:00Z"),
                time("2024-02-29T23:59:59.999999Z"),
                time("2024-03-01T00:00:00Z"),
            ],
        );
    }

    fn two_columns_are_a_key(db: &TestDb) {
        every_way::<ByTwo>(db, &[(0, i32::MIN), (1, 1), (1, 2), (2, 1), (2, 2)]);
    }

    fn three_columns_are_a_key(db: &TestDb) {
        let key = |a: &str, b, c| (a.to_owned(), b, uuid(c));
        every_way::<ByThree>(db, &[key("", 0, 0), key("a", 1, 1), key("a", 1, 2), key("b", 1, 1)]);
    }

    fn four_columns_are_a_key(db: &TestDb) {
        let key = |a, b: &str, d| (a, b.to_owned(), date("2024-02-29"), d);
        every_way::<ByFour>(db, &[key(-1, "x", 0), key(1, "'", 1), key(1, "x", u32::MAX)]);
    }

    fn more_keys_than_fit_one_statement_are_asked_for_in_parts(db: &TestDb) {
        let mut session = db.session_for(Schema::new([ByTwo::META]));
        let keys: Vec<(i32, i32)> = (0..20_000).map(|n| (n / 100, n % 100)).collect();
        session.bulk_insert(keys.iter().copied().map(ByTwo::with)).unwrap();
        session.commit().unwrap();
        session.take_log();
        let found = session.get_many::<ByTwo>(keys.iter().copied()).unwrap();
        assert!(
            found
                .iter()
                .zip(&keys)
                .all(|(&handle, &key)| session.key(handle.unwrap()) == Some(key))
        );
        let log = session.take_log();
        let selects = log.iter().filter(|record| record.sql.starts_with("SELECT")).count();
        let most = if db.dialect() == Dialect::Postgres { 1 } else { 3 };
        assert!(selects <= most, "{selects} SELECTs");
    }

    fn keys_without_a_row_are_none_in_their_place(db: &TestDb) {
        let mut session = db.session_for(Schema::new([ByText::META]));
        let stored = session.add(ByText::with("b".to_owned()));
        session.commit().unwrap();
        let found = session.get_many::<ByText>(["a", "b", "c", "b"].map(str::to_owned)).unwrap();
        assert_eq!(found, [None, Some(stored), None, Some(stored)]);
        assert_eq!(session.get::<ByText>("a").unwrap(), None);
        assert_eq!(session.get::<ByText>("b").unwrap(), Some(stored), "a &str is enough");
    }

    // A29, except that a key here cannot be NULL.
    fn a_key_that_is_taken_is_a_violation_that_names_it(db: &TestDb) {
        let mut session = db.session_for(Schema::new([ByTwo::META]));
        session.add(ByTwo::with((1, 1)));
        session.commit().unwrap();
        let second = session.add(ByTwo::with((1, 1)));
        let error = session.commit().unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
        assert_matches!(error, Error::Constraint(violation)
            if violation.key.as_deref() == Some("(1, 1)") && violation.handle() == Some(second));
        session[second].b = 2;
        session.commit().unwrap();
        assert_eq!(db.rows("noted", "b, a"), ["1|1", "2|1"]);
    }

    fn two_new_objects_with_one_key_are_a_violation(db: &TestDb) {
        let mut session = db.session_for(Schema::new([ByText::META]));
        let handles = session.add_all((0..20).map(|n| ByText::with(n.to_string())));
        let twin = session.add(ByText::with("7".to_owned()));
        session.add_all((20..40).map(|n| ByText::with(n.to_string())));
        let error = session.flush().unwrap_err();
        assert_matches!(error, Error::Constraint(violation)
            if violation.key.as_deref() == Some("\"7\"") && violation.handle() == Some(twin));
        session.delete(twin).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("noted"), 40);
        assert_eq!(session.find::<ByText>("7"), Some(handles[7]));
    }

    fn a_key_of_zero_is_stored_as_it_is(db: &TestDb) {
        let mut session = db.session_for(Schema::new([ByAuto64::META]));
        let zero = session.add(ByAuto64::with(0));
        match session.commit() {
            Ok(()) => {
                let key = session.key(zero).unwrap();
                assert_eq!(db.rows("noted", "id"), [key.to_string()], "the object and the row agree");
            }
            Err(error) => assert_matches!(error, Error::InvalidState { .. } | Error::Configuration(_)),
        }
    }
}

#[test]
fn the_smallest_integer_stands_for_a_key_that_is_not_made() {
    assert_eq!(Auto::from(i64::MIN).get(), None);
    assert_eq!(Auto::<i32>::default().get(), None);
    assert_eq!(Auto::<i32>::default(), Auto::from(i32::MIN));
    assert!(Auto::from(0_i64).is_set());
    assert_eq!(Auto::<i64>::default().to_string(), "unset");
    assert_eq!(size_of::<Auto<i64>>(), 8);
}

#[test]
fn a_key_type_is_comparable_and_cheap_to_find() {
    fn is_key<K: Key>() {}
    is_key::<(i16, String, NaiveDate, u32)>();
    is_key::<Uuid>();
}
