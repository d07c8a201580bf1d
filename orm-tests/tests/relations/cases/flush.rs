//! A: the order in which a flush writes, and what it does not write.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

use super::fx::{self, Address, Item, ItemKeywords, Keyword, User, id, item, keyword, user};

/// Stores a user with two addresses.
fn one_with_two(session: &mut Session) -> (Handle<User>, [Handle<Address>; 2]) {
    let u1 = User::builder().name("u1").addresses(["a1", "a2"].map(fx::mail)).build();
    let u1 = session.add(u1);
    session.flush().unwrap();
    assert_sql!(session, "I users x1; I addresses x2");
    let both = session[u1].addresses.handles(session).unwrap();
    (u1, both.try_into().unwrap())
}

on_all_databases! {
    fn a01_children_follow_their_parent(db: &TestDb) {
        let mut session = fx::empty(db);
        let (u1, [a1, a2]) = one_with_two(&mut session);
        assert!(id(&session, a1) < id(&session, a2));
        assert_eq!(session[a1].email_address, "a1");
        for address in [a1, a2] {
            assert_eq!(session[address].user.key(), Some(&id(&session, u1)));
        }
    }

    fn a03_children_are_deleted_before_their_parent(db: &TestDb) {
        let mut session = fx::empty(db);
        let (u1, [a1, a2]) = one_with_two(&mut session);
        session.delete(u1).unwrap();
        session.delete(a1).unwrap();
        session.delete(a2).unwrap();
        session.flush().unwrap();
        assert_sql!(session, "D addresses x2; D users x1");
    }

    fn a04_children_of_a_deleted_parent_are_of_nobody(db: &TestDb) {
        let mut session = fx::empty(db);
        let (u1, [a1, a2]) = one_with_two(&mut session);
        session.delete(u1).unwrap();
        session.flush().unwrap();
        assert_sql!(session, "U addresses[user_id] x2; D users x1");
        assert_eq!((session[a1].user.key(), session[a2].user.key()), (None, None));
        session.commit().unwrap();
        assert_eq!(db.rows("addresses", "user_id, email_address").len(), 2);
        assert!(db.rows("addresses", "user_id").iter().all(|row| row == "NULL"));
    }

    fn a05_references_are_cleared_before_the_target_is_deleted(db: &TestDb) {
        let mut session = fx::empty(db);
        let u1 = session.add(fx::named("u1"));
        let both = ["a1", "a2"].map(|email| {
            session.add(Address::builder().email_address(email).user(u1).build())
        });
        session.flush().unwrap();
        assert_sql!(session, "I users x1; I addresses x2");
        session.delete(u1).unwrap();
        for address in both {
            session[address].user = None;
        }
        session.flush().unwrap();
        assert_sql!(session, "U addresses[user_id] x2; D users x1");
    }

    fn a06_the_order_is_that_of_the_tables(db: &TestDb) {
        let mut session = fx::empty(db);
        let a1 = Address::builder().id(1).user(ForeignKey::to_key(1)).email_address("a1").build();
        let a1 = session.add(a1);
        let u1 = session.add(User::builder().id(1).name("u1").build());
        session.flush().unwrap();
        assert_sql!(session, "I users x1; I addresses x1");
        session.delete(u1).unwrap();
        session.delete(a1).unwrap();
        session.flush().unwrap();
        assert_sql!(session, "D addresses x1; D users x1");
    }

    fn a07_a_flush_does_not_load_collections(db: &TestDb) {
        let mut session = fx::empty(db);
        let i1 = Item::builder().description("i1").keywords([fx::word("k1")]).build();
        let i1 = session.add(i1);
        session.flush().unwrap();
        assert_sql!(session, "I items x1; I keywords x1; I item_keywords x1");
        session.expire(i1).unwrap();
        session[i1].description = "other".to_owned();
        session.flush().unwrap();
        assert_sql!(session, "U items[description] x1");
    }

    // There the flush would set a primary key to NULL, and refuses. Here `on_delete = nullify` does
    // not compile for such a reference, and without the attribute the database refuses the
    // deletion: the flush is undone, and the rows still exist.
    fn a08_a_parent_whose_key_is_the_key_of_a_child_stays(db: &TestDb) {
        let mut session = db.session_for(schema![Whole, Half]);
        let p1 = session.add(Whole::builder().half(Half::builder().build()).build());
        session.commit().unwrap();
        assert_sql!(session, "I whole x1; I half x1");
        session.delete(p1).unwrap();
        assert_matches!(session.flush(), Err(Error::Constraint(violation)) if violation.entity == "Whole");
        session.rollback().unwrap();
        session.commit().unwrap();
        assert_eq!((db.count("whole"), db.count("half")), (1, 1));
    }

    fn a10_a_tree_is_written_level_by_level(db: &TestDb) {
        let mut session = db.session_for(schema![Node]);
        let leaf = |data: &str| Node::builder().data(data).build();
        let n12 = Node::builder().data("n12").children(["n121", "n122", "n123"].map(leaf)).build();
        let n1 = Node::builder().data("n1").children([leaf("n11"), n12, leaf("n13")]).build();
        session.add(n1);
        session.flush().unwrap();
        let inserts = session.take_log();
        assert_eq!(orm_tests::trace(&inserts), "I nodes x7");
        assert_eq!(inserts.iter().filter(|it| it.sql.starts_with("INSERT")).count(), 3);
        session.commit().unwrap();
        let nodes = session.query::<Node>().order_by(node::id).all().unwrap();
        let pairs: Vec<_> = nodes.iter().map(|&it| {
            let parent = session[it].parent.get(&session).unwrap();
            (session[it].data.as_str(), parent.map_or("", |it| it.data.as_str()))
        }).collect();
        let expected = [
            ("n1", ""), ("n11", "n1"), ("n12", "n1"), ("n13", "n1"),
            ("n121", "n12"), ("n122", "n12"), ("n123", "n12"),
        ];
        assert_eq!(pairs, expected);
    }

    fn a14_rows_with_known_keys_are_one_batch(db: &TestDb) {
        let mut session = db.session_for(schema![Node]);
        session.add(Node::builder().id(1).data("n1").build());
        session.add(Node::builder().id(2).data("n2").parent(ForeignKey::to_key(1)).build());
        session.add(Node::builder().id(3).data("n3").parent(ForeignKey::to_key(2)).build());
        session.flush().unwrap();
        let log = session.take_log();
        assert_eq!(orm_tests::trace(&log), "I nodes x3");
        assert_eq!(log.iter().filter(|it| it.sql.starts_with("INSERT")).count(), 1);
    }

    // There association rows that are not in memory are loaded with the objects at their ends. Here
    // they are objects themselves, and those of both directions are loaded if they are not in
    // memory.
    fn a15_an_object_leaves_with_its_association_rows(db: &TestDb) {
        let mut session = db.session_for(schema![Peer, PeerPeer]);
        let [n1, n2, n3, n4, n5] =
            ["n1", "n2", "n3", "n4", "n5"].map(|data| session.add(Peer::builder().data(data).build()));
        for (peer, favorite) in [(n4, n3), (n1, n5), (n5, n2)] {
            session[peer].favorite = Some(favorite.into());
        }
        for (peer, children) in [(n1, vec![n2, n3, n4]), (n2, vec![n3, n5]), (n3, vec![n5, n4])] {
            session.link_all(peer, peer::children, &children).unwrap();
        }
        session.flush().unwrap();
        assert_sql!(session, "I peers x5; I peer_peer x7");
        assert_eq!(session[n5].parents.len(&session).unwrap(), 2);
        session.delete(n1).unwrap();
        session.flush().unwrap();
        // All of it was created here, so nothing must be read.
        assert_sql!(session, "D peer_peer x3; D peers x1");
        session.commit().unwrap();
        assert_eq!(db.count("peer_peer"), 4);

        session.clear();
        let n2 = session.query::<Peer>().filter(peer::data.eq("n2")).one().unwrap();
        session.take_log();
        session.delete(n2).unwrap();
        session.flush().unwrap();
        let sent = orm_tests::trace(&session.take_log());
        assert_eq!(
            sent,
            "S peer_peer; S peer_peer; S peers; U peers[favorite_id] x1; D peer_peer x2; D peers x1"
        );
    }

    // There a circle is an error unless the mapping requests a second UPDATE. Here the second
    // UPDATE is automatic if one of the references may be NULL, and a circle is an error only if
    // none may.
    fn a18_references_in_a_circle_are_refused_before_any_insert(db: &TestDb) {
        let mut session = db.session_for(schema![Player, Ball]);
        let p = session.add(Player::builder().favorite(ForeignKey::unset()).build());
        let b = session.add(Ball::builder().player(p).build());
        session[p].favorite = b.into();
        assert_matches!(session.flush(), Err(Error::CyclicReferences { references }) if {
            let text = references.join("; ");
            text.contains("Player.favorite references Ball") && text.contains("Ball.player references Player")
        });
        assert_no_sql!(session);
    }

    fn a18_a_circle_with_one_that_may_be_null_is_closed_by_an_update(db: &TestDb) {
        let mut session = db.session_for(schema![Parent, Child1, Child2, Child3]);
        let p = session.add(Parent::builder().name("p").ones([Child1::builder().name("b").build()]).build());
        let b = session[p].ones.handles(&session).unwrap()[0];
        session[p].c1 = Some(b.into());
        session.flush().unwrap();
        assert_sql!(session, "I parents x1; I child1 x1; U parents[c1_id] x1");
        session.commit().unwrap();
        assert_eq!(db.rows("parents", "c1_id"), [id(&session, b).to_string()]);
    }

    fn a19_references_of_one_row_are_one_update(db: &TestDb) {
        let mut session = db.session_for(schema![Parent, Child1, Child2, Child3]);
        let names = ["a", "b", "c"];
        let p1 = Parent::builder()
            .name("p1")
            .ones(names.map(|name| Child1::builder().name(name).build()))
            .twos(names.map(|name| Child2::builder().name(name).build()))
            .threes(names.map(|name| Child3::builder().name(name).build()))
            .build();
        let p1 = session.add(p1);
        session.commit().unwrap();
        session.take_log();
        let c1 = session[p1].ones.handles(&session).unwrap()[1];
        let c2 = session[p1].twos.handles(&session).unwrap()[1];
        let c3 = session[p1].threes.handles(&session).unwrap()[1];
        let parent = &mut session[p1];
        (parent.c1, parent.c2, parent.c3) = (Some(c1.into()), Some(c2.into()), Some(c3.into()));
        session.flush().unwrap();
        assert_sql!(session, "U parents[c1_id,c2_id,c3_id] x1");
        let parent = &mut session[p1];
        (parent.c1, parent.c2, parent.c3) = (None, None, None);
        session.flush().unwrap();
        assert_sql!(session, "U parents[c1_id,c2_id,c3_id] x1");
    }

    fn a25_a_new_object_takes_over_the_row_of_a_deleted_one(db: &TestDb) {
        let mut session = db.session_for(schema![T5, T6]);
        let t6 = |id: i64| T6::builder().id(id).data("t6").build();
        let o5 = T5::builder().id(1).data("some t5").t6s([t6(1), t6(2)]).build();
        let o5 = session.add(o5);
        session.flush().unwrap();
        session.take_log();
        session.delete(o5).unwrap();
        session.add(T5::builder().id(1).data("some other t5").t6s([t6(3), t6(4)]).build());
        session.flush().unwrap();
        assert_sql!(session, "U t5[data] x1; I t6 x2; D t6 x2");
        session.commit().unwrap();
        assert_eq!(db.rows("t5", "id, data"), ["1|some other t5"]);
        assert_eq!(db.rows("t6", "id, t5_id"), ["3|1", "4|1"]);
    }

    fn a26_a_child_moves_before_its_parent_goes(db: &TestDb) {
        let mut session = fx::empty(db);
        let u1 = session.add(User::builder().name("u1").addresses([fx::mail("a")]).build());
        let u2 = session.add(fx::named("u2"));
        session.flush().unwrap();
        session.take_log();
        let a = session[u1].addresses.handles(&session).unwrap()[0];
        session.link(u2, user::addresses, a).unwrap();
        session.delete(u1).unwrap();
        session.flush().unwrap();
        assert_sql!(session, "U addresses[user_id] x1; D users x1");
        session.commit().unwrap();
        session.clear();
        let u2 = session.query::<User>().eager(user::addresses).one().unwrap();
        assert_eq!(session[u2].name, "u2");
        assert_eq!(session[u2].addresses.len(&session).unwrap(), 1);
    }

    // Both ends of an association and its rows are deleted in one flush, in an order that the
    // foreign keys allow.
    fn items_and_keywords_go_with_what_connects_them(db: &TestDb) {
        let mut session = fx::shop(db);
        let i1 = session.get_one::<Item>(1).unwrap();
        let red = session.query::<Keyword>().filter(keyword::name.eq("red")).one().unwrap();
        session.load(i1, item::keywords).unwrap();
        session.take_log();
        session.delete(i1).unwrap();
        session.delete(red).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("item_keywords"), 5);
        assert_eq!((db.count("items"), db.count("keywords")), (4, 6));
        assert!(session.handles::<ItemKeywords>().len() <= 5);
    }
}

