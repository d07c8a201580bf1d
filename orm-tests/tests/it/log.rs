//! The log of the statements that a session has sent.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, on_all_databases};

use crate::people::{User, all, execute, number, people, person, user};

/// A value that must not appear in any log or error.
const SECRET: &str = "swordfish-77123";

on_all_databases! {
    fn the_log_has_text_rows_and_order(db: &TestDb) {
        let mut session = people(db);
        session.add_all([person("bob", 1), person("cy", 2)]);
        session.query::<User>().filter(user::age.lt(30)).all().unwrap();
        session.commit().unwrap();
        let log = session.take_log();
        let words: Vec<_> =
            log.iter().map(|record| record.sql.split(' ').next().unwrap()).collect();
        // MySQL is first asked how keys are generated, and in between for the first of them.
        let insert = if db.dialect() == Dialect::Mysql { 2 } else { 1 };
        assert_eq!([words[0], words[insert]], ["BEGIN", "INSERT"]);
        assert_eq!(words[words.len() - 2..], ["SELECT", "COMMIT"]);
        let select = &log[log.len() - 2];
        assert_eq!([log[insert].rows, select.rows], [Some(2), Some(4)]);
        assert!(log.iter().all(|record| !record.failed));
        assert!(log[0].is_transaction_control() && !log[1].is_transaction_control());
        assert!(select.sql.contains("age"), "{}", select.sql);
        assert!(session.take_log().is_empty(), "the log is empty after it is taken");
    }

    fn a_session_keeps_no_log_unless_asked_to(db: &TestDb) {
        drop(people(db));
        let mut session = Session::open(db.url()).unwrap();
        session.query::<User>().all().unwrap();
        assert!(session.take_log().is_empty());
        assert_eq!(session.statements(), 1, "the count does not depend on the log");
        session.log_statements(true);
        session.query::<User>().all().unwrap();
        session.log_statements(true);
        session.log_statements(false);
        assert!(session.take_log().is_empty(), "stopping discards the log");
        assert_eq!(session.statements(), 2);
    }

    fn values_are_in_no_log_and_in_no_error(db: &TestDb) {
        let mut session = people(db);
        let mut user = person(SECRET, 77_123);
        user.fullname = Some(format!("the {SECRET}"));
        let first = session.add(user);
        session.flush().unwrap();
        session[first].fullname = Some(format!("{SECRET} it is"));
        session.query::<User>().filter(user::name.eq(SECRET)).all().unwrap();
        session.query::<User>().filter(user::name.in_list([SECRET.to_owned()])).all().unwrap();
        session.query::<User>().filter(user::age.eq(77_123)).update(user::name.eq(SECRET)).unwrap();
        session.bulk_insert([person(format!("{SECRET}!"), 1), person(format!("{SECRET}?"), 1)]).unwrap();
        session.add(person(SECRET, 1));
        let error = session.flush().unwrap_err();
        let log = session.take_log();
        let failed = log.iter().filter(|record| record.failed).count();
        assert!(failed > 0, "{log:?}");
        for text in [format!("{log:?}"), error.to_string(), format!("{error:?}")] {
            assert!(!text.contains("swordfish") && !text.contains("77123"), "{text}");
        }
    }

    fn statements_are_counted_apart_from_transactions(db: &TestDb) {
        let mut session = people(db);
        let (statements, control) = (session.statements(), session.transaction_statements());
        session.query::<User>().count().unwrap();
        session.get::<User>(7).unwrap();
        session.get::<User>(7).unwrap();
        session.commit().unwrap();
        assert_eq!(session.statements() - statements, 2);
        assert_eq!(session.transaction_statements() - control, 2, "BEGIN and COMMIT");
        session.savepoint(|session| session.get_one::<User>(8)).unwrap();
        session.rollback().unwrap();
        assert_eq!(session.statements() - statements, 3);
        assert_eq!(session.transaction_statements() - control, 6);
    }

    fn statements_sent_past_the_session_are_counted_and_logged(db: &TestDb) {
        let mut session = people(db);
        let before = session.statements();
        assert_eq!(number(&mut session, "SELECT count(*) AS value FROM addresses"), 5);
        assert_eq!(execute(&mut session, "UPDATE users SET age = 1"), 4);
        assert_eq!(session.statements() - before, 2);
        let log = session.take_log();
        assert!(log.iter().any(|record| record.sql == "SELECT count(*) AS value FROM addresses"), "{log:?}");
    }

    fn a_budget_of_statements_is_held(db: &TestDb) {
        let mut session = people(db);
        let users = session.expect_statements(1, |session| session.query::<User>().all()).unwrap();
        assert_eq!(users.len(), 4);
        session
            .expect_statements(0, |session| {
                session[users[0]].age = 1;
                session.get_one::<User>(7)
            })
            .unwrap();
        session
            .expect_statements(2, |session| {
                session.savepoint(|session| session.get::<User>(99))?;
                Ok(())
            })
            .unwrap();
        session.expect_statements(0, |session| session.commit()).unwrap();
    }

    fn a_budget_that_is_passed_names_the_statements(db: &TestDb) {
        let mut session = people(db);
        let count = |session: &mut Session| session.query::<User>().count();
        let many = session.expect_statements(1, |session| {
            count(session)?;
            count(session)
        });
        let error = many.unwrap_err();
        assert_matches!(&error, Error::StatementBudget { budget, sent } if budget == "exactly 1" && sent.len() == 2);
        let text = error.to_string();
        assert!(text.starts_with("exactly 1 statements were expected, 2 were sent:\nquery of User at "), "{text}");
        let few = session.expect_statements(3, count).unwrap_err();
        assert_matches!(&few, Error::StatementBudget { budget, sent } if budget == "exactly 3" && sent.len() == 1);
        let none = session.expect_statements(1, |_| Ok(())).unwrap_err();
        assert_matches!(&none, Error::StatementBudget { budget, sent } if budget == "exactly 1" && sent.is_empty());
    }

    fn an_error_of_the_work_comes_before_the_budget(db: &TestDb) {
        let mut session = people(db);
        let result = session.expect_statements(5, |session| session.get_one::<User>(99));
        assert_matches!(result, Err(Error::NotFound { .. }));
    }

    fn a_log_that_runs_goes_on_through_a_budget(db: &TestDb) {
        let mut session = people(db);
        session.query::<User>().count().unwrap();
        session
            .expect_statements(2, |session| {
                session.query::<User>().exists()?;
                session.expect_statements(1, |session| session.query::<User>().count())
            })
            .unwrap();
        session.get::<User>(7).unwrap();
        let log = session.take_log();
        assert_eq!(log.iter().filter(|record| !record.is_transaction_control()).count(), 4);
        assert_no_sql!(session);
        let mut quiet = Session::open(db.url()).unwrap();
        quiet.expect_statements(1, |session| session.query::<User>().count()).unwrap();
        quiet.query::<User>().count().unwrap();
        assert!(quiet.take_log().is_empty(), "no log was running");
    }

    fn reading_from_memory_sends_no_statement(db: &TestDb) {
        let mut session = people(db);
        let users = all(&mut session);
        let before = session.statements();
        for _ in 0..1_000 {
            for &user in &users {
                assert!(session[user].age > 0);
                session.get_one::<User>(session.key(user).unwrap()).unwrap();
                assert!(!session.is_dirty(user) && !session.is_stale(user));
            }
        }
        session.flush().unwrap();
        assert_eq!(session.statements(), before);
    }

    fn failed_statements_are_marked(db: &TestDb) {
        let mut session = people(db);
        session.add(person("ed", 1));
        session.flush().unwrap_err();
        let log = session.take_log();
        let insert = log.iter().find(|record| record.sql.starts_with("INSERT")).unwrap();
        assert!(insert.failed);
        assert_eq!(insert.rows, None);
    }
}
