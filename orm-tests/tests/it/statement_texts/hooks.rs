//! Names of queries as comments, and hooks that change a text before it is sent.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use orm_runtime::SessionOptions;
use orm_runtime::observe::StatementKind;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_all_databases};

#[cfg(feature = "servers")]
use crate::people::number;
use crate::people::{Address, User, all, execute, names, people, person, user};

/// Returns the texts that were sent, without those of transactions.
fn sent(session: &Session) -> Vec<String> {
    let log = session.take_log().into_iter();
    log.filter(|record| !record.is_transaction_control()).map(|record| record.sql).collect()
}

on_all_databases! {
    fn every_way_of_sending_goes_through_the_hook(db: &TestDb) {
        let mut session = people(db);
        session.rewrite_statements(|statement| Some(format!("/* shop */ {}", statement.sql)));

        session.add_all([person("bob", 1), person("cy", 2)]);
        session.add(person("dora", 3));
        session.flush().unwrap();
        let [jack, ed, ..] = session.query::<User>().order_by(user::id).all().unwrap()[..] else {
            panic!("there are people");
        };
        session[jack].age = 48;
        session[ed].age = 26;
        session.flush().unwrap();
        session.delete(ed).unwrap();
        session.flush().unwrap();
        session.query::<User>().filter(user::name.eq("bob")).update(user::age.eq(9)).unwrap();
        session.query::<User>().filter(user::name.eq("cy")).delete().unwrap();
        session.clear();
        let jack = session.get_one::<User>(7).unwrap();
        assert_eq!(session[jack].age, 48);
        session.load(jack, user::portrait).unwrap();
        assert_eq!(session[jack].portrait.get().unwrap(), &Some(vec![1, 2, 3]));
        assert_eq!(session.query::<User>().stream().unwrap().count(), 5);
        assert_eq!(session.query::<User>().count().unwrap(), 5);
        let ages = session.query::<User>().order_by(user::age.asc()).select(user::age).load::<i32>();
        assert_eq!(ages.unwrap(), [3, 9, 29, 37, 48]);
        execute(&mut session, "UPDATE users SET age = 4 WHERE name = 'dora'");
        session.bulk_insert([person("eve", 5), person("finn", 6)]).unwrap();
        session.bulk_upsert([person("eve", 7)]).on(user::name).run().unwrap();
        let texts = sent(&session);
        let copies = texts.iter().filter(|sql| sql.starts_with("COPY ")).count();
        let rewritten = texts.iter().filter(|sql| sql.starts_with("/* shop */ ")).count();
        assert_eq!(copies + rewritten, texts.len(), "{texts:#?}");
        session.commit().unwrap();
        assert_eq!(db.count("users"), 7);
    }

    fn the_hook_sees_what_is_sent(db: &TestDb) {
        type Sent = (StatementKind, Option<&'static str>, Option<String>);
        let mut session = people(db);
        let seen: Arc<Mutex<Vec<Sent>>> = Arc::default();
        let log = Arc::clone(&seen);
        let dialect = db.dialect();
        session.rewrite_statements(move |statement| {
            assert_eq!(statement.dialect, dialect);
            let name = statement.name.map(str::to_owned);
            log.lock().unwrap().push((statement.kind, statement.entity, name));
            None
        });
        session.add(Address { id: 90.into(), user_id: 7, email: "new".to_owned() });
        session.flush().unwrap();
        session.query::<User>().named("all people").all().unwrap();
        session.query::<User>().filter(user::id.eq(8)).update(user::age.eq(1)).unwrap();
        session.query::<Address>().delete().unwrap();
        let seen = std::mem::take(&mut *seen.lock().unwrap());
        for kind in [
            (StatementKind::Insert, Some("Address"), None),
            (StatementKind::Select, Some("User"), Some("all people".to_owned())),
            (StatementKind::Update, Some("User"), None),
            (StatementKind::Delete, Some("Address"), None),
        ] {
            assert!(seen.contains(&kind), "{kind:?} in {seen:?}");
        }
    }

    fn hooks_run_one_after_the_other_and_stay_after_a_reconnect(db: &TestDb) {
        let mut session = people(db);
        session.rewrite_statements(|statement| Some(format!("/* a */ {}", statement.sql)));
        session.rewrite_statements(|statement| Some(format!("/* b */ {}", statement.sql)));
        session.query::<User>().all().unwrap();
        assert!(sent(&session)[0].starts_with("/* b */ /* a */ SELECT"));
        session.reconnect().unwrap();
        session.query::<User>().all().unwrap();
        assert!(sent(&session)[0].starts_with("/* b */ /* a */ SELECT"));
    }

    fn a_text_with_other_placeholders_is_refused_before_it_is_sent(db: &TestDb) {
        let mut session = people(db);
        let on = Arc::new(AtomicBool::new(false));
        let is_on = Arc::clone(&on);
        session.rewrite_statements(move |statement| {
            is_on.load(Ordering::Relaxed).then(|| statement.sql.replace(['?', '$'], "1 + "))
        });
        let [jack, ..] = all(&mut session);
        session.commit().unwrap();
        session.add(person("bob", 1));
        session[jack].age = 1;
        let before = session.statements();
        on.store(true, Ordering::Relaxed);
        let error = session.flush().unwrap_err();
        assert_matches!(&error, Error::Configuration(_));
        let text = error.to_string();
        assert!(text.contains("rewrite_statements()") && text.contains("of User has"), "{text}");
        assert_eq!(session.statements(), before);
        session.rollback().unwrap();
        session.add(person("bob", 1));
        session[jack].age = 1;
        let query = session.query::<Address>().filter(crate::people::address::email.eq("a"));
        assert_matches!(query.all(), Err(Error::Configuration(_)));
        assert_matches!(session.get::<User>(9), Err(Error::Configuration(_)));
        assert_eq!(session.statements(), before);

        on.store(false, Ordering::Relaxed);
        session.commit().unwrap();
        assert_eq!(db.count("users"), 5);
        session.clear();
        on.store(true, Ordering::Relaxed);
        assert_matches!(session.get::<User>(9), Err(Error::Configuration(_)));
        let some = session.query::<User>().filter(user::age.gt(1));
        assert_matches!(some.update(user::age.eq(2)), Err(Error::Configuration(_)));
        on.store(false, Ordering::Relaxed);
        assert_eq!(session.query::<User>().count().unwrap(), 5);
    }

    fn a_factory_gives_its_hooks_to_every_session(db: &TestDb) {
        drop(people(db));
        let sessions = db.sessions(|options| {
            options.rewrite_statements(|statement| Some(format!("/* pool */ {}", statement.sql)));
        });
        for _ in 0..2 {
            let mut session = sessions.session().unwrap();
            session.log_statements(true);
            session.query::<User>().all().unwrap();
            assert!(sent(&session)[0].starts_with("/* pool */ SELECT"));
        }
    }

    fn names_are_sent_as_comments_if_the_option_says_so(db: &TestDb) {
        drop(people(db));
        for comment_names in [false, true] {
            let options = SessionOptions { comment_names, ..SessionOptions::default() };
            let mut session = db.session_with(options);
            let query = session.query::<User>().named("report: people */ DROP TABLE users; /*");
            let name = "/* report: people * / DROP TABLE users; / * */ SELECT";
            assert!(query.to_sql(db.dialect()).unwrap()[0].starts_with(name));
            let found = query.order_by(user::id).all().unwrap();
            assert_eq!(names(&session, &found), ["jack", "ed", "fred", "chuck"]);
            let start = if comment_names { name } else { "SELECT" };
            assert!(sent(&session)[0].starts_with(start));

            session.query::<User>().named("ages").select(user::age).load::<i32>().unwrap();
            session.query::<User>().named("ages").filter(user::age.gt(500)).update(user::age.eq(1)).unwrap();
            session.query::<User>().named("ages").filter(user::age.gt(500)).delete().unwrap();
            session.query::<User>().named("ages").stream().unwrap().for_each(drop);
            session.query::<User>().named("ages").batches(2, |_, _| Ok(())).unwrap();
            let texts = sent(&session);
            let named = texts.iter().filter(|sql| sql.starts_with("/* ages */ ")).count();
            assert_eq!(named, if comment_names { texts.len() } else { 0 }, "{texts:#?}");

            session.query::<User>().all().unwrap();
            assert!(sent(&session)[0].starts_with("SELECT"));
        }
    }
}

#[cfg(feature = "servers")]
#[test]
fn a_prepared_statement_is_found_by_the_new_text() {
    TestDb::with(Dialect::Postgres, |db| {
        let mut session = people(db);
        session.rewrite_statements(|statement| Some(format!("/* shop */ {}", statement.sql)));
        let prepared = "SELECT count(*) AS value FROM pg_prepared_statements WHERE statement LIKE '/* shop */%'";
        for age in 0..10 {
            session.query::<User>().filter(user::age.gt(age)).all().unwrap();
            session.clear();
            session.get_one::<User>(7).unwrap();
        }
        assert_eq!(number(&mut session, prepared), 2);
        // Each page has its own text, and is not kept.
        for page in 0..3 {
            session.query::<User>().order_by(user::id).limit(1).offset(page).all().unwrap();
        }
        assert_eq!(number(&mut session, prepared), 2);
    });
}
