//! Which columns of an existing row an upsert writes, and with what.

use chrono::{DateTime, Utc};
use orm_runtime::error::DatabaseErrorKind;
use orm_runtime::prelude::*;
use orm_runtime::query::excluded;
use orm_tests::{TestDb, assert_no_sql, on_all_databases};
use rust_decimal::Decimal;

#[derive(Entity, Debug, Clone)]
#[entity(table = "stocks", check = "amount < 1000")]
struct Stock {
    id: Auto<i64>,
    #[entity(unique, length = 20)]
    code: String,
    amount: i64,
    total: i64,
    place: Option<String>,
    #[entity(precision = 10, scale = 2)]
    worth: Decimal,
    #[entity(updated_at)]
    written: DateTime<Utc>,
    #[entity(version)]
    version: i32,
}

fn stock(code: &str, amount: i64, place: &str) -> Stock {
    let worth = Decimal::new(amount, 1);
    let row = Stock::builder().code(code).amount(amount).total(amount).worth(worth);
    row.place(place.to_owned()).build()
}

fn stocks(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![Stock]);
    session.bulk_insert([stock("tea", 5, "here"), stock("milk", 7, "here")]).unwrap();
    session.commit().unwrap();
    session.take_log();
    session
}

fn stored(db: &TestDb) -> Vec<String> {
    db.rows("stocks", "id, code, amount, total, place, worth, version")
        .into_iter()
        .map(|row| row.split_once('|').unwrap().1.to_owned())
        .collect()
}

on_all_databases! {
    fn set_names_the_columns_of_existing_rows(db: &TestDb) {
        let mut session = stocks(db);
        db.execute("UPDATE stocks SET written = '2001-02-03 04:05:06'");
        let rows = [stock("tea", 50, "there"), stock("salt", 9, "there")];
        session.bulk_upsert(rows).on(stock::code).set((stock::amount, stock::worth)).run().unwrap();
        session.commit().unwrap();
        assert_eq!(
            stored(db),
            ["tea|50|5|here|5.00|2", "milk|7|7|here|0.70|1", "salt|9|9|there|0.90|1"]
        );
        assert_eq!(db.count("stocks WHERE written > '2002-01-01 00:00:00'"), 2);
    }

    fn keep_names_what_existing_rows_keep(db: &TestDb) {
        let mut session = stocks(db);
        let rows = [stock("tea", 50, "there"), stock("salt", 9, "there")];
        session.bulk_upsert(rows).on(stock::code).keep((stock::place, stock::worth)).run().unwrap();
        session.commit().unwrap();
        assert_eq!(
            stored(db),
            ["tea|50|50|here|0.50|2", "milk|7|7|here|0.70|1", "salt|9|9|there|0.90|1"]
        );
    }

    fn combine_assigns_expressions_of_both_rows(db: &TestDb) {
        let mut session = stocks(db);
        let rows = || (0..3).map(|n| stock(["tea", "milk", "salt"][n], 100, "there"));
        let sum = (
            stock::amount.eq(stock::amount + excluded(stock::amount) + 1_i64),
            stock::place.eq(excluded(stock::place)),
        );
        session.bulk_upsert(rows()).on(stock::code).set(stock::worth).combine(sum).run().unwrap();
        session.commit().unwrap();
        assert_eq!(
            stored(db),
            [
                "tea|106|5|there|10.00|2",
                "milk|108|7|there|10.00|2",
                "salt|100|100|there|10.00|1",
            ]
        );
        // The other columns are written as usual.
        let twice = stock::total.eq(stock::total * 2_i64);
        session.bulk_upsert([stock("tea", 3, "x")]).on(stock::code).combine(twice).run().unwrap();
        session.commit().unwrap();
        assert_eq!(stored(db)[0], "tea|3|10|x|0.30|3");
    }

    fn many_rows_are_combined(db: &TestDb) {
        let mut session = stocks(db);
        let code = |n: i64| format!("c{n}");
        for _ in 0..2 {
            let rows = (0..700).map(|n| stock(&code(n), 1, "here"));
            let sum = stock::amount.eq(stock::amount + excluded(stock::amount) + 10_i64);
            session.bulk_upsert(rows).on(stock::code).combine(sum).run().unwrap();
        }
        session.commit().unwrap();
        assert_eq!(db.count("stocks WHERE amount = 12 AND version = 2"), 700);
    }

    fn what_an_upsert_cannot_write_is_refused(db: &TestDb) {
        let mut session = stocks(db);
        let rows = || [stock("tea", 1, "x")];
        let message = |result: Result<usize>| result.unwrap_err().to_string();
        let upsert = |session: &mut Session| {
            message(session.bulk_upsert(rows()).on(stock::code).set(stock::code).run())
        };
        assert_eq!(
            upsert(&mut session),
            "set() cannot name code of Stock: rows are found by it; leave it out"
        );
        let assigned = session.bulk_upsert(rows()).on(stock::code).combine(stock::version.eq(3));
        assert_eq!(
            message(assigned.run()),
            "combine() cannot name version of Stock: a version grows by itself; leave it out"
        );
        let both = session.bulk_upsert(rows()).on(stock::code).do_nothing().keep(stock::place);
        assert_eq!(
            message(both.run()),
            "do_nothing() leaves existing rows of Stock as they are: leave out set(), keep() and combine()"
        );
        assert_no_sql!(session);
        // MySQL would read the new amount.
        let depends = (stock::amount.eq(1_i64), stock::total.eq(stock::amount));
        let upsert = session.bulk_upsert([stock("tea", 1, "x")]).on(stock::code).combine(depends);
        match db.dialect() {
            Dialect::Mysql => {
                let error = message(upsert.run());
                assert!(error.contains("assigns `amount` of Stock before another"), "{error}");
            }
            _ => {
                upsert.run().unwrap();
                session.commit().unwrap();
                assert_eq!(db.count("stocks WHERE amount = 1 AND total = 5"), 1);
            }
        }
    }

    fn a_refused_row_is_named_or_handed_over(db: &TestDb) {
        let mut session = stocks(db);
        let before = stored(db);
        let rows = || [stock("salt", 1, "x"), stock("tea", 2, "x"), stock("milk", 1_000, "x")];
        let error = session.bulk_upsert(rows()).on(stock::code).run().unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Check), "{error}");
        assert!(error.to_string().starts_with("Stock (row 3): check"), "{error}");
        session.commit().unwrap();
        assert_eq!(stored(db), before);
        let mut refused = Vec::new();
        let hear = |number, row: Stock, _| refused.push((number, row.code));
        let again = || rows().into_iter().chain([stock("salt", 3, "x")]);
        let upsert = session.bulk_upsert(again()).on(stock::code).set(stock::amount);
        assert_eq!(upsert.reject_into(hear).run().unwrap(), 2);
        refused.sort();
        assert_eq!(refused, [(3, "milk".to_owned()), (4, "salt".to_owned())]);
        session.commit().unwrap();
        assert_eq!(db.rows("stocks", "code, amount"), ["milk|7", "salt|1", "tea|2"]);
    }
}
