//! Many rows with different values in few statements.

use chrono::{DateTime, TimeZone, Utc};
use orm_runtime::error::DatabaseErrorKind;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, on_all_databases};

#[derive(Entity, Debug, Clone)]
#[entity(table = "products", unique(shop, code), check = "stock >= 0")]
struct Product {
    id: Auto<i64>,
    shop: i64,
    #[entity(length = 20)]
    code: String,
    price: Decimal,
    stock: i64,
    #[entity(unique)]
    barcode: Option<i64>,
    note: Deferred<Option<String>>,
    #[entity(created_at)]
    made: DateTime<Utc>,
    #[entity(updated_at)]
    written: DateTime<Utc>,
    #[entity(version)]
    version: i32,
}

use rust_decimal::Decimal;

fn long_ago() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2001, 2, 3, 4, 5, 6).unwrap()
}

/// Returns a row without a note and with an old time.
fn product(code: &str, cents: i64, stock: i64) -> Product {
    let price = Decimal::new(cents, 2);
    let row = Product::builder().shop(1).code(code).price(price).stock(stock);
    Product { note: Deferred::default(), ..row.made(long_ago()).written(long_ago()).build() }
}

/// Opens a session on three stored products.
fn products(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![Product]);
    let mut tea = product("tea", 250, 5);
    tea.note.set(Some("green".to_owned()));
    session.add_all([tea, product("milk", 90, 7), product("salt", 40, 9)]);
    session.commit().unwrap();
    session.clear();
    session.take_log();
    session
}

fn stored(db: &TestDb) -> Vec<String> {
    db.rows("products", "id, code, stock, barcode, note, version")
}

/// Returns how many statements other than those of transactions were sent.
fn sent(session: &mut Session) -> usize {
    session.take_log().iter().filter(|it| !it.is_transaction_control()).count()
}

