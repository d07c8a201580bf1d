//! Rows that are inserted, or written over existing rows.

use chrono::{DateTime, TimeZone, Utc};
use orm_runtime::error::DatabaseErrorKind;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, on_all_databases};

#[derive(Entity, Debug, Clone)]
#[entity(table = "items", unique(shop, code))]
struct Item {
    id: Auto<i64>,
    shop: i64,
    #[entity(length = 20)]
    code: String,
    cents: i64,
    #[entity(unique)]
    barcode: Option<i64>,
    note: Deferred<Option<String>>,
    #[entity(db_default = "'new'", length = 20)]
    state: Generated<String>,
    #[entity(created_at)]
    made: DateTime<Utc>,
    #[entity(updated_at)]
    written: DateTime<Utc>,
    #[entity(version)]
    version: i32,
}

/// Returns a row without a note and with an old time.
fn item(shop: i64, code: &str, cents: i64) -> Item {
    let long_ago = Utc.with_ymd_and_hms(2001, 2, 3, 4, 5, 6).unwrap();
    let row = Item::builder().shop(shop).code(code).cents(cents).made(long_ago).written(long_ago);
    Item { note: Deferred::default(), ..row.build() }
}

/// Opens a session on two stored items. The first one has been written three times.
fn items(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![Item]);
    let mut first = item(1, "tea", 100);
    first.note.set(Some("green".to_owned()));
    first.state.set("sold".to_owned());
    first.barcode = Some(11);
    session.add_all([first, Item { barcode: Some(22), ..item(1, "milk", 200) }]);
    session.commit().unwrap();
    db.execute("UPDATE items SET version = 3 WHERE code = 'tea'");
    session.clear();
    session.take_log();
    session
}

fn stored(db: &TestDb) -> Vec<String> {
    db.rows("items", "id, shop, code, cents, barcode, note, state, version")
}

fn assert_duplicate(error: &Error, numbers: Option<(usize, usize)>, by: &[&str]) {
    match error {
        Error::DuplicateRows { rows, columns, .. } => {
            assert_eq!((*rows, &columns[..]), (numbers, by))
        }
        other => panic!("{other:?}"),
    }
}

