//! Adding, reading, changing, deleting: one object of each.

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, error::DatabaseErrorKind};
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "users")]
struct User {
    id: Auto<i64>,
    #[entity(unique, length = 30)]
    name: String,
    fullname: Option<String>,
    #[entity(default = 18)]
    age: i32,
}

fn named(name: &str) -> User {
    User::builder().name(name).build()
}

on_all_databases! {
    fn an_added_object_is_inserted_by_commit(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let ada = session.add(named("ada"));
        assert_no_sql!(session);
        assert_eq!(session.state(ada), ObjectState::Pending);
        assert_eq!(session.key(ada), None);
        session.commit().unwrap();
        assert_sql!(session, "I users x1");
        assert_eq!(session.state(ada), ObjectState::Persistent);
        assert_eq!(session.key(ada), Some(1));
        assert_eq!(db.rows("users", "id, name, fullname, age"), ["1|ada|NULL|18"]);
    }

    fn a_change_is_an_update_of_only_that_column(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let ada = session.add(named("ada"));
        session.commit().unwrap();
        session.take_log();
        session[ada].fullname = Some("Ada Lovelace".to_owned());
        session.commit().unwrap();
        assert_sql!(session, "U users[fullname] x1");
        session[ada].fullname = None;
        session[ada].age = 36;
        session.commit().unwrap();
        assert_sql!(session, "U users[fullname,age] x1");
        assert_eq!(db.rows("users", "id, fullname, age"), ["1|NULL|36"]);
    }

    fn a_deleted_object_leaves_database_and_session(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let ada = session.add(named("ada"));
        session.commit().unwrap();
        session.take_log();
        session.delete(ada).unwrap();
        assert_eq!(session.state(ada), ObjectState::Deleted);
        assert_eq!(session[ada].name, "ada", "readable until the commit");
        session.commit().unwrap();
        assert_sql!(session, "D users x1");
        assert_eq!(session.state(ada), ObjectState::Detached);
        assert_eq!(session.try_get(ada), None);
        assert!(session.is_empty());
        assert_eq!(db.count("users"), 0);
    }

    fn an_object_that_was_never_written_is_deleted_without_sql(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let ada = session.add(named("ada"));
        session.delete(ada).unwrap();
        session.commit().unwrap();
        assert_no_sql!(session);
        assert_eq!(session.state(ada), ObjectState::Transient);
        assert_eq!(session[ada].name, "ada");
    }

    fn another_session_reads_what_was_committed(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let ada = session.add(User::builder().name("ada").fullname("Ada").age(36).build());
        session.commit().unwrap();
        let mut other = db.session();
        let same = other.get_one::<User>(1).unwrap();
        assert_eq!(other[same], session[ada]);
        assert_sql!(other, "S users");
    }

    fn what_is_not_committed_is_seen_by_nobody_else(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        session.add(named("ada"));
        session.flush().unwrap();
        assert_eq!(db.count("users"), 0);
        assert_eq!(session.query::<User>().count().unwrap(), 1);
        drop(session);
        assert_eq!(db.count("users"), 0, "a dropped session rolls back");
    }

    fn nothing_to_write_sends_no_statement(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        session.add(named("ada"));
        session.commit().unwrap();
        session.take_log();
        let (statements, control) = (session.statements(), session.transaction_statements());
        session.flush().unwrap();
        session.commit().unwrap();
        session.rollback().unwrap();
        assert_eq!(session.statements(), statements);
        assert_eq!(session.transaction_statements(), control);
    }

    fn a_missing_row_is_none_or_an_error_that_names_it(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        assert_eq!(session.get::<User>(7).unwrap(), None);
        let error = session.get_one::<User>(7).unwrap_err();
        assert_eq!(error.to_string(), "there is no User 7");
    }

    fn a_violated_constraint_names_entity_column_and_object(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        session.add(named("ada"));
        session.commit().unwrap();
        let second = session.add(named("ada"));
        let error = session.flush().unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
        let Error::Constraint(violation) = error else { unreachable!() };
        assert_eq!(violation.entity, "User");
        assert_eq!(violation.key, None, "the database generates the key");
        assert_eq!(violation.handle::<User>(), Some(second));
        assert!(violation.constraint().unwrap().contains("name"), "{violation:?}");
        session[second].name = "grace".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("users", "name"), ["ada", "grace"]);
    }

    fn a_transient_object_can_be_added_again(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let ada = session.add(named("ada"));
        session.flush().unwrap();
        session.rollback().unwrap();
        assert_eq!(session.state(ada), ObjectState::Transient);
        assert_eq!(session.key(ada), None, "the key was never stored");
        session.add_again(ada).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("users", "name"), ["ada"]);
        assert_matches!(session.add_again(ada), Err(Error::InvalidState { entity: "User", .. }));
    }

    fn many_objects_go_through_their_whole_life(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let users = session.add_all((0..100).map(|n| named(&format!("user {n}"))));
        session.commit().unwrap();
        assert_sql!(session, "I users x100");
        for &user in &users {
            session[user].age += 1;
        }
        session.commit().unwrap();
        assert_sql!(session, "U users[age] x100");
        assert!(db.rows("users", "age").iter().all(|age| age == "19"));
        for &user in &users[10..] {
            session.delete(user).unwrap();
        }
        session.commit().unwrap();
        assert_sql!(session, "D users x90");
        assert_eq!((session.len(), db.count("users")), (10, 10));
        assert!(users[..10].iter().all(|&user| session[user].age == 19));
    }

    fn one_flush_inserts_changes_and_deletes(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let [ada, grace] = ["ada", "grace"].map(|name| session.add(named(name)));
        session.commit().unwrap();
        session.take_log();
        session[ada].age = 36;
        session.delete(grace).unwrap();
        session.add(named("alan"));
        session.flush().unwrap();
        assert_sql!(session, "U users[age] x1; I users x1; D users x1");
        assert_eq!(
            db.rows("users", "name, age"),
            ["ada|18", "grace|18"],
            "others see it after the commit"
        );
        session.commit().unwrap();
        assert_eq!(db.rows("users", "name, age"), ["ada|36", "alan|18"]);
    }

    // A27: a row that someone else has removed. Even without a version the UPDATE is stale, and the
    // DELETE has nothing left to do.
    fn a_row_that_was_removed_outside_is_stale_for_an_update_and_gone_for_a_delete(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let [ada, grace] = ["ada", "grace"].map(|name| session.add(named(name)));
        session.commit().unwrap();
        db.execute("DELETE FROM users");
        session[ada].age = 36;
        let error = session.commit().unwrap_err();
        assert_matches!(
            error,
            Error::StaleRow { entity: "User", keys, expected: 1, matched: 0 }
                if keys == ["1"]
        );
        assert_eq!(session[ada].age, 36, "the edit is kept");
        session.rollback().unwrap();
        session.delete(ada).unwrap();
        session.delete(grace).unwrap();
        session.commit().unwrap();
        assert!(session.is_empty());
    }

    fn an_object_that_was_deleted_can_be_stored_again_as_a_new_one(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let ada = session.add(named("ada"));
        session.commit().unwrap();
        session.delete(ada).unwrap();
        session.flush().unwrap();
        let again = User { id: Auto::default(), ..session[ada].clone() };
        let again = session.add(again);
        session.commit().unwrap();
        assert_eq!(
            (session.state(ada), session.state(again)),
            (ObjectState::Detached, ObjectState::Persistent)
        );
        assert_eq!(db.rows("users", "name"), ["ada"]);
    }
}
