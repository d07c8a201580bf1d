//! Savepoints: work that can be undone separately.

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_no_sql, assert_sql, on_all_databases};

use crate::people::{User, all, execute, people, person, user};

/// Runs work in a savepoint and undoes it.
fn undone(session: &mut Session, work: impl FnOnce(&mut Session) -> Result<()>) {
    let result = session.savepoint(|session| {
        work(session)?;
        Err::<(), _>(Error::Configuration("undo it".to_owned()))
    });
    assert_eq!(result.unwrap_err().to_string(), "undo it");
}

on_all_databases! {
    // E09: nothing is read again; the objects are restored from memory.
    fn a_savepoint_undoes_only_what_was_done_in_it(db: &TestDb) {
        let mut session = people(db);
        let [jack, ed, ..] = all(&mut session);
        session[jack].age = 1;
        undone(&mut session, |session| {
            session[ed].name = "mod".to_owned();
            session.flush()
        });
        assert_sql!(session, "U users[age] x1; U users[name] x1");
        assert_eq!((session[jack].age, &*session[ed].name), (1, "ed"));
        assert_eq!(session.get_one::<User>(8).unwrap(), ed);
        assert_no_sql!(session);
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, name, age")[..2], ["7|jack|1", "8|ed|25"]);
    }

    // E09
    fn what_a_released_savepoint_did_is_undone_with_the_outer_one(db: &TestDb) {
        let mut session = people(db);
        let [jack, ed, fred, _] = all(&mut session);
        undone(&mut session, |session| {
            session[ed].age = 1;
            session.savepoint(|session| {
                session[jack].name = "inner".to_owned();
                session.delete(fred)?;
                session.savepoint(|session| {
                    session[jack].age = 2;
                    session.flush()
                })
            })?;
            assert_eq!((&*session[jack].name, session[jack].age), ("inner", 2));
            Ok(())
        });
        assert_eq!((&*session[jack].name, session[jack].age, session[ed].age), ("jack", 47, 25));
        assert_eq!(session.state(fred), ObjectState::Persistent);
        assert!(!session.is_dirty(jack));
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, name, age")[..2], ["7|jack|47", "8|ed|25"]);
        assert_eq!(db.count("users"), 4);
    }

    fn an_inner_savepoint_is_undone_and_the_outer_one_kept(db: &TestDb) {
        let mut session = people(db);
        let [jack, ..] = all(&mut session);
        session
            .savepoint(|session| {
                session[jack].age = 1;
                undone(session, |session| {
                    session[jack].age = 2;
                    undone(session, |session| {
                        session[jack].age = 3;
                        session.flush()
                    });
                    assert_eq!(session[jack].age, 2);
                    Ok(())
                });
                assert_eq!(session[jack].age, 1);
                Ok(())
            })
            .unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, age")[0], "7|1");
    }

    fn what_was_added_in_an_undone_savepoint_is_transient(db: &TestDb) {
        let mut session = people(db);
        let before = session.add(person("before", 1));
        let mut inside = None;
        undone(&mut session, |session| {
            inside = Some(session.add(person("inside", 1)));
            session.flush()
        });
        let inside = inside.unwrap();
        assert_eq!(session.state(before), ObjectState::Persistent, "flushed before the savepoint");
        assert_eq!(session.state(inside), ObjectState::Transient);
        assert_eq!(session.key(inside), None);
        session.add_again(inside).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("users"), 6);
    }

    fn what_was_loaded_in_an_undone_savepoint_is_not_trusted(db: &TestDb) {
        let mut session = people(db);
        undone(&mut session, |session| {
            execute(session, "UPDATE users SET age = 0");
            session.query::<User>().all()?;
            Ok(())
        });
        let fred = session.get_one::<User>(9).unwrap();
        assert_eq!(session[fred].age, 29);
        let users = session.query::<User>().order_by(user::id).all().unwrap();
        assert_eq!(users.iter().map(|&user| session[user].age).collect::<Vec<_>>(), [47, 25, 29, 37]);
    }

    fn an_object_loaded_in_a_savepoint_is_put_back_as_it_was_loaded(db: &TestDb) {
        let mut session = people(db);
        let mut jack = None;
        undone(&mut session, |session| {
            let loaded = session.get_one::<User>(7)?;
            session[loaded].age = 1;
            session.flush()?;
            session[loaded].age = 2;
            jack = Some(loaded);
            Ok(())
        });
        let jack = jack.unwrap();
        if session.try_get(jack).is_some() {
            assert_eq!(session[jack].age, 47);
            assert!(!session.is_dirty(jack));
        }
        let jack = session.get_one::<User>(7).unwrap();
        assert_eq!(session[jack].age, 47);
    }

    fn a_deletion_in_an_undone_savepoint_did_not_happen(db: &TestDb) {
        let mut session = people(db);
        let [jack, ed, ..] = all(&mut session);
        undone(&mut session, |session| {
            session.delete(jack)?;
            session.flush()?;
            session.delete(ed)?;
            assert_eq!(session.state(jack), ObjectState::Deleted);
            Ok(())
        });
        for user in [jack, ed] {
            assert_eq!(session.state(user), ObjectState::Persistent);
            assert!(!session.is_dirty(user));
        }
        session[jack].age = 1;
        session.commit().unwrap();
        assert_eq!(db.count("users"), 4);
        assert_eq!(db.rows("users", "id, age")[0], "7|1");
    }

    fn a_rollback_inside_a_savepoint_goes_back_to_its_beginning(db: &TestDb) {
        let mut session = people(db);
        let [jack, ..] = all(&mut session);
        session[jack].age = 1;
        session
            .savepoint(|session| {
                session[jack].age = 2;
                session.flush()?;
                session.rollback()?;
                assert_eq!(session[jack].age, 1, "the work before the savepoint stays");
                session[jack].fullname = Some("New".to_owned());
                Ok(())
            })
            .unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, fullname, age")[0], "7|New|1");
    }

    fn pending_changes_are_written_before_and_at_the_end_of_a_savepoint(db: &TestDb) {
        let mut session = people(db);
        let [jack, ..] = all(&mut session);
        session[jack].age = 1;
        session
            .savepoint(|session| {
                session[jack].age = 2;
                Ok(())
            })
            .unwrap();
        assert_sql!(session, "U users[age] x2");
        assert!(!session.is_dirty(jack));
        assert!(session.in_transaction());
        session.rollback().unwrap();
        assert_eq!(session[jack].age, 47);
        assert_eq!(db.rows("users", "id, age")[0], "7|47");
    }

    fn a_savepoint_whose_last_flush_fails_is_undone(db: &TestDb) {
        let mut session = people(db);
        let [jack, ..] = all(&mut session);
        session[jack].age = 1;
        let result = session.savepoint(|session| {
            session[jack].age = 2;
            session.flush()?;
            session.add(person("ed", 1));
            Ok(())
        });
        assert!(matches!(result, Err(Error::Constraint(_))), "{result:?}");
        assert_eq!(session[jack].age, 1);
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, age")[0], "7|1");
        assert_eq!(db.count("users"), 4);
    }

    fn a_savepoint_gives_the_value_of_its_work(db: &TestDb) {
        let mut session = people(db);
        let count = session.savepoint(|session| session.query::<User>().count()).unwrap();
        assert_eq!(count, 4);
        let error: Result<(), Box<dyn std::error::Error>> =
            session.savepoint_with(|_| Err("an error of the program".into()));
        assert_eq!(error.unwrap_err().to_string(), "an error of the program");
        assert_eq!(session.query::<User>().filter(user::age.gt(30)).count().unwrap(), 2);
    }

    fn savepoints_are_not_counted_as_statements(db: &TestDb) {
        let mut session = people(db);
        session.begin().unwrap();
        let (statements, control) = (session.statements(), session.transaction_statements());
        session.savepoint(|_| Ok(())).unwrap();
        undone(&mut session, |_| Ok(()));
        assert_eq!(session.statements(), statements);
        assert_eq!(session.transaction_statements(), control + 4);
    }
}