on_all_databases! {
    fn what_a_row_does_not_give_stays(db: &TestDb) {
        let mut session = items(db);
        let tea = session.get_one::<Item>(1).unwrap();
        let before = (session[tea].made, session[tea].written);
        session.take_log();
        let rows = [item(1, "tea", 110), item(2, "tea", 120)];
        assert_eq!(session.bulk_upsert(rows).on((item::shop, item::code)).run().unwrap(), 2);
        assert!(session.is_stale(tea));
        session.commit().unwrap();
        let mut rows = stored(db);
        let new = rows.pop().unwrap();
        assert_eq!(rows, ["1|1|tea|110|NULL|green|sold|4", "2|1|milk|200|22|NULL|new|1"]);
        assert!(new.ends_with("|2|tea|120|NULL|NULL|new|1"), "{new}");
        session.refresh(&[tea]).unwrap();
        assert_eq!(session[tea].made, before.0);
        assert!(session[tea].written > before.1 + chrono::Duration::days(1_000));
    }

    fn a_version_is_never_set_back(db: &TestDb) {
        let mut session = items(db);
        let mut other = db.session();
        let theirs = other.get_one::<Item>(1).unwrap();
        other.commit().unwrap();
        let mut row = item(1, "tea", 130);
        row.id = 1.into();
        row.version = 1;
        session.bulk_upsert([row]).run().unwrap();
        session.commit().unwrap();
        assert_eq!(stored(db)[0], "1|1|tea|130|NULL|green|sold|4");
        other[theirs].cents = 1;
        assert_matches!(other.commit(), Err(Error::StaleRow { .. }));
    }

    fn one_statement_where_the_key_says_which_rows_are_equal(db: &TestDb) {
        let mut session = items(db);
        let rows = (1..=100).map(|n| Item { id: n.into(), ..item(n, "x", n) });
        session.bulk_upsert(rows).run().unwrap();
        let log = session.take_log();
        assert_eq!(log.iter().filter(|it| !it.is_transaction_control()).count(), 1);
        session.commit().unwrap();
        assert_eq!(db.count("items WHERE version = 4 OR version = 2"), 2);
        assert_eq!(db.count("items"), 100);
    }

    fn a_row_in_the_way_by_another_unique_set_is_an_error(db: &TestDb) {
        let mut session = items(db);
        let before = stored(db);
        let by_barcode = Item { barcode: Some(22), ..item(1, "tea", 1) };
        let by_key = Item { id: 2.into(), ..item(1, "coffee", 1) };
        for row in [by_barcode, by_key] {
            let error =
                session.bulk_upsert([row.clone()]).on((item::code, item::shop)).run().unwrap_err();
            assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
            session.rollback().unwrap();
        }
        // It is new by its pair of columns, and neither updated nor ignored because of the barcode.
        let new = Item { barcode: Some(22), ..item(1, "rice", 1) };
        for nothing in [false, true] {
            let upsert = session.bulk_upsert([new.clone()]).on((item::shop, item::code));
            let error = if nothing { upsert.do_nothing() } else { upsert }.run().unwrap_err();
            assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
            session.rollback().unwrap();
        }
        // The conflict is on the key, which the row does not have.
        let error = session.bulk_upsert([new]).run().unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
        session.rollback().unwrap();
        assert_eq!(stored(db), before);
    }

    fn rows_without_a_value_are_new(db: &TestDb) {
        let mut session = items(db);
        let rows = [item(5, "a", 1), item(5, "b", 1), Item { barcode: Some(11), ..item(1, "tea", 7) }];
        session.bulk_upsert(rows).on(item::barcode).run().unwrap();
        session.commit().unwrap();
        assert_eq!(stored(db)[0], "1|1|tea|7|11|green|sold|4");
        assert_eq!(db.count("items"), 4);
    }

    fn columns_that_are_not_a_unique_set_are_refused(db: &TestDb) {
        let mut session = items(db);
        let refused = |error: Error| match error {
            Error::Configuration(text) => text,
            other => panic!("{other:?}"),
        };
        let by_shop = refused(session.bulk_upsert([item(1, "a", 1)]).on(item::shop).run().unwrap_err());
        assert!(by_shop.ends_with("its unique sets are (id), (barcode), (shop, code)"), "{by_shop}");
        let by_both = session.bulk_upsert([item(1, "a", 1)]).on((item::barcode, item::shop)).run();
        refused(by_both.unwrap_err());
        assert_no_sql!(session);
    }

    fn nothing_is_done_with_rows_that_are_there(db: &TestDb) {
        let mut session = items(db);
        let before = stored(db);
        let rows = [item(1, "tea", 1), item(1, "rice", 2), item(1, "rice", 3), item(1, "milk", 4)];
        session.bulk_upsert(rows).on((item::shop, item::code)).do_nothing().run().unwrap();
        let rows = [Item { id: 1.into(), ..item(8, "x", 1) }, Item { id: 99.into(), ..item(9, "x", 1) }];
        session.bulk_upsert(rows).do_nothing().run().unwrap();
        session.commit().unwrap();
        assert_eq!(stored(db)[..2], before);
        assert_eq!(db.count("items WHERE code = 'rice' AND cents = 2"), 1);
        assert_eq!(db.count("items WHERE shop = 9"), 1);
        assert_eq!(db.count("items"), 4);
    }

    fn rows_that_are_the_same_are_refused_before_anything_is_written(db: &TestDb) {
        let mut session = items(db);
        let before = stored(db);
        let rows = [item(7, "a", 1), item(7, "b", 1), item(8, "a", 1), item(7, "b", 2)];
        let error = session.bulk_upsert(rows).on((item::shop, item::code)).run().unwrap_err();
        assert_duplicate(&error, Some((2, 4)), &["shop", "code"]);
        assert_eq!(
            error.to_string(),
            "rows 2 and 4 of the call are the same Item by (shop, code); remove one of them"
        );
        let rows = [5, 6, 5].map(|id| Item { id: id.into(), ..item(id, "k", id) });
        let error = session.bulk_upsert(rows).run().unwrap_err();
        assert_duplicate(&error, Some((1, 3)), &["id"]);
        assert!(error.to_string().contains("the same Item 5 by (id)"), "{error}");
        let rows = [3, 4, 4].map(|n| Item { barcode: Some(n), ..item(n, &n.to_string(), 1) });
        let error = session.bulk_upsert(rows).on(item::barcode).run().unwrap_err();
        assert_duplicate(&error, Some((2, 3)), &["barcode"]);
        let log = session.take_log();
        assert!(!log.iter().any(|it| it.sql.starts_with("INSERT")), "{log:?}");
        session.commit().unwrap();
        assert_eq!(stored(db), before);
    }

    fn so_are_those_that_are_thousands_of_rows_apart(db: &TestDb) {
        let mut session = items(db);
        let before = stored(db);
        let rows = |last: i64| {
            let rows = (0..10_050).map(|n| Item { barcode: Some(n + 100), ..item(n, "k", n) });
            rows.chain([Item { barcode: Some(last), ..item(-1, "k", 1) }])
        };
        let error = session.bulk_upsert(rows(100)).on(item::barcode).run().unwrap_err();
        assert_duplicate(&error, None, &["barcode"]);
        let keyed = rows(7).map(|row| Item { id: (row.barcode.unwrap() + 5).into(), barcode: None, ..row });
        let keyed = keyed.chain([Item { id: 105.into(), ..item(-2, "k", 1) }]);
        let error = session.bulk_upsert(keyed).run().unwrap_err();
        assert_duplicate(&error, Some((1, 10_052)), &["id"]);
        session.commit().unwrap();
        assert_eq!(stored(db), before, "a call is written completely or not at all");
    }

    fn a_call_that_fails_in_its_second_statement_leaves_nothing(db: &TestDb) {
        let mut session = items(db);
        let before = stored(db);
        let rows = (0..10_400).map(|n| Item {
            barcode: (n == 10_300).then_some(22),
            id: (1_000 + n).into(),
            ..item(n, "k", n)
        });
        let error = session.bulk_upsert(rows).run().unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
        session.commit().unwrap();
        assert_eq!(stored(db), before);
    }
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "seats", unique(columns(room, place), where = "left_in IS NULL"))]
struct Seat {
    id: Auto<i64>,
    room: i64,
    place: i64,
    left_in: Option<i32>,
    holder: i64,
}