on_all_databases! {
    fn rows_are_found_by_a_unique_set_or_by_their_keys(db: &TestDb) {
        let mut session = products(db);
        let rows = [product("salt", 1, 19), product("tea", 2, 15)];
        let by_code = session.bulk_update(rows).set(product::stock).on((product::code, product::shop));
        assert_eq!(by_code.run().unwrap(), 2);
        assert_eq!(sent(&mut session), 1);
        session.commit().unwrap();
        assert_eq!(
            stored(db),
            ["1|tea|15|NULL|green|2", "2|milk|7|NULL|NULL|1", "3|salt|19|NULL|NULL|2"]
        );
        let keyed = |id: i64, stock| Product { id: id.into(), ..product("x", 77, stock) };
        let rows = [keyed(2, 8), keyed(1, 16)];
        session.bulk_update(rows).set((product::stock, product::price)).run().unwrap();
        session.commit().unwrap();
        assert_eq!(
            stored(db),
            ["1|tea|16|NULL|green|3", "2|milk|8|NULL|NULL|2", "3|salt|19|NULL|NULL|2"]
        );
        let prices: Vec<Decimal> =
            session.query::<Product>().order_by(product::id).select(product::price).load().unwrap();
        assert_eq!(prices, [77, 77, 40].map(|cents| Decimal::new(cents, 2)));
    }

    fn without_set_every_given_column_is_written(db: &TestDb) {
        let mut session = products(db);
        let tea = session.get_one::<Product>(1).unwrap();
        let before = (session[tea].made, session[tea].written);
        let row = Product { barcode: Some(11), ..product("tea", 260, 6) };
        session.bulk_update([row]).on((product::shop, product::code)).run().unwrap();
        assert!(session.is_stale(tea));
        session.commit().unwrap();
        assert_eq!(stored(db)[0], "1|tea|6|11|green|2");
        session.refresh(&[tea]).unwrap();
        assert_eq!(session[tea].made, before.0);
        assert!(session[tea].written > before.1 + chrono::Duration::days(1_000));
        let row = Product { note: Deferred::new(None), ..product("tea", 260, 6) };
        session.bulk_update([row]).set(product::note).on((product::shop, product::code)).run().unwrap();
        session.commit().unwrap();
        assert_eq!(stored(db)[0], "1|tea|6|11|NULL|3");
    }

    fn updated_at_is_written_whatever_set_names(db: &TestDb) {
        let mut session = products(db);
        db.execute("UPDATE products SET written = made");
        let row = product("tea", 0, 1);
        session.bulk_update([row]).set(product::stock).on((product::shop, product::code)).run().unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("products WHERE written > made"), 1);
    }

    fn a_row_that_matches_nothing_is_an_error_with_its_number(db: &TestDb) {
        let mut session = products(db);
        let before = stored(db);
        let rows = ["tea", "milk", "rum", "salt", "gin"].map(|code| product(code, 1, 1));
        let by = (product::shop, product::code);
        let error = session.bulk_update(rows.clone()).on(by).run().unwrap_err();
        assert_eq!(
            error.to_string(),
            "row 3 of the update matches no Product by (shop, code); insert it, or count such rows with \
             skip_missing()"
        );
        assert_matches!(error, Error::UnmatchedRow { row: Some(3), entity: "Product", .. });
        session.commit().unwrap();
        assert_eq!(stored(db), before);
        assert_eq!(session.bulk_update(rows).on(by).skip_missing().run().unwrap(), 3);
        session.commit().unwrap();
        assert_eq!(db.count("products WHERE stock = 1 AND version = 2"), 3);
        // A key that is not there, and a key that was not given.
        for row in [Product { id: 99.into(), ..product("x", 1, 1) }, product("x", 1, 1)] {
            let error = session.bulk_update([row]).set(product::stock).run().unwrap_err();
            assert_matches!(error, Error::UnmatchedRow { row: Some(1), .. });
        }
    }

    fn null_matches_nothing(db: &TestDb) {
        let mut session = products(db);
        let rows = [product("tea", 1, 1)];
        let error =
            session.bulk_update(rows).on(product::barcode).set(product::stock).run().unwrap_err();
        assert_matches!(error, Error::UnmatchedRow { row: Some(1), .. });
    }

    fn two_rows_that_are_the_same_are_refused(db: &TestDb) {
        let mut session = products(db);
        session.take_log();
        let rows = ["tea", "milk", "tea"].map(|code| product(code, 1, 1));
        let error = session.bulk_update(rows).on((product::shop, product::code)).run().unwrap_err();
        assert_matches!(error, Error::DuplicateRows { rows: Some((1, 3)), .. });
        let rows = [1, 2, 1].map(|id| Product { id: Auto::from(id), ..product("x", 1, 1) });
        let error = session.bulk_update(rows).set(product::stock).run().unwrap_err();
        assert_matches!(error, Error::DuplicateRows { rows: Some((1, 3)), .. });
        session.rollback().unwrap();
        assert_eq!(sent(&mut session), 0);
    }

    fn a_violated_constraint_names_the_row(db: &TestDb) {
        let mut session = products(db);
        let before = stored(db);
        let with = |code, barcode| Product { barcode: Some(barcode), ..product(code, 1, 1) };
        let rows = [with("tea", 1), with("milk", 2), with("salt", 1)];
        let by = (product::shop, product::code);
        let error = session.bulk_update(rows).on(by).set(product::barcode).run().unwrap_err();
        let Error::Constraint(violation) = &error else { panic!("{error}") };
        assert_eq!((violation.row, &violation.fields[..]), (Some(3), &["barcode"][..]));
        assert!(error.to_string().starts_with("Product (row 3): duplicate value (barcode)"), "{error}");
        let rows = [product("salt", 1, 1), product("tea", 1, -1), product("milk", 1, 1)];
        let error = session.bulk_update(rows).on(by).set(product::stock).run().unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Check), "{error}");
        assert!(error.to_string().contains("(row 2)"), "{error}");
        session.commit().unwrap();
        assert_eq!(stored(db), before);
    }

    fn refused_rows_are_handed_over(db: &TestDb) {
        let mut session = products(db);
        let stocks = [("tea", 51), ("rum", 1), ("milk", -1), ("salt", 91), ("tea", 52)];
        let rows = stocks.map(|(code, stock)| product(code, 1, stock));
        let mut refused = Vec::new();
        let updated = session
            .bulk_update(rows)
            .on((product::shop, product::code))
            .set(product::stock)
            .reject_into(|number, row, error| refused.push((number, row.stock, error)))
            .run()
            .unwrap();
        assert_eq!(updated, 2);
        refused.sort_by_key(|it| it.0);
        let numbers: Vec<_> = refused.iter().map(|it| (it.0, it.1)).collect();
        assert_eq!(numbers, [(2, 1), (3, -1), (5, 52)]);
        assert_matches!(&refused[0].2, Error::UnmatchedRow { row: Some(2), .. });
        assert!(refused[1].2.is_violation(DatabaseErrorKind::Check));
        assert_matches!(&refused[2].2, Error::DuplicateRows { rows: Some((1, 5)), .. });
        session.commit().unwrap();
        assert_eq!(
            stored(db),
            ["1|tea|51|NULL|green|2", "2|milk|7|NULL|NULL|1", "3|salt|91|NULL|NULL|2"]
        );
    }

    fn many_rows_are_few_statements(db: &TestDb) {
        let mut session = db.session_for(schema![Product]);
        let code = |n: i64| format!("c{n}");
        session.bulk_insert((0..1_200).map(|n| product(&code(n), n, n))).unwrap();
        session.commit().unwrap();
        session.take_log();
        let mut heard = Vec::new();
        let rows = (0..1_200).rev().map(|n| product(&code(n), n, n + 1));
        let updated = session
            .bulk_update(rows)
            .on((product::shop, product::code))
            .set(product::stock)
            .on_progress(|rows| heard.push(rows))
            .run()
            .unwrap();
        assert_eq!((updated, heard.last()), (1_200, Some(&1_200)));
        let expected = match db.dialect() {
            Dialect::Postgres => 1,
            Dialect::Sqlite => 3,
            // Each is followed by a SELECT of the keys.
            _ => 24,
        };
        assert_eq!(sent(&mut session), expected);
        session.commit().unwrap();
        let sum = "products WHERE stock > 0 AND version = 2";
        assert_eq!(db.count(sum), 1_200);
        let different = db.rows("products", "SUM(stock)");
        assert_eq!(different, [(1_200 * 1_201 / 2).to_string()]);
        // By integers, the session sees by itself which rows are the same.
        let keyed = |n: i64| Product { id: n.into(), ..product("x", 1, 5) };
        session.bulk_update((1..=1_200).map(keyed)).set(product::stock).run().unwrap();
        let expected = match db.dialect() {
            Dialect::Postgres => 1,
            Dialect::Sqlite => 3,
            _ => 12,
        };
        assert_eq!(sent(&mut session), expected);
        // All or nothing.
        let rows = (1..=1_201).map(|n| Product { id: n.into(), ..product("x", 1, 6) });
        let error = session.bulk_update(rows).set(product::stock).run().unwrap_err();
        assert_matches!(error, Error::UnmatchedRow { row: Some(1_201), .. });
        session.commit().unwrap();
        assert_eq!(db.count("products WHERE stock = 5 AND version = 3"), 1_200);
    }

    fn what_cannot_be_set_is_refused(db: &TestDb) {
        let mut session = products(db);
        session.take_log();
        let rows = || [product("tea", 1, 1)];
        let by = (product::shop, product::code);
        let message = |result: Result<usize>| result.unwrap_err().to_string();
        assert_eq!(
            message(session.bulk_update(rows()).set(product::code).on(by).run()),
            "set() cannot name code of Product: rows are found by it; leave it out"
        );
        assert_eq!(
            message(session.bulk_update(rows()).set(product::version).on(by).run()),
            "set() cannot name version of Product: a version grows by itself; leave it out"
        );
        let wrong = message(session.bulk_update(rows()).on(product::price).run());
        assert!(wrong.starts_with("rows of Product cannot be updated by (price), which is not"), "{wrong}");
        assert_no_sql!(session);
        let unset = message(session.bulk_update(rows()).set(product::note).on(by).run());
        assert_eq!(
            unset,
            "row 1 of the update of Product has no value for note, which set() names: give it a value, or \
             leave it out of set()"
        );
        assert_eq!(session.bulk_update(Vec::<Product>::new()).run().unwrap(), 0);
    }

    fn other_sessions_detect_the_change(db: &TestDb) {
        let mut session = products(db);
        let mut other = db.session();
        let theirs = other.get_one::<Product>(1).unwrap();
        other.commit().unwrap();
        let by = (product::shop, product::code);
        session.bulk_update([product("tea", 1, 1)]).set(product::stock).on(by).run().unwrap();
        session.commit().unwrap();
        other[theirs].stock = 100;
        assert_matches!(other.commit(), Err(Error::StaleRow { .. }));
    }
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "labels", hooks)]
struct Label {
    id: Auto<i64>,
    #[entity(unique, length = 20)]
    text: String,
    #[entity(precision = 6, scale = 2)]
    price: Decimal,
    #[entity(soft_delete)]
    gone: Option<DateTime<Utc>>,
}

