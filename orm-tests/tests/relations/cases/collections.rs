//! C: both sides of a relationship, and many-to-many.

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

use super::fx::{self, Address, Item, User, addresses, id, item, keyword, keywords, word};

/// Opens a session with two stored users, the first of which has an address, and with all
/// collections in memory.
fn two(db: &TestDb) -> (Session, [Handle<User>; 2], Handle<Address>) {
    let mut session = fx::empty(db);
    let u1 = session.add(User::builder().name("u1").addresses([fx::mail("a1")]).build());
    let u2 = session.add(fx::named("u2"));
    session.commit().unwrap();
    let a1 = session.handles::<Address>()[0];
    session.take_log();
    (session, [u1, u2], a1)
}

on_all_databases! {
    fn c02_both_sides_follow_a_reference(db: &TestDb) {
        let (mut session, [u1, u2], a1) = two(db);
        session[a1].user = Some(u2.into());
        assert!(session[u1].addresses.is_empty(&session).unwrap());
        assert_eq!(addresses(&session, u2), [id(&session, a1)]);
        session[a1].user = None;
        assert!(session[u1].addresses.is_empty(&session).unwrap());
        assert!(session[u2].addresses.is_empty(&session).unwrap());
        // By key the result is the same.
        let key = id(&session, u2);
        session[a1].user = Some(ForeignKey::to_key(key));
        assert_eq!(addresses(&session, u2), [id(&session, a1)]);
        session[a1].user = Some(u1.into());
        assert_eq!(addresses(&session, u1), [id(&session, a1)]);
        assert_no_sql!(session);
        // Back where it was: nothing to write.
        session.commit().unwrap();
        assert_no_sql!(session);
    }

    // There an unloaded collection is merged with pending changes; here it is loaded when it is
    // linked.
    fn c05_links_are_rows_and_each_is_there_once(db: &TestDb) {
        let mut session = db.session_for(fx::tables());
        let i1 = session.add(fx::thing("i1"));
        let [k1, k2] = ["k1", "k2"].map(|name| session.add(word(name)));
        session.commit().unwrap();
        // (1) link and unlink
        session.link(k1, keyword::items, i1).unwrap();
        session.unlink(k1, keyword::items, i1).unwrap();
        assert!(session[i1].keywords.is_empty(&session).unwrap());
        session.commit().unwrap();
        assert_eq!(db.count("item_keywords"), 0);
        // (2) unlink and link again
        session.link(i1, item::keywords, k1).unwrap();
        session.commit().unwrap();
        session.take_log();
        session.unlink(k1, keyword::items, i1).unwrap();
        session.link(k1, keyword::items, i1).unwrap();
        assert_eq!(keywords(&session, i1), ["k1"]);
        session.commit().unwrap();
        assert_eq!(db.count("item_keywords"), 1);
        // (3) stored and pending links
        session.link(k2, keyword::items, i1).unwrap();
        session.load(i1, item::keywords).unwrap();
        assert_eq!(keywords(&session, i1), ["k1", "k2"]);
        assert_eq!(db.count("item_keywords"), 1);
        // (4) the same link from both sides is one row
        session.link(i1, item::keywords, k2).unwrap();
        session.link(i1, item::keywords, k1).unwrap();
        assert_eq!(keywords(&session, i1), ["k1", "k2"]);
        session.commit().unwrap();
        assert_eq!(db.count("item_keywords"), 2);
    }

    // There the stale association row is an error. Here rows that are deleted need not exist, as in
    // any other DELETE, unless the entity has a version.
    fn c08_an_object_takes_its_association_rows_along(db: &TestDb) {
        let mut session = fx::empty(db);
        let [a1, a2] = [("a1", "b1"), ("a2", "b2")].map(|(a, b)| {
            session.add(Item::builder().description(a).keywords([word(b)]).build())
        });
        session.commit().unwrap();
        session.take_log();
        session.delete(a1).unwrap();
        session.flush().unwrap();
        let sent = orm_tests::trace(&session.take_log());
        assert!(sent.ends_with("D item_keywords x1; D items x1"), "{sent}");
        session.commit().unwrap();
        assert_eq!((db.count("item_keywords"), db.count("keywords")), (1, 2));

        let b2 = session[a2].keywords.handles(&session).unwrap()[0];
        session.commit().unwrap();
        db.execute("DELETE FROM item_keywords");
        session.load(a2, item::keywords).unwrap();
        assert_matches!(session.unlink(a2, item::keywords, b2), Err(Error::InvalidState { .. }));
        assert!(session[a2].keywords.is_empty(&session).unwrap());
    }

    fn c09_the_one_object_of_another_is_replaced(db: &TestDb) {
        let mut session = db.session_for(schema![Jack, Port]);
        let port = |name: &str| Port::builder().name(name).build();
        let j1 = session.add(Jack::builder().number("101").port(port("p1")).build());
        session.commit().unwrap();
        let p1 = session[j1].port.handle(&session).unwrap().unwrap();
        let p2 = session.add(port("p2"));
        session.take_log();
        session.link(j1, jack::port, p2).unwrap();
        assert_eq!(session[j1].port.get(&session).unwrap().unwrap().name, "p2");
        assert_eq!(session[p1].jack.key(), None);
        session.commit().unwrap();
        // After a commit, objects in memory may not be current.
        assert_sql!(session, "S ports; U ports[jack_id] x1; I ports x1");
        assert_eq!(db.rows("ports", "name, jack_id"), ["p1|NULL".to_owned(), format!("p2|{}", id(&session, j1))]);

        session.unlink(j1, jack::port, p2).unwrap();
        assert!(session[j1].port.get(&session).unwrap().is_none());
        session.commit().unwrap();
        assert_eq!(db.rows("ports", "name, jack_id"), ["p1|NULL", "p2|NULL"]);
    }

    // There the column and the object are two values that can differ until they expire. Here the
    // reference is the column.
    fn c10_the_reference_is_the_column(db: &TestDb) {
        let mut session = fx::shop(db);
        let new = Address::builder().email_address("new").user(ForeignKey::to_key(8)).build();
        let new = session.add(new);
        assert_matches!(session[new].user.get(&session), Err(Error::NotInMemory { .. }));
        assert_no_sql!(session);
        session.flush().unwrap();
        session.take_log();
        session.load(new, fx::address::user).unwrap();
        assert_sql!(session, "S users");
        assert_eq!(session[new].user.get(&session).unwrap().unwrap().name, "ed");

        let ad = session.get_one::<Address>(1).unwrap();
        session.load(ad, fx::address::user).unwrap();
        session.take_log();
        assert_eq!(session[ad].user.get(&session).unwrap().unwrap().name, "jack");
        session[ad].user = Some(ForeignKey::to_key(8));
        assert_eq!(session[ad].user.get(&session).unwrap().unwrap().name, "ed");
        session.flush().unwrap();
        assert_sql!(session, "U addresses[user_id] x1");
        assert_eq!(session[ad].user.get(&session).unwrap().unwrap().name, "ed");
        session.commit().unwrap();
        assert_eq!(session[ad].user.get(&session).unwrap().unwrap().name, "ed");
        assert_no_sql!(session);
    }

    fn c12_unique_words_by_an_association_with_columns(db: &TestDb) {
        let mut session = db.session_for(schema![Thing, Word, ThingWord]);
        let texts = [
            ("a", vec!["big", "green", "purple", "round"]),
            ("b", vec!["huge", "violet", "yellow"]),
            ("c", vec!["big", "blue"]),
        ];
        let mut known = std::collections::BTreeMap::new();
        for (name, words) in texts {
            let thing = session.add(Thing::builder().name(name).build());
            for (place, text) in words.into_iter().enumerate() {
                let word = *known
                    .entry(text)
                    .or_insert_with(|| session.add(Word::builder().name(text).build()));
                let place = i32::try_from(place).unwrap();
                session.add(ThingWord::builder().thing(thing).word(word).place(place).build());
            }
        }
        session.flush().unwrap();
        assert_sql!(session, "I things x3; I words x8; I thing_words x9");
        session.commit().unwrap();
        assert_eq!((db.count("things"), db.count("words"), db.count("thing_words")), (3, 8, 9));
        let big = session.query::<Word>().filter(self::word::name.eq("big")).one().unwrap();
        session.load(big, self::word::things).unwrap();
        assert_eq!(session[big].things.len(&session).unwrap(), 2);
    }

    // A link is refused if the association's rows have other columns.
    fn what_connects_by_an_entity_is_added_as_an_object(db: &TestDb) {
        let mut session = db.session_for(schema![Thing, Word, ThingWord]);
        let thing = session.add(Thing::builder().name("a").build());
        let word = session.add(Word::builder().name("big").build());
        assert_matches!(session.link(thing, thing::words, word), Err(Error::InvalidState { .. }));
        let row = session.add(ThingWord::builder().thing(thing).word(word).place(0).build());
        assert_eq!(session[thing].words.handles(&session).unwrap(), [word]);
        assert_eq!(session[word].things.handles(&session).unwrap(), [thing]);
        session.delete(row).unwrap();
        assert_eq!(session.state(row), ObjectState::Transient);
        assert!(session[thing].words.is_empty(&session).unwrap());
        session.commit().unwrap();
        assert_eq!(db.count("thing_words"), 0);
    }
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "jacks")]
struct Jack {
    id: Auto<i64>,
    number: String,
    port: HasOne<Port>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "ports")]
struct Port {
    id: Auto<i64>,
    name: String,
    #[entity(on_delete = nullify)]
    jack: Option<ForeignKey<Jack>>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "things")]
struct Thing {
    id: Auto<i64>,
    name: String,
    #[entity(through = ThingWord, order_by = name)]
    words: ManyToMany<Word>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "words")]
struct Word {
    id: Auto<i64>,
    #[entity(length = 30)]
    name: String,
    #[entity(through = ThingWord, order_by = id)]
    things: ManyToMany<Thing>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "thing_words")]
struct ThingWord {
    #[entity(primary_key, on_delete = cascade)]
    thing: ForeignKey<Thing>,
    #[entity(primary_key, on_delete = cascade)]
    word: ForeignKey<Word>,
    place: i32,
}
