//! Metadata from the attributes, and nested literals of objects.

use orm_runtime::metadata::{OnDelete, RelationshipKind};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_no_sql, on_all_databases};

use crate::model::{
    Address, Item, Node, Order, OrderItem, Seat, Tag, Ticket, User, UserTag, node, schema, ticket,
    user,
};

#[test]
fn a_reference_is_the_column_of_the_key() {
    let column = &Address::META.columns[2];
    assert_eq!((column.field, column.name), ("user_id", "user_id"));
    assert!(column.nullable && column.index && !column.unique);
    let [key] = Address::META.foreign_keys else { panic!("one reference") };
    assert_eq!((key.field, key.columns), (Some("user"), &[2][..]));
    assert!(key.nullable && !key.delete_orphan);
    assert_eq!(key.on_delete, OnDelete::Nullify);
    assert_eq!((key.target)().table, "users");
    assert_eq!(Order::META.foreign_keys[0].on_delete, OnDelete::Cascade);
    assert!(!Order::META.foreign_keys[0].nullable);
}

#[test]
fn a_reference_to_a_key_of_two_columns_is_two() {
    let names: Vec<_> = Ticket::META.columns.iter().map(|it| (it.field, it.name)).collect();
    let expected = [
        ("id", "id"),
        ("seat_line", "seat_line"),
        ("seat_number", "seat_number"),
        ("old_line", "before_line"),
        ("old_number", "before_number"),
    ];
    assert_eq!(names, expected);
    let columns: Vec<_> = Ticket::META.foreign_keys.iter().map(|key| key.columns).collect();
    assert_eq!(columns, [[1, 2], [3, 4]]);
    assert_eq!(Ticket::META.indexes[0].columns, [1, 2]);
    assert!(Ticket::META.indexes[0].unique);
    let _ = (ticket::seat, ticket::old, ticket::old_line);
}

#[test]
fn references_are_a_key() {
    let key: Vec<_> = OrderItem::META.key_columns().map(|column| column.name).collect();
    assert_eq!(key, ["order_id", "item_id"]);
    let row = OrderItem::builder().order(1).build();
    assert_eq!(row.key(), None);
    let row = OrderItem::builder().item(2).order(1).build();
    assert_eq!(row.key(), Some((1, 2)));
}

#[test]
fn relationships_are_said_in_the_order_of_the_fields() {
    let names = |entity: &'static orm_runtime::metadata::EntityMeta| -> Vec<_> {
        entity.relationships.iter().map(|it| (it.name, it.kind, (it.target)().name)).collect()
    };
    use RelationshipKind::{ManyToMany, ManyToOne, OneToMany, OneToOne};
    let of_user = [
        ("addresses", OneToMany, "Address"),
        ("orders", OneToMany, "Order"),
        ("tags", ManyToMany, "Tag"),
    ];
    assert_eq!(names(User::META), of_user);
    let of_order = [
        ("user", ManyToOne, "User"),
        ("lines", OneToMany, "OrderItem"),
        ("items", ManyToMany, "Item"),
    ];
    assert_eq!(names(Order::META), of_order);
    assert_eq!(names(Node::META), [("parent", ManyToOne, "Node"), ("children", OneToMany, "Node")]);
    assert_eq!(names(Seat::META), [("ticket", OneToOne, "Ticket")]);
    assert_eq!(User::META.relationships[1].order, [(1, true), (0, false)]);
    assert_eq!(User::META.relationships[0].foreign_key, 0);
}

#[test]
fn both_sides_of_many_to_many_have_one_association() {
    let side = |entity: &'static orm_runtime::metadata::EntityMeta, place: usize| {
        let relationship = entity.relationships[place];
        let association = relationship.association.unwrap();
        let name = (association.entity)().name;
        (name, relationship.foreign_key, association.foreign_key)
    };
    assert_eq!(side(User::META, 2), ("UserTag", 0, 1));
    assert_eq!(side(Tag::META, 0), ("UserTag", 1, 0));
    assert_eq!(side(Order::META, 2), ("OrderItem", 0, 1));
    assert_eq!(side(Item::META, 0), ("OrderItem", 1, 0));
    let columns: Vec<_> = UserTag::META.columns.iter().map(|it| (it.name, it.index)).collect();
    assert_eq!(columns, [("user_id", false), ("tag_id", true)]);
    assert_eq!(UserTag::META.key, [0, 1]);
    assert!(UserTag::META.foreign_keys.iter().all(|key| key.on_delete == OnDelete::Cascade));
    let _ = (user::tags, node::children);
}

on_all_databases! {
    fn a_literal_brings_what_its_collections_hold(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.take_log();
        let rust = session.add(Tag::builder().name("rust").build());
        let ada = session.add(
            User::builder()
                .name("ada")
                .addresses(["a@x.org", "b@x.org"].map(|it| Address::builder().email(it).build()))
                .tags([rust])
                .build(),
        );
        assert_eq!(session[ada].addresses.len(&session).unwrap(), 2);
        assert_eq!(session[ada].tags.len(&session).unwrap(), 1);
        assert_eq!(session[rust].users.len(&session).unwrap(), 1);
        assert_no_sql!(session);
    }
}

#[test]
fn a_reference_has_an_index_unless_another_begins_with_it() {
    let sql = schema().create_sql(Dialect::Sqlite).join("\n");
    for indexed in
        ["\"addresses\" (\"user_id\")", "\"orders\" (\"user_id\")", "\"nodes\" (\"parent_id\")"]
    {
        assert_eq!(sql.matches(&format!("ON {indexed}")).count(), 1, "{indexed} in {sql}");
    }
    // The second column of a key; the first is the beginning of the key's own index.
    assert!(sql.contains("ON \"user_tag\" (\"tag_id\")"), "{sql}");
    assert!(!sql.contains("ON \"user_tag\" (\"user_id\")"), "{sql}");
    // A unique reference has the index of its constraint; a reference to a key of two columns has
    // one index over both.
    assert!(!sql.contains("INDEX \"tickets_seat_line_seat_number_idx\""), "{sql}");
    assert!(sql.contains("ON \"tickets\" (\"before_line\", \"before_number\")"), "{sql}");
}
