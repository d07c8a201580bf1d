//! The statements that a flush would send, without sending them.

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, Session};
use orm_tests::{TestDb, assert_matches, on_all_databases};

use crate::people::{Address, User, all, people, person, user};

on_all_databases! {
    fn what_is_shown_is_what_is_sent(db: &TestDb) {
        let mut session = people(db);
        // The first INSERT of several rows asks for the order of keys, which the plan does not
        // show.
        session.add_all([person("bob", 1), person("cy", 2)]);
        session.flush().unwrap();
        session.rollback().unwrap();
        let [jack, ed, fred, chuck] = all(&mut session);
        let first = session.get_one::<Address>(1).unwrap();
        session.take_log();
        session[jack].age = 1;
        session[ed].age = 2;
        session[fred].fullname = Some("Fred".to_owned());
        session.delete(chuck).unwrap();
        session.delete(first).unwrap();
        session.add(person("bob", 1));
        session.add(person("cy", 2));

        let statements = session.statements();
        let shown = session.pending_sql().unwrap();
        assert_eq!(session.statements(), statements);
        assert_eq!(session.pending_sql().unwrap(), shown, "nothing has happened");

        session.flush().unwrap();
        let sent: Vec<String> = session
            .take_log()
            .into_iter()
            .filter(|record| !record.is_transaction_control())
            .map(|record| record.sql)
            .collect();
        let writes = |sql: &&String| ["INSERT", "UPDATE", "DELETE"].iter().any(|w| sql.starts_with(w));
        assert_eq!(shown.iter().collect::<Vec<_>>(), sent.iter().filter(writes).collect::<Vec<_>>());
        assert_eq!(shown.len(), 5, "{shown:#?}");
        assert!(session.pending_sql().unwrap().is_empty());
    }

    fn an_edit_that_was_taken_back_is_not_shown(db: &TestDb) {
        let mut session = people(db);
        let [jack, ..] = all(&mut session);
        session[jack].age = 48;
        assert_eq!(session.pending_sql().unwrap().len(), 1);
        session[jack].age = 47;
        assert!(session.pending_sql().unwrap().is_empty());
        let bob = session.add(person("bob", 1));
        session.delete(bob).unwrap();
        assert!(session.pending_sql().unwrap().is_empty());
    }
}

#[test]
fn a_plan_is_made_without_a_table_or_a_statement() {
    let mut session = Session::open("sqlite://:memory:").unwrap();
    session.add_all([person("ada", 1), person("bob", 2)]);
    session.add(Address::builder().user_id(1).email("ada@example.org").build());
    let shown = session.pending_sql().unwrap();
    assert_eq!(
        shown,
        [
            "INSERT INTO \"users\" (\"name\", \"fullname\", \"age\", \"portrait\") \
             VALUES (?, ?, ?, ?), (?, ?, ?, ?) RETURNING \"id\"",
            "INSERT INTO \"addresses\" (\"user_id\", \"email\") VALUES (?, ?) RETURNING \"id\"",
        ]
    );
    assert_eq!(session.statements(), 0);
    assert_eq!(session.transaction_statements(), 0);
    assert!(!session.in_transaction());
}

#[test]
fn a_plan_finds_what_the_flush_would_refuse() {
    #[derive(Entity, Debug)]
    #[entity(table = "posters")]
    struct Poster {
        id: Auto<i64>,
        picture: Deferred<Vec<u8>>,
    }
    let mut session = Session::open("sqlite://:memory:").unwrap();
    let handle = session.add(Poster { id: Auto::default(), picture: Deferred::not_loaded() });
    let error = session.pending_sql().unwrap_err();
    assert_matches!(&error, Error::Unloaded { entity: "Poster", field: "picture", .. });
    assert_matches!(session.flush(), Err(Error::Unloaded { .. }));
    assert_eq!(session.statements(), 0);
    session[handle].picture.set(vec![1]);
    assert_eq!(session.pending_sql().unwrap().len(), 1);
}

#[test]
fn a_map_alone_holds_nothing_and_knows_no_database() {
    let mut session = Session::open("sqlite://:memory:").unwrap();
    let ada = session.add(person("ada", 1));
    let map = IdentityMap::new();
    assert!(map.is_empty());
    assert_eq!(map.len(), 0);
    assert_eq!(map.find::<User>(1), None);
    assert_eq!(map.handles::<User>(), []);
    assert!(map.try_get(ada).is_none(), "a handle of another identity map");
    assert_eq!(map.state(ada), ObjectState::Detached);
    assert!(!map.is_dirty(ada) && !map.is_stale(ada));
    assert_eq!(format!("{map:?}"), "{}");
}

#[test]
fn logic_on_the_map_sends_no_statement() {
    fn total_age(map: &IdentityMap) -> i32 {
        map.handles::<User>().iter().map(|&user| map[user].age).sum()
    }
    let mut session = Session::open("sqlite://:memory:").unwrap();
    session.add_all((1..=4).map(|n| person(n.to_string(), n)));
    assert_eq!(total_age(&session), 10);
    assert_eq!(total_age(session.map()), 10);
    assert_eq!(session.statements(), 0);
    let condition = Condition::<User>::all().and(user::age.gt(1));
    assert_eq!(format!("{condition:?}"), "Condition of 1 parts");
}