fn seat(place: i64, left_in: Option<i32>, holder: i64) -> Seat {
    Seat::builder().room(1).place(place).maybe_left_in(left_in).holder(holder).build()
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "words")]
struct Word {
    id: Auto<i64>,
    #[entity(unique, length = 20)]
    text: String,
    amount: i64,
}

/// Creates a table whose strings are compared without regard to case.
fn words(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![Word]);
    schema![Word].drop_all(&mut session).unwrap();
    let (key, text) = match db.dialect() {
        Dialect::Sqlite => ("INTEGER PRIMARY KEY", "TEXT COLLATE NOCASE"),
        Dialect::Postgres => {
            db.execute(
                "CREATE COLLATION no_case (provider = icu, locale = 'und-u-ks-level2', \
                 deterministic = false)",
            );
            ("BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", "TEXT COLLATE no_case")
        }
        Dialect::Mysql => {
            ("BIGINT AUTO_INCREMENT PRIMARY KEY", "VARCHAR(20) COLLATE utf8mb4_general_ci")
        }
        _ => unreachable!("a database without tests"),
    };
    db.execute(&format!(
        "CREATE TABLE words (id {key}, text {text} NOT NULL UNIQUE, amount BIGINT NOT NULL)"
    ));
    session.bulk_insert([word("en", 1), word("de", 2)]).unwrap();
    session.commit().unwrap();
    session
}

