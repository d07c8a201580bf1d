//! Decimals as columns and as keys: value and scale are preserved.

use std::cell::RefCell;
use std::cmp::Reverse;

use orm_runtime::prelude::*;
use orm_tests::{
    TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases, on_one_database,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "amounts")]
struct Amount {
    id: i64,
    exact: Decimal,
    maybe: Option<Decimal>,
    later: Deferred<Option<Decimal>>,
}

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "rates")]
struct Rate {
    #[entity(primary_key)]
    rate: Decimal,
    name: String,
}

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "prices")]
struct Price {
    id: i64,
    #[entity(precision = 12, scale = 2)]
    price: Decimal,
    #[entity(precision = 6, scale = 0)]
    rounds: Option<Decimal>,
}

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

fn amount(id: i64, exact: Decimal) -> Amount {
    let maybe = (id % 3 != 0).then_some(exact);
    Amount { id, exact, maybe, later: Deferred::new(maybe) }
}

/// Returns a decimal as a column without declared digits stores it: MySQL drops trailing zeros.
fn as_stored(db: &TestDb, value: Decimal) -> String {
    let value = if value.is_zero() { value.abs() } else { value };
    match db.dialect() {
        Dialect::Mysql => value.normalize().to_string(),
        Dialect::Sqlite | Dialect::Postgres => value.to_string(),
        _ => unreachable!("a database without tests"),
    }
}

/// Compares what a new session reads with these values, by value and scale.
fn assert_stored(db: &TestDb, values: &[Decimal]) {
    let mut session = db.session();
    let rows = session.query::<Amount>().undefer(amount::later).order_by(amount::id.asc()).rows();
    let rows = rows.unwrap();
    let text = |value: &Option<Decimal>| value.map(|value| value.to_string());
    let read: Vec<_> = rows.iter().map(|row| row.exact.to_string()).collect();
    let expected: Vec<_> = values.iter().map(|&value| as_stored(db, value)).collect();
    assert_eq!(read, expected);
    for (row, value) in rows.iter().zip(expected) {
        let maybe = (row.id % 3 != 0).then_some(value);
        assert_eq!(text(&row.maybe), maybe);
        assert_eq!(text(row.later.get().unwrap()), maybe);
    }
}

/// Values of all lengths, at the limits of `Decimal` and of PostgreSQL's groups of digits.
const TEXTS: &[&str] = &[
    "0",
    "0.00",
    "1.10",
    "-1.1",
    "0.5",
    "10000",
    "0.0001",
    "0.00010",
    "-12345.67890",
    "100000000",
    "9999.9999",
    "99999999",
    "1",
    "-1",
    "1000000000000.000001",
    "0.0000000000000000000000000001",
    "7.9228162514264337593543950335",
    "79228162514264337593543950335",
    "-79228162514264337593543950335",
    "0.0000000000000000000000000000",
];

