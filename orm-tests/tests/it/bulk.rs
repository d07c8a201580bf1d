//! Many rows at once, outside the unit of work.

use orm_runtime::error::DatabaseErrorKind;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

use crate::people::{User, all, empty, people, person, user};

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "parts")]
struct Part {
    #[entity(primary_key)]
    line: i32,
    #[entity(primary_key, length = 20)]
    code: String,
    amount: i64,
    note: Option<String>,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "marks")]
struct Mark {
    #[entity(primary_key)]
    line: i32,
    #[entity(primary_key)]
    number: i32,
}

fn part(line: i32, code: &str, amount: i64) -> Part {
    Part { line, code: code.to_owned(), amount, note: None }
}

/// Returns strings with everything that is difficult to send through COPY or a statement.
fn hard() -> Vec<String> {
    let texts =
        ["", "\\N", "\\.", "a\tb\nc\r\\", "it's \"quoted\"", "🦀 ünï", "NULL", "%_", "\u{1}"];
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// Returns the most statements that this number of rows may take.
fn most_statements(db: &TestDb, rows: usize) -> u64 {
    let at_once = if db.dialect() == Dialect::Postgres { 10_000 } else { 500 };
    u64::try_from(rows.div_ceil(at_once)).unwrap()
}

on_all_databases! {
    // I01: our bulk_insert does not return keys; add_all() does.
    fn rows_are_inserted_without_entering_the_session(db: &TestDb) {
        let mut session = empty(db);
        let before = session.statements();
        let rows = ["ada", "bob", "cy"].map(|name| person(name, 30));
        assert_eq!(session.bulk_insert(rows).unwrap(), 3);
        assert_eq!(session.statements() - before, 1);
        if db.dialect() != Dialect::Postgres {
            assert_sql!(session, "I users x3");
        }
        assert!(session.is_empty());
        assert_eq!(db.count("users"), 0, "not committed yet");
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, name"), ["1|ada", "2|bob", "3|cy"]);
    }

    // I01 (2)
    fn added_objects_get_their_keys_in_the_order_given(db: &TestDb) {
        let mut session = empty(db);
        let users = session.add_all((0..40).map(|n| person(format!("user {n:02}"), n)));
        session.flush().unwrap();
        for (n, &user) in users.iter().enumerate() {
            let key = session.key(user).unwrap();
            assert_eq!(key, i64::try_from(n).unwrap() + 1);
        }
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, name, age")[39], "40|user 39|39");
    }

    fn many_rows_are_few_statements(db: &TestDb) {
        let mut session = empty(db);
        let before = session.statements();
        let rows = (0..25_001).map(|n| person(format!("user {n}"), n));
        assert_eq!(session.bulk_insert(rows).unwrap(), 25_001);
        let sent = session.statements() - before;
        assert!(sent <= most_statements(db, 25_001), "{sent}");
        assert_eq!(session.len(), 0);
        session.commit().unwrap();
        let mut oracle = db.oracle();
        assert_eq!(oracle.number("SELECT count(DISTINCT name) AS value FROM users"), 25_001);
        let sum = "SELECT CAST(sum(age) AS DECIMAL(20)) AS v FROM users";
        let sum = format!("SELECT count(*) AS value FROM ({sum}) AS s WHERE v = 25000 * 25001 / 2");
        assert_eq!(oracle.number(&sum), 1);
    }

    fn every_value_arrives_as_it_was_given(db: &TestDb) {
        let mut session = empty(db);
        let rows: Vec<User> = hard()
            .into_iter()
            .enumerate()
            .map(|(n, name)| {
                let mut user = person(name.clone(), -1);
                user.fullname = (n % 2 == 0).then_some(name);
                let picture = vec![0, 255, b'\\', b'\n', u8::try_from(n).unwrap()];
                user.portrait.set((n % 3 == 0).then_some(picture));
                user
            })
            .collect();
        session.bulk_insert(rows.clone()).unwrap();
        session.commit().unwrap();
        let stored =
            session.query::<User>().order_by(user::id).undefer(user::portrait).rows().unwrap();
        assert_eq!(stored.len(), rows.len());
        for (stored, given) in stored.iter().zip(&rows) {
            assert_eq!((&stored.name, &stored.fullname), (&given.name, &given.fullname));
            assert_eq!(stored.portrait.get().unwrap(), given.portrait.get().unwrap());
            assert_eq!(stored.age, -1);
        }
    }

    // I03: rows of different shapes are separate runs, in order.
    fn rows_of_different_shapes_may_be_mixed(db: &TestDb) {
        let mut session = empty(db);
        let rows = (0..6).map(|n| {
            let mut user = person(format!("user {n}"), n);
            if n >= 4 {
                user.id = i64::from(n * 100).into();
            }
            user
        });
        assert_eq!(session.bulk_insert(rows).unwrap(), 6);
        session.commit().unwrap();
        let keys = ["1|user 0", "2|user 1", "3|user 2", "4|user 3", "400|user 4", "500|user 5"];
        assert_eq!(db.rows("users", "id, name"), keys);
    }

    fn no_rows_send_no_statement(db: &TestDb) {
        let mut session = empty(db);
        assert_eq!(session.bulk_insert(Vec::<User>::new()).unwrap(), 0);
        assert_eq!(session.bulk_upsert(Vec::<User>::new()).run().unwrap(), 0);
        assert_no_sql!(session);
        session.commit().unwrap();
    }

    fn pending_changes_are_flushed_before_a_bulk_insert(db: &TestDb) {
        let mut session = empty(db);
        let ada = session.add(person("ada", 1));
        session.bulk_insert([person("bob", 2)]).unwrap();
        assert_eq!(session.key(ada), Some(1));
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, name"), ["1|ada", "2|bob"]);
    }

    fn a_violation_names_entity_and_constraint(db: &TestDb) {
        let mut session = people(db);
        let rows = (0..700).map(|n| person(if n == 650 { "ed".to_owned() } else { n.to_string() }, 1));
        let error = session.bulk_insert(rows).unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
        let Error::Constraint(violation) = &error else { unreachable!() };
        assert_eq!(violation.entity, "User");
        assert!(violation.constraint().unwrap().contains("name"), "{violation:?}");
        assert!(!error.to_string().contains("649"), "{error}");
        session.rollback().unwrap();
        session.add(person("bob", 3));
        session.commit().unwrap();
        assert_eq!(db.count("users"), 5, "the session still works");
    }

    fn a_bulk_insert_in_a_savepoint_is_all_or_nothing(db: &TestDb) {
        let mut session = people(db);
        session.add(person("bob", 3));
        let rows = (0..700).map(|n| person(if n == 650 { "ed".to_owned() } else { n.to_string() }, 1));
        let error = session.savepoint(|session| session.bulk_insert(rows)).unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
        session.commit().unwrap();
        assert_eq!(db.count("users"), 5);
    }

    fn an_upsert_inserts_and_overwrites_by_key(db: &TestDb) {
        let mut session = db.session_for(schema![Part]);
        session.bulk_insert([part(1, "a", 10), part(1, "b", 20), part(2, "a", 30)]).unwrap();
        let noted = Part { note: Some("new".to_owned()), ..part(1, "b", 21) };
        session.bulk_upsert([noted, part(2, "b", 40), part(2, "a", 31)]).run().unwrap();
        session.commit().unwrap();
        let mut rows = db.rows("parts", "line, code, amount, note");
        rows.sort_unstable();
        assert_eq!(rows, ["1|a|10|NULL", "1|b|21|new", "2|a|31|NULL", "2|b|40|NULL"]);
    }

    fn an_upsert_of_keys_alone_keeps_what_is_there(db: &TestDb) {
        let mut session = db.session_for(schema![Mark]);
        session.bulk_insert([Mark { line: 1, number: 1 }]).unwrap();
        session.bulk_upsert([1, 2, 3].map(|number| Mark { line: 1, number })).run().unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("marks"), 3);
    }

    fn objects_are_stale_after_an_upsert(db: &TestDb) {
        let mut session = db.session_for(schema![Part]);
        let a = session.add(part(1, "a", 10));
        session.commit().unwrap();
        session.bulk_upsert([part(1, "a", 11), part(1, "b", 20)]).run().unwrap();
        assert!(session.is_stale(a));
        assert_eq!(session[a].amount, 10);
        assert_eq!(session.query::<Part>().filter(part::code.eq("a")).one().unwrap(), a);
        assert_eq!(session[a].amount, 11);
        session.rollback().unwrap();
        assert_eq!(session.get_one::<Part>((1, "a".to_owned())).unwrap(), a);
        assert_eq!(session[a].amount, 10);
    }

    fn an_upsert_can_go_by_a_unique_column(db: &TestDb) {
        let mut session = people(db);
        let users = all(&mut session);
        let rows = [person("ed", 26), person("zoe", 1), person("jack", 48)];
        session.bulk_upsert(rows).on(user::name).run().unwrap();
        session.commit().unwrap();
        let mut rows = db.rows("users", "name, age");
        rows.sort_unstable();
        assert_eq!(rows, ["chuck|37", "ed|26", "fred|29", "jack|48", "zoe|1"]);
        session.refresh(&users).unwrap();
        assert_eq!(users.map(|user| session[user].age), [48, 26, 29, 37]);
        assert_eq!(users.map(|user| session.key(user).unwrap()), [7, 8, 9, 10]);
    }

    fn many_rows_can_be_upserted(db: &TestDb) {
        let mut session = db.session_for(schema![Part]);
        session.bulk_insert((0..3_000).map(|n| part(n, "x", 1))).unwrap();
        let before = session.statements();
        session.bulk_upsert((1_500..4_500).map(|n| part(n, "x", 2))).run().unwrap();
        // In a savepoint, and on MySQL with a SELECT for each hundred rows.
        let asked = if db.dialect() == Dialect::Mysql { 3_000 / 100 } else { 0 };
        assert!(session.statements() - before <= most_statements(db, 3_000) + 2 + asked);
        session.commit().unwrap();
        assert_eq!(db.count("parts"), 4_500);
        assert_eq!(db.count("parts WHERE amount = 2"), 3_000);
    }

    fn an_upsert_that_violates_another_constraint_is_refused(db: &TestDb) {
        let mut session = people(db);
        let mut row = person("ed", 1);
        row.id = 7.into();
        let error = session.bulk_upsert([row]).run().unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
        session.rollback().unwrap();
        assert_eq!(db.rows("users", "id, name")[0], "7|jack");
    }

    fn a_deferred_column_without_a_value_is_refused(db: &TestDb) {
        let mut session = db.session_for(schema![Poster]);
        let poster = |picture: Deferred<Vec<u8>>| Poster { id: Auto::default(), picture };
        let rows = [poster(Deferred::new(vec![1])), poster(Deferred::not_loaded())];
        let error = session.bulk_insert(rows).unwrap_err();
        assert_matches!(&error, Error::Unloaded { entity: "Poster", row: Some(2), .. });
        session.rollback().unwrap();
        session.bulk_insert([poster(Deferred::new(vec![1])), poster(vec![2].into())]).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("posters"), 2);
    }
}

