//! B: keys that change, and the references to them. The schema has ON UPDATE CASCADE for references
//! to keys that the database does not generate, so that one UPDATE is enough.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_no_sql, assert_sql, on_all_databases, on_one_database};

#[derive(Entity, Clone, Debug)]
#[entity(table = "users")]
struct User {
    #[entity(primary_key, length = 30)]
    username: String,
    #[entity(order_by = email)]
    addresses: HasMany<Address, String>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "addresses")]
struct Address {
    #[entity(primary_key, length = 30)]
    email: String,
    #[entity(on_delete = nullify)]
    user: Option<ForeignKey<User, String>>,
}

/// Stores a user with two addresses, and an address of nobody. None of them is in memory.
fn ed(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![User, Address]);
    let mail = |email: &str| Address::builder().email(email).build();
    session.add(User::builder().username("ed").addresses(["a1", "a2"].map(mail)).build());
    session.add(mail("a3"));
    session.commit().unwrap();
    session.clear();
    session.take_log();
    session
}

on_all_databases! {
    // There, without ON UPDATE, the children are also read and written. Here the schema always has
    // ON UPDATE CASCADE for such a reference, so that B02 is B03.
    fn b02_b03_a_key_changes_with_one_statement(db: &TestDb) {
        let mut session = ed(db);
        let user = session.get_one::<User>("ed").unwrap();
        session.take_log();
        session[user].username = "jack".to_owned();
        session.flush().unwrap();
        assert_sql!(session, "U users[username] x1");
        session.commit().unwrap();
        assert_eq!(db.rows("addresses", "email, user_id"), ["a1|jack", "a2|jack", "a3|NULL"]);
        session.load(user, user::addresses).unwrap();
        let keys: Vec<_> =
            session[user].addresses.iter(&session).unwrap().map(|it| it.user.key().cloned()).collect();
        assert_eq!(keys, [Some("jack".to_owned()), Some("jack".to_owned())]);
    }

    // There the children in memory are also written. Here the database does it, and those in memory
    // reference the object as before.
    fn b04_references_follow_a_key_that_changes(db: &TestDb) {
        let mut session = db.session_for(schema![User, Address]);
        let u1 = session.add(User::builder().username("jack").build());
        let [a1, a2, a3] =
            ["a1", "a2", "a3"].map(|email| session.add(Address::builder().email(email).build()));
        session[a1].user = Some(u1.into());
        session[a2].user = Some(u1.into());
        session.flush().unwrap();
        assert_sql!(session, "I users x1; I addresses x3");
        session[u1].username = "ed".to_owned();
        session.flush().unwrap();
        assert_sql!(session, "U users[username] x1");
        session.flush().unwrap();
        assert_no_sql!(session);
        for (address, owner) in [(a1, Some(u1)), (a2, Some(u1)), (a3, None)] {
            assert_eq!(session[address].user.handle(&session).unwrap(), owner);
            let key = owner.map(|_| "ed".to_owned());
            assert_eq!(session[address].user.key(), key.as_ref());
        }
        assert_eq!(session[u1].addresses.len(&session).unwrap(), 2);
        // An edit of another column does not write the key again.
        session[a1].email = "a0".to_owned();
        session.commit().unwrap();
        assert_sql!(session, "U addresses[email] x1");
        assert_eq!(db.rows("addresses", "email, user_id"), ["a0|ed", "a2|ed", "a3|NULL"]);
    }

    // The same if the references were read, so that they hold keys and not handles.
    fn b04_references_that_were_read_follow_a_key(db: &TestDb) {
        let mut session = ed(db);
        let u1 = session.get_one::<User>("ed").unwrap();
        let addresses = session.query::<Address>().order_by(address::email).all().unwrap();
        session.take_log();
        session[u1].username = "jack".to_owned();
        session.flush().unwrap();
        assert_sql!(session, "U users[username] x1");
        session.flush().unwrap();
        assert_no_sql!(session);
        assert_eq!(session[addresses[0]].user.handle(&session).unwrap(), Some(u1));
        assert_eq!(session[addresses[0]].user.key().map(String::as_str), Some("jack"));
        session.rollback().unwrap();
        assert_eq!(session[addresses[0]].user.key().map(String::as_str), Some("ed"));
        assert_eq!(session[addresses[0]].user.handle(&session).unwrap(), Some(u1));
    }

    fn b07_a_child_whose_key_has_its_parent_moves(db: &TestDb) {
        let mut session = db.session_for(schema![Owner, Parcel]);
        let a1 = Parcel::builder().email("ed@host1").etc("x").build();
        let u1 = session.add(Owner::builder().username("ed").parcels([a1]).build());
        let u2 = session.add(Owner::builder().username("jack").build());
        session.commit().unwrap();
        session.load(u1, owner::parcels).unwrap();
        session.load(u2, owner::parcels).unwrap();
        session.take_log();
        let a1 = session[u1].parcels.handles(&session).unwrap()[0];
        session.link(u2, owner::parcels, a1).unwrap();
        assert!(session[u1].parcels.is_empty(&session).unwrap());
        assert_eq!(session[u2].parcels.len(&session).unwrap(), 1);
        session.flush().unwrap();
        assert_sql!(session, "U parcels[owner_id] x1");
        session.commit().unwrap();
        assert_eq!(db.rows("parcels", "owner_id, email, etc"), ["jack|ed@host1|x"]);
        assert_eq!(session.find::<Parcel>(("jack".to_owned(), "ed@host1".to_owned())), Some(a1));
    }

    fn b07_rows_taken_over_keep_their_keys(db: &TestDb) {
        let mut session = db.session_for(schema![Owner, Parcel]);
        let u1 = session.add(Owner::builder().username("ed").build());
        let a1 = session.add(Parcel::builder().owner(u1).email("ed@host1").etc("x").build());
        session.flush().unwrap();
        session.take_log();
        session.delete(u1).unwrap();
        session.delete(a1).unwrap();
        let u2 = session.add(Owner::builder().username("ed").build());
        let a2 = session.add(Parcel::builder().owner(u2).email("ed@host1").etc("foo").build());
        session.flush().unwrap();
        assert_sql!(session, "U parcels[etc] x1");
        session.commit().unwrap();
        assert_eq!(db.rows("parcels", "owner_id, email, etc"), ["ed|ed@host1|foo"]);
        assert_eq!(session.find::<Owner>("ed"), Some(u2));
        assert_eq!(session[a2].owner.handle(&session).unwrap(), u2);
    }

    fn a_key_changes_together_with_a_reference_to_a_new_row(db: &TestDb) {
        let mut session = db.session_for(schema![Node]);
        let old = session.add(Node::builder().name("a").build());
        session.commit().unwrap();
        let new = session.add(Node::builder().name("b").build());
        session[old].name = "c".to_owned();
        session[old].parent = new.into();
        session.take_log();
        session.commit().unwrap();
        assert_sql!(session, "I nodes x1; U nodes[name,parent_id] x1");
        assert_eq!(db.rows("nodes", "name, parent_id"), ["b|NULL", "c|b"]);
    }
}

