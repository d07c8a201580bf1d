//! Keys that change: to a free key, along a chain, in a circle, and a new object for an old row.

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, error::DatabaseErrorKind};
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};
use uuid::Uuid;

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "country")]
struct Country {
    #[entity(primary_key, length = 20)]
    code: String,
    title: String,
}

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "member")]
struct Member {
    #[entity(primary_key)]
    code: i32,
    #[entity(primary_key)]
    status: i32,
    name: String,
}

#[derive(Entity, Debug, Clone, PartialEq)]
struct Province {
    #[entity(primary_key, length = 2)]
    code: String,
    name: String,
}

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "numbered")]
struct Numbered {
    id: i64,
    name: String,
}

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "tagged")]
struct Tagged {
    id: Uuid,
    name: String,
}

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "unsigned")]
struct Unsigned {
    id: u32,
    name: String,
}

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "users")]
struct User {
    id: Auto<i64>,
    name: String,
    bio: Deferred<Option<String>>,
}

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "counted")]
struct Counted {
    #[entity(primary_key, length = 20)]
    code: String,
    name: String,
    #[entity(version)]
    version: i32,
}

fn country(code: &str) -> Country {
    Country { code: code.to_owned(), title: code.to_owned() }
}

fn member(status: i32, name: &str) -> Member {
    Member { code: 1, status, name: name.to_owned() }
}

/// Opens a session with stored countries `a`, `b`, `c` and so on.
fn countries<const N: usize>(db: &TestDb, codes: [&str; N]) -> (Session, [Handle<Country>; N]) {
    let mut session = db.session_for(schema![Country]);
    let handles = codes.map(|code| session.add(country(code)));
    session.commit().unwrap();
    session.take_log();
    (session, handles)
}

fn give(session: &mut Session, handle: Handle<Country>, code: &str) {
    session[handle].code = code.to_owned();
}