impl Hooks for Label {
    fn before_insert(&mut self) {
        self.text.push('+');
    }

    fn before_update(&mut self) {
        self.text.make_ascii_lowercase();
    }

    fn validate(&self) -> Result<(), ValidationError> {
        match self.price.is_sign_negative() {
            true => Err(ValidationError::new("price", "is negative")),
            false => Ok(()),
        }
    }
}

fn label(id: i64, text: &str, price: Decimal) -> Label {
    Label { id: id.into(), text: text.to_owned(), price, gone: None }
}

on_all_databases! {
    fn hooks_of_an_update_run_and_values_fit_their_columns(db: &TestDb) {
        let mut session = db.session_for(schema![Label]);
        session.bulk_insert([label(1, "a", Decimal::ONE), label(2, "b", Decimal::ONE)]).unwrap();
        let price = |text: &str| text.parse::<Decimal>().unwrap();
        let rows = [label(1, "AB", price("1.5")), label(2, "CD", price("2"))];
        session.bulk_update(rows).run().unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("labels", "id, text, price"), ["1|ab|1.50", "2|cd|2.00"]);
        let error = session.bulk_update([label(1, "a", price("1")), label(2, "b", price("-1"))]).run();
        let error = error.unwrap_err().to_string();
        assert_eq!(error, "Label 2 (row 2) is not valid: price is negative");
        let mut refused = Vec::new();
        let rows = [label(1, "A", price("-1")), label(2, "B", price("3"))];
        let hear = |number, row: Label, _| refused.push((number, row.id));
        assert_eq!(session.bulk_update(rows).reject_into(hear).run().unwrap(), 1);
        assert_eq!(refused, [(1, 1.into())]);
        // The time of a soft delete stays.
        session.query::<Label>().filter(label::id.eq(2)).delete().unwrap();
        session.bulk_update([label(2, "e", price("4"))]).run().unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("labels", "id, text, price"), ["1|ab|1.50", "2|e|4.00"]);
        assert_eq!(db.count("labels WHERE gone IS NOT NULL"), 1);
    }
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "seats_to_update", unique(columns(room, place), where = "left_in IS NULL"))]
struct Seat {
    id: Auto<i64>,
    room: i64,
    #[entity(length = 10)]
    place: String,
    left_in: Option<i32>,
    holder: i64,
}