on_all_databases! {
    fn every_way_keeps_value_and_scale(db: &TestDb) {
        let mut values: Vec<Decimal> = TEXTS.iter().map(|text| decimal(text)).collect();
        values.push(-Decimal::ZERO);
        let rows = |values: &[Decimal]| -> Vec<Amount> {
            (1..).zip(values).map(|(id, &value)| amount(id, value)).collect()
        };
        let mut session = db.session_for(schema![Amount]);
        let mut objects = rows(&values).into_iter();
        session.add(objects.next().unwrap());
        session.flush().unwrap();
        session.add_all(objects);
        session.commit().unwrap();
        assert_stored(db, &values);

        values.rotate_left(1);
        for row in rows(&values) {
            session.merge(row).unwrap();
        }
        session.commit().unwrap();
        assert_stored(db, &values);
        let first = session.get::<Amount>(1).unwrap().unwrap();
        values[0] = decimal("3.14000");
        session[first] = amount(1, values[0]);
        session.commit().unwrap();
        assert_stored(db, &values);

        session.query::<Amount>().delete().unwrap();
        session.bulk_insert(rows(&values)).unwrap();
        session.commit().unwrap();
        assert_stored(db, &values);
        values.rotate_left(5);
        session.bulk_upsert(rows(&values)).run().unwrap();
        session.commit().unwrap();
        assert_stored(db, &values);
    }

    fn a_changed_scale_is_a_change(db: &TestDb) {
        let mut session = db.session_for(schema![Amount]);
        let one = session.add(amount(1, decimal("1.5")));
        session.commit().unwrap();
        session.take_log();
        session[one].exact = decimal("1.5");
        session.flush().unwrap();
        assert_no_sql!(session);
        session[one].exact = decimal("1.50");
        session.flush().unwrap();
        assert_sql!(session, "U amounts[exact] x1");
    }

    fn conditions_and_orders_go_by_value(db: &TestDb) {
        let mut session = db.session_for(schema![Amount]);
        let values = ["10", "9.5", "-1", "1.10", "0.100", "1e0"].map(|text| {
            Decimal::from_scientific(text).or_else(|_| text.parse()).unwrap()
        });
        session.bulk_insert((1..).zip(values).map(|(id, value)| amount(id, value))).unwrap();
        let mut ids = |condition: Condition<'_, Amount>| {
            let query = session.query::<Amount>().filter(condition);
            let rows = query.order_by(amount::exact.asc()).rows().unwrap();
            rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        let one = decimal("1.1");
        assert_eq!(ids(Condition::all()), [3, 5, 6, 4, 2, 1]);
        assert_eq!(ids(Condition::all().and(amount::exact.eq(val(one)))), [4]);
        assert_eq!(ids(Condition::all().and(amount::maybe.eq(val(one)))), [4]);
        assert_eq!(ids(Condition::all().and(amount::exact.gt(val(one)))), [2, 1]);
        assert_eq!(ids(Condition::all().and(amount::exact.le(val(decimal("1.100"))))), [3, 5, 6, 4]);
        assert_eq!(
            ids(Condition::all().and(amount::exact.between(val(Decimal::ZERO), val(Decimal::ONE)))),
            [5, 6]
        );
        assert_eq!(ids(Condition::all().and(amount::exact.eq(amount::maybe.assume_not_null()))).len(), 4);
        assert_eq!(
            ids(Condition::all().and(amount::exact.in_list([one, decimal("10.0"), decimal("7")]))),
            [4, 1]
        );
        assert_eq!(ids(Condition::all().and(amount::maybe.in_list([one]))), [4]);
    }

    fn a_column_is_set_by_a_statement(db: &TestDb) {
        let mut session = db.session_for(schema![Amount]);
        session.bulk_insert((1..=4).map(|id| amount(id, decimal("2.50")))).unwrap();
        let set = amount::exact.eq(val(decimal("3.750")));
        let changed = session.query::<Amount>().filter(amount::id.gt(1)).update(set).unwrap();
        assert_eq!(changed, 3);
        session.commit().unwrap();
        let exact = db.session().query::<Amount>().order_by(amount::id.asc()).select(amount::exact)
            .load::<Decimal>().unwrap();
        assert_eq!(exact[0].to_string(), as_stored(db, decimal("2.50")));
        assert_eq!(exact[1].to_string(), as_stored(db, decimal("3.750")));
    }

    fn a_decimal_is_a_key_by_its_value(db: &TestDb) {
        let mut session = db.session_for(schema![Rate]);
        let rate = |text: &str| Rate { rate: decimal(text), name: text.to_owned() };
        session.add_all(["1.10", "2", "10", "0.5"].map(rate));
        session.commit().unwrap();
        let found = session.get::<Rate>(decimal("1.1")).unwrap().unwrap();
        assert_eq!(session[found].name, "1.10");
        let keys = ["1.1", "2.00", "3", "10.0"].map(decimal);
        let names = |session: &Session, found: Vec<Option<Handle<Rate>>>| -> Vec<String> {
            found.into_iter().map(|rate| rate.map_or("-".into(), |rate| session[rate].name.clone())).collect()
        };
        let found = session.get_many::<Rate>(keys).unwrap();
        assert_eq!(names(&session, found), ["1.10", "2", "-", "10"]);
        let mut other = db.session();
        let found = other.get_many::<Rate>(keys).unwrap();
        assert_eq!(names(&other, found), ["1.10", "2", "-", "10"]);
        assert_eq!(other.query::<Rate>().filter(rate::rate.in_list(keys)).count().unwrap(), 3);

        // They are written several rows at a time, each found by its key.
        for handle in other.query::<Rate>().all().unwrap() {
            other[handle].name.push('!');
        }
        other.commit().unwrap();
        let all = other.query::<Rate>().order_by(rate::rate.asc()).rows().unwrap();
        assert_eq!(all.iter().map(|rate| &*rate.name).collect::<Vec<_>>(), ["0.5!", "1.10!", "2!", "10!"]);
        let doubled = other.query::<Rate>().all().unwrap();
        for handle in doubled {
            other.delete(handle).unwrap();
        }
        other.commit().unwrap();
        assert_eq!(db.session().query::<Rate>().count().unwrap(), 0);
    }

    fn two_objects_trade_decimal_keys(db: &TestDb) {
        let mut session = db.session_for(schema![Rate]);
        let rate = |text: &str| Rate { rate: decimal(text), name: text.to_owned() };
        let [a, b] = session.add_all(["1.1", "2.2"].map(rate))[..] else { panic!("two handles") };
        session.commit().unwrap();
        (session[a].rate, session[b].rate) = (decimal("2.2"), decimal("1.1"));
        session.commit().unwrap();
        let mut session = db.session();
        let names = session.query::<Rate>().order_by(rate::rate.asc()).select(rate::name);
        assert_eq!(names.load::<String>().unwrap(), ["2.2", "1.1"]);
    }

    fn a_value_that_is_not_a_decimal_is_an_error_that_names_the_column(db: &TestDb) {
        let mut session = db.session_for(schema![Amount]);
        session.add(amount(1, Decimal::ONE));
        session.commit().unwrap();
        let long = "0.123456789012345678901234567891";
        let wrong: &[&str] = match db.dialect() {
            Dialect::Sqlite => &["'soon'", "''", "x'31'", "9e999", "'1e-29'", "'1,5'"],
            Dialect::Postgres => &["'NaN'", "'Infinity'", "'-Infinity'", "1e29", "0.123456789012345678901234567891"],
            Dialect::Mysql => {
                db.execute("ALTER TABLE amounts MODIFY exact DECIMAL(65, 30) NOT NULL");
                &["79228162514264337593543950336", "0.123456789012345678901234567891"]
            }
         _ => unreachable!("a database without tests"), };
        for wrong in wrong {
            db.execute(&format!("UPDATE amounts SET exact = {wrong}"));
            let error = db.session().get::<Amount>(1).unwrap_err();
            assert!(!format!("{error} {error:?}").contains(long), "{error}");
            assert_matches!(error, Error::Decode { entity: "Amount", key, column, .. }
                if key.as_deref() == Some("1") && column == "exact");
        }
    }

    fn tables_of_others_are_read(db: &TestDb) {
        let mut session = db.session();
        let (types, values): (_, &[(&str, &str)]) = match db.dialect() {
            Dialect::Sqlite => (["", "DECIMAL(10, 3)", "NUMERIC"], &[
                ("1.5", "1.5"), ("0.1", "0.1"), ("1e21", "1000000000000000000000"), ("7", "7"),
                ("'1.5e-3'", "0.0015"), ("' 12.340 '", "12.340"), ("'-0.0'", "0.0"), ("'.5'", "0.5"),
                ("9223372036854775807", "9223372036854775807"),
            ]),
            Dialect::Postgres => (["NUMERIC", "NUMERIC(20, 4)", "NUMERIC"], &[
                ("1.500", "1.500"), ("1e3", "1000"), ("1e-28", "0.0000000000000000000000000001"),
                ("-0.0", "0.0"),
            ]),
            Dialect::Mysql => (["DOUBLE", "DECIMAL(10, 3) UNSIGNED", "BIGINT"], &[
                ("1.5", "1.5"), ("0.1", "0.1"), ("1e21", "1000000000000000000000"), ("7", "7"),
            ]),
         _ => unreachable!("a database without tests"), };
        let [exact, maybe, later] = types;
        db.execute(&format!(
            "CREATE TABLE amounts (id BIGINT PRIMARY KEY, exact {exact} NOT NULL, maybe {maybe}, later {later})"
        ));
        for ((value, _), id) in values.iter().zip(1..) {
            db.execute(&format!("INSERT INTO amounts VALUES ({id}, {value}, 1.25, 3)"));
        }
        let rows = session.query::<Amount>().undefer(amount::later).order_by(amount::id.asc()).rows();
        let rows = rows.unwrap();
        assert_eq!(rows.len(), values.len());
        for (row, (_, expected)) in rows.iter().zip(values) {
            assert_eq!(row.exact.to_string(), *expected);
            assert_eq!(row.maybe, Some(decimal("1.25")));
            assert_eq!(row.later.get().unwrap(), &Some(decimal("3")));
        }
        let found = session.query::<Amount>().filter(amount::maybe.eq(val(decimal("1.250")))).count();
        assert_eq!(found.unwrap(), values.len() as i64);
    }

    fn digits_that_are_declared_come_back(db: &TestDb) {
        let mut session = db.session_for(schema![Price]);
        let price = session.add(Price { id: 1, price: decimal("1.5"), rounds: Some(decimal("7.00")) });
        session.add(Price { id: 2, price: decimal("-9999999999.99"), rounds: None });
        session.commit().unwrap();
        assert_eq!(session[price].price.to_string(), "1.50");
        let rows = db.session().query::<Price>().order_by(price::id.asc()).rows().unwrap();
        assert_eq!(rows[0].price.to_string(), "1.50");
        assert_eq!(rows[0].rounds.unwrap().to_string(), "7");
        assert_eq!(rows[1].price.to_string(), "-9999999999.99");

        session.take_log();
        session[price].price = decimal("1.5000");
        session.flush().unwrap();
        assert_no_sql!(session);

        session[price].price = decimal("1.505");
        let error = session.flush().unwrap_err();
        assert_eq!(session[price].price.to_string(), "1.505");
        assert!(error.to_string().contains("3 digits after the decimal point"), "{error}");
        session[price].price = decimal("10000000000");
        assert!(session.flush().unwrap_err().to_string().contains("11 digits before the decimal point"));
    }

    fn random_decimals_come_back_and_are_ordered_and_added(db: &TestDb) {
        let long = (any::<u128>(), 0..97_u32, 0..=28_u32, any::<bool>()).prop_map(
            |(bits, length, scale, negative)| {
                let digits = (bits >> 32 >> (96 - length.min(96))) as i128;
                let digits = if negative { -digits } else { digits };
                Decimal::from_i128_with_scale(digits, scale)
            },
        );
        let small = (any::<i64>(), 0..=8_u32).prop_map(|(n, scale)| Decimal::new(n, scale));
        let rows = proptest::collection::vec((long, small), 300);
        let config = Config { cases: 4, failure_persistence: None, ..Config::default() };
        let session = RefCell::new(db.session_for(schema![Amount]));
        let result = TestRunner::new(config).run(&rows, |rows| {
            let session = &mut *session.borrow_mut();
            session.query::<Amount>().delete().unwrap();
            let objects = (1..).zip(&rows).map(|(id, &(any, small))| Amount {
                id, exact: any, maybe: Some(small), later: Deferred::new(None),
            });
            session.bulk_insert(objects).unwrap();
            let query = session.query::<Amount>().order_by(amount::id.asc());
            let read: Vec<(Decimal, Option<Decimal>)> =
                query.select((amount::exact, amount::maybe)).load().unwrap();
            for ((any, small), (read, maybe)) in rows.iter().zip(&read) {
                prop_assert_eq!(read.to_string(), as_stored(db, *any));
                prop_assert_eq!(maybe.map(|maybe| maybe.to_string()), Some(as_stored(db, *small)));
            }

            let query = session.query::<Amount>().order_by(amount::exact.desc());
            let ordered: Vec<Decimal> = query.select(amount::exact).load().unwrap();
            let mut expected: Vec<Decimal> = rows.iter().map(|row| row.0).collect();
            expected.sort_by_key(|&value| Reverse(value));
            prop_assert_eq!(ordered, expected);

            let query = session.query::<Amount>();
            let sum = query.select(orm_runtime::decimal::sum(amount::maybe)).one::<Option<Decimal>>();
            let exact: i128 = rows.iter().map(|row| {
                row.1.mantissa() * 10_i128.pow(8 - row.1.scale())
            }).sum();
            prop_assert_eq!(sum.unwrap(), Some(Decimal::from_i128_with_scale(exact, 8)));
            Ok(())
        });
        result.unwrap();
    }
}

