//! Documents as columns.

use std::collections::BTreeMap;

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Settings {
    theme: String,
    tabs: Vec<String>,
    sizes: BTreeMap<String, f64>,
}

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "accounts")]
struct Account {
    id: i64,
    settings: Json<Settings>,
    extra: Option<Json<Value>>,
    history: Deferred<Json<Vec<Option<i64>>>>,
}

fn settings(theme: &str) -> Settings {
    let sizes = [("w".to_owned(), 0.1), ("ü \"\\\n".to_owned(), -1e300)].into();
    Settings { theme: theme.to_owned(), tabs: vec!["Ada's".to_owned(), String::new()], sizes }
}

fn account(id: i64, extra: Option<Value>) -> Account {
    Account {
        id,
        settings: Json(settings(&format!("theme {id}"))),
        extra: extra.map(Json),
        history: Deferred::new(Json(vec![Some(id), None])),
    }
}

fn stored(db: &TestDb) -> Vec<Account> {
    let mut session = db.session();
    session.query::<Account>().undefer(account::history).order_by(account::id.asc()).rows().unwrap()
}

on_all_databases! {
    fn every_way_keeps_documents(db: &TestDb) {
        let mut extras = vec![
            None, Some(json!({"b": [1, {"a": null}], "a": "x"})), Some(json!("text")), Some(json!([])),
            Some(json!(-7)), Some(json!(true)), Some(json!(9_007_199_254_740_993_i64)),
        ];
        let rows = |extras: &[Option<Value>]| -> Vec<Account> {
            (1..).zip(extras).map(|(id, extra)| account(id, extra.clone())).collect()
        };
        let mut session = db.session_for(schema![Account]);
        let mut objects = rows(&extras).into_iter();
        session.add(objects.next().unwrap());
        session.flush().unwrap();
        session.add_all(objects);
        session.commit().unwrap();
        assert_eq!(stored(db), rows(&extras));

        extras.rotate_left(1);
        for row in rows(&extras) {
            session.merge(row).unwrap();
        }
        session.commit().unwrap();
        assert_eq!(stored(db), rows(&extras));

        session.query::<Account>().delete().unwrap();
        session.bulk_insert(rows(&extras)).unwrap();
        extras.rotate_left(2);
        session.bulk_upsert(rows(&extras)).run().unwrap();
        session.commit().unwrap();
        assert_eq!(stored(db), rows(&extras));
    }

    fn a_change_inside_is_written(db: &TestDb) {
        let mut session = db.session_for(schema![Account]);
        session.add_all([account(1, None), account(2, Some(json!({"a": 1})))]);
        session.commit().unwrap();
        let two = session.get::<Account>(2).unwrap().unwrap();
        session.take_log();
        session[two].settings.theme = "theme 2".to_owned();
        session.flush().unwrap();
        assert_no_sql!(session);

        session[two].settings.tabs.push("news".to_owned());
        session[two].extra.as_mut().unwrap()["a"] = json!([1, 2]);
        session.flush().unwrap();
        assert_sql!(session, "U accounts[settings,extra] x1");
        session.commit().unwrap();
        let rows = stored(db);
        assert_eq!(rows[1].settings.tabs.last().unwrap(), "news");
        assert_eq!(rows[1].extra, Some(Json(json!({"a": [1, 2]}))));

        session[two].settings.tabs.clear();
        session.rollback().unwrap();
        assert_eq!(session[two].settings.tabs.len(), 3);
    }

    fn documents_are_found_by_equality(db: &TestDb) {
        let mut session = db.session_for(schema![Account]);
        session.add_all([account(1, None), account(2, Some(json!({"a": [1, "x"]})))]);
        session.commit().unwrap();
        let found = session.query::<Account>().filter(account::settings.eq(Json(settings("theme 1"))));
        assert_eq!(found.one().map(|found| session[found].id).unwrap(), 1);
        let found = session.query::<Account>().filter(account::extra.eq(Json(json!({"a": [1, "x"]}))));
        assert_eq!(found.one().map(|found| session[found].id).unwrap(), 2);
        assert_eq!(session.query::<Account>().filter(account::extra.is_null()).count().unwrap(), 1);
        let set = account::settings.eq(Json(settings("new")));
        assert_eq!(session.query::<Account>().update(set).unwrap(), 2);
        session.commit().unwrap();
        assert_eq!(stored(db)[1].settings, Json(settings("new")));
    }

    fn a_document_that_does_not_fit_is_an_error_without_its_values(db: &TestDb) {
        let mut session = db.session_for(schema![Account]);
        session.add(account(1, None));
        session.commit().unwrap();
        db.execute("UPDATE accounts SET settings = '{\"theme\": 123456789, \"tabs\": []}'");
        let error = db.session().get::<Account>(1).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains("does not fit") && !text.contains("123456789"), "{text}");
        assert_matches!(error, Error::Decode { entity: "Account", key, column, .. }
            if key.as_deref() == Some("1") && column == "settings");
    }

    fn a_builder_takes_a_document_with_or_without_its_wrapper(db: &TestDb) {
        let mut session = db.session_for(schema![Account]);
        let plain = Account::builder().id(1).settings(settings("theme 1")).extra(json!([1])).history(vec![None]);
        let wrapped = Account::builder().id(2).settings(Json(settings("theme 2"))).history(Json(vec![]));
        session.add_all([plain.build(), wrapped.maybe_extra(Some(Json(json!({})))).build()]);
        session.commit().unwrap();
        let rows = stored(db);
        assert_eq!(rows[0].settings, Json(settings("theme 1")));
        assert_eq!(rows[0].extra, Some(Json(json!([1]))));
        assert_eq!(rows[1].extra, Some(Json(json!({}))));
    }

    fn a_document_that_serde_cannot_write_is_an_error(db: &TestDb) {
        #[derive(Entity, Debug)]
        #[entity(table = "odd")]
        struct Odd {
            id: i64,
            map: Json<BTreeMap<Option<i32>, i32>>,
        }
        let mut session = db.session_for(schema![Odd]);
        let odd = session.add(Odd { id: 1, map: Json([(None, 1)].into()) });
        assert!(session.flush().is_err());
        session[odd].map.clear();
        session.commit().unwrap();
        assert_eq!(db.count("odd"), 1);
    }
}