fn word(text: &str, amount: i64) -> Word {
    Word::builder().text(text).amount(amount).build()
}

on_all_databases! {
    fn a_unique_index_with_a_condition_finds_rows_for_which_it_holds(db: &TestDb) {
        let mut session = db.session_for(schema![Seat]);
        session.bulk_insert([seat(1, Some(1990), 10), seat(1, None, 11), seat(2, Some(1991), 12)]).unwrap();
        session.commit().unwrap();
        let rows = [seat(1, None, 21), seat(2, None, 22), seat(2, Some(2000), 23), seat(3, Some(2001), 24)];
        session.bulk_upsert(rows).on((seat::room, seat::place)).run().unwrap();
        session.commit().unwrap();
        let mut rows = db.rows("seats", "place, left_in, holder");
        rows.sort();
        assert_eq!(
            rows,
            ["1|1990|10", "1|NULL|21", "2|1991|12", "2|2000|23", "2|NULL|22", "3|2001|24"]
        );
        let before = db.rows("seats", "id, place, left_in, holder");
        let rows = [seat(9, None, 1), seat(2, None, 2), seat(9, None, 3)];
        let error = session.bulk_upsert(rows).on((seat::room, seat::place)).run().unwrap_err();
        assert_duplicate(&error, None, &["room", "place"]);
        session.rollback().unwrap();
        assert_eq!(db.rows("seats", "id, place, left_in, holder"), before);
        let rows = [seat(1, None, 99), seat(8, None, 98)];
        session.bulk_upsert(rows).on((seat::place, seat::room)).do_nothing().run().unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("seats WHERE holder = 99"), 0);
        assert_eq!(db.count("seats WHERE holder = 98"), 1);
    }

    fn which_texts_are_equal_is_for_the_database_to_say(db: &TestDb) {
        let mut session = words(db);
        session.bulk_upsert([word("EN", 10), word("fr", 3)]).on(word::text).run().unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("words", "amount, text"), ["2|de", "3|fr", "10|en"]);

        for nothing in [false, true] {
            let rows = [word("it", 4), word("es", 5), word("IT", 6)];
            let upsert = session.bulk_upsert(rows).on(word::text);
            if nothing {
                upsert.do_nothing().run().unwrap();
                continue;
            }
            let error = upsert.run().unwrap_err();
            assert_duplicate(&error, None, &["text"]);
            assert!(error.to_string().contains("as the database compares them"), "{error}");
            if db.dialect() == Dialect::Postgres {
                session.rollback().unwrap();
            }
            session.commit().unwrap();
            assert_eq!(db.count("words"), 3);
        }
        session.commit().unwrap();
        assert_eq!(db.rows("words", "amount, text"), ["2|de", "3|fr", "4|it", "5|es", "10|en"]);
    }

    fn what_it_takes_to_ask_it(db: &TestDb) {
        let mut session = words(db);
        session.take_log();
        session.bulk_upsert([word("it", 4), word("es", 5)]).on(word::text).run().unwrap();
        let log = session.take_log();
        let sent: Vec<_> = log.iter().map(|it| it.sql.split(' ').next().unwrap()).collect();
        match db.dialect() {
            Dialect::Mysql => {
                assert_eq!(sent[sent.len() - 4..], ["SAVEPOINT", "INSERT", "SELECT", "RELEASE"]);
            }
            Dialect::Sqlite | Dialect::Postgres => {
                assert_eq!(sent[sent.len() - 3..], ["SAVEPOINT", "INSERT", "RELEASE"]);
            }
         _ => unreachable!("a database without tests"), }
        session.bulk_upsert([word("it", 5)]).on(word::text).run().unwrap();
        assert_eq!(session.take_log().len(), 1);
    }
}
