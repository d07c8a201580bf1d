//! Objects that enter the session, leave it, and take new values.

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, SessionOptions};
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "users")]
struct User {
    id: Auto<i64>,
    #[entity(length = 40)]
    name: String,
    nick: Option<String>,
}

fn user(id: i64, name: &str) -> User {
    User::builder().id(id).name(name).build()
}

/// Opens a session on users 7 to 10, all in memory and current.
fn four_users(db: &TestDb) -> (Session, [Handle<User>; 4]) {
    let mut session = db.session_for(schema![User]);
    db.execute(
        "INSERT INTO users (id, name) VALUES (7, 'jack'), (8, 'ed'), (9, 'fred'), (10, 'chuck')",
    );
    let all = session.query::<User>().order_by(user::id.asc()).all().unwrap();
    session.take_log();
    (session, all.try_into().unwrap())
}

fn names(db: &TestDb) -> Vec<String> {
    db.rows("users", "id, name")
}

on_all_databases! {
    fn a_merged_struct_without_a_key_is_new(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let ada = session.merge(User::builder().name("ada").build()).unwrap();
        assert_no_sql!(session);
        assert_eq!(session.state(ada), ObjectState::Pending);
        session.commit().unwrap();
        assert_eq!(names(db), ["1|ada"]);
    }

    fn a_merged_struct_is_written_over_the_object_with_its_key(db: &TestDb) {
        let (mut session, [jack, ..]) = four_users(db);
        let merged = session.merge(User { nick: Some("j".to_owned()), ..user(7, "jack") }).unwrap();
        assert_no_sql!(session);
        assert_eq!(merged, jack);
        session.commit().unwrap();
        assert_sql!(session, "U users[nick] x1");
        assert_eq!(session[jack].nick.as_deref(), Some("j"));
    }

    fn a_merged_struct_loads_the_row_that_is_not_in_memory(db: &TestDb) {
        let (mut session, _) = four_users(db);
        session.clear();
        let jack = session.merge(user(7, "john")).unwrap();
        assert_sql!(session, "S users");
        assert_eq!(session.changes(jack).unwrap().len(), 1);
        session.commit().unwrap();
        assert_sql!(session, "U users[name] x1");
        assert_eq!(names(db)[0], "7|john");
    }

    fn a_merged_struct_without_a_row_is_inserted_with_its_key(db: &TestDb) {
        let (mut session, _) = four_users(db);
        let new = session.merge(user(11, "new")).unwrap();
        assert_eq!(session.state(new), ObjectState::Pending);
        session.commit().unwrap();
        assert_sql!(session, "S users; I users x1");
        assert_eq!(names(db)[4], "11|new");
    }

    fn a_merged_struct_that_is_equal_writes_nothing(db: &TestDb) {
        let (mut session, [jack, ..]) = four_users(db);
        session.merge(user(7, "jack")).unwrap();
        assert!(!session.is_dirty(jack));
        session.commit().unwrap();
        assert_no_sql!(session);
    }

    fn a_merged_struct_wins_over_edits(db: &TestDb) {
        let (mut session, [jack, ..]) = four_users(db);
        session[jack].name = "edited".to_owned();
        session.merge(user(7, "merged")).unwrap();
        assert_eq!(session[jack].name, "merged");
        session.rollback().unwrap();
        assert_eq!(session[jack].name, "jack");
    }

    fn a_struct_that_is_merged_after_its_object_was_deleted_is_stored(db: &TestDb) {
        let (mut session, [jack, ..]) = four_users(db);
        session.delete(jack).unwrap();
        let merged = session.merge(user(7, "back")).unwrap();
        session.commit().unwrap();
        assert_eq!(names(db)[0], "7|back");
        assert_eq!(session.state(merged), ObjectState::Persistent);
        assert_eq!(session.find::<User>(7), Some(merged));
    }

    fn an_object_goes_from_one_session_to_another(db: &TestDb) {
        let (mut first, [jack, ..]) = four_users(db);
        first[jack].name = "john".to_owned();
        let user = first.detach(jack).unwrap();
        assert_eq!(user.name, "john");
        assert_eq!((first.state(jack), first.find::<User>(7)), (ObjectState::Detached, None));
        first.commit().unwrap();
        assert_eq!(names(db)[0], "7|jack", "nothing was written");
        let mut second = db.session();
        second.merge(user).unwrap();
        second.commit().unwrap();
        assert_eq!(names(db)[0], "7|john");
    }

    fn a_new_object_that_is_detached_is_not_inserted(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let [ada, _] = ["ada", "grace"].map(|name| session.add(User::builder().name(name).build()));
        assert_eq!(session.detach(ada).unwrap().name, "ada");
        session.commit().unwrap();
        assert_eq!(names(db), ["1|grace"]);
    }

    fn a_deleted_object_that_is_evicted_keeps_its_row(db: &TestDb) {
        let (mut session, [jack, ..]) = four_users(db);
        session.delete(jack).unwrap();
        session.evict(jack).unwrap();
        session.commit().unwrap();
        assert_no_sql!(session);
        assert_eq!(db.count("users"), 4);
        assert!(session.get::<User>(7).unwrap().is_some());
    }

    fn an_evicted_object_is_read_again(db: &TestDb) {
        let (mut session, [jack, ed, ..]) = four_users(db);
        session[jack].name = "edited".to_owned();
        session.evict(jack).unwrap();
        assert_eq!(session.len(), 3);
        assert_matches!(session.evict(jack), Err(Error::InvalidHandle { entity: "User", .. }));
        let again = session.get_one::<User>(7).unwrap();
        assert_sql!(session, "S users");
        assert_eq!((session[again].name.as_str(), session[ed].name.as_str()), ("jack", "ed"));
    }

    fn evicting_what_was_written_in_the_transaction_undoes_nothing(db: &TestDb) {
        let (mut session, [jack, ed, fred, _]) = four_users(db);
        session[jack].name = "john".to_owned();
        session.delete(ed).unwrap();
        let new = session.add(user(11, "new"));
        session.flush().unwrap();
        for handle in [jack, ed, new] {
            session.evict(handle).unwrap();
        }
        session[fred].name = "frederick".to_owned();
        session.commit().unwrap();
        assert_eq!(names(db), ["7|john", "9|frederick", "10|chuck", "11|new"]);
        let again = session.get_one::<User>(7).unwrap();
        session[again].name = "x".to_owned();
        session.flush().unwrap();
        session.evict(again).unwrap();
        session.rollback().unwrap();
        assert_eq!(session.find::<User>(7), None);
        let again = session.get_one::<User>(7).unwrap();
        assert_eq!(session[again].name, "john");
    }

    fn clear_forgets_objects_and_unsaved_work_but_not_the_transaction(db: &TestDb) {
        let (mut session, [jack, ..]) = four_users(db);
        session[jack].name = "flushed".to_owned();
        session.flush().unwrap();
        session[jack].name = "lost".to_owned();
        let lost = session.add(user(11, "lost"));
        session.clear();
        assert!(session.is_empty());
        for handle in [jack, lost] {
            assert_eq!(
                (session.try_get(handle), session.state(handle)),
                (None, ObjectState::Detached)
            );
        }
        assert_matches!(
            session.delete(jack),
            Err(Error::InvalidHandle { reason, .. })
                if reason.contains("cleared")
        );
        session.commit().unwrap();
        assert_eq!(names(db), ["7|flushed", "8|ed", "9|fred", "10|chuck"]);
    }

    fn rollback_after_clear_undoes_the_rows(db: &TestDb) {
        let (mut session, [jack, ..]) = four_users(db);
        session.delete(jack).unwrap();
        session.flush().unwrap();
        session.clear();
        session.rollback().unwrap();
        assert!(session.is_empty());
        assert_eq!(session.query::<User>().count().unwrap(), 4);
    }

    fn refresh_takes_the_new_values_of_many_objects_at_once(db: &TestDb) {
        let (mut session, all) = four_users(db);
        session[all[0]].name = "edited".to_owned();
        session.commit().unwrap();
        session.take_log();
        db.execute("UPDATE users SET nick = 'theirs'");
        session[all[1]].nick = Some("mine".to_owned());
        session.refresh(&all).unwrap();
        assert_sql!(session, "S users");
        for handle in all {
            assert_eq!(session[handle].nick.as_deref(), Some("theirs"));
            assert!(!session.is_dirty(handle) && !session.is_stale(handle));
        }
        session.commit().unwrap();
        assert_no_sql!(session);
    }

    fn refresh_of_a_row_that_is_gone_is_an_error_that_names_it(db: &TestDb) {
        let (mut session, all) = four_users(db);
        session.commit().unwrap();
        db.execute("DELETE FROM users WHERE id = 9");
        db.execute("UPDATE users SET name = 'john' WHERE id = 7");
        let error = session.refresh(&all).unwrap_err();
        assert_matches!(
            error,
            Error::NotFound { entity: "User", key }
                if key.as_deref() == Some("9")
        );
        assert_eq!(session[all[0]].name, "john");
        assert_eq!(session[all[2]].name, "fred", "still readable");
    }

    fn refresh_of_a_new_object_is_an_error(db: &TestDb) {
        let (mut session, [jack, ..]) = four_users(db);
        let new = session.add(User::builder().name("new").build());
        assert_matches!(
            session.refresh(&[jack, new]),
            Err(Error::NotFound { entity: "User", key: None })
        );
        session.commit().unwrap();
        assert_eq!(db.count("users"), 5);
    }

    // B09
    fn a_row_whose_key_was_changed_outside_is_missed_and_found_again(db: &TestDb) {
        let (mut session, [jack, ..]) = four_users(db);
        session.commit().unwrap();
        db.execute("UPDATE users SET id = 77 WHERE id = 7");
        session.expire(jack).unwrap();
        assert_matches!(
            session.refresh(&[jack]),
            Err(Error::NotFound { key, .. })
                if key.as_deref() == Some("7")
        );
        let moved = session.get_one::<User>(77).unwrap();
        assert_ne!(moved, jack);
        assert_eq!(session[moved].name, "jack");
    }

    // E16
    fn get_reads_a_stale_object_once(db: &TestDb) {
        let (mut session, [.., chuck]) = four_users(db);
        session.expire_all();
        assert!(session.is_stale(chuck));
        assert_eq!(session.get::<User>(10).unwrap(), Some(chuck));
        assert_sql!(session, "S users");
        assert_eq!(session[chuck].name, "chuck");
        session.get::<User>(10).unwrap();
        assert_no_sql!(session);
    }

    // E16, with the row deleted in the same transaction; rollback brings the row and the object
    // back.
    fn get_of_a_row_that_is_gone_lets_the_object_go(db: &TestDb) {
        let (mut session, [.., chuck]) = four_users(db);
        let deleted =
            session.query::<User>().filter(user::id.eq(10)).without_synchronizing().delete();
        assert_eq!(deleted.unwrap(), 1);
        assert_eq!(session.find::<User>(10), Some(chuck), "the session does not know");
        session.expire(chuck).unwrap();
        assert_eq!(session.get::<User>(10).unwrap(), None);
        assert_eq!(session.find::<User>(10), None);
        assert_ne!(session.state(chuck), ObjectState::Persistent);
        session.rollback().unwrap();
        assert_eq!(session.get::<User>(10).unwrap(), Some(chuck));
        assert_eq!(session[chuck].name, "chuck");
    }

    fn only_what_is_expired_takes_new_values(db: &TestDb) {
        let (mut session, [jack, ed, ..]) = four_users(db);
        session.rollback().unwrap();
        session.refresh(&[jack, ed]).unwrap();
        db.execute("UPDATE users SET nick = 'new'");
        session.expire(jack).unwrap();
        if db.dialect() == Dialect::Postgres {
            session.query::<User>().filter(user::id.le(8)).all().unwrap();
            assert_eq!(
                (session[jack].nick.as_deref(), session[ed].nick.as_deref()),
                (Some("new"), None)
            );
        }
        assert!(!session.is_stale(ed));
    }

    fn edits_of_an_expired_object_win(db: &TestDb) {
        let (mut session, [jack, ..]) = four_users(db);
        session[jack].name = "edited".to_owned();
        session.expire(jack).unwrap();
        // A stale object is read again. The edit is written first, as before any query.
        session.take_log();
        assert_eq!(session.get::<User>(7).unwrap(), Some(jack));
        assert_sql!(session, "U users[name] x1; S users");
        assert_eq!(session[jack].name, "edited");
        session.commit().unwrap();
        assert_eq!(names(db)[0], "7|edited");
    }

    // E04
    fn after_commit_one_query_makes_all_objects_current(db: &TestDb) {
        let (mut session, all) = four_users(db);
        session.commit().unwrap();
        assert!(all.iter().all(|&user| session.is_stale(user)));
        session.take_log();
        session.query::<User>().all().unwrap();
        assert_sql!(session, "S users");
        assert!(all.iter().all(|&user| !session.is_stale(user)));
        for id in 7..=10 {
            session.get_one::<User>(id).unwrap();
        }
        assert_no_sql!(session);
    }

    fn changes_show_old_and_new(db: &TestDb) {
        let (mut session, [jack, ..]) = four_users(db);
        assert_eq!(session.changes(jack).unwrap(), []);
        session[jack].name = "john".to_owned();
        session[jack].nick = Some("j".to_owned());
        let changes = session.changes(jack).unwrap();
        let shown: Vec<_> =
            changes.iter().map(|change| (change.column, &*change.old, &*change.new)).collect();
        assert_eq!(shown, [("name", "\"jack\"", "\"john\""), ("nick", "None", "Some(\"j\")")]);
        let new = session.add(User::builder().name("new").build());
        let fields: Vec<_> = session
            .changes(new)
            .unwrap()
            .iter()
            .map(|change| (change.field, change.old.clone()))
            .collect();
        assert_eq!(fields, [("name", String::new()), ("nick", String::new())]);
        assert_no_sql!(session);
        session.flush().unwrap();
        assert_eq!(
            (session.changes(jack).unwrap(), session.changes(new).unwrap()),
            (vec![], vec![])
        );
    }

    fn an_object_goes_through_its_states(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let ada = session.add(user(1, "ada"));
        assert_eq!(session.state(ada), ObjectState::Pending);
        session.flush().unwrap();
        assert_eq!(session.state(ada), ObjectState::Persistent);
        session.rollback().unwrap();
        assert_eq!(session.state(ada), ObjectState::Transient);
        session.add_again(ada).unwrap();
        assert_eq!(session.state(ada), ObjectState::Pending);
        session.commit().unwrap();
        session.delete(ada).unwrap();
        session.delete(ada).unwrap();
        assert_eq!(session.state(ada), ObjectState::Deleted);
        session.flush().unwrap();
        assert_eq!(session.state(ada), ObjectState::Deleted);
        session.rollback().unwrap();
        assert_eq!(session.state(ada), ObjectState::Persistent);
        session.delete(ada).unwrap();
        session.commit().unwrap();
        assert_eq!(session.state(ada), ObjectState::Detached);
    }

    fn calls_that_make_no_sense_in_a_state_are_refused(db: &TestDb) {
        let (mut session, [jack, ..]) = four_users(db);
        assert_matches!(
            session.add_again(jack),
            Err(Error::InvalidState { action: "added again", key, .. })
                if key.as_deref() == Some("7")
        );
        let new = session.add(user(11, "new"));
        session.add_again(new).unwrap();
        assert_eq!(session.state(new), ObjectState::Pending, "it is still pending");
        session.delete(new).unwrap();
        assert_eq!(session.state(new), ObjectState::Transient);
        assert_matches!(session.delete(new), Err(Error::InvalidState { action: "deleted", .. }));
        session.add_again(new).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("users"), 5);
    }

    fn objects_that_are_added_again_are_inserted_in_that_order(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let handles = ["a", "b", "c"].map(|name| session.add(User::builder().name(name).build()));
        session.flush().unwrap();
        session.rollback().unwrap();
        for handle in [handles[2], handles[0]] {
            session[handle].name.push('!');
            session.add_again(handle).unwrap();
        }
        session.commit().unwrap();
        let mut rows = db
            .rows("users", "id, name")
            .into_iter()
            .map(|row| row[row.find('|').unwrap() + 1..].to_owned());
        assert_eq!(
            (rows.next().as_deref(), rows.next().as_deref(), rows.next()),
            (Some("c!"), Some("a!"), None)
        );
        assert_eq!(session.state(handles[1]), ObjectState::Transient);
    }

    fn without_autoflush_edits_wait_and_get_sees_memory(db: &TestDb) {
        drop(four_users(db));
        let mut session =
            db.session_with(SessionOptions { autoflush: false, ..SessionOptions::default() });
        let jack = session.get_one::<User>(7).unwrap();
        session[jack].name = "john".to_owned();
        let new = session.add(user(11, "new"));
        assert_eq!(session.query::<User>().filter(user::name.eq("john")).count().unwrap(), 0);
        assert_eq!(session.query::<User>().count().unwrap(), 4);
        assert_eq!(
            (session.state(new), session[jack].name.as_str()),
            (ObjectState::Pending, "john")
        );
        session.commit().unwrap();
        assert_eq!((names(db)[0].as_str(), db.count("users")), ("7|john", 5));
    }
}