on_one_database! { Sqlite;
    fn connections_of_ones_own_know_decimals(db: &TestDb) {
        use diesel::{Connection, SqliteConnection};
        let mut session = db.session_for(schema![Rate]);
        session.add(Rate { rate: decimal("10"), name: "ten".into() });
        session.add(Rate { rate: decimal("9"), name: "nine".into() });
        session.commit().unwrap();
        let path = db.file().unwrap();
        let connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        let mut session = Session::new(connection);
        let least = session.query::<Rate>().order_by(rate::rate.asc()).first().unwrap().unwrap();
        assert_eq!(session[least].name, "nine");
    }

    fn a_pooled_connection_is_set_up_once(db: &TestDb) {
        drop(db.session_for(schema![Rate]));
        let sessions = db.sessions(|options| options.size = 1);
        for round in 1..=3 {
            let mut session = sessions.session().unwrap();
            session.add(Rate { rate: Decimal::from(round), name: "n".into() });
            session.flush().unwrap();
            let mut rates = session.query::<Rate>().order_by(rate::rate.desc()).rows().unwrap();
            assert_eq!(rates.remove(0).rate, Decimal::from(round));
            session.commit().unwrap();
        }
    }
}

on_all_databases! {
    fn a_set_statement_brings_decimals_to_the_digits_of_their_column(db: &TestDb) {
        use orm_runtime::decimal::mul;
        let mut session = db.session_for(schema![fitted::Fitted]);
        for (id, price) in [(1, "0.99"), (2, "-0.99"), (3, "100.00")] {
            session.add(fitted::Fitted {
                id,
                price: price.parse().unwrap(),
                other: Decimal::ONE,
                text: "a, b".to_owned(),
            });
        }
        session.commit().unwrap();
        let factor: Decimal = "1.075".parse().unwrap();
        session
            .query::<fitted::Fitted>()
            .update((
                fitted::fitted::text.eq("x = (1, 2)"),
                fitted::fitted::price.eq(mul(fitted::fitted::price, val(factor))),
                fitted::fitted::other.eq(val("2.005".parse::<Decimal>().unwrap())),
            ))
            .unwrap();
        session.commit().unwrap();
        let prices = |session: &mut Session| -> Vec<String> {
            let all = session.query::<fitted::Fitted>().order_by(fitted::fitted::id.asc()).rows();
            all.unwrap().iter().map(|it| format!("{} {}", it.price, it.other)).collect()
        };
        assert_eq!(prices(&mut session), ["1.06 2.01", "-1.06 2.01", "107.50 2.01"]);
        assert_eq!(db.rows("fit_digits", "text")[0], "x = (1, 2)");

        let large: Decimal = "1000000".parse().unwrap();
        let refused = session
            .query::<fitted::Fitted>()
            .update(fitted::fitted::price.eq(mul(fitted::fitted::price, val(large))));
        assert!(refused.is_err(), "there is no room for {refused:?}");
        session.rollback().unwrap();
        assert_eq!(prices(&mut session).len(), 3);
    }
}

mod fitted {
    use orm_runtime::prelude::*;
    use rust_decimal::Decimal;

    #[derive(Entity, Debug, Clone)]
    #[entity(table = "fit_digits")]
    pub struct Fitted {
        pub id: i64,
        #[entity(precision = 7, scale = 2)]
        pub price: Decimal,
        #[entity(precision = 7, scale = 2)]
        pub other: Decimal,
        #[entity(length = 20)]
        pub text: String,
    }
}
