//! Rows for the tests of loading.

use orm_runtime::prelude::*;
use orm_tests::TestDb;

use crate::model::{Address, Item, Node, Order, OrderItem, Tag, User, UserTag, schema, user};

/// Stores four users: jack with one address and three orders, ed with three addresses, fred with
/// one address and two orders, and chuck with nothing. There is also an address of nobody. The
/// session has none of them in memory, and its log is empty.
pub fn shop(db: &TestDb) -> Session {
    let mut session = db.session_for(schema());
    fill(&mut session);
    session.commit().unwrap();
    if db.dialect() == Dialect::Postgres {
        // Keys given by hand do not advance the sequence; the other databases continue after them.
        for table in ["users", "addresses", "orders", "items", "nodes"] {
            db.execute(&format!("ALTER TABLE {table} ALTER COLUMN id RESTART WITH 11"));
        }
    }
    session.clear();
    session.take_log();
    session
}

fn fill(session: &mut Session) {
    for (id, name) in [(7, "jack"), (8, "ed"), (9, "fred"), (10, "chuck")] {
        let mut user = User::builder().name(name).build();
        user.id = id.into();
        session.add(user);
    }
    let addresses = [
        (1, Some(7), "jack@bean.com"),
        (2, Some(8), "ed@wood.com"),
        (3, Some(8), "ed@bettyboop.com"),
        (4, Some(8), "ed@lala.com"),
        (5, Some(9), "fred@fred.com"),
        (6, None, "nobody@nowhere.com"),
    ];
    for (id, user, email) in addresses {
        let user = user.map(ForeignKey::to_key);
        session.add(Address { id: id.into(), email: email.to_owned(), user });
    }
    for (id, user, placed) in [(1, 7, 1), (2, 9, 2), (3, 7, 3), (4, 9, 4), (5, 7, 5)] {
        let mut order = Order::builder().user(user).placed(placed).build();
        order.id = id.into();
        session.add(order);
    }
    for id in 1..=5 {
        let mut item = Item::builder().name(format!("item {id}")).build();
        item.id = id.into();
        session.add(item);
    }
    let lines = [
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 1),
        (2, 2),
        (2, 3),
        (3, 3),
        (3, 4),
        (3, 5),
        (4, 1),
        (4, 5),
        (5, 5),
    ];
    for (order, item) in lines {
        session.add(OrderItem::builder().order(order).item(item).build());
    }
    for name in ["big", "new", "old"] {
        session.add(Tag::builder().name(name).build());
    }
    for (user, tag) in [(7, "old"), (7, "big"), (8, "new"), (9, "big")] {
        session.add(UserTag::builder().user(user).tag(tag).build());
    }
    for (id, name, parent) in
        [(1, "root", None), (2, "b", Some(1)), (3, "a", Some(1)), (4, "leaf", Some(2))]
    {
        let parent = parent.map(ForeignKey::to_key);
        let mut node = Node::builder().name(name).build();
        (node.id, node.parent) = (id.into(), parent);
        session.add(node);
    }
}

/// Returns the users in the order of their keys, and empties the log.
pub fn users(session: &mut Session) -> [Handle<User>; 4] {
    let users = session.query::<User>().order_by(user::id).all().unwrap();
    session.take_log();
    users.try_into().unwrap()
}

/// Returns the keys of the users' addresses.
pub fn addresses(session: &Session, users: &[Handle<User>]) -> Vec<Vec<i64>> {
    let of = |&user: &Handle<User>| {
        let addresses = session[user].addresses.iter(session).unwrap();
        addresses.map(|address| address.id.get().unwrap()).collect()
    };
    users.iter().map(of).collect()
}

/// Returns the keys of the users' orders.
pub fn orders(session: &Session, users: &[Handle<User>]) -> Vec<Vec<i64>> {
    let of = |&user: &Handle<User>| {
        let orders = session[user].orders.iter(session).unwrap();
        orders.map(|order| order.id.get().unwrap()).collect()
    };
    users.iter().map(of).collect()
}

/// Returns the users' tags.
pub fn tags<'m>(session: &'m Session, users: &[Handle<User>]) -> Vec<Vec<&'m str>> {
    let of = |&user: &Handle<User>| {
        let tags = session[user].tags.iter(session).unwrap();
        tags.map(|tag| tag.name.as_str()).collect()
    };
    users.iter().map(of).collect()
}
