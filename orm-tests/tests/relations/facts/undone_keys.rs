//! A key was changed, rows that reference it were read, and the change is undone: the database has
//! put the rows back, and so have the objects.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

#[derive(Entity, Debug)]
#[entity(table = "uk_ring")]
pub struct Ring {
    #[entity(primary_key, length = 20)]
    pub name: String,
    #[entity(inverse = ring)]
    pub coins: HasMany<Coin>,
    #[entity(through = "uk_ring_bag")]
    pub bags: ManyToMany<Bag>,
}

#[derive(Entity, Debug)]
#[entity(table = "uk_coin")]
pub struct Coin {
    pub id: Auto<i64>,
    pub name: String,
    pub ring: ForeignKey<Ring, String>,
}

#[derive(Entity, Debug)]
#[entity(table = "uk_bag")]
pub struct Bag {
    pub id: Auto<i64>,
    pub name: String,
    #[entity(inverse = bags)]
    pub rings: ManyToMany<Ring, String>,
}

/// Stores a ring in a session, and adds a coin and a bag outside it.
fn ring(db: &TestDb) -> (Session, Handle<Ring>) {
    let mut session = db.session_for(schema![Ring, Coin, Bag, UkRingBag]);
    let ring = session.add(Ring::builder().name("a").build());
    session.add(Bag::builder().name("bag").build());
    session.commit().unwrap();
    db.execute("INSERT INTO uk_coin (name, ring_id) VALUES ('coin', 'a')");
    db.execute("INSERT INTO uk_ring_bag (ring_id, bag_id) VALUES ('a', 1)");
    (session, ring)
}

/// Gives the ring another key, and reads what references it.
fn read_with_the_new_key(session: &mut Session, ring: Handle<Ring>) -> Handle<Coin> {
    session[ring].name = "b".to_owned();
    session.query::<Bag>().eager(bag::rings).all().unwrap();
    let coin = session.get_one::<Coin>(1).unwrap();
    assert_eq!(session[coin].ring.key().map(String::as_str), Some("b"));
    coin
}

/// Checks that the coin and the bag belong to the ring by its old key, and can be written.
fn have_the_old_key(db: &TestDb, session: &mut Session, ring: Handle<Ring>, coin: Handle<Coin>) {
    assert_eq!(session[ring].name, "a");
    assert_eq!(session[coin].ring.key().map(String::as_str), Some("a"));
    assert_eq!(session[coin].ring.handle(session).unwrap(), ring);
    for row in session.handles::<UkRingBag>() {
        assert_eq!(session[row].ring.handle(session).unwrap(), ring);
    }
    session[coin].name = "mine".to_owned();
    session.load(ring, crate::facts::undone_keys::ring::coins).unwrap();
    assert_eq!(session[ring].coins.handles(session).unwrap(), [coin]);
    session.commit().unwrap();
    assert_eq!(db.rows("uk_coin", "name, ring_id"), ["mine|a"]);
    assert_eq!(db.rows("uk_ring_bag", "ring_id, bag_id"), ["a|1"]);
}

on_all_databases! {
    fn what_was_read_with_a_new_key_has_the_old_one_after_a_rollback(db: &TestDb) {
        let (mut session, ring) = ring(db);
        let coin = read_with_the_new_key(&mut session, ring);
        session.rollback().unwrap();
        have_the_old_key(db, &mut session, ring, coin);
    }

    fn what_was_read_with_a_new_key_has_the_old_one_after_a_savepoint(db: &TestDb) {
        let (mut session, ring) = ring(db);
        let coin = session.savepoint(|session| {
            let coin = read_with_the_new_key(session, ring);
            session.rollback()?;
            Ok::<_, Error>(coin)
        }).unwrap();
        have_the_old_key(db, &mut session, ring, coin);
    }

    fn what_was_added_to_a_new_key_is_written_with_the_old_one(db: &TestDb) {
        let (mut session, ring) = ring(db);
        session[ring].name = "b".to_owned();
        let coin = session.add(Coin::builder().name("new").ring(ring).build());
        session.flush().unwrap();
        session.rollback().unwrap();
        session.add_again(coin).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("uk_coin", "name, ring_id"), ["coin|a", "new|a"]);
    }
}
