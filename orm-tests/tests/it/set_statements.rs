//! UPDATE and DELETE of all rows that a query finds.

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, error::DatabaseErrorKind};
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

use crate::people::{User, all, empty, names, people, person, user};

/// Opens a session with john 25, jack 47, jill 29 and jane 37, all in memory.
fn four(db: &TestDb) -> (Session, [Handle<User>; 4]) {
    let mut session = empty(db);
    for (name, age) in [("john", 25), ("jack", 47), ("jill", 29), ("jane", 37)] {
        session.add(person(name, age));
    }
    session.commit().unwrap();
    session.clear();
    let users = all(&mut session);
    (session, users)
}

fn ages(session: &Session, users: &[Handle<User>]) -> Vec<i32> {
    users.iter().map(|&user| session[user].age).collect()
}

on_all_databases! {
    // I04 (1)
    fn an_update_of_many_rows_reaches_the_objects(db: &TestDb) {
        let (mut session, users) = four(db);
        let changed =
            session.query::<User>().filter(user::age.gt(29)).update(user::age.eq(user::age - 10));
        assert_eq!(changed.unwrap(), 2);
        if db.dialect() == Dialect::Mysql {
            // It returns no rows: their keys are read before, and their values after.
            assert_sql!(session, "S users; U users[age] x2; S users");
        } else {
            assert_sql!(session, "U users[age] x2");
        }
        assert_eq!(ages(&session, &users), [25, 37, 29, 27]);
        assert!(users.iter().all(|&user| !session.is_dirty(user)));
        session.flush().unwrap();
        assert_eq!(session.get_one::<User>(2).unwrap(), users[1]);
        assert_no_sql!(session);
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, age"), ["1|25", "2|37", "3|29", "4|27"]);
    }

    // I04 (2)
    fn an_update_without_synchronizing_leaves_the_objects_alone(db: &TestDb) {
        let (mut session, users) = four(db);
        let changed = session
            .query::<User>()
            .filter(user::age.gt(29))
            .without_synchronizing()
            .update(user::age.eq(user::age - 10));
        assert_eq!(changed.unwrap(), 2);
        assert_sql!(session, "U users[age] x2");
        assert_eq!(ages(&session, &users), [25, 47, 29, 37]);
        session.query::<User>().all().unwrap();
        assert_eq!(ages(&session, &users), [25, 47, 29, 37]);
        session.expire_all();
        session.query::<User>().all().unwrap();
        assert_eq!(ages(&session, &users), [25, 37, 29, 27]);
    }

    // I04 (3)
    fn pending_changes_are_flushed_before_an_update(db: &TestDb) {
        let (mut session, users) = four(db);
        session[users[0]].age = 36;
        let changed =
            session.query::<User>().filter(user::age.gt(29)).update(user::age.eq(user::age - 10));
        assert_eq!(changed.unwrap(), 3, "john's new age counts");
        assert_eq!(ages(&session, &users), [26, 37, 29, 27]);
        assert!(!session.is_dirty(users[0]));
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, age"), ["1|26", "2|37", "3|29", "4|27"]);
    }

    fn a_rollback_restores_what_an_update_had_changed(db: &TestDb) {
        let (mut session, users) = four(db);
        session[users[0]].age = 26;
        session.query::<User>().update(user::age.eq(user::age + 1)).unwrap();
        session.query::<User>().update(user::age.eq(user::age + 1)).unwrap();
        assert_eq!(ages(&session, &users), [28, 49, 31, 39]);
        session[users[1]].age = 0;
        session.rollback().unwrap();
        assert_eq!(ages(&session, &users), [25, 47, 29, 37]);
        assert!(users.iter().all(|&user| !session.is_dirty(user)));
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, age"), ["1|25", "2|47", "3|29", "4|37"]);
    }

    fn a_savepoint_restores_what_an_update_in_it_had_changed(db: &TestDb) {
        let (mut session, users) = four(db);
        session.query::<User>().update(user::age.eq(user::age + 1)).unwrap();
        let undone = session.savepoint(|session| {
            session.query::<User>().update(user::age.eq(0))?;
            assert_eq!(ages(session, &users), [0; 4]);
            Err::<(), _>(Error::Configuration("undo it".to_owned()))
        });
        assert!(undone.is_err());
        assert_eq!(ages(&session, &users), [26, 48, 30, 38]);
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, age"), ["1|26", "2|48", "3|30", "4|38"]);
    }

    fn several_columns_are_assigned_at_once(db: &TestDb) {
        let (mut session, users) = four(db);
        let changed = session
            .query::<User>()
            .filter(user::name.like("ja%"))
            .filter(user::age.gt(40))
            .update((user::age.eq(1), user::fullname.eq(Some("Jack")), user::name.eq("j")));
        assert_eq!(changed.unwrap(), 1);
        let jack = &session[users[1]];
        assert_eq!((&*jack.name, jack.fullname.as_deref(), jack.age), ("j", Some("Jack"), 1));
        session.query::<User>().update(user::fullname.eq(None::<String>)).unwrap();
        assert_eq!(session[users[1]].fullname, None);
    }

    fn rows_that_no_object_stands_for_are_changed_too(db: &TestDb) {
        let (mut session, [john, ..]) = four(db);
        session.clear();
        let john_again = session.get_one::<User>(1).unwrap();
        assert_ne!(john, john_again);
        assert_eq!(session.query::<User>().update(user::age.eq(1)).unwrap(), 4);
        assert_eq!(session.len(), 1, "they create no objects");
        assert_eq!(session[john_again].age, 1);
        session.clear();
        session.take_log();
        assert_eq!(session.query::<User>().update(user::age.eq(2)).unwrap(), 4);
        assert_sql!(session, "U users[age] x4");
    }

    fn an_update_that_finds_nothing_changes_nothing(db: &TestDb) {
        let (mut session, users) = four(db);
        let none = session.query::<User>().filter(user::age.gt(99)).update(user::age.eq(1));
        assert_eq!(none.unwrap(), 0);
        // A row that is set to its current value is counted.
        let same = session.query::<User>().filter(user::name.eq("john")).update(user::age.eq(25));
        assert_eq!(same.unwrap(), 1);
        assert_eq!(ages(&session, &users), [25, 47, 29, 37]);
    }

    fn a_deferred_column_that_is_loaded_does_not_keep_its_old_value(db: &TestDb) {
        let mut session = people(db);
        let [jack, ed, ..] = all(&mut session);
        session.load_all(&[jack, ed], user::portrait).unwrap();
        let query = session.query::<User>().filter(user::id.eq(7));
        query.update(user::portrait.eq(Some(vec![9_u8]))).unwrap();
        session.load_all(&[jack, ed], user::portrait).unwrap();
        assert_eq!(session[jack].portrait.get().unwrap().as_deref(), Some(&[9][..]));
        assert_eq!(session[ed].portrait.get().unwrap(), &None);
        session.rollback().unwrap();
        session.load(jack, user::portrait).unwrap();
        assert_eq!(session[jack].portrait.get().unwrap().as_deref(), Some(&[1, 2, 3][..]));
    }

    fn an_object_whose_key_was_changed_is_not_found_by_its_old_one(db: &TestDb) {
        let mut session = people(db);
        let [jack, ..] = all(&mut session);
        let query = session.query::<User>().filter(user::id.eq(7));
        let changed = query.update(user::id.eq(user::id + 100));
        // Refusing it would also be correct.
        if changed.is_ok() {
            assert_eq!(session.get::<User>(7).unwrap(), None, "the row no longer exists");
            let moved = session.get_one::<User>(107).unwrap();
            assert_eq!(session[moved].name, "jack");
            session[moved].age = 1;
            session.commit().unwrap();
            assert_eq!(db.rows("users", "id, age").last().unwrap(), "107|1");
        } else {
            assert_eq!(session.key(jack), Some(7));
            assert_eq!(session.get_one::<User>(7).unwrap(), jack);
        }
    }

    // I05
    fn a_delete_of_many_rows_reaches_the_objects(db: &TestDb) {
        let (mut session, [john, jack, jill, jane]) = four(db);
        let condition = user::name.eq("john").or(user::name.eq("jill"));
        assert_eq!(session.query::<User>().filter(condition).delete().unwrap(), 2);
        if db.dialect() == Dialect::Mysql {
            assert_sql!(session, "S users; D users x2");
        } else {
            assert_sql!(session, "D users x2");
        }
        assert_eq!(session.handles::<User>(), [jack, jane]);
        assert_eq!(session.state(john), ObjectState::Deleted);
        assert_eq!(session.get::<User>(1).unwrap(), None);
        assert_eq!(session.query::<User>().count().unwrap(), 2);

        session.rollback().unwrap();
        for user in [john, jack, jill, jane] {
            assert_eq!(session.state(user), ObjectState::Persistent);
        }
        assert_eq!(names(&session, &[john, jill]), ["john", "jill"]);
        assert_eq!(session.get_one::<User>(1).unwrap(), john);
        assert_eq!(db.count("users"), 4);
    }

    // I05
    fn a_committed_delete_takes_the_objects_away(db: &TestDb) {
        let (mut session, [john, jack, ..]) = four(db);
        session[jack].name = "jim".to_owned();
        let waiting = session.add(person("joe", 20));
        assert_eq!(session.query::<User>().filter(user::name.ne("jim")).delete().unwrap(), 4);
        session.commit().unwrap();
        assert_eq!(session.state(john), ObjectState::Detached);
        assert_eq!(session.state(waiting), ObjectState::Detached, "flushed first, then deleted");
        assert_eq!(session.handles::<User>(), [jack]);
        assert_eq!(db.rows("users", "id, name"), ["2|jim"]);
    }

    fn a_delete_in_an_undone_savepoint_did_not_happen(db: &TestDb) {
        let (mut session, users) = four(db);
        session[users[1]].age = 1;
        let undone = session.savepoint(|session| {
            session.query::<User>().filter(user::age.lt(30)).delete()?;
            assert_eq!(session.handles::<User>(), [users[3]]);
            Err::<(), _>(Error::Configuration("undo it".to_owned()))
        });
        assert!(undone.is_err());
        assert_eq!(session.handles::<User>(), users);
        assert_eq!(ages(&session, &users), [25, 1, 29, 37]);
        session.commit().unwrap();
        assert_eq!(db.count("users"), 4);
    }

    fn a_key_that_was_deleted_can_be_used_again(db: &TestDb) {
        let (mut session, users) = four(db);
        session.query::<User>().filter(user::id.eq(1)).delete().unwrap();
        let mut other = person("other", 1);
        other.id = 1.into();
        let other = session.add(other);
        session.flush().unwrap();
        assert_eq!(session.get_one::<User>(1).unwrap(), other);
        session.rollback().unwrap();
        assert_eq!(session.state(other), ObjectState::Transient);
        assert_eq!(session.get_one::<User>(1).unwrap(), users[0]);
        assert_eq!(session[users[0]].name, "john");
        assert_eq!(session.handles::<User>(), users);
    }

    fn a_delete_without_synchronizing_leaves_the_objects_alone(db: &TestDb) {
        let (mut session, users) = four(db);
        let deleted = session
            .query::<User>()
            .filter(user::name.eq("john"))
            .without_synchronizing()
            .delete();
        assert_eq!(deleted.unwrap(), 1);
        assert_sql!(session, "D users x1");
        assert_eq!(session.state(users[0]), ObjectState::Persistent);
        session.expire_all();
        assert_eq!(session.get::<User>(1).unwrap(), None, "the next query does not find it");
    }

    fn only_filters_make_a_set(db: &TestDb) {
        let (mut session, users) = four(db);
        let results = [
            session.query::<User>().order_by(user::id).delete(),
            session.query::<User>().limit(1).delete(),
            session.query::<User>().offset(1).update(user::age.eq(1)),
            session.query::<User>().distinct().update(user::age.eq(1)),
            session.query::<User>().lock(orm_runtime::query::Lock::Update).delete(),
        ];
        for result in results {
            let error = result.unwrap_err();
            assert_matches!(&error, Error::Configuration(_));
            assert!(error.to_string().contains("filters only"), "{error}");
        }
        assert_no_sql!(session);
        assert_eq!(ages(&session, &users), [25, 47, 29, 37]);
    }

    fn a_violation_names_the_entity_and_changes_nothing(db: &TestDb) {
        let (mut session, users) = four(db);
        let error = session.query::<User>().update(user::name.eq("same")).unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
        let Error::Constraint(violation) = &error else { unreachable!() };
        assert_eq!(violation.entity, "User");
        assert_eq!(violation.handle::<User>(), None);
        assert!(violation.constraint().unwrap().contains("name"), "{violation:?}");
        assert_eq!(names(&session, &users), ["john", "jack", "jill", "jane"]);
        session[users[0]].age = 1;
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, name, age")[0], "1|john|1", "the session still works");
    }

    fn a_violation_in_a_savepoint_keeps_the_work_before_it(db: &TestDb) {
        let (mut session, users) = four(db);
        session[users[0]].age = 1;
        session.flush().unwrap();
        let error = session.savepoint(|session| {
            session.query::<User>().update(user::age.eq(9))?;
            session.query::<User>().update(user::name.eq("same"))
        });
        assert!(error.unwrap_err().is_violation(DatabaseErrorKind::Unique));
        assert_eq!(ages(&session, &users), [1, 47, 29, 37]);
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, age")[..2], ["1|1", "2|47"]);
    }
}
