//! One row is one object, and a handle reaches no other object.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, SessionOptions};
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "users")]
struct User {
    id: Auto<i64>,
    name: String,
}

#[derive(Entity, Debug)]
#[entity(table = "pets")]
struct Pet {
    id: Auto<i64>,
    name: String,
}

fn named(name: &str) -> User {
    User::builder().name(name).build()
}

/// Opens a session on four users with the keys 7 to 10.
fn four_users(db: &TestDb) -> Session {
    let session = db.session_for(schema![User]);
    db.execute(
        "INSERT INTO users (id, name) VALUES (7, 'jack'), (8, 'ed'), (9, 'fred'), (10, 'chuck')",
    );
    session
}

fn panic_text(work: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(work)).unwrap_err();
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

on_all_databases! {
    // E01
    fn one_row_is_one_object(db: &TestDb) {
        let mut session = four_users(db);
        let jack = session.get_one::<User>(7).unwrap();
        assert_sql!(session, "S users");
        assert_eq!(session.get::<User>(7).unwrap(), Some(jack));
        assert_no_sql!(session);
        let all = session.query::<User>().order_by(user::id.asc()).all().unwrap();
        assert_eq!((all.len(), all[0]), (4, jack));
        assert_eq!(session.query::<User>().filter(user::name.eq("jack")).one().unwrap(), jack);
        assert_sql!(session, "S users; S users");
        session.clear();
        let again = session.get_one::<User>(7).unwrap();
        assert_sql!(session, "S users");
        assert_ne!(again, jack);
        assert_eq!(session.try_get(jack), None);
        assert_eq!(session[again].name, "jack");
    }

    fn a_row_that_is_in_memory_costs_no_statement(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        session.bulk_insert((0..3_000).map(|n| named(&format!("user {n}")))).unwrap();
        let all = session.query::<User>().order_by(user::id.asc()).all().unwrap();
        session.take_log();
        for (&handle, id) in all.iter().zip(1_i64..) {
            assert_eq!(session.get::<User>(id).unwrap(), Some(handle));
        }
        let many = session.get_many::<User>(1_i64..=3_000).unwrap();
        assert!(many.into_iter().flatten().eq(all));
        assert_no_sql!(session);
    }

    fn what_a_session_stored_is_found_by_its_new_key(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let ada = session.add(named("ada"));
        assert_eq!(session.find::<User>(1), None, "it has no key yet");
        session.flush().unwrap();
        session.take_log();
        assert_eq!(session.find::<User>(1), Some(ada));
        assert_eq!(session.get::<User>(1).unwrap(), Some(ada));
        assert_no_sql!(session);
    }

    fn the_same_key_in_two_tables_is_two_objects(db: &TestDb) {
        let mut session = db.session_for(schema![User, Pet]);
        let ada = session.add(named("ada"));
        let rex = session.add(Pet::builder().name("rex").build());
        session.commit().unwrap();
        assert_eq!((session.key(ada), session.key(rex)), (Some(1), Some(1)));
        assert_eq!(session.find::<User>(1), Some(ada));
        assert_eq!(session.find::<Pet>(1), Some(rex));
        session.delete(ada).unwrap();
        session.commit().unwrap();
        assert_eq!((session.find::<User>(1), session.find::<Pet>(1)), (None, Some(rex)));
    }

    fn a_handle_of_another_session_leads_nowhere(db: &TestDb) {
        let mut session = four_users(db);
        let mut other = db.session();
        let jack = session.get_one::<User>(7).unwrap();
        let same = other.get_one::<User>(7).unwrap();
        assert_ne!(jack, same);
        assert_eq!(other.try_get(jack), None);
        assert_eq!(other.key(jack), None);
        assert_eq!(other.state(jack), ObjectState::Detached);
        assert!(!other.is_dirty(jack) && !other.is_stale(jack));
        let refused = [
            other.delete(jack),
            other.evict(jack),
            other.expire(jack),
            other.add_again(jack),
            other.refresh(&[same, jack]),
            other.changes(jack).map(drop),
            other.detach(jack).map(drop),
        ];
        for error in refused {
            assert_matches!(
                error,
                Err(Error::InvalidHandle { entity: "User", reason })
                    if reason.contains("another session")
            );
        }
        assert!(panic_text(|| drop(other[jack].clone())).contains("User"));
        assert!(panic_text(|| other[jack].name.clear()).contains("another session"));
        assert_eq!(other[same].name, "jack");
    }

    fn a_handle_never_reaches_the_object_that_took_its_place(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let ada = session.add(named("ada"));
        session.commit().unwrap();
        session.evict(ada).unwrap();
        let grace = session.add(named("grace"));
        assert_eq!(session.try_get(ada), None);
        assert_eq!(session[grace].name, "grace");
        assert!(panic_text(|| session[ada].name.clear()).contains("left the session"));
        session.commit().unwrap();
        assert_eq!(session.state(ada), ObjectState::Detached);
        assert_eq!(db.rows("users", "id, name"), ["1|ada", "2|grace"]);
    }

    fn handles_are_listed_in_the_order_they_came(db: &TestDb) {
        let mut session = four_users(db);
        assert_eq!(session.handles::<User>(), []);
        let chuck = session.get_one::<User>(10).unwrap();
        let new = session.add(named("new"));
        let jack = session.get_one::<User>(7).unwrap();
        assert_eq!(session.handles::<User>(), [chuck, new, jack]);
        session.delete(new).unwrap();
        session.delete(chuck).unwrap();
        assert_eq!(session.handles::<User>(), [jack]);
    }

    fn a_function_that_takes_the_map_reads_without_sql(db: &TestDb) {
        fn lengths(map: &IdentityMap) -> Vec<usize> {
            map.handles::<User>().into_iter().map(|user| map[user].name.len()).collect()
        }
        let mut session = four_users(db);
        session.query::<User>().order_by(user::id.asc()).all().unwrap();
        session.commit().unwrap();
        session.take_log();
        assert_eq!(lengths(&session), [4, 2, 4, 5]);
        assert_eq!(lengths(session.map()), [4, 2, 4, 5]);
        assert_no_sql!(session);
    }

    fn rows_are_plain_structs_past_the_map(db: &TestDb) {
        let mut session = four_users(db);
        let jack = session.get_one::<User>(7).unwrap();
        session[jack].name = "mine".to_owned();
        let rows = session.query::<User>().order_by(user::id.asc()).rows().unwrap();
        assert_eq!(rows[0], session[jack], "pending changes are flushed before");
        assert_eq!((rows.len(), session.len()), (4, 1));
    }

    fn keys_at_the_ends_of_the_integers_are_found(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let keys = [1, 511, 512, -1, -512, i64::MIN + 1, i64::MAX, 1 << 40];
        let users = keys.map(|id| session.add(User::builder().id(id).name(id.to_string()).build()));
        session.commit().unwrap();
        session.clear();
        let many = session.get_many::<User>(keys).unwrap();
        for (key, found) in keys.into_iter().zip(many) {
            assert_eq!(session.find::<User>(key), found);
            assert_eq!(session[found.unwrap()].name, key.to_string());
        }
        assert!(users.iter().all(|&user| session.try_get(user).is_none()));
        assert_eq!(session.find::<User>(2), None);
    }

    fn a_query_after_commit_gives_the_same_object_with_new_values(db: &TestDb) {
        let mut session = four_users(db);
        let jack = session.get_one::<User>(7).unwrap();
        session.commit().unwrap();
        db.execute("UPDATE users SET name = 'john' WHERE id = 7");
        assert!(session.is_stale(jack));
        assert_eq!(session[jack].name, "jack", "a read sends no SQL");
        assert_eq!(session.get_one::<User>(7).unwrap(), jack);
        assert_eq!(session[jack].name, "john");
        assert!(!session.is_stale(jack));
    }

    // E18
    fn two_sessions_see_what_the_other_has_committed(db: &TestDb) {
        let mut first = four_users(db);
        let jack = first.get_one::<User>(7).unwrap();
        first[jack].name = "ed2".to_owned();
        first.commit().unwrap();
        let mut second = db.session();
        let same = second.get_one::<User>(7).unwrap();
        assert_eq!(second[same].name, "ed2");
        second[same].name = "will".to_owned();
        second.commit().unwrap();
        first.take_log();
        first.get_one::<User>(7).unwrap();
        assert_eq!(first[jack].name, "will");
        assert_sql!(first, "S users");
    }

    fn without_expiry_objects_keep_their_values_after_commit(db: &TestDb) {
        drop(four_users(db));
        let options = SessionOptions { expire_on_commit: false, ..SessionOptions::default() };
        let mut session = db.session_with(options);
        let jack = session.get_one::<User>(7).unwrap();
        session.commit().unwrap();
        session.take_log();
        db.execute("UPDATE users SET name = 'john' WHERE id = 7");
        assert_eq!(session.get_one::<User>(7).unwrap(), jack);
        assert_no_sql!(session);
        assert_eq!(session[jack].name, "jack");
        session.expire_all();
        session.get_one::<User>(7).unwrap();
        assert_sql!(session, "S users");
        assert_eq!(session[jack].name, "john");
    }

    fn a_session_moves_between_threads(db: &TestDb) {
        let mut session = four_users(db);
        let jack = session.get_one::<User>(7).unwrap();
        let session = std::thread::spawn(move || {
            session[jack].name = "john".to_owned();
            session.commit().unwrap();
            session
        })
        .join()
        .unwrap();
        assert_eq!(session[jack].name, "john");
        assert_eq!(db.rows("users", "id, name")[0], "7|john");
    }
}

#[test]
fn a_handle_is_small_and_copied() {
    assert_eq!(size_of::<Handle<User>>(), 12);
    assert_eq!(size_of::<Option<Handle<User>>>(), 12);
    let mut session = Session::open("sqlite://:memory:").unwrap();
    let [ada, grace] = ["ada", "grace"].map(|name| session.add(named(name)));
    let set: HashSet<Handle<User>> = [ada, grace, ada].into();
    assert_eq!(set.len(), 2);
    assert!(ada < grace);
    assert_eq!(format!("{ada:?}"), "Handle<User>(0)");
    fn shared<T: Send + Sync>(_: T) {}
    shared(ada);
}