/// Checks the error on MySQL, because InnoDB does not cascade updates from a table to itself.
fn b06_a_tree_follows_a_key_that_changes(db: &TestDb) {
    let mut session = db.session_for(schema![Node]);
    let leaf = |name: &str| Node::builder().name(name).build();
    let n1 = Node::builder().name("n1").children(["n11", "n12", "n13"].map(leaf)).build();
    let n1 = session.add(n1);
    session.commit().unwrap();
    session.take_log();
    session[n1].name = "new n1".to_owned();
    session.commit().unwrap();
    assert_sql!(session, "U nodes[name] x1");
    let rows = db.rows("nodes", "name, parent_id");
    assert_eq!(rows, ["n11|new n1", "n12|new n1", "n13|new n1", "new n1|NULL"]);
}

on_one_database! { Sqlite;
    fn b06_a_tree_follows_a_key_on_sqlite(db: &TestDb) {
        b06_a_tree_follows_a_key_that_changes(db);
    }
}

#[cfg(feature = "servers")]
on_one_database! { Postgres;
    fn b06_a_tree_follows_a_key_on_postgres(db: &TestDb) {
        b06_a_tree_follows_a_key_that_changes(db);
    }
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "nodes")]
struct Node {
    #[entity(primary_key, length = 30)]
    name: String,
    #[entity(on_delete = nullify)]
    parent: Option<ForeignKey<Node, String>>,
    #[entity(order_by = name)]
    children: HasMany<Node, String>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "owners")]
struct Owner {
    #[entity(primary_key, length = 30)]
    username: String,
    #[entity(order_by = email)]
    parcels: HasMany<Parcel, (String, String)>,
}

/// Its key contains the key of its owner.
#[derive(Entity, Clone, Debug)]
#[entity(table = "parcels")]
struct Parcel {
    #[entity(primary_key)]
    owner: ForeignKey<Owner, String>,
    #[entity(primary_key, length = 30)]
    email: String,
    #[entity(length = 30)]
    etc: String,
}
