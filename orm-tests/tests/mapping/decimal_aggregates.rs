//! Sums, means and other aggregates of decimals are exact on every database.

use orm_runtime::decimal::{add, avg, avg_to, max, min, mul, sub, sum};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};
use rust_decimal::Decimal;

#[derive(Entity, Debug, Clone)]
#[entity(table = "items")]
struct Item {
    id: i64,
    bill: i64,
    price: Decimal,
    rebate: Option<Decimal>,
}

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

/// Opens a session with these items, each written as `bill price` or `bill price rebate`.
fn session_with(db: &TestDb, items: &[&str]) -> Session {
    let mut session = db.session_for(schema![Item]);
    let items = items.iter().zip(1..).map(|(item, id)| {
        let mut words = item.split(' ');
        Item {
            id,
            bill: words.next().unwrap().parse().unwrap(),
            price: decimal(words.next().unwrap()),
            rebate: words.next().map(decimal),
        }
    });
    session.bulk_insert(items).unwrap();
    session
}

fn text(value: Option<Decimal>) -> String {
    value.map_or("NULL".to_owned(), |value| value.to_string())
}

/// Returns the values without trailing zeros, because MySQL pads columns without declared digits.
fn numbers(values: Vec<Option<Decimal>>) -> Vec<String> {
    values.into_iter().map(|value| text(value.map(|value| value.normalize()))).collect()
}

