//! Reports of statements: repeated ones, slow ones and budgets.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use orm_runtime::observe::{Budget, FullScanWatch, SlowWatch, Stack, StatementReport};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

use super::{Author, Book, author, book, library};

on_all_databases! {
    fn a_report_finds_what_is_sent_over_and_over(db: &TestDb) {
        let (mut session, _) = library(db);
        let report = StatementReport::new();
        session.observe(report.clone());
        for id in 1..=2 {
            session.get_one::<Author>(id).unwrap();
        }
        session.clear();
        let authors = session.query::<Author>().all().unwrap();
        for _ in 0..3 {
            for &author in &authors {
                session.expire(author).unwrap();
                session.refresh(&[author]).unwrap();
            }
        }
        let summary = report.take();
        assert_eq!(summary.statements, 9);
        let repeated = summary.repeated(2);
        let found: Vec<_> = repeated.iter().map(|it| (it.count, it.shape.cause)).collect();
        assert_eq!(found, [(6, "refresh"), (2, "get")]);
        assert!(repeated[0].cure.contains("one call of `session.refresh"), "{}", repeated[0].cure);
        assert!(repeated[1].cure.contains("get_many::<Author>"), "{}", repeated[1].cure);
        let text = summary.to_string();
        assert!(text.starts_with("9 statements, 10 rows, "), "{text}");
        assert!(text.contains("refresh of Author at ") && text.contains("reports.rs:"), "{text}");
        let json: serde_json::Value = serde_json::from_str(&summary.to_json()).unwrap();
        assert_eq!(json["shapes"][0]["count"], 6);
        assert!(json["shapes"][0]["cure"].is_string() && json["shapes"][2]["cure"].is_null());
        assert_eq!(report.summary().statements, 0);
    }

    fn a_plan_names_the_tables_that_are_read_as_a_whole(db: &TestDb) {
        let (mut session, _) = library(db);
        if db.dialect() == Dialect::Postgres {
            session.execute(diesel::sql_query("SET enable_seqscan = off")).unwrap();
        }
        let found: Arc<Mutex<Vec<String>>> = Arc::default();
        let sink = Arc::clone(&found);
        session.observe(FullScanWatch::new(move |table, finished| {
            let entity = finished.statement.origin.entity;
            sink.lock().unwrap().push(format!("{table} {entity:?}"));
        }));
        let large: Arc<Mutex<Vec<String>>> = Arc::default();
        let sink = Arc::clone(&large);
        let watch = FullScanWatch::new(move |table, _| sink.lock().unwrap().push(table.to_owned()));
        session.observe(watch.only(["books"]));
        let by_key = session.query::<Author>().filter(author::id.eq(1)).explain().unwrap();
        assert!(by_key.full_scans.is_empty(), "{by_key}");
        let by_name = session.query::<Author>().filter(author::name.eq("ada")).explain().unwrap();
        assert_eq!(by_name.full_scans, ["authors"], "{by_name}");
        assert!(found.lock().unwrap().is_empty(), "an explained query is not sent");
        for _ in 0..2 {
            session.get::<Author>(1).unwrap();
            session.query::<Author>().filter(author::name.eq("ada")).all().unwrap();
            session.clear();
        }
        assert_eq!(*found.lock().unwrap(), [r#"authors Some("Author")"#], "each shape once");
        session.query::<Book>().filter(book::title.eq("one")).all().unwrap();
        assert_eq!(*large.lock().unwrap(), ["books"], "only the table that is named");
    }

    fn a_slow_statement_is_explained_with_its_values(db: &TestDb) {
        let (mut session, _) = library(db);
        let texts: Arc<Mutex<Vec<String>>> = Arc::default();
        let sink = Arc::clone(&texts);
        let watch = SlowWatch::new(Duration::ZERO, move |slow| {
            sink.lock().unwrap().extend(slow.plan.map(|plan| plan.text.clone()));
        });
        session.observe(watch.with_plans());
        session.query::<Author>().filter(author::name.eq("ada")).eager(author::books).all().unwrap();
        session.query::<Author>().filter(author::name.eq("ada")).update(author::name.eq("b")).unwrap();
        let texts = texts.lock().unwrap();
        assert!(texts.len() >= 3 && texts.iter().all(|text| !text.is_empty()), "{texts:?}");
        assert!(texts[0].contains("authors"), "{texts:?}");
    }

    fn a_budget_limits_a_scope_and_an_entity(db: &TestDb) {
        let (mut session, _) = library(db);
        let both = |session: &mut Session| {
            session.query::<Author>().count()?;
            session.query::<Book>().count()
        };
        session.expect_statements(Budget::at_most(2).of::<Book>(1), both).unwrap();
        let error = session.expect_statements(Budget::at_most(1), both).unwrap_err().to_string();
        assert!(error.starts_with("at most 1 statements were expected, 2 were sent"), "{error}");
        let error = session.expect_statements(Budget::at_most(5).of::<Book>(0), both).unwrap_err();
        assert!(error.to_string().starts_with("at most 0 of Book"), "{error}");
        let warned: Arc<Mutex<Vec<String>>> = Arc::default();
        let sink = Arc::clone(&warned);
        let budget = Budget::exactly(1).or_warn(move |error| sink.lock().unwrap().push(error.to_string()));
        assert_eq!(session.expect_statements(budget, both).unwrap(), 2);
        assert_eq!(warned.lock().unwrap().len(), 1);
    }

    fn a_budget_of_new_rows_is_the_same_on_every_database(db: &TestDb) {
        let (mut session, _) = library(db);
        session.add_all(["joan", "mary"].map(|name| Author::builder().name(name).build()));
        session.expect_statements(1, |session| session.flush()).unwrap();
    }

    fn a_slow_statement_is_reported_while_it_waits(db: &TestDb) {
        let (mut session, _) = library(db);
        let slow: Arc<Mutex<Vec<(bool, String)>>> = Arc::default();
        let sink = Arc::clone(&slow);
        let watch = SlowWatch::new(Duration::from_millis(40), move |slow| {
            sink.lock().unwrap().push((slow.waits, slow.to_string()));
        });
        session.observe(watch.while_waiting(Stack::Captured).unwrap());
        session.execute(diesel::sql_query(waits(db))).map(drop).unwrap_or_default();
        let slow = slow.lock().unwrap();
        assert_eq!(slow.iter().map(|(waits, _)| *waits).collect::<Vec<_>>(), [true, false], "{slow:?}");
        assert!(slow[0].1.starts_with("slow statement waits since "), "{}", slow[0].1);
        assert!(slow[0].1.contains("a_slow_statement_is_reported"), "the stack: {}", slow[0].1);
        assert!(slow[0].1.contains("program at ") && slow[0].1.contains("reports.rs"), "{}", slow[0].1);
    }
}

/// Returns a statement that takes a while.
fn waits(db: &TestDb) -> &'static str {
    match db.dialect() {
        Dialect::Postgres => "UPDATE authors SET name = name FROM (SELECT pg_sleep(0.4)) AS s",
        Dialect::Mysql => "UPDATE authors SET name = name WHERE sleep(0.3) = 0",
        _ => {
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1500000) \
             UPDATE authors SET name = name WHERE (SELECT count(*) FROM n) > 0"
        }
    }
}