fn seat(place: &str, left_in: Option<i32>, holder: i64) -> Seat {
    Seat::builder().room(1).place(place).maybe_left_in(left_in).holder(holder).build()
}

on_all_databases! {
    fn an_index_with_a_condition_finds_rows_for_which_it_holds(db: &TestDb) {
        let mut session = db.session_for(schema![Seat]);
        let rows = [seat("a", Some(1990), 1), seat("a", None, 2), seat("b", Some(1991), 3), seat("c", None, 4)];
        session.bulk_insert(rows).unwrap();
        session.commit().unwrap();
        let rows = [seat("c", None, 40), seat("b", None, 30), seat("a", None, 20)];
        let by = (seat::room, seat::place);
        let updated =
            session.bulk_update(rows).on(by).set(seat::holder).skip_missing().run().unwrap();
        assert_eq!(updated, 2);
        session.commit().unwrap();
        assert_eq!(db.rows("seats_to_update", "id, holder"), ["1|1", "2|20", "3|3", "4|40"]);
        let rows = [seat("a", None, 5), seat("c", None, 5), seat("a", None, 6)];
        let error = session.bulk_update(rows).on(by).set(seat::holder).run().unwrap_err();
        assert_matches!(error, Error::DuplicateRows { .. });
        session.commit().unwrap();
        assert_eq!(db.rows("seats_to_update", "id, holder"), ["1|1", "2|20", "3|3", "4|40"]);
    }
}
