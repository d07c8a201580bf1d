//! Linking, unlinking and replacing, with their statements, and the contents of edited collections.

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

use super::fx::{self, Address, Item, Keyword, addresses, id, item, keyword, keywords, user};

#[derive(Entity, Clone, Debug)]
#[entity(table = "ships")]
struct Ship {
    id: Auto<i64>,
    captain: HasOne<Captain>,
    #[entity(order_by = id)]
    crew: HasMany<Sailor>,
}

/// The only captain of a ship, which the database enforces.
#[derive(Entity, Clone, Debug)]
#[entity(table = "captains")]
struct Captain {
    id: Auto<i64>,
    name: String,
    #[entity(unique, on_delete = nullify)]
    ship: Option<ForeignKey<Ship>>,
}

/// Always belongs to a ship.
#[derive(Entity, Clone, Debug)]
#[entity(table = "sailors")]
struct Sailor {
    id: Auto<i64>,
    #[entity(on_delete = cascade)]
    ship: ForeignKey<Ship>,
}

fn captain(name: &str) -> Captain {
    Captain::builder().name(name).build()
}

on_all_databases! {
    fn has_many_is_linked_without_a_look(db: &TestDb) {
        let mut session = fx::shop(db);
        let [jack, ed, fred, _] = fx::users(&mut session);
        let second = session.get_one::<Address>(2).unwrap();
        let new = session.add(fx::mail("new"));
        session.take_log();
        session.link_all(jack, user::addresses, &[second, new]).unwrap();
        assert_no_sql!(session);
        assert_matches!(session[jack].addresses.len(&session), Err(Error::NotLoaded { .. }));
        session.flush().unwrap();
        assert_sql!(session, "U addresses[user_id] x1; I addresses x1");
        session.load_all(&[jack, ed, fred], user::addresses).unwrap();
        assert_sql!(session, "S addresses");
        assert_eq!(addresses(&session, jack), [1, 2, id(&session, new)]);
        assert_eq!(addresses(&session, ed), [3, 4]);
        session.unlink(jack, user::addresses, second).unwrap();
        assert_matches!(session.unlink(jack, user::addresses, second), Err(Error::InvalidState { .. }));
        assert_no_sql!(session);
        session.flush().unwrap();
        assert_sql!(session, "U addresses[user_id] x1");
        assert_eq!(addresses(&session, jack), [1, id(&session, new)]);
    }

    fn has_many_is_replaced_by_differences(db: &TestDb) {
        let mut session = fx::shop(db);
        let [jack, ed, ..] = fx::users(&mut session);
        let first = session.get_one::<Address>(1).unwrap();
        let fourth = session.get_one::<Address>(4).unwrap();
        session.take_log();
        session.replace(ed, user::addresses, &[first, fourth]).unwrap();
        assert_sql!(session, "S addresses");
        assert_eq!(addresses(&session, ed), [4, 1]);
        session.flush().unwrap();
        assert_sql!(session, "U addresses[user_id] x3");
        session.replace(ed, user::addresses, &[fourth, first]).unwrap();
        session.flush().unwrap();
        assert_no_sql!(session);
        session.replace(ed, user::addresses, &[]).unwrap();
        assert!(session[ed].addresses.is_empty(&session).unwrap());
        session.commit().unwrap();
        assert_sql!(session, "U addresses[user_id] x2");
        session.load(jack, user::addresses).unwrap();
        assert!(session[jack].addresses.is_empty(&session).unwrap());
        assert_eq!(db.rows("addresses", "id, user_id"), ["1|NULL", "2|NULL", "3|NULL", "4|NULL", "5|9"]);
    }

    fn an_object_that_needs_an_owner_cannot_be_unlinked(db: &TestDb) {
        let mut session = db.session_for(schema![Ship, Captain, Sailor]);
        let ship = session.add(Ship::builder().crew([Sailor::builder().build()]).build());
        session.commit().unwrap();
        session.load(ship, ship::crew).unwrap();
        let sailor = session[ship].crew.handles(&session).unwrap()[0];
        assert_matches!(session.unlink(ship, ship::crew, sailor), Err(Error::InvalidState { .. }));
        assert_matches!(session.replace(ship, ship::crew, &[]), Err(Error::InvalidState { .. }));
        assert_eq!(session[ship].crew.len(&session).unwrap(), 1);
        let other = session.add(Ship::builder().build());
        session.link(other, ship::crew, sailor).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("sailors", "ship_id"), [id(&session, other).to_string()]);
    }

    // The old object is released before the new one is linked, as the constraint requires.
    fn has_one_is_replaced_under_a_unique_constraint(db: &TestDb) {
        let mut session = db.session_for(schema![Ship, Captain, Sailor]);
        session.add(Ship::builder().captain(captain("ahab")).build());
        session.commit().unwrap();
        session.clear();
        let ship = session.query::<Ship>().one().unwrap();
        let nemo = session.add(captain("nemo"));
        session.take_log();
        session.link(ship, ship::captain, nemo).unwrap();
        assert_sql!(session, "S captains");
        assert_eq!(session[ship].captain.handle(&session).unwrap(), Some(nemo));
        session.flush().unwrap();
        assert_sql!(session, "U captains[ship_id] x1; I captains x1");
        session.link(ship, ship::captain, nemo).unwrap();
        session.replace(ship, ship::captain, &[nemo]).unwrap();
        session.flush().unwrap();
        assert_no_sql!(session);
        session.commit().unwrap();
        assert_eq!(db.rows("captains", "name, ship_id"), ["ahab|NULL".to_owned(), format!("nemo|{}", id(&session, ship))]);
        session.replace(ship, ship::captain, &[]).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("captains", "name, ship_id"), ["ahab|NULL", "nemo|NULL"]);
    }

    fn captains_of_two_ships_change_places(db: &TestDb) {
        let mut session = db.session_for(schema![Ship, Captain, Sailor]);
        let [one, two] = ["ahab", "nemo"].map(|name| {
            session.add(Ship::builder().captain(captain(name)).build())
        });
        session.flush().unwrap();
        let ahab = session[one].captain.handle(&session).unwrap().unwrap();
        session.take_log();
        session.link(two, ship::captain, ahab).unwrap();
        assert_eq!(session[two].captain.handle(&session).unwrap(), Some(ahab));
        assert_eq!(session[one].captain.handle(&session).unwrap(), None);
        assert_no_sql!(session);
        // One statement unlinks, and one links: a row that takes a value which another still has
        // would be refused.
        session.flush().unwrap();
        let log = session.take_log();
        assert_eq!(orm_tests::trace(&log), "U captains[ship_id] x2");
        assert_eq!(log.iter().filter(|it| it.sql.starts_with("UPDATE")).count(), 2);
        session.commit().unwrap();
        let two = id(&session, two);
        assert_eq!(db.rows("captains", "name, ship_id"), [format!("ahab|{two}"), "nemo|NULL".to_owned()]);
    }

    fn many_to_many_costs_one_look_and_one_statement_a_kind(db: &TestDb) {
        let mut session = fx::shop(db);
        let i1 = session.get_one::<Item>(1).unwrap();
        let words = session.query::<Keyword>().order_by(keyword::id).all().unwrap();
        session.take_log();
        // red, big and round are linked, and the collection is not in memory.
        session.link_all(i1, item::keywords, &words[..4]).unwrap();
        assert_sql!(session, "S item_keywords");
        session.flush().unwrap();
        assert_sql!(session, "I item_keywords x2");
        session.unlink(i1, item::keywords, words[1]).unwrap();
        session.flush().unwrap();
        assert_sql!(session, "D item_keywords x1");
        session.replace(i1, item::keywords, &[words[0], words[6]]).unwrap();
        assert_eq!(orm_tests::trace(&session.take_log()).matches("S ").count(), 1);
        assert_eq!(keywords(&session, i1), ["blue", "square"]);
        session.flush().unwrap();
        assert_sql!(session, "I item_keywords x1; D item_keywords x3");
        session.commit().unwrap();
        let rows = db.rows("item_keywords", "item_id, keyword_id");
        assert_eq!(rows.iter().filter(|row| row.starts_with("1|")).count(), 2);
    }

    fn both_sides_of_many_to_many_show_edits(db: &TestDb) {
        let mut session = fx::shop(db);
        let i1 = session.get_one::<Item>(1).unwrap();
        let words = session.query::<Keyword>().order_by(keyword::id).all().unwrap();
        session.load(i1, item::keywords).unwrap();
        session.load_all(&words, keyword::items).unwrap();
        session.take_log();
        session.link(words[0], keyword::items, i1).unwrap();
        assert_eq!(keywords(&session, i1), ["red", "big", "round", "blue"]);
        session.unlink(i1, item::keywords, words[3]).unwrap();
        assert_eq!(keywords(&session, i1), ["red", "round", "blue"]);
        assert_eq!(session[words[0]].items.len(&session).unwrap(), 1);
        assert_eq!(session[words[3]].items.len(&session).unwrap(), 1);
        assert_no_sql!(session);
        // An object that is marked as deleted is in no collection.
        session.delete(words[1]).unwrap();
        assert_eq!(keywords(&session, i1), ["round", "blue"]);
        session.rollback().unwrap();
        assert_eq!(keywords(&session, i1), ["red", "big", "round"]);
    }

    fn collections_are_true_under_edits_of_many_objects(db: &TestDb) {
        let mut session = fx::shop(db);
        let users = fx::users(&mut session);
        session.load_all(&users, user::addresses).unwrap();
        session.take_log();
        let all: Vec<_> = (1..=5).map(|key| session.find::<Address>(key).unwrap()).collect();
        // Objects move in a circle without a flush: the collections follow the references.
        for turn in 0..12 {
            for (n, &address) in all.iter().enumerate() {
                let owner = users[(n + turn) % 4];
                session[address].user = Some(owner.into());
            }
            for (n, &owner) in users.iter().enumerate() {
                let mut found = addresses(&session, owner);
                found.sort_unstable();
                let expected: Vec<i64> =
                    (0..5).filter(|at| (at + turn) % 4 == n).map(|at| at as i64 + 1).collect();
                assert_eq!(found, expected, "turn {turn}");
            }
        }
        assert_no_sql!(session);
        session.rollback().unwrap();
        let lists = users.map(|owner| addresses(&session, owner));
        assert_eq!(lists, [vec![1], vec![2, 3, 4], vec![5], vec![]]);
    }

    // A collection is read between two edits of the same object.
    fn a_load_between_two_edits_loses_nothing(db: &TestDb) {
        let options = SessionOptions { autoflush: false, ..SessionOptions::default() };
        let mut session = fx::shop_with(db, options);
        let [jack, ed, ..] = fx::users(&mut session);
        let [first, fourth] = [1, 4].map(|key| session.get_one::<Address>(key).unwrap());
        session[fourth].user = Some(jack.into());
        session.load(jack, user::addresses).unwrap();
        session.expire_all();
        session[first].user = Some(ed.into());
        session[first].user = Some(jack.into());
        session[first].user = Some(ed.into());
        session.load(jack, user::addresses).unwrap();
        session[first].user = Some(jack.into());
        session[fourth].user = Some(ed.into());
        session.load(jack, user::addresses).unwrap();
        session[fourth].user = Some(jack.into());
        session[first].email_address = "first".to_owned();
        session.load(ed, user::addresses).unwrap();
        let mut found = addresses(&session, jack);
        found.sort_unstable();
        assert_eq!(found, [1, 4]);
        assert_eq!(addresses(&session, ed), [2, 3]);
    }

    fn deleted_and_detached_objects_leave_their_collections(db: &TestDb) {
        let mut session = fx::shop(db);
        let [_, ed, ..] = fx::users(&mut session);
        session.load(ed, user::addresses).unwrap();
        session.commit().unwrap();
        let [second, third, fourth] = [2, 3, 4].map(|key| session.find::<Address>(key).unwrap());
        session.delete(second).unwrap();
        assert_eq!(addresses(&session, ed), [3, 4]);
        session.flush().unwrap();
        assert_eq!(addresses(&session, ed), [3, 4]);
        session.rollback().unwrap();
        assert_eq!(addresses(&session, ed), [2, 3, 4]);
        assert_eq!(session.state(second), ObjectState::Persistent);
        let plain = session.detach(fourth).unwrap();
        assert_eq!(plain.user.key(), Some(&8));
        assert!(!session[ed].addresses.is_loaded(&session));
        let copy = session.merge(plain).unwrap();
        session.load(ed, user::addresses).unwrap();
        assert_eq!(session[ed].addresses.handles(&session).unwrap(), [second, third, copy]);
    }

    // An object of another session is not an object of this one.
    fn objects_of_another_session_are_refused(db: &TestDb) {
        let mut session = fx::shop(db);
        let mut other = db.session();
        let [jack, ..] = fx::users(&mut session);
        let foreign = other.get_one::<Address>(2).unwrap();
        let foreign_owner = other.get_one::<fx::User>(8).unwrap();
        assert_matches!(session.link(jack, user::addresses, foreign), Err(Error::InvalidHandle { .. }));
        assert_matches!(session.replace(jack, user::addresses, &[foreign]), Err(Error::InvalidHandle { .. }));
        let first = session.get_one::<Address>(1).unwrap();
        assert_matches!(session.unlink(foreign_owner, user::addresses, first), Err(Error::InvalidHandle { .. }));
        session[first].user = Some(foreign_owner.into());
        assert_matches!(session.flush(), Err(Error::Reference { field: "user", .. }));
        session.rollback().unwrap();
        assert_eq!(session[first].user.key(), Some(&7));
    }
}