#[derive(Entity, Clone, Debug)]
struct Whole {
    id: Auto<i64>,
    half: HasOne<Half>,
}

#[derive(Entity, Clone, Debug)]
struct Half {
    #[entity(primary_key)]
    whole: ForeignKey<Whole>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "nodes")]
struct Node {
    id: Auto<i64>,
    data: String,
    #[entity(on_delete = nullify)]
    parent: Option<ForeignKey<Node>>,
    #[entity(order_by = id)]
    children: HasMany<Node>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "peers")]
struct Peer {
    id: Auto<i64>,
    #[entity(length = 10)]
    data: String,
    #[entity(on_delete = nullify)]
    favorite: Option<ForeignKey<Peer>>,
    #[entity(through = "peer_peer", columns(left_id, right_id), order_by = id)]
    children: ManyToMany<Peer>,
    #[entity(inverse = children, order_by = id)]
    parents: ManyToMany<Peer>,
}

#[derive(Entity, Clone, Debug)]
struct Player {
    id: Auto<i64>,
    favorite: ForeignKey<Ball>,
}

#[derive(Entity, Clone, Debug)]
struct Ball {
    id: Auto<i64>,
    player: ForeignKey<Player>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "parents")]
struct Parent {
    id: Auto<i64>,
    name: String,
    c1: Option<ForeignKey<Child1>>,
    c2: Option<ForeignKey<Child2>>,
    c3: Option<ForeignKey<Child3>>,
    #[entity(order_by = id)]
    ones: HasMany<Child1>,
    #[entity(order_by = id)]
    twos: HasMany<Child2>,
    #[entity(order_by = id)]
    threes: HasMany<Child3>,
}

#[derive(Entity, Clone, Debug)]
struct Child1 {
    id: Auto<i64>,
    name: String,
    parent: ForeignKey<Parent>,
}

#[derive(Entity, Clone, Debug)]
struct Child2 {
    id: Auto<i64>,
    name: String,
    parent: ForeignKey<Parent>,
}

#[derive(Entity, Clone, Debug)]
struct Child3 {
    id: Auto<i64>,
    name: String,
    parent: ForeignKey<Parent>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "t5")]
struct T5 {
    #[entity(primary_key)]
    id: i64,
    data: String,
    #[entity(delete_orphan, order_by = id)]
    t6s: HasMany<T6>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "t6")]
struct T6 {
    #[entity(primary_key)]
    id: i64,
    data: String,
    #[entity(on_delete = cascade)]
    t5: ForeignKey<T5>,
}
