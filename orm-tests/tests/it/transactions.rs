//! Transactions: begun automatically, and ended by commit, rollback or the end of their scope.

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, SessionOptions, error::DatabaseErrorKind};
use orm_tests::{TestDb, assert_matches, assert_no_sql, on_all_databases};

use crate::people::{User, all, empty, names, people, person};

fn failure() -> Error {
    Error::Configuration("changed my mind".to_owned())
}

/// Returns the statements that began or ended transactions since the last call.
fn control(session: &mut Session) -> Vec<String> {
    let log = session.take_log();
    let control = log.iter().filter(|record| record.is_transaction_control());
    control.map(|record| record.sql.split(' ').next().unwrap().to_owned()).collect()
}

on_all_databases! {
    fn a_transaction_begins_with_the_first_statement(db: &TestDb) {
        let mut session = people(db);
        assert!(!session.in_transaction());
        let ed = session.add(person("bob", 1));
        session[ed].age = 2;
        assert!(!session.in_transaction(), "memory needs no transaction");
        session.query::<User>().count().unwrap();
        assert!(session.in_transaction());
        session.commit().unwrap();
        assert!(!session.in_transaction());
        session.get::<User>(7).unwrap();
        assert!(session.in_transaction(), "a read begins one too");
        session.rollback().unwrap();
        assert!(!session.in_transaction());
        session.begin().unwrap();
        let before = session.transaction_statements();
        session.begin().unwrap();
        assert!(session.in_transaction());
        assert_eq!(session.transaction_statements(), before, "it is already open");
    }

    // E10: a failed flush keeps the edits, and the session continues without special calls.
    fn a_failed_commit_can_be_mended_or_rolled_back(db: &TestDb) {
        let mut session = empty(db);
        let ed = session.add(person("ed", 25));
        session.commit().unwrap();
        let mut twin = person("jack", 47);
        twin.id = 1.into();
        let jack = session.add(twin);
        session[ed].name = "edward".to_owned();

        for _ in 0..2 {
            let error = session.commit().unwrap_err();
            assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
            let Error::Constraint(violation) = error else { unreachable!() };
            assert_eq!(violation.handle::<User>(), Some(jack));
            assert_eq!(session[ed].name, "edward");
            assert_eq!(session.state(jack), ObjectState::Pending);
            assert_eq!(db.rows("users", "id, name"), ["1|ed"]);
        }

        session.rollback().unwrap();
        assert_eq!(session.state(jack), ObjectState::Transient);
        assert_eq!(session[jack].name, "jack", "it is still readable");
        assert_eq!(session[ed].name, "ed");
        session[ed].name = "edward".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, name, age"), ["1|edward|25"]);
    }

    // E10
    fn a_failed_commit_succeeds_once_the_cause_is_gone(db: &TestDb) {
        let mut session = people(db);
        let [jack, ..] = all(&mut session);
        let second = session.add(person("ed", 1));
        session[jack].age = 48;
        session.commit().unwrap_err();
        session[second].name = "eddy".to_owned();
        session.commit().unwrap();
        assert_eq!(db.count("users"), 5);
        assert_eq!(db.rows("users", "id, age").iter().filter(|row| *row == "7|48").count(), 1);
    }

    // E11
    fn a_failed_savepoint_keeps_the_outer_changes(db: &TestDb) {
        let mut session = empty(db);
        let ed = session.add(person("ed", 25));
        session.commit().unwrap();
        session[ed].name = "edward".to_owned();
        let mut added = None;
        let error = session.savepoint(|session| {
            let mut twin = person("jack", 47);
            twin.id = 1.into();
            added = Some(session.add(twin));
            session.flush()
        });
        assert!(error.unwrap_err().is_violation(DatabaseErrorKind::Unique));
        assert_eq!(session.state(added.unwrap()), ObjectState::Transient);
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, name"), ["1|edward"]);
    }

    // E18
    fn two_sessions_see_what_the_other_has_committed(db: &TestDb) {
        let mut first = people(db);
        let mut second = db.session();
        let ed = first.get_one::<User>(8).unwrap();
        first[ed].name = "ed2".to_owned();
        first.commit().unwrap();
        let same = second.get_one::<User>(8).unwrap();
        assert_eq!(second[same].name, "ed2");
        second[same].name = "will".to_owned();
        second.commit().unwrap();
        first.take_log();
        assert!(first.is_stale(ed));
        assert_eq!(first.get_one::<User>(8).unwrap(), ed);
        assert_eq!(first[ed].name, "will");
        assert_eq!(first.take_log().iter().filter(|r| !r.is_transaction_control()).count(), 1);
    }

    // E19
    fn only_the_outermost_scope_commits(db: &TestDb) {
        let mut session = empty(db);
        let helper = |session: &mut Session, name: &str| {
            session.transaction(|session| {
                session.add(person(name, 1));
                session.flush()
            })
        };
        session
            .transaction(|session| {
                helper(session, "ada")?;
                assert_eq!(db.count("users"), 0);
                helper(session, "bob")?;
                assert!(session.in_transaction());
                Ok(())
            })
            .unwrap();
        let control = control(&mut session);
        assert_eq!(control.first().map(String::as_str), Some("BEGIN"));
        assert_eq!(control.iter().filter(|word| *word == "COMMIT").count(), 1, "{control:?}");
        assert_eq!(db.rows("users", "id, name"), ["1|ada", "2|bob"]);
    }

    // E19
    fn an_error_rolls_back_the_outermost_scope(db: &TestDb) {
        let mut session = people(db);
        let [jack, ..] = all(&mut session);
        let mut added = None;
        let result = session.transaction(|session| {
            session[jack].age = 1;
            added = Some(session.add(person("bob", 1)));
            session.transaction(|session| session.flush())?;
            Err::<(), _>(failure())
        });
        assert_eq!(result.unwrap_err().to_string(), "changed my mind");
        assert!(!session.in_transaction());
        assert_eq!(session[jack].age, 47);
        assert_eq!(session.state(added.unwrap()), ObjectState::Transient);
        assert_eq!(db.count("users"), 4);
        session.add(person("cy", 1));
        session.commit().unwrap();
        assert_eq!(db.count("users"), 5, "the session can be used immediately");
    }

    fn an_error_of_an_inner_scope_may_be_handled(db: &TestDb) {
        let mut session = empty(db);
        session
            .transaction(|session| {
                session.add(person("ada", 1));
                let inner = session.transaction(|session| {
                    session.add(person("bob", 1));
                    Err::<(), _>(failure())
                });
                assert!(inner.is_err());
                Ok(())
            })
            .unwrap();
        assert_eq!(db.rows("users", "name"), ["ada", "bob"], "it had joined the outer one: nothing was undone");
    }

    fn a_commit_that_fails_at_the_end_of_a_scope_rolls_back(db: &TestDb) {
        let mut session = people(db);
        let [jack, ..] = all(&mut session);
        let result = session.transaction(|session| {
            session[jack].age = 1;
            session.flush()?;
            session.add(person("ed", 1));
            Ok(())
        });
        assert!(result.unwrap_err().is_violation(DatabaseErrorKind::Unique));
        assert_eq!(session[jack].age, 47);
        assert!(!session.in_transaction());
        session.commit().unwrap();
        assert_eq!(db.count("users WHERE age = 1"), 0);
    }

    fn a_commit_inside_a_scope_is_refused(db: &TestDb) {
        let mut session = people(db);
        let refused = |session: &mut Session| {
            let error = session.commit().unwrap_err();
            assert_matches!(&error, Error::Configuration(_));
            assert!(error.to_string().contains("the outermost scope commits"), "{error}");
        };
        session
            .transaction(|session| {
                session.add(person("bob", 1));
                refused(session);
                session.savepoint(|session| {
                    refused(session);
                    Ok(())
                })
            })
            .unwrap();
        session
            .savepoint(|session| {
                refused(session);
                Ok(())
            })
            .unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("users"), 5);
    }

    fn a_scope_inside_a_savepoint_joins_it(db: &TestDb) {
        let mut session = people(db);
        session.add(person("outer", 1));
        session
            .savepoint(|session| {
                session.transaction(|session| {
                    session.add(person("inner", 1));
                    Ok(())
                })?;
                assert!(session.in_transaction());
                session.add(person("after", 1));
                Ok(())
            })
            .unwrap();
        assert!(session.in_transaction());
        assert_eq!(session.query::<User>().count().unwrap(), 7);
        assert_eq!(db.count("users"), 4, "only the outermost commits");
        session.rollback().unwrap();
        assert_eq!(db.count("users"), 4);
        assert!(session.handles::<User>().is_empty());
    }

    fn a_failed_scope_inside_a_savepoint_undoes_no_more_than_that(db: &TestDb) {
        let mut session = people(db);
        session.add(person("outer", 1));
        let result = session.savepoint(|session| {
            session.transaction(|session| {
                session.add(person("inner", 1));
                session.flush()?;
                Err::<(), _>(failure())
            })
        });
        assert_eq!(result.unwrap_err().to_string(), "changed my mind");
        session.commit().unwrap();
        let mut names = db.rows("users", "name");
        names.sort_unstable();
        assert_eq!(names, ["chuck", "ed", "fred", "jack", "outer"]);
    }

    fn what_is_committed_is_what_a_rollback_goes_back_to(db: &TestDb) {
        drop(people(db));
        let options = SessionOptions { expire_on_commit: false, ..SessionOptions::default() };
        for mut session in [db.session(), db.session_with(options)] {
            let [jack, ..] = all(&mut session);
            session[jack].age += 1;
            session.commit().unwrap();
            let committed = session[jack].age;
            session[jack].age = 0;
            session.flush().unwrap();
            session[jack].age = -1;
            session.rollback().unwrap();
            assert_eq!(session[jack].age, committed);
            assert!(!session.is_dirty(jack));
        }
        assert_eq!(db.rows("users", "id, age")[0], "7|49");
    }

    fn a_rollback_inside_a_scope_restarts_it(db: &TestDb) {
        let mut session = people(db);
        session
            .transaction(|session| {
                session.add(person("bob", 1));
                session.flush()?;
                session.rollback()?;
                assert_eq!(session.query::<User>().count()?, 4);
                session.add(person("cy", 1));
                Ok(())
            })
            .unwrap();
        assert_eq!(db.rows("users", "name").iter().filter(|name| *name == "cy").count(), 1);
        assert_eq!(db.count("users"), 5);
    }

    fn the_states_of_objects_follow_commit_and_rollback(db: &TestDb) {
        let mut session = people(db);
        let [jack, ed, ..] = all(&mut session);
        let bob = session.add(person("bob", 1));
        session[ed].age = 0;
        session.delete(jack).unwrap();
        session.flush().unwrap();
        let states = |session: &Session| [jack, ed, bob].map(|user| session.state(user));
        use ObjectState::{Deleted, Detached, Persistent, Transient};
        assert_eq!(states(&session), [Deleted, Persistent, Persistent]);
        session.rollback().unwrap();
        assert_eq!(states(&session), [Persistent, Persistent, Transient]);
        assert_eq!((session[ed].age, session.is_dirty(ed)), (25, false));
        assert_eq!(session[bob].name, "bob");

        session.add_again(bob).unwrap();
        session.delete(jack).unwrap();
        session.commit().unwrap();
        assert_eq!(states(&session), [Detached, Persistent, Persistent]);
        assert_eq!(names(&session, &[ed, bob]), ["ed", "bob"]);
        assert_eq!(db.count("users"), 4);
    }

    fn a_rollback_of_nothing_sends_no_statement(db: &TestDb) {
        let mut session = people(db);
        let before = session.transaction_statements();
        let bob = session.add(person("bob", 1));
        session.rollback().unwrap();
        session.rollback().unwrap();
        assert_eq!(session.state(bob), ObjectState::Transient);
        assert_no_sql!(session);
        assert_eq!(session.transaction_statements(), before);
    }

    fn edits_that_were_never_flushed_are_undone_too(db: &TestDb) {
        let mut session = people(db);
        let [jack, ed, ..] = all(&mut session);
        session[jack].age = 1;
        session.delete(ed).unwrap();
        session.rollback().unwrap();
        assert_eq!(session[jack].age, 47);
        assert_eq!(session.state(ed), ObjectState::Persistent);
        session.commit().unwrap();
        assert_eq!(db.count("users WHERE age = 47"), 1);
    }

    fn a_rollback_sends_no_select(db: &TestDb) {
        let mut session = people(db);
        let users = all(&mut session);
        for &user in &users {
            session[user].age += 1;
        }
        session.flush().unwrap();
        session.take_log();
        session.rollback().unwrap();
        assert_no_sql!(session);
        assert_eq!(users.map(|user| session[user].age), [47, 25, 29, 37]);
    }

    fn a_transaction_of_diesel_nests_in_that_of_the_session(db: &TestDb) {
        if db.dialect() != Dialect::Sqlite {
            return;
        }
        use diesel::Connection;
        use diesel::RunQueryDsl;
        let mut session = people(db);
        let connection = session.connection::<diesel::SqliteConnection>().unwrap();
        let undone: diesel::QueryResult<()> = connection.transaction(|connection| {
            diesel::sql_query("DELETE FROM users").execute(connection)?;
            Err(diesel::result::Error::RollbackTransaction)
        });
        assert!(undone.is_err());
        connection
            .transaction(|c| diesel::sql_query("DELETE FROM users WHERE id = 7").execute(c))
            .unwrap();
        assert_eq!(session.query::<User>().count().unwrap(), 3);
        session.commit().unwrap();
        assert_eq!(db.count("users"), 3);
    }
}