on_all_databases! {
    fn sums_are_exact(db: &TestDb) {
        let tenths = vec!["1 0.10"; 10];
        let mut session = session_with(db, &tenths);
        let total = session.query::<Item>().select(sum(item::price)).one::<Option<Decimal>>();
        let scale = if db.dialect() == Dialect::Mysql { "1" } else { "1.00" };
        assert_eq!(text(total.unwrap()), scale);
    }

    fn sums_of_long_numbers_are_exact(db: &TestDb) {
        let mut session = session_with(db, &[
            "1 9007199254740993.01", "1 0.0000000001", "1 -9999999999.99", "2 12345678901234567890",
            "2 -12345678901234567889.9999999",
        ]);
        let query = session.query::<Item>().group_by(item::bill).order_by(item::bill.asc());
        let sums = query.select(sum(item::price)).load().unwrap();
        assert_eq!(numbers(sums), ["9007189254740993.0200000001", "0.0000001"]);
    }

    fn no_rows_have_no_sum(db: &TestDb) {
        let mut session = session_with(db, &["1 1.5", "1 2.5"]);
        let none = |session: &mut Session| session.query::<Item>().filter(item::id.gt(9))
            .select((sum(item::price), avg(item::price), max(item::price)))
            .one::<(Option<Decimal>, Option<Decimal>, Option<Decimal>)>().unwrap();
        assert_eq!(none(&mut session), (None, None, None));
        let nulls = session.query::<Item>().select((sum(item::rebate), avg(item::rebate)));
        assert_eq!(nulls.one::<(Option<Decimal>, Option<Decimal>)>().unwrap(), (None, None));
    }

    fn means_are_rounded_half_away_from_zero(db: &TestDb) {
        let mut session = session_with(db, &[
            "1 10", "1 5", "1 5", "2 0.05 1", "2 0.02", "3 -0.05", "3 -0.02 7", "4 123456789012.10 1",
            "4 0.20 1", "4 0.30 2",
        ]);
        let query = session.query::<Item>().group_by(item::bill).order_by(item::bill.asc());
        let means = query.select((avg(item::price), avg_to(item::price, 2), avg_to(item::rebate, 1)))
            .load::<(Option<Decimal>, Option<Decimal>, Option<Decimal>)>().unwrap();
        let means: Vec<_> = means.into_iter().map(|(a, b, c)| [text(a), text(b), text(c)]).collect();
        assert_eq!(means, [
            ["6.666666666667", "6.67", "NULL"],
            ["0.035000000000", "0.04", "1.0"],
            ["-0.035000000000", "-0.04", "7.0"],
            ["41152263004.200000000000", "41152263004.20", "1.3"],
        ]);
    }

    fn the_smallest_and_the_largest_go_by_value(db: &TestDb) {
        let mut session = session_with(db, &["1 10.5", "1 9.50", "2 -3", "2 -20", "3 100", "3 7 2"]);
        let query = session.query::<Item>().group_by(item::bill).order_by(max(item::price).desc());
        let rows = query.select((item::bill, min(item::price), max(item::price)))
            .load::<(i64, Option<Decimal>, Option<Decimal>)>().unwrap();
        let rows: Vec<_> = rows.into_iter()
            .map(|(bill, min, max)| (bill, numbers(vec![min, max]).join(" "))).collect();
        assert_eq!(rows, [(3, "7 100".to_owned()), (1, "9.5 10.5".to_owned()), (2, "-20 -3".to_owned())]);
    }

    fn groups_are_chosen_and_ordered_by_sums(db: &TestDb) {
        let mut session = session_with(db, &["1 5", "1 5.5", "2 9", "3 100", "3 -0.5", "4 0.1"]);
        let query = session.query::<Item>().group_by(item::bill)
            .having(sum(item::price).ge(val(Decimal::from(9))))
            .order_by(sum(item::price).desc());
        assert_eq!(query.select(item::bill).load::<i64>().unwrap(), [3, 1, 2]);
    }

    fn a_sum_takes_rows_for_which_a_condition_holds(db: &TestDb) {
        let mut session = session_with(db, &["1 5.5 1", "1 4.5", "2 2.25 1.5", "2 1"]);
        let with_rebate = || item::rebate.is_not_null();
        let query = session.query::<Item>().select((
            sum(item::price).filter(with_rebate()),
            avg_to(item::price, 3).filter(with_rebate()),
            min(item::price).filter(item::price.gt(val(Decimal::TWO))),
            sum(item::price).filter(item::id.gt(99)),
        ));
        type Four = (Option<Decimal>, Option<Decimal>, Option<Decimal>, Option<Decimal>);
        let (a, b, c, d) = query.one::<Four>().unwrap();
        assert_eq!(numbers(vec![a, b, c, d]), ["7.75", "3.875", "2.25", "NULL"]);
    }

    fn windows_are_exact(db: &TestDb) {
        let mut session = session_with(db, &[
            "1 0.10", "1 0.20 1", "1 9007199254740993.01", "2 -7", "2 10.5 2", "2 0.5 3",
        ]);
        let load = |session: &mut Session, n: usize| {
            let query = session.query::<Item>().order_by(item::id.asc());
            let by_bill = || sum(item::price).over().partition_by(item::bill);
            match n {
                0 => query.select(by_bill().order_by(item::id.asc())).load(),
                1 => query.select(by_bill()).load(),
                2 => query.select(sum(item::price).over()).load(),
                3 => query.select(avg_to(item::price, 2).over().partition_by((item::bill, item::bill))).load(),
                4 => query.select(max(item::price).over().partition_by(item::bill).order_by(item::id.desc())).load(),
                _ => {
                    let rebated = sum(item::price).filter(item::rebate.is_not_null());
                    query.select(rebated.over().order_by(item::id.asc())).load()
                }
            }
        };
        let mut windows = |n| numbers(load(&mut session, n).unwrap());
        assert_eq!(windows(0), ["0.1", "0.3", "9007199254740993.31", "-7", "3.5", "4"]);
        assert_eq!(windows(1)[2..], ["9007199254740993.31", "4", "4", "4"]);
        assert_eq!(windows(2)[0], "9007199254740997.31");
        assert_eq!(windows(3)[1..4], ["3002399751580331.1", "3002399751580331.1", "1.33"]);
        assert_eq!(windows(4)[3..], ["10.5", "10.5", "0.5"]);
        assert_eq!(windows(5), ["NULL", "0.2", "0.2", "0.2", "10.7", "11.2"]);
    }

    fn a_window_keeps_the_scale_of_a_sum(db: &TestDb) {
        let mut session = session_with(db, &["1 0.10", "1 2.5"]);
        let query = session.query::<Item>().order_by(item::id.asc());
        let sums: Vec<Option<Decimal>> = query.select(sum(item::price).over()).load().unwrap();
        let expected = if db.dialect() == Dialect::Mysql { "2.6" } else { "2.60" };
        assert_eq!(text(sums[0]), expected);
    }

    fn columns_are_added_and_multiplied(db: &TestDb) {
        let mut session = session_with(db, &["1 0.10 0.2", "1 5", "2 -3.5 1.25"]);
        let query = session.query::<Item>().order_by(item::id.asc()).select((
            add(item::price, val(decimal("0.20"))),
            sub(item::rebate, item::price.nullable()),
            mul(item::price, val(decimal("-1.5"))),
        ));
        let rows = query.load::<(Decimal, Option<Decimal>, Decimal)>().unwrap();
        let rows: Vec<_> = rows.into_iter().map(|(a, b, c)| numbers(vec![Some(a), b, Some(c)]).join(" ")).collect();
        assert_eq!(rows, ["0.3 0.1 -0.15", "5.2 NULL -7.5", "-3.3 4.75 5.25"]);

        let dear = session.query::<Item>().filter(mul(item::price, item::price).gt(val(Decimal::TEN)));
        assert_eq!(dear.count().unwrap(), 2);
        let ordered = session.query::<Item>().order_by(mul(item::price, item::price).desc());
        assert_eq!(ordered.select(item::id).load::<i64>().unwrap(), [2, 3, 1]);
        let total = session.query::<Item>().select(sum(mul(item::price, val(Decimal::TWO))));
        assert_eq!(numbers(vec![total.one().unwrap()]), ["3.2"]);
        let set = item::price.eq(add(item::price, val(Decimal::ONE)));
        assert_eq!(session.query::<Item>().update(set).unwrap(), 3);
        let prices = session.query::<Item>().order_by(item::id.asc()).select(item::price);
        let prices: Vec<Option<Decimal>> = prices.load::<Decimal>().unwrap().into_iter().map(Some).collect();
        assert_eq!(numbers(prices), ["1.1", "6", "-2.5"]);
    }

    fn a_sum_that_no_decimal_holds_is_an_error(db: &TestDb) {
        let mut session = session_with(db, &[
            "1 79228162514264337593543950335", "1 79228162514264337593543950335", "1 0.1",
        ]);
        let sum = session.query::<Item>().select(sum(item::price)).one::<Option<Decimal>>();
        let error = format!("{:?}", sum.unwrap_err());
        assert!(error.contains("TooLong"), "{error}");
        // Only the reading failed, and the session still works.
        assert_eq!(session.query::<Item>().count().unwrap(), 3);
    }
}