on_all_databases! {
    fn a_new_key_is_an_update_found_by_the_old_one(db: &TestDb) {
        let (mut session, [a, b]) = countries(db, ["a", "b"]);
        give(&mut session, a, "z");
        assert_eq!(session.find::<Country>("a"), Some(a), "until the flush it is found by its row's key");
        session.commit().unwrap();
        assert_sql!(session, "U country[code] x1");
        assert_eq!(db.rows("country", "code, title"), ["b|b", "z|a"]);
        assert_eq!((session.find::<Country>("a"), session.find::<Country>("z")), (None, Some(a)));
        session[b].title = "B".to_owned();
        give(&mut session, b, "y");
        session.commit().unwrap();
        assert_sql!(session, "U country[code,title] x1");
        assert_eq!(db.rows("country", "code, title"), ["y|B", "z|a"]);
        session[a].title = "Z".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["y|B", "z|Z"]);
    }

    fn a_key_that_comes_back_is_not_a_change(db: &TestDb) {
        let (mut session, [a]) = countries(db, ["a"]);
        give(&mut session, a, "b");
        give(&mut session, a, "a");
        session.commit().unwrap();
        assert_no_sql!(session);
    }

    // B05
    fn a_key_is_taken_over_after_it_is_freed(db: &TestDb) {
        let mut session = db.session_for(schema![Member]);
        let [a, b] = [(1, "a"), (2, "b")].map(|(status, name)| session.add(member(status, name)));
        session.commit().unwrap();
        for (new_a, new_b) in [(3, 1), (1, 2)] {
            session[a].status = new_a;
            session[b].status = new_b;
            session.commit().unwrap();
            assert_eq!(session.find::<Member>((1, new_a)), Some(a));
            assert_eq!(session.find::<Member>((1, new_b)), Some(b));
        }
        assert_eq!(db.rows("member", "status, name"), ["1|a", "2|b"]);
        session
            .savepoint(|session| {
                session[a].status = 3;
                session[b].status = 1;
                session.flush()
            })
            .unwrap();
        assert_eq!(session.find::<Member>((1, 1)), Some(b));
        session.rollback().unwrap();
        assert_eq!((session[a].status, session[b].status), (1, 2));
        assert_eq!(session.find::<Member>((1, 1)), Some(a));
        assert_eq!(session.find::<Member>((1, 2)), Some(b));
        assert_eq!(session.find::<Member>((1, 3)), None);
        assert_eq!(db.rows("member", "status, name"), ["1|a", "2|b"]);
    }

    fn a_row_of_keys_moves_by_one(db: &TestDb) {
        let mut session = db.session_for(schema![Numbered]);
        let name = |id: i64| format!("n{id}");
        let all = session.add_all((1..=50).map(|id| Numbered { id, name: name(id) }));
        session.commit().unwrap();
        for &handle in &all {
            session[handle].id += 1;
        }
        session.commit().unwrap();
        let rows = db.rows("numbered", "id, name");
        let expected: Vec<String> = (1..=50).map(|id| format!("{}|n{id}", id + 1)).collect();
        assert_eq!(rows, expected);
        assert_eq!(session.find::<Numbered>(1), None);
        assert_eq!(session.find::<Numbered>(51), Some(all[49]));
    }

    fn two_objects_trade_keys(db: &TestDb) {
        let (mut session, [a, b]) = countries(db, ["a", "b"]);
        give(&mut session, a, "b");
        give(&mut session, b, "a");
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["a|b", "b|a"]);
        assert_eq!(
            (session.find::<Country>("a"), session.find::<Country>("b")),
            (Some(b), Some(a))
        );
        session[a].title = "A".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["a|b", "b|A"]);
    }

    fn keys_of_two_characters_are_traded(db: &TestDb) {
        let mut session = db.session_for(schema![Province]);
        let codes = ["NH", "ZH"];
        let both = codes.map(|code| {
            session.add(Province { code: code.to_owned(), name: code.to_lowercase() })
        });
        session.commit().unwrap();
        session[both[0]].code = "ZH".to_owned();
        session[both[1]].code = "NH".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("province", "code, name"), ["NH|zh", "ZH|nh"]);
    }

    fn integers_and_uuids_are_traded_too(db: &TestDb) {
        let mut session = db.session_for(schema![Numbered, Tagged]);
        let numbered = [1, 2].map(|id| session.add(Numbered { id, name: id.to_string() }));
        let uuids = [1, 2].map(Uuid::from_u128);
        let tagged = uuids.map(|id| session.add(Tagged { id, name: id.to_string() }));
        session.commit().unwrap();
        for (first, second) in [(0, 1), (1, 0)] {
            session[numbered[first]].id = [1, 2][second];
            session[tagged[first]].id = uuids[second];
            session[tagged[first]].name.push('!');
        }
        session.commit().unwrap();
        assert_eq!(db.rows("numbered", "id, name"), ["1|2", "2|1"]);
        let expected =
            [(uuids[0], uuids[1]), (uuids[1], uuids[0])].map(|(id, was)| format!("{id}|{was}!"));
        assert_eq!(db.rows("tagged", "id, name"), expected);
    }

    fn keys_go_in_circles(db: &TestDb) {
        let (mut session, all) = countries(db, ["a", "b", "c", "d", "e", "f"]);
        for (n, code) in ["b", "c", "a", "e", "d", "g"].into_iter().enumerate() {
            give(&mut session, all[n], code);
        }
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["a|c", "b|a", "c|b", "d|e", "e|d", "g|f"]);
        for &handle in &all {
            assert_eq!(session.find::<Country>(session[handle].code.clone()), Some(handle));
        }
    }

    fn a_circle_that_rolls_back_leaves_all_as_it_was(db: &TestDb) {
        let (mut session, [a, b]) = countries(db, ["a", "b"]);
        give(&mut session, a, "b");
        give(&mut session, b, "a");
        session.flush().unwrap();
        session.rollback().unwrap();
        assert_eq!((session[a].code.as_str(), session[b].code.as_str()), ("a", "b"));
        assert_eq!(
            (session.find::<Country>("a"), session.find::<Country>("b")),
            (Some(a), Some(b))
        );
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["a|a", "b|b"]);
    }

    fn a_circle_of_keys_without_a_spare_value_is_refused_before_it_harms(db: &TestDb) {
        let mut session = db.session_for(schema![Member, Unsigned]);
        let members = [(1, "a"), (2, "b")].map(|(status, name)| session.add(member(status, name)));
        session.commit().unwrap();
        session[members[0]].status = 2;
        session[members[1]].status = 1;
        let result = session.flush();
        if result.is_ok() {
            session.commit().unwrap();
            assert_eq!(db.rows("member", "status, name"), ["1|b", "2|a"]);
            return;
        }
        assert_matches!(result, Err(Error::InvalidState { entity: "Member", .. }));
        session[members[0]].status = 3;
        session.flush().unwrap();
        session[members[0]].status = 2;
        session.commit().unwrap();
        assert_eq!(db.rows("member", "status, name"), ["1|b", "2|a"]);
    }

    fn versions_follow_when_keys_are_traded(db: &TestDb) {
        let mut session = db.session_for(schema![Counted]);
        let [a, b] =
            ["a", "b"].map(|code| session.add(Counted::builder().code(code).name(code).build()));
        session.commit().unwrap();
        session[a].code = "b".to_owned();
        session[b].code = "a".to_owned();
        let shown = session.pending_sql().unwrap();
        session.take_log();
        session.commit().unwrap();
        let sent: Vec<String> = session
            .take_log()
            .into_iter()
            .map(|record| record.sql)
            .filter(|sql| sql.starts_with("UPDATE"))
            .collect();
        assert_eq!(shown, sent);
        assert_eq!(db.rows("counted", "code, name, version"), ["a|b|2", "b|a|2"]);
        for handle in [a, b] {
            assert_eq!(session[handle].version, 2);
            session[handle].name.push('!');
        }
        session.commit().unwrap();
        assert_eq!(db.rows("counted", "code, name, version"), ["a|b!|3", "b|a!|3"]);
    }

    fn a_stale_version_is_seen_when_keys_are_traded(db: &TestDb) {
        let mut session = db.session_for(schema![Counted]);
        let [a, b] =
            ["a", "b"].map(|code| session.add(Counted::builder().code(code).name(code).build()));
        session.commit().unwrap();
        for stale in ["a", "b"] {
            db.execute(&format!("UPDATE counted SET version = 9 WHERE code = '{stale}'"));
            session[a].code = "b".to_owned();
            session[b].code = "a".to_owned();
            let key = format!("{stale:?}");
            assert_matches!(
                session.commit(),
                Err(Error::StaleRow { entity: "Counted", keys, .. })
                    if keys == [key.as_str()]
            );
            session.rollback().unwrap();
            db.execute("UPDATE counted SET version = 1");
        }
        assert_eq!(db.rows("counted", "code, name, version"), ["a|a|1", "b|b|1"]);
    }

    fn a_key_of_someone_else_is_a_violation(db: &TestDb) {
        let (mut session, [a]) = countries(db, ["a"]);
        db.execute("INSERT INTO country (code, title) VALUES ('b', 'theirs')");
        give(&mut session, a, "b");
        let error = session.commit().unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
        assert_matches!(error, Error::Constraint(violation) if violation.handle() == Some(a));
        assert_eq!(session.find::<Country>("a"), Some(a));
        give(&mut session, a, "c");
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["b|theirs", "c|a"]);
    }

    fn a_new_key_for_a_row_that_is_gone_is_stale(db: &TestDb) {
        let (mut session, [a]) = countries(db, ["a"]);
        db.execute("DELETE FROM country");
        give(&mut session, a, "b");
        assert_matches!(session.commit(), Err(Error::StaleRow { keys, .. }) if keys == ["\"a\""]);
    }

    fn a_key_cannot_be_taken_back_from_the_database(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let ada = session.add(User::builder().name("ada").build());
        session.commit().unwrap();
        session[ada].id = Auto::default();
        assert!(session.commit().is_err());
        session[ada].id = Auto::from(1);
        session[ada].name = "Ada".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, name"), ["1|Ada"]);
    }

    fn a_new_object_takes_the_key_that_a_change_frees(db: &TestDb) {
        let (mut session, [a]) = countries(db, ["a"]);
        give(&mut session, a, "b");
        let new = session.add(Country { title: "new".to_owned(), ..country("a") });
        session.commit().unwrap();
        assert_sql!(session, "U country[code] x1; I country x1");
        assert_eq!(db.rows("country", "code, title"), ["a|new", "b|a"]);
        assert_eq!(
            (session.find::<Country>("a"), session.find::<Country>("b")),
            (Some(new), Some(a))
        );
    }

    // A25 and B07, without the relationship
    fn a_new_object_with_the_key_of_a_deleted_one_is_an_update(db: &TestDb) {
        let (mut session, [a, b]) = countries(db, ["a", "b"]);
        session.delete(a).unwrap();
        let new = session.add(Country { title: "new".to_owned(), ..country("a") });
        session.commit().unwrap();
        assert_sql!(session, "U country[title] x1");
        assert_eq!(db.rows("country", "code, title"), ["a|new", "b|b"]);
        assert_eq!(session.find::<Country>("a"), Some(new));
        assert_eq!(
            (session.state(a), session.state(b)),
            (ObjectState::Detached, ObjectState::Persistent)
        );
        session[new].title = "newer".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["a|newer", "b|b"]);
    }

    fn an_equal_object_for_a_deleted_one_sends_no_statement(db: &TestDb) {
        let (mut session, [a]) = countries(db, ["a"]);
        session.refresh(&[a]).unwrap();
        session.take_log();
        session.delete(a).unwrap();
        let new = session.add(country("a"));
        session.flush().unwrap();
        assert_no_sql!(session);
        session.commit().unwrap();
        assert_eq!(session.find::<Country>("a"), Some(new));
        assert_eq!(db.rows("country", "code, title"), ["a|a"]);
    }

    fn rollback_gives_the_row_back_to_the_deleted_object(db: &TestDb) {
        let (mut session, [a]) = countries(db, ["a"]);
        session.delete(a).unwrap();
        let new = session.add(Country { title: "new".to_owned(), ..country("a") });
        session.flush().unwrap();
        assert_eq!(session.find::<Country>("a"), Some(new));
        session.rollback().unwrap();
        assert_eq!(
            (session.state(a), session.state(new)),
            (ObjectState::Persistent, ObjectState::Transient)
        );
        assert_eq!(session.find::<Country>("a"), Some(a));
        session[a].title = "old".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["a|old"]);
    }

    fn a_new_object_with_a_composite_key_takes_over_the_row(db: &TestDb) {
        let mut session = db.session_for(schema![Member]);
        let old = session.add(member(1, "old"));
        session.commit().unwrap();
        session.take_log();
        session.delete(old).unwrap();
        let new = session.add(member(1, "new"));
        session.commit().unwrap();
        assert_sql!(session, "U member[name] x1");
        assert_eq!(session.find::<Member>((1, 1)), Some(new));
    }

    fn a_new_object_takes_over_deferred_columns_it_gives(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        db.execute("INSERT INTO users (id, name, bio) VALUES (1, 'ada', 'old')");
        let old = session.get_one::<User>(1).unwrap();
        session.take_log();
        session.delete(old).unwrap();
        session.add(User::builder().id(1).name("ada").build());
        session.commit().unwrap();
        assert_sql!(session, "U users[bio] x1");
        assert_eq!(db.rows("users", "id, bio"), ["1|NULL"]);
    }

    fn a_new_object_takes_over_a_row_with_a_version(db: &TestDb) {
        let mut session = db.session_for(schema![Counted]);
        let old = session.add(Counted::builder().code("a").name("old").build());
        session.commit().unwrap();
        session[old].name = "older".to_owned();
        session.commit().unwrap();
        session.delete(old).unwrap();
        let new = session.add(Counted::builder().code("a").name("new").build());
        session.commit().unwrap();
        let version = session[new].version;
        assert_eq!(db.rows("counted", "code, name, version"), [format!("a|new|{version}")]);
        session[new].name = "newer".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("counted", "code, name, version"), [format!("a|newer|{}", version + 1)]);
    }

    fn a_deleted_object_that_is_deleted_first_frees_its_key(db: &TestDb) {
        let (mut session, [a, b]) = countries(db, ["a", "b"]);
        session.delete(a).unwrap();
        session.flush().unwrap();
        give(&mut session, b, "a");
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["a|b"]);
        assert_eq!(session.find::<Country>("a"), Some(b));
    }

    fn a_key_of_an_object_that_is_deleted_in_the_same_flush_is_free_or_named(db: &TestDb) {
        let (mut session, [a, b]) = countries(db, ["a", "b"]);
        session.delete(a).unwrap();
        give(&mut session, b, "a");
        if let Err(error) = session.commit() {
            // Saves come before deletes.
            assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
            give(&mut session, b, "b");
            session.flush().unwrap();
            give(&mut session, b, "a");
            session.commit().unwrap();
        }
        assert_eq!(db.rows("country", "code, title"), ["a|b"]);
    }
}
