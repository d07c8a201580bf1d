//! Fixtures for the cases: a shop with four users who have addresses and orders, and five items
//! with keywords.

use orm_runtime::prelude::*;
use orm_tests::TestDb;

#[derive(Entity, Clone, Debug)]
#[entity(table = "users")]
pub struct User {
    pub id: Auto<i64>,
    #[entity(length = 40)]
    pub name: String,
    #[entity(order_by = id)]
    pub addresses: HasMany<Address>,
    #[entity(order_by = id)]
    pub orders: HasMany<Order>,
}

/// Belongs to a user, or to nobody after its user is deleted.
#[derive(Entity, Clone, Debug)]
#[entity(table = "addresses")]
pub struct Address {
    pub id: Auto<i64>,
    #[entity(on_delete = nullify)]
    pub user: Option<ForeignKey<User>>,
    #[entity(length = 60)]
    pub email_address: String,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "orders")]
pub struct Order {
    pub id: Auto<i64>,
    #[entity(on_delete = nullify)]
    pub user: Option<ForeignKey<User>>,
    #[entity(on_delete = nullify)]
    pub address: Option<ForeignKey<Address>>,
    #[entity(length = 40)]
    pub description: String,
    #[entity(default)]
    pub isopen: bool,
    #[entity(through = "order_items", order_by = id)]
    pub items: ManyToMany<Item>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "items")]
pub struct Item {
    pub id: Auto<i64>,
    #[entity(length = 40)]
    pub description: String,
    #[entity(inverse = items, order_by = id)]
    pub orders: ManyToMany<Order>,
    #[entity(through = "item_keywords", order_by = id)]
    pub keywords: ManyToMany<Keyword>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "keywords")]
pub struct Keyword {
    pub id: Auto<i64>,
    #[entity(length = 40, unique)]
    pub name: String,
    #[entity(inverse = keywords, order_by = id)]
    pub items: ManyToMany<Item>,
}

pub fn named(name: &str) -> User {
    User::builder().name(name).build()
}

pub fn mail(email: &str) -> Address {
    Address::builder().email_address(email).build()
}

pub fn thing(description: &str) -> Item {
    Item::builder().description(description).build()
}

pub fn word(name: &str) -> Keyword {
    Keyword::builder().name(name).build()
}

pub fn tables() -> orm_runtime::Schema {
    schema![User, Address, Order, Item, OrderItems, Keyword, ItemKeywords]
}

/// Creates the tables without rows.
pub fn empty(db: &TestDb) -> Session {
    db.session_for(tables())
}

/// Creates the tables with their rows, and returns a session that has none of them in memory and
/// whose log is empty.
pub fn shop(db: &TestDb) -> Session {
    shop_with(db, SessionOptions::default())
}

/// Creates the same in a session with options.
pub fn shop_with(db: &TestDb, options: SessionOptions) -> Session {
    drop(empty(db));
    let insert = |table: &str, columns: &str, rows: &str| {
        db.execute(&format!("INSERT INTO {table} ({columns}) VALUES {rows}"));
    };
    insert("users", "id, name", "(7,'jack'), (8,'ed'), (9,'fred'), (10,'chuck')");
    insert(
        "addresses",
        "id, user_id, email_address",
        "(1,7,'jack@bean.com'), (2,8,'ed@wood.com'), (3,8,'ed@bettyboop.com'), \
         (4,8,'ed@lala.com'), (5,9,'fred@fred.com')",
    );
    insert(
        "orders",
        "id, user_id, address_id, description, isopen",
        "(1,7,1,'order 1',false), (2,9,4,'order 2',false), (3,7,1,'order 3',true), \
         (4,9,4,'order 4',true), (5,7,NULL,'order 5',false)",
    );
    insert(
        "items",
        "id, description",
        "(1,'item 1'), (2,'item 2'), (3,'item 3'), (4,'item 4'), (5,'item 5')",
    );
    insert(
        "order_items",
        "order_id, item_id",
        "(1,1),(1,2),(1,3),(2,1),(2,2),(2,3),(3,3),(3,4),(3,5),(4,1),(4,5),(5,5)",
    );
    insert(
        "keywords",
        "id, name",
        "(1,'blue'),(2,'red'),(3,'green'),(4,'big'),(5,'small'),(6,'round'),(7,'square')",
    );
    insert(
        "item_keywords",
        "item_id, keyword_id",
        "(1,2),(1,4),(1,6),(2,2),(2,5),(2,7),(3,3),(3,4),(3,6)",
    );
    if db.dialect() == Dialect::Postgres {
        // Keys given by hand do not advance the sequence; the other databases continue after them.
        for table in ["users", "addresses", "orders", "items", "keywords"] {
            db.execute(&format!("ALTER TABLE {table} ALTER COLUMN id RESTART WITH 101"));
        }
    }
    let session = db.session_with(options);
    session.take_log();
    session
}

/// Returns all users in the order of their keys. Sends one SELECT, and empties the log.
pub fn users(session: &mut Session) -> [Handle<User>; 4] {
    let users = session.query::<User>().order_by(user::id).all().unwrap();
    session.take_log();
    users.try_into().unwrap()
}

/// Returns the key of an object.
pub fn id<T: Entity<Key = i64>>(session: &Session, handle: Handle<T>) -> i64 {
    session.key(handle).unwrap()
}

/// Returns the keys of objects.
pub fn ids<T: Entity<Key = i64>>(session: &Session, handles: &[Handle<T>]) -> Vec<i64> {
    handles.iter().map(|&handle| id(session, handle)).collect()
}

/// Returns the keys of a user's addresses, which are in memory.
pub fn addresses(session: &Session, user: Handle<User>) -> Vec<i64> {
    ids(session, &session[user].addresses.handles(session).unwrap())
}

/// Returns the keys of a user's orders, which are in memory.
pub fn orders(session: &Session, user: Handle<User>) -> Vec<i64> {
    ids(session, &session[user].orders.handles(session).unwrap())
}

/// Returns the names of an item's keywords, which are in memory.
pub fn keywords(session: &Session, item: Handle<Item>) -> Vec<&str> {
    session[item].keywords.iter(session).unwrap().map(|it| it.name.as_str()).collect()
}
