//! The entities that the tests of relationships share.

use orm_runtime::prelude::*;

/// Has addresses and orders, and tags by a generated table.
#[derive(Entity, Clone, Debug)]
#[entity(table = "users")]
pub struct User {
    pub id: Auto<i64>,
    #[entity(unique, length = 30)]
    pub name: String,
    #[entity(order_by = id)]
    pub addresses: HasMany<Address>,
    #[entity(order_by(placed.desc(), id))]
    pub orders: HasMany<Order>,
    #[entity(through = "user_tag", order_by = name)]
    pub tags: ManyToMany<Tag, String>,
}

/// Belongs to a user, or to nobody.
#[derive(Entity, Clone, Debug)]
#[entity(table = "addresses")]
pub struct Address {
    pub id: Auto<i64>,
    pub email: String,
    #[entity(index, on_delete = nullify)]
    pub user: Option<ForeignKey<User>>,
}

/// Always belongs to a user, and has items through objects with more columns.
#[derive(Entity, Clone, Debug)]
#[entity(table = "orders")]
pub struct Order {
    pub id: Auto<i64>,
    #[entity(default)]
    pub placed: i32,
    #[entity(on_delete = cascade)]
    pub user: ForeignKey<User>,
    #[entity(order_by = item_id)]
    pub lines: HasMany<OrderItem>,
    #[entity(through = OrderItem)]
    pub items: ManyToMany<Item>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "items")]
pub struct Item {
    pub id: Auto<i64>,
    pub name: String,
    #[entity(through = OrderItem)]
    pub orders: ManyToMany<Order>,
}

/// Connects an order and an item, which are its key.
#[derive(Entity, Clone, Debug)]
#[entity(table = "order_items")]
pub struct OrderItem {
    #[entity(primary_key, on_delete = cascade)]
    pub order: ForeignKey<Order>,
    #[entity(primary_key)]
    pub item: ForeignKey<Item>,
    #[entity(default = 1)]
    pub count: i32,
}

/// Has a natural key.
#[derive(Entity, Clone, Debug)]
#[entity(table = "tags")]
pub struct Tag {
    #[entity(primary_key, length = 30)]
    pub name: String,
    #[entity(inverse = tags, order_by = id)]
    pub users: ManyToMany<User>,
}

/// A tree.
#[derive(Entity, Clone, Debug)]
#[entity(table = "nodes")]
pub struct Node {
    pub id: Auto<i64>,
    pub name: String,
    #[entity(on_delete = cascade)]
    pub parent: Option<ForeignKey<Node>>,
    #[entity(order_by = name)]
    pub children: HasMany<Node>,
}

/// A key of two columns.
#[derive(Entity, Clone, Debug)]
#[entity(table = "seats")]
pub struct Seat {
    #[entity(primary_key, length = 5)]
    pub line: String,
    #[entity(primary_key)]
    pub number: i32,
    #[entity(inverse = seat)]
    pub ticket: HasOne<Ticket>,
}

/// Is for a seat, and was for another seat before.
#[derive(Entity, Clone, Debug)]
#[entity(table = "tickets")]
pub struct Ticket {
    pub id: Auto<i64>,
    #[entity(columns(seat_line, seat_number), unique)]
    pub seat: ForeignKey<Seat, (String, i32)>,
    #[entity(columns(old_line = "before_line", old_number = "before_number"))]
    pub old: Option<ForeignKey<Seat, (String, i32)>>,
}

/// Returns all tables.
pub fn schema() -> orm_runtime::Schema {
    schema![User, Address, Order, Item, OrderItem, Tag, UserTag, Node, Seat, Ticket]
}