#[derive(Entity, Debug)]
#[entity(table = "posters")]
struct Poster {
    id: Auto<i64>,
    picture: Deferred<Vec<u8>>,
}

#[derive(Entity, Debug)]
#[entity(table = "nodes")]
struct Node {
    #[entity(primary_key)]
    id: i64,
    parent: Option<ForeignKey<Node>>,
    next: ForeignKey<Node>,
}

fn node(id: i64, parent: Option<i64>) -> Node {
    Node { id, parent: parent.map(ForeignKey::to_key), next: ForeignKey::to_key(id) }
}

fn inserts(db: &TestDb, session: &mut Session) -> usize {
    let begins = if db.dialect() == Dialect::Postgres { "COPY" } else { "INSERT" };
    session.take_log().iter().filter(|it| it.sql.starts_with(begins)).count()
}

on_all_databases! {
    fn rows_may_refer_to_rows_that_come_after_them(db: &TestDb) {
        let mut session = db.session_for(schema![Node]);
        session.take_log();
        // Each row references the next, across the boundary of a statement.
        let rows = (1..=1_200).map(|id| node(id, (id < 1_200).then_some(id + 1)));
        assert_eq!(session.bulk_insert(rows).unwrap(), 1_200);
        assert_eq!(inserts(db, &mut session), if db.dialect() == Dialect::Postgres { 1 } else { 3 });
        session.commit().unwrap();
        assert_eq!(db.count("nodes WHERE parent_id = id + 1"), 1_199);
        let rows = [node(2_001, Some(2_002)), node(1, Some(2_001)), node(2_002, None)];
        session.bulk_upsert(rows).run().unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("nodes", "id, parent_id")[0], "1|2001");
    }

    fn a_circle_of_rows_is_closed_by_an_update(db: &TestDb) {
        let mut session = db.session_for(schema![Node]);
        session.take_log();
        let rows = [node(1, Some(2)), node(2, Some(3)), node(3, Some(1)), node(4, Some(4)), node(5, None)];
        session.bulk_insert(rows).unwrap();
        let updates = session.take_log();
        assert_eq!(updates.iter().filter(|it| it.sql.starts_with("UPDATE")).count(), 1, "{updates:?}");
        session.commit().unwrap();
        assert_eq!(db.rows("nodes", "id, parent_id"), ["1|2", "2|3", "3|1", "4|4", "5|NULL"]);
    }
}

orm_tests::on_one_database! {
    Postgres;
    fn rows_go_by_copy(db: &TestDb) {
        let mut session = empty(db);
        session.bulk_insert((0..20_000).map(|n| person(format!("user {n}"), n))).unwrap();
        let log = session.take_log();
        let copies: Vec<_> = log.iter().filter(|record| record.sql.starts_with("COPY")).collect();
        assert_eq!(copies.len(), 2, "{log:?}");
        assert!(copies[0].sql.contains("\"users\""), "{}", copies[0].sql);
        session.commit().unwrap();
        assert_eq!(db.count("users"), 20_000);
    }
}
